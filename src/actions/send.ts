/** Sends one signal, through the guard that the statement itself carries, and never twice. */
import type { Value } from '#queries/define.ts'
import { cancel, cancelUnseen, terminate, terminateUnseen } from '#queries/signals.ts'
import type { Failure, Server } from '#src/server/contract.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import type { Action } from './action.ts'
import type { Clock } from './clock.ts'
import { isIdleInTransaction, isSeen, type Target } from './target.ts'

/**
 * What the server answered. `lost`: no answer came, so the signal may have been sent. `atMs`: the clock's time at
 * the answer; that of its effect is taken at an answer too, so that the network is in neither.
 */
export type Sent =
  | { readonly kind: 'sent'; readonly atMs: number }
  /** The guard found no such backend. */
  | { readonly kind: 'nobody' }
  | { readonly kind: 'refused'; readonly reason: SafeText; readonly sqlstate: string | null }
  | { readonly kind: 'lost'; readonly reason: SafeText }

/** Signals `target` on the control session, if it is still what was shown. */
export async function send(
  server: Server,
  { action, target }: { readonly action: Action; readonly target: Target },
  clock: Clock,
): Promise<Sent> {
  const { entry, parameters } = guardedStatement(action, target, server.facts?.ownPids ?? [])
  const outcome = await server.run(entry, { session: 'control', parameters })
  if (!outcome.ok) return failed(outcome.failure)
  const [row] = outcome.rows
  if (row === undefined) return { kind: 'nobody' }
  // With a WARNING instead of an error: "PID … is not a PostgreSQL backend process".
  if (row.sent !== true) return refused(safe`the server found no backend there that takes signals`, null)
  return { kind: 'sent', atMs: clock.nowMs() }
}

function guardedStatement(action: Action, target: Target, ownPids: readonly number[]) {
  const { pid, backend_start, usesysid, datid, query_start, xact_start } = target
  if (!isSeen(target)) {
    const parameters: readonly Value[] = [pid, usesysid, datid, ownPids]
    return { entry: action === 'cancel' ? cancelUnseen : terminateUnseen, parameters }
  }
  if (action === 'cancel') return { entry: cancel, parameters: [pid, backend_start, ownPids, query_start] }
  // One idle in transaction is ended for that transaction: when it went back to work it is spared.
  const held = isIdleInTransaction(target) ? xact_start : null
  return { entry: terminate, parameters: [pid, backend_start, ownPids, held] }
}

// An answer of the server means that the statement failed before or at the signal; only a timeout can have cut it
// short after it, and without an answer nothing is known.
function failed(failure: Failure): Sent {
  if (failure.sqlstate !== null && failure.kind === 'statement')
    return refused(wordsOf(failure), failure.sqlstate)
  if (failure.kind === 'unavailable') return refused(wordsOf(failure), null)
  return { kind: 'lost', reason: wordsOf(failure) }
}

function refused(reason: SafeText, sqlstate: string | null): Sent {
  return { kind: 'refused', reason, sqlstate }
}

function wordsOf({ message, detail, hint }: Failure): SafeText {
  return toSafeText([message, detail, hint].filter((part) => part !== undefined && part !== '').join(' · '))
}

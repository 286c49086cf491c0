/** Watches signalled backends until the effect is seen, or until it is fair to say that it is not. */
import { backendState } from '#queries/backend-state.ts'
import type { EntryRow } from '#queries/define.ts'
import type { Server } from '#src/server/contract.ts'
import { safe } from '#src/text/safe.ts'
import type { Action } from './action.ts'
import type { Clock } from './clock.ts'
import { unlessLeft } from './leaving.ts'
import type { Outcome, Sight } from './outcome.ts'
import { isSeen, type Presence, presenceOf, type Target } from './target.ts'

/** A backend as it is now. */
export type StateRow = EntryRow<typeof backendState>

/** For so long an effect is waited for. */
export const PROOF_MS = 5000

/** Between two looks: short at first, since most backends go at once. */
const LOOKS_MS = [20, 30, 50, 100, 150]
const LAST_LOOKS_MS = 250

/** The rows of those `pids` that exist, by pid; null when the server does not answer. */
export async function lookAt(
  server: Server,
  pids: readonly number[],
): Promise<ReadonlyMap<number, StateRow> | null> {
  const outcome = await server.run(backendState, { session: 'control', parameters: [pids] })
  if (!outcome.ok) return null
  return new Map(outcome.rows.flatMap((row) => (row.pid === null ? [] : [[row.pid, row] as const])))
}

/** What is to be proven. */
export interface Proof {
  readonly server: Server
  readonly action: Action
  /** The signalled targets, and when each was: the clock's time in ms. */
  readonly sentAtMs: ReadonlyMap<Target, number>
  readonly clock: Clock
  /** Ends the looking at once. */
  readonly signal?: AbortSignal | undefined
  /** Runs between two looks; says whether it wants to go on when every target is settled. */
  meanwhile(): Promise<boolean>
}

/** The outcome for each of the signalled targets, after 5 s at most. */
export async function prove(proof: Proof): Promise<ReadonlyMap<Target, Outcome>> {
  const { sentAtMs, clock } = proof
  const seen: Seen = { outcomes: new Map(), last: null }
  const { left } = await unlessLeft(() => watch(proof, seen), proof.signal)
  const endedAtMs = clock.nowMs()
  return new Map(
    Array.from(sentAtMs, ([target, atMs]): [Target, Outcome] => [
      target,
      seen.outcomes.get(target) ??
        (left ? unseen : remains(target, seen.last?.get(target.pid), endedAtMs - atMs)),
    ]),
  )
}

/** What the looks have seen so far. */
interface Seen {
  readonly outcomes: Map<Target, Outcome>
  /** The rows of the last look; null when the server did not answer. */
  last: ReadonlyMap<number, StateRow> | null
}

const unseen: Outcome = { kind: 'unproven', reason: safe`the program was left before its effect was seen` }

async function watch({ server, action, sentAtMs, clock, signal, meanwhile }: Proof, seen: Seen) {
  const startMs = clock.nowMs()
  for (let look = 0; signal?.aborted !== true; look++) {
    const pending = Array.from(sentAtMs).filter(([target]) => !seen.outcomes.has(target))
    if (pending.length > 0)
      seen.last = await lookAt(
        server,
        pending.map(([{ pid }]) => pid),
      )
    const nowMs = clock.nowMs()
    for (const [target, atMs] of seen.last === null ? [] : pending) {
      const outcome = effectOf(action, target, seen.last?.get(target.pid), nowMs - atMs)
      if (outcome !== null) seen.outcomes.set(target, outcome)
    }
    const goesOn = await meanwhile()
    if (seen.outcomes.size === sentAtMs.size && !goesOn) break
    const leftMs = startMs + PROOF_MS - clock.nowMs()
    if (leftMs <= 0) break
    await clock.sleep(Math.min(leftMs, LOOKS_MS[look] ?? LAST_LOOKS_MS))
  }
}

/** What a later row of the same pid says; of one that this role does not see, as far as can be told. */
export function presenceNow(action: Action, target: Target, row: StateRow | undefined): Presence {
  if (isSeen(target) || row === undefined) return presenceOf(action, target, row)
  const { usesysid, datid } = target
  const alike = !isSeen(row) && row.usesysid === usesysid && row.datid === datid
  return alike ? 'same' : 'another backend'
}

/** The part of a row that an outcome tells. */
export function sightOf({ state, wait_event_type, wait_event, query }: StateRow): Sight {
  return { state, wait_event_type, wait_event, query }
}

function effectOf(
  action: Action,
  target: Target,
  row: StateRow | undefined,
  afterMs: number,
): Outcome | null {
  const presence = presenceNow(action, target, row)
  if (presence === 'gone' || presence === 'another backend') return { kind: 'done', afterMs, state: null }
  if (action === 'terminate') return null
  if (!isSeen(target))
    return { kind: 'unproven', reason: safe`this role cannot see whether the statement ended` }
  return presence === 'changed' ? { kind: 'done', afterMs, state: row?.state ?? null } : null
}

// A transaction loses its id when it is undone, before its locks go and files are removed: work still to be done.
function remains(target: Target, row: StateRow | undefined, afterMs: number): Outcome {
  if (row === undefined) return { kind: 'unproven', reason: safe`the server does not answer any more` }
  const undone = target.backend_xid !== null && row.backend_xid === null
  return { kind: 'still there', afterMs, sight: sightOf(row), undone }
}

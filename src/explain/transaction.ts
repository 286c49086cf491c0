/** The transaction of a question: its bounds, and the settings that were given. */
import { begin, setBounds, setGiven } from '#queries/explain/transaction.ts'
import type { Attempt } from './attempt.ts'
import type { Question } from './contract.ts'

/** Planning alone ends within this, ms. */
export const PLAN_MS = 10_000
/** Below `deadlock_timeout` (1 s): no deadlock check, no autovacuum that gives way to us. */
const LOCK_MS = 500
const IDLE_MS = 10_000
/** What the whole transaction may take beyond its run, ms. */
const AROUND_MS = 60_000

export type Access = 'read only' | 'read write'

/** Begins a transaction with the bounds and settings of the question. */
export async function openTransaction(
  attempt: Attempt,
  question: Question,
  { access, runMs = 0 }: { readonly access: Access; readonly runMs?: number },
): Promise<void> {
  attempt.begins()
  await attempt.ask('plan', begin(access))
  await attempt.ask('plan', boundsFor(attempt, PLAN_MS, runMs))
  const given = Object.entries(question.settings)
  if (given.length > 0) await attempt.ask('settings', setGiven(given.length), { values: given.flat() })
}

/** Bounds for what comes next. */
export function boundsFor(attempt: Attempt, statementMs: number, runMs: number): string {
  const bounds = { statementMs, lockMs: LOCK_MS, idleMs: IDLE_MS, transactionMs: runMs + AROUND_MS }
  return setBounds(bounds, attempt.facts.versionNum)
}

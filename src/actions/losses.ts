/** What an action destroys, told before it is confirmed. */
import { type SafeText, safe } from '#src/text/safe.ts'
import { duration } from '#src/text/units.ts'
import type { Action } from './action.ts'
import { isIdleInTransaction, isSeen, type Target } from './target.ts'

/** One sentence for each thing that `target` loses; never empty, because a session always loses something. */
export function lossesOf(action: Action, target: Target): readonly SafeText[] {
  if (!isSeen(target)) {
    const whole = action === 'cancel' ? safe`The running statement ends` : safe`The session ends`
    return [safe`${whole}; what it was doing, this role cannot see.`]
  }
  const own =
    action === 'cancel' ? [statementLoss(target)] : [...transactionLoss(target), sessionLoss(target)]
  return [...own, ...concurrentIndexLoss(target)]
}

function transactionLoss(target: Target): readonly SafeText[] {
  if (target.xact_start === null) return []
  const age = duration(target.xact_seconds)
  // backend_xid is assigned at the first write; a transaction without one has nothing to undo.
  if (target.backend_xid !== null)
    return [safe`A transaction open for ${age}, with what it wrote, is rolled back.`]
  return [safe`A transaction open for ${age} ends; it wrote nothing.`]
}

// After an error the whole transaction is undone and its locks go at once, unless a savepoint or an exception
// block catches it; advisory locks of the session stay (manual: Explicit Locking).
// The first of its transactions has put the index into the catalogs for good (manual: CREATE INDEX, Building
// Indexes Concurrently).
const CONCURRENTLY = /^\s*(?:\/\*.*?\*\/\s*)*(?:create\s+(?:unique\s+)?|re)index\b.*\bconcurrently\b/is

function concurrentIndexLoss({ query, state }: Target): readonly SafeText[] {
  return state === 'active' && query !== null && CONCURRENTLY.test(query.slice(0, 2000))
    ? [
        safe`What it has built so far stays behind as an INVALID index, to be dropped with DROP INDEX CONCURRENTLY.`,
      ]
    : []
}

function statementLoss(target: Target): SafeText {
  if (target.backend_xid === null) return safe`The running statement ends; its transaction wrote nothing.`
  const age = duration(target.xact_seconds)
  return safe`The running statement and its transaction, open for ${age}, are undone (under a savepoint: back to it).`
}

function sessionLoss(target: Target): SafeText {
  const rest = safe`temporary tables, prepared statements, advisory locks and settings`
  return target.state === 'idle' || isIdleInTransaction(target)
    ? safe`The client loses its connection, with its ${rest}.`
    : safe`The client loses its connection and the running statement, with its ${rest}.`
}

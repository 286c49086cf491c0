/** How many sessions do what, counted from the list that is on screen anyway. */
import type { ServerFacts } from '#queries/define.ts'
import type { ActivityRow } from './row.ts'
import { tellsWait } from './waiters.ts'

/** The counts of the header. Null where the list leaves backends out, see `total_rows`. */
export interface Headcount {
  /** Sessions of clients, our own among them: what the connection limit counts. */
  readonly sessions: number | null
  /** Our own polling is not among these. */
  readonly active: number
  readonly idleInTransaction: number
  /** Who waits for a lock or a safe snapshot; a parallel query counts once where the locks are known. */
  readonly waiting: number
  /** Some sessions hide what they do from this role: `active` and `idleInTransaction` are at least so many. */
  readonly isAtLeast: boolean
}

/**
 * Counts as the entry `vitals` does on the server, but for our own sessions. `waiting`: how many wait by the locks;
 * null where these were not asked, so that the rows tell it.
 */
export function headcountOf(
  rows: readonly ActivityRow[],
  { ownPids }: ServerFacts,
  waiting: number | null,
): Headcount {
  const sessions = rows.filter(isSession)
  const others = sessions.filter(({ pid }) => pid === null || !ownPids.includes(pid))
  const isComplete = Number(rows[0]?.total_rows ?? 0) <= rows.length
  return {
    sessions: isComplete ? sessions.length : null,
    active: others.filter(({ state }) => state === 'active').length,
    idleInTransaction: others.filter(({ state }) => state?.startsWith('idle in transaction') === true).length,
    waiting: waiting ?? rows.filter(tellsWait).length,
    isAtLeast: sessions.some(({ visible }) => visible === false),
  }
}

/** Where this role sees no kind of process, whatever has a database and a role is taken for a session. */
function isSession({ backend_type, datid, usesysid }: ActivityRow): boolean {
  return backend_type === null ? datid !== null && usesysid !== null : backend_type === 'client backend'
}

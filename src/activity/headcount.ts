/** How many sessions do what, counted from the list that is on screen anyway. */
import type { ActivityRow } from './row.ts'
import { waitsForLock } from './sessions.ts'

/** The counts of the header. Null where the list leaves backends out, see `total_rows`. */
export interface Headcount {
  /** Sessions of clients, our own among them: what the connection limit counts. */
  readonly sessions: number | null
  readonly active: number
  readonly idleInTransaction: number
  /** Processes of any kind that wait for a heavyweight lock. */
  readonly waiting: number
}

/** Counts as the entry `vitals` does on the server. */
export function headcountOf(rows: readonly ActivityRow[]): Headcount {
  const sessions = rows.filter(isSession)
  const isComplete = Number(rows[0]?.total_rows ?? 0) <= rows.length
  return {
    sessions: isComplete ? sessions.length : null,
    active: sessions.filter(({ state }) => state === 'active').length,
    idleInTransaction: sessions.filter(({ state }) => state?.startsWith('idle in transaction') === true)
      .length,
    waiting: rows.filter(waitsForLock).length,
  }
}

/** Where this role sees no kind of process, whatever has a database and a role is taken for a session. */
function isSession({ backend_type, datid, usesysid }: ActivityRow): boolean {
  return backend_type === null ? datid !== null && usesysid !== null : backend_type === 'client backend'
}

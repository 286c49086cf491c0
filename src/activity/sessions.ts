/** The rows of pg_stat_activity as sessions: workers folded under their leader, who blocks whom, what is ours. */
import type { ServerFacts } from '#queries/define.ts'
import type { ActivityRow } from './row.ts'
import { NO_WAITS, tellsWait, type Waits } from './waiters.ts'

/** What a session is doing, in the order of how much a person on call cares. */
export type Condition =
  | 'waiting'
  | 'idle in transaction (aborted)'
  | 'idle in transaction'
  | 'active'
  | 'idle'
  | 'hidden'
  | 'background'

/** One backend with what follows from the others. */
export interface Session {
  readonly row: ActivityRow
  /** `pid backend_start`: the identity that a cursor and an action hold on to. */
  readonly key: string
  readonly condition: Condition
  /** Not a session of a client: an auxiliary process, an autovacuum or replication worker, a walsender. */
  readonly isBackground: boolean
  /** One of this program's own sessions, or another copy's while it does no harm. */
  readonly isOwn: boolean
  /** Whom it waits for, see `Waits.blockersOf`; null when it does not wait. Worked out when looked at. */
  readonly blockedBy: readonly number[] | null
  /** Parallel workers that work for this backend. */
  readonly workers: readonly ActivityRow[]
  /** How many wait for it before all others, see `Waits.direct`. */
  readonly blocks: number
  /** How many wait behind it, see `Waits.behind`. */
  readonly behind: number
  /** More may wait behind it than is known. */
  readonly isAtLeast: boolean
}

/** The sessions of one snapshot, and who waits for what is no session. */
export interface Sessions {
  readonly list: readonly Session[]
  /** How many wait behind prepared transactions. */
  readonly blockedByPrepared: number
  /** How many sessions of clients this role sees without their details. */
  readonly hidden: number
}

/** A transaction this young of another copy of this program is a poll, not a problem. */
const HARMLESS_XACT_SECONDS = 5

/**
 * Reads the rows of one snapshot; `waits`: who waits for whom, as of about the same time. Linear in the number of
 * backends, but for what `waits` takes.
 */
export function sessionsOf(
  rows: readonly ActivityRow[],
  facts: ServerFacts,
  waits: Waits = NO_WAITS,
): Sessions {
  const workers = workersByLeader(rows)
  const own = new Set(facts.ownPids)
  const list: Session[] = []
  for (const row of rows) {
    if (isFoldedWorker(row, workers)) {
      continue
    }
    const pid = row.pid ?? 0
    const folded = workers.get(pid)?.rows ?? NONE
    // What one of its workers waits for, the whole statement waits for.
    const isWaiting = tellsWait(row) || folded.some(tellsWait) || waits.isWaiting(pid)
    const behind = waits.behind(pid)
    list.push({
      row,
      key: `${row.pid} ${row.backend_start ?? ''}`,
      condition: isWaiting ? 'waiting' : conditionOf(row),
      isBackground: isBackground(row),
      isOwn: own.has(pid) || (behind === 0 && !isWaiting && isHarmlessCopy(row)),
      // The lists of all waiters together grow with the square of their number, and few are looked at.
      get blockedBy() {
        return isWaiting ? waits.blockersOf(pid) : null
      },
      workers: folded,
      blocks: waits.direct(pid),
      behind,
      isAtLeast: behind > 0 && !waits.isComplete,
    })
  }
  return {
    list,
    blockedByPrepared: waits.behindPrepared,
    hidden: list.filter(({ row, isBackground }) => row.visible === false && !isBackground).length,
  }
}

const NONE: readonly ActivityRow[] = []

/** What a session does that does not wait for others. */
function conditionOf(row: ActivityRow): Exclude<Condition, 'waiting'> {
  if (isBackground(row)) {
    return 'background'
  }
  switch (row.state) {
    case 'active':
    case 'fastpath function call':
      return 'active'
    case 'idle in transaction':
    case 'idle in transaction (aborted)':
    case 'idle':
      return row.state
    default:
      return 'hidden'
  }
}

/** A role without pg_read_all_stats sees no backend_type of others; what has a database is a session then. */
function isBackground(row: ActivityRow): boolean {
  return row.backend_type === null
    ? row.datid === null
    : row.backend_type !== 'client backend' && row.backend_type !== 'parallel worker'
}

function isHarmlessCopy(row: ActivityRow): boolean {
  return (
    (row.application_name === 'pgtriage' || row.application_name?.startsWith('pgtriage ') === true) &&
    (row.xact_seconds ?? 0) < HARMLESS_XACT_SECONDS
  )
}

interface Team {
  readonly leader: number
  readonly rows: ActivityRow[]
}

/** A worker whose leader is not in the list stands for itself: nothing may vanish. */
function workersByLeader(rows: readonly ActivityRow[]): ReadonlyMap<number, Team> {
  const teams = new Map<number, Team>()
  for (const row of rows) {
    if (row.leader_pid !== null && row.backend_type === 'parallel worker') {
      const team = teams.get(row.leader_pid) ?? { leader: row.leader_pid, rows: [] }
      team.rows.push(row)
      teams.set(row.leader_pid, team)
    }
  }
  if (teams.size > 0) {
    const present = new Set(rows.map((row) => row.pid))
    for (const leader of teams.keys()) {
      if (!present.has(leader)) {
        teams.delete(leader)
      }
    }
  }
  return teams
}

function isFoldedWorker(row: ActivityRow, teams: ReadonlyMap<number, Team>): boolean {
  return row.leader_pid !== null && row.backend_type === 'parallel worker' && teams.has(row.leader_pid)
}

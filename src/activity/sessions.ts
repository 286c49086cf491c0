/** The rows of pg_stat_activity as sessions: workers folded under their leader, who blocks whom, what is ours. */
import type { ServerFacts } from '#queries/define.ts'
import type { ActivityRow } from './row.ts'
import { type Waits, waitsOf } from './waiters.ts'

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
  /** Whom it waits for, each once, those at the front of the queue first; null when it does not wait. */
  readonly blockedBy: readonly number[] | null
  /** Parallel workers that work for this backend. */
  readonly workers: readonly ActivityRow[]
  /** How many backends wait directly for this one. */
  readonly blocks: number
  /** How many wait behind it, see `Waits.behind`. */
  readonly behind: number
  /** More may wait behind it than is known. */
  readonly isAtLeast: boolean
}

/** The sessions of one snapshot, and the blockers that are no backend. */
export interface Sessions {
  readonly list: readonly Session[]
  /** How many backends wait behind a prepared transaction (pid 0 in `pg_blocking_pids`). */
  readonly blockedByPrepared: number
  /** How many sessions of clients this role sees without their details. */
  readonly hidden: number
}

/** A transaction this young of another copy of this program is a poll, not a problem. */
const HARMLESS_XACT_SECONDS = 5

/** Reads the rows of one snapshot. Linear in the number of backends and of waits. */
export function sessionsOf(rows: readonly ActivityRow[], facts: ServerFacts): Sessions {
  const workers = workersByLeader(rows)
  const waits = waitsOf(rows)
  const own = new Set(facts.ownPids)
  const list: Session[] = []
  for (const row of rows) {
    if (isFoldedWorker(row, workers)) {
      continue
    }
    const pid = row.pid ?? 0
    const folded = workers.get(pid)?.rows ?? NONE
    const blocks = waits.direct(pid)
    list.push({
      row,
      key: `${row.pid} ${row.backend_start ?? ''}`,
      // What one of its workers waits for, the whole statement waits for.
      condition: folded.some(waitsForLock) ? 'waiting' : conditionOf(row),
      isBackground: isBackground(row),
      isOwn: own.has(pid) || (blocks === 0 && isHarmlessCopy(row)),
      blockedBy: frontMostFirst(blockersOf(row, folded), waits),
      workers: folded,
      blocks,
      behind: waits.behind(pid),
      isAtLeast: blocks > 0 && !waits.isComplete,
    })
  }
  return {
    list,
    blockedByPrepared: waits.behind(0),
    hidden: list.filter(({ row, isBackground }) => row.visible === false && !isBackground).length,
  }
}

const NONE: readonly ActivityRow[] = []

function blockersOf(row: ActivityRow, workers: readonly ActivityRow[]): readonly number[] | null {
  const waiting = [row, ...workers].filter(({ blocked_by }) => blocked_by !== null)
  return waiting.length === 0 ? null : waiting.flatMap(({ blocked_by }) => blocked_by ?? [])
}

/** Who waits in turn is no more than the next in the queue: the name to show is that of one who does not. */
function frontMostFirst(pids: readonly number[] | null, waits: Waits): readonly number[] | null {
  return pids && [...new Set(pids)].sort((a, b) => Number(waits.isWaiting(a)) - Number(waits.isWaiting(b)))
}

/** Waiting for a heavyweight lock, as far as this role can see it. */
export function waitsForLock(row: ActivityRow): boolean {
  return row.wait_event_type === 'Lock' || row.blocked_by !== null
}

function conditionOf(row: ActivityRow): Condition {
  if (waitsForLock(row)) {
    return 'waiting'
  }
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
    !waitsForLock(row) &&
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

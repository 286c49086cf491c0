/** The parties to a dispute over locks: backends with their parallel workers, and prepared transactions. */
import type { EntryRow } from '#queries/define.ts'
import type { locks } from '#queries/locks.ts'
import { type Lock, locksIn } from './lock.ts'

/** One row of the `locks` entry. */
export type LocksRow = EntryRow<typeof locks>

/** `startup` replays the WAL on a standby, with the locks of the primary's transactions. */
export type PartyKind = 'backend' | 'prepared' | 'startup' | 'parallel_leader' | 'autovacuum'

/** A lock that a party waits for. */
export interface Wait {
  readonly lock: Lock
  /** The backend that waits: the party's own, or one of its parallel workers. */
  readonly pid: number
  /** Null where it is not known. */
  readonly seconds: number | null
  /** False where the seconds are an upper bound or a guess: before 14, and in a wait's first moments. */
  readonly isExact: boolean
  /** What orders the waits for one thing: ISO 8601 in UTC, null last. */
  readonly since: string | null
  /** Pids that are ahead or in the way, where the server had to be asked (before 14). */
  readonly blockedBy: readonly number[] | null
}

/** Whoever holds or wants locks as one: a lock group never blocks itself (src/backend/storage/lmgr/README). */
export interface Party {
  /** The pid as text, `prepared:<gid>` for a prepared transaction. */
  readonly id: string
  readonly kind: PartyKind
  /** The backend, the leader of a group, or the prepared transaction. */
  readonly row: LocksRow
  /** Every pid of the group, the leader's first; none of a prepared transaction. */
  readonly pids: readonly number[]
  /** All that the group holds and wants, as far as the entry tells it. */
  readonly locks: readonly Lock[]
  /** Longest first. A group can wait in several of its processes at once. */
  readonly waits: readonly Wait[]
  /** Pids that keep it from a safe snapshot; null when it does not wait for one. */
  readonly snapshotBlockedBy: readonly number[] | null
}

/** The parties of one answer, in the order of its rows. A worker whose leader is not there stands for itself. */
export function partiesOf(rows: readonly LocksRow[], inRecovery: boolean): readonly Party[] {
  const present = new Set(rows.map(({ pid }) => pid))
  // From 16 on leader_pid also names the leader of parallel apply workers, which are no lock group.
  const isFolded = ({ leader_pid, backend_type }: LocksRow) =>
    leader_pid !== null && backend_type === 'parallel worker' && present.has(leader_pid)
  const workers = Map.groupBy(rows.filter(isFolded), ({ leader_pid }) => leader_pid)
  return rows
    .filter((row) => !isFolded(row))
    .map((row) => partyOf(row, row.pid === null ? [] : (workers.get(row.pid) ?? []), inRecovery))
}

/** Whether it waits for anything: a lock, or a safe snapshot. */
export function isWaiting({ waits, snapshotBlockedBy }: Party): boolean {
  return waits.length > 0 || snapshotBlockedBy !== null
}

/** Whether it ended between the look at the locks and the look at the backends: nothing but its pid is known. */
export function hasVanished({ kind, row }: Party): boolean {
  return kind === 'backend' && row.backend_start === null && row.visible !== false
}

/** A vacuum that does not give way to others (manual: Preventing Transaction ID Wraparound Failures). */
export function preventsWraparound({ kind, row }: Party): boolean {
  return kind === 'autovacuum' && row.query?.includes('(to prevent wraparound)') === true
}

function partyOf(row: LocksRow, workers: readonly LocksRow[], inRecovery: boolean): Party {
  const members = [row, ...workers].map((member) => ({ member, locks: locksOf(member) }))
  const waits = members.flatMap(({ member, locks }) => waitsOf(member, locks))
  return {
    id: idOf(row),
    kind: kindOf(row, workers.length > 0, inRecovery),
    row,
    pids: members.flatMap(({ member: { pid } }) => (pid === null ? [] : [pid])),
    locks: members.flatMap(({ locks }) => locks),
    waits: waits.toSorted((a, b) => (b.seconds ?? -1) - (a.seconds ?? -1)),
    snapshotBlockedBy: row.snapshot_blocked_by,
  }
}

function idOf({ pid, gid, virtualtransaction }: LocksRow): string {
  return pid === null ? `prepared:${gid ?? virtualtransaction ?? ''}` : String(pid)
}

// A role that may not see backend_type knows the startup process by its having neither role nor database.
function kindOf(row: LocksRow, leads: boolean, inRecovery: boolean): PartyKind {
  if (row.pid === null) return 'prepared'
  if (row.backend_type === 'autovacuum worker') return 'autovacuum'
  const isStartup =
    row.backend_type === 'startup' ||
    (inRecovery && row.visible === false && row.datid === null && row.usesysid === null)
  if (isStartup) return 'startup'
  return leads ? 'parallel_leader' : 'backend'
}

/** The name of another database is that of whoever has something locked there. */
function locksOf({ locks, datid, datname }: LocksRow): readonly Lock[] {
  return locksIn(locks).map((lock) =>
    lock.relationName === null && lock.relation !== null && lock.database === datid
      ? { ...lock, databaseName: datname }
      : lock,
  )
}

function waitsOf(
  { pid, wait_start, wait_seconds, blocked_by, query_start }: LocksRow,
  locks: readonly Lock[],
): Wait[] {
  return locks.flatMap((lock) =>
    lock.granted || pid === null
      ? []
      : [
          {
            lock,
            pid,
            seconds: wait_seconds,
            isExact: wait_start !== null,
            since: wait_start ?? (blocked_by === null ? null : query_start),
            blockedBy: blocked_by,
          },
        ],
  )
}

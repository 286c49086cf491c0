/** Rows of the `locks` entry made from who holds and wants what, for tests of what is made of them. */
import { LockAnalysis } from '#src/locks/analysis.ts'
import type { LocksRow } from '#src/locks/party.ts'

/** Somebody who holds or wants locks: a backend by its pid, or a prepared transaction by its gid. */
export interface Actor {
  readonly pid?: number
  readonly gid?: string
  /**
   * A mode without its `Lock`, and what is locked: `RowExclusive orders`, `Exclusive row orders 3,7`,
   * `Exclusive xid 755`, `Exclusive virtualxid 4/12`, `Exclusive advisory 42`.
   */
  readonly holds?: readonly string[]
  readonly wants?: string
  /** How long it waits, s; unless told, those named first have waited longest. */
  readonly waited?: number
  /** Sessions that hold RowShareLock on the relation of a row, for the locks on rows. */
  readonly sharers?: number
  /** Whatever else its row has. */
  readonly row?: Partial<LocksRow>
}

/** The rows of one answer, waiters first, longest first. */
export function locksRows(...actors: readonly Actor[]): readonly LocksRow[] {
  const waiting = new Set(actors.flatMap(({ pid, wants }) => (wants === undefined ? [] : [pid])))
  return actors
    .map((actor, index) => rowOf(actor, 600 - index, waiting.size))
    .toSorted((a, b) => (b.wait_seconds ?? -1) - (a.wait_seconds ?? -1))
}

/** The same, sorted out as on a primary. */
export function analysisOf(...actors: readonly Actor[]): LockAnalysis {
  return new LockAnalysis(locksRows(...actors), { inRecovery: false })
}

/** A row without anything. */
export const EMPTY_ROW: LocksRow = {
  pid: null,
  backend_start: null,
  leader_pid: null,
  backend_type: null,
  datid: null,
  usesysid: null,
  application_name: null,
  client_addr: null,
  client_hostname: null,
  client_port: null,
  datname: null,
  usename: null,
  state: null,
  wait_event_type: null,
  wait_event: null,
  xact_start: null,
  query_start: null,
  state_change: null,
  query_seconds: null,
  xact_seconds: null,
  state_seconds: null,
  backend_seconds: null,
  backend_xid: null,
  backend_xmin: null,
  xid_age: null,
  xmin_age: null,
  query_id: null,
  visible: true,
  query: null,
  query_truncated: null,
  virtualtransaction: null,
  gid: null,
  prepared: null,
  prepared_seconds: null,
  wait_start: null,
  wait_seconds: null,
  locks: [],
  blocked_by: null,
  snapshot_blocked_by: null,
  total_waiters: 0,
}

/** A row of a client backend with everything NULL but what is given; its identity is that of `activityRow`. */
export function lockRow(given: Partial<LocksRow>): LocksRow {
  const { pid = null } = given
  const backend: Partial<LocksRow> =
    pid === null
      ? {}
      : {
          backend_start: `2026-01-31T10:00:00.${String(pid).padStart(6, '0')}Z`,
          backend_type: 'client backend',
          application_name: 'billing',
          state: 'idle in transaction',
        }
  return { ...EMPTY_ROW, datid: 5, usesysid: 16384, datname: 'orders', usename: 'app', ...backend, ...given }
}

const NOW_MS = Date.parse('2026-01-31T14:00:00.000Z')

function rowOf(actor: Actor, defaultSeconds: number, waiters: number): LocksRow {
  const { pid, gid, holds = [], wants, waited = defaultSeconds, sharers, row } = actor
  const locks = [
    ...holds.map((text) => lockOf(text, true, sharers)),
    ...(wants === undefined ? [] : [lockOf(wants, false, sharers)]),
  ]
  return lockRow({
    pid: pid ?? null,
    gid: gid ?? null,
    virtualtransaction: gid === undefined ? null : `-1/${gid}`,
    prepared: gid === undefined ? null : '2026-01-31T12:00:00.000000Z',
    prepared_seconds: gid === undefined ? null : 7200,
    locks,
    total_waiters: waiters,
    ...(wants === undefined
      ? {}
      : {
          state: 'active',
          wait_event_type: 'Lock',
          wait_start: new Date(NOW_MS - waited * 1000).toISOString().replace('Z', '000Z'),
          wait_seconds: waited,
        }),
    ...row,
  })
}

/** A lock as the column `locks` packs it. */
function lockOf(text: string, granted: boolean, sharers: number | undefined): Record<string, unknown> {
  const [mode = '', first = '', ...rest] = text.split(' ')
  const lock = { granted, mode: `${mode}Lock` }
  switch (first) {
    case 'xid':
      return { ...lock, locktype: 'transactionid', transactionid: rest[0] }
    case 'virtualxid':
      return { ...lock, locktype: 'virtualxid', virtualxid: rest[0] }
    case 'advisory':
      return { ...lock, locktype: 'advisory', database: 5, classid: 0, objid: Number(rest[0]), objsubid: 1 }
    case 'row': {
      const [relation = '', place = ''] = rest
      const [page, tuple] = place.split(',').map(Number)
      return { ...lock, locktype: 'tuple', ...relationOf(relation), page, tuple, sharers }
    }
    default:
      return { ...lock, locktype: 'relation', ...relationOf(first) }
  }
}

/** Every name has an oid of its own. */
function relationOf(name: string) {
  const relation =
    16384 + Array.from(name).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 99991, 0)
  return { database: 5, relation, relation_name: `public.${name}` }
}

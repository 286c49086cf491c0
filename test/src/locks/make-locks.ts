/** Rows of the `locks` entry, made by hand: who holds and wants what. */
import { LockAnalysis } from '#src/locks/analysis.ts'
import type { Locked } from '#src/locks/lock.ts'
import type { LocksRow, Party } from '#src/locks/party.ts'
import { EMPTY_ROW } from './fixtures.ts'

/** A lock as the entry packs it into JSON. */
export type LockJson = Readonly<Record<string, unknown>>

export const relation = (oid: number, name = `public.t${oid}`): LockJson => ({
  locktype: 'relation',
  database: 5,
  relation: oid,
  relation_name: name,
})
export const rowOf = (oid: number, name = `public.t${oid}`): LockJson => ({
  ...relation(oid, name),
  locktype: 'tuple',
  page: 0,
  tuple: 7,
  sharers: 0,
})
export const transaction = (xid: number): LockJson => ({
  locktype: 'transactionid',
  transactionid: String(xid),
})
export const advisory = (key: number): LockJson => ({
  locktype: 'advisory',
  database: 5,
  classid: 0,
  objid: key,
  objsubid: 1,
})

export const holds = (thing: LockJson, mode = 'AccessExclusiveLock'): LockJson => ({
  ...thing,
  mode,
  granted: true,
})
export const wants = (thing: LockJson, mode = 'AccessExclusiveLock'): LockJson => ({
  ...thing,
  mode,
  granted: false,
})

/** The start of a wait: the greater the number, the later. */
export function moment(place: number): string {
  return `2026-01-31T12:00:00.${String(place).padStart(6, '0')}Z`
}

/** An active session; it waits since the moment of its pid when it wants anything. */
export function session(pid: number, locks: readonly LockJson[], more: Partial<LocksRow> = {}): LocksRow {
  const waits = locks.some(({ granted }) => granted === false)
  return {
    ...EMPTY_ROW,
    pid,
    backend_start: moment(pid),
    backend_type: (more.leader_pid ?? null) === null ? 'client backend' : 'parallel worker',
    datid: 5,
    usesysid: 10,
    application_name: `app${pid}`,
    client_addr: '10.0.0.1',
    client_port: 5000 + pid,
    datname: 'orders',
    usename: 'shop',
    state: 'active',
    xact_start: moment(pid),
    query_start: moment(pid),
    query_seconds: 2,
    state_seconds: 1,
    xact_seconds: 3,
    query: 'UPDATE t SET v = 1',
    wait_start: waits ? moment(pid) : null,
    wait_seconds: waits ? 1 : null,
    locks,
    ...more,
  }
}

/** A session that does nothing in its transaction. */
export function idle(pid: number, locks: readonly LockJson[], more: Partial<LocksRow> = {}): LocksRow {
  return session(pid, locks, {
    state: 'idle in transaction',
    query_seconds: null,
    state_seconds: 847,
    ...more,
  })
}

/** A prepared transaction. */
export function prepared(gid: string, locks: readonly LockJson[], more: Partial<LocksRow> = {}): LocksRow {
  return {
    ...EMPTY_ROW,
    datid: 5,
    usesysid: 10,
    datname: 'orders',
    usename: 'shop',
    virtualtransaction: `-1/${gid.length + 700}`,
    gid,
    prepared: moment(1),
    prepared_seconds: 7380,
    locks,
    ...more,
  }
}

/** The process that replays the WAL. */
export function startup(pid: number, locks: readonly LockJson[], more: Partial<LocksRow> = {}): LocksRow {
  return session(pid, locks, {
    backend_type: 'startup',
    datid: null,
    usesysid: null,
    application_name: '',
    client_addr: null,
    client_port: null,
    datname: null,
    usename: null,
    state: null,
    query: '',
    ...more,
  })
}

/** An autovacuum worker. */
export function autovacuum(pid: number, query: string, locks: readonly LockJson[]): LocksRow {
  return session(pid, locks, {
    backend_type: 'autovacuum worker',
    application_name: '',
    client_addr: null,
    client_port: null,
    usename: null,
    xact_seconds: 61,
    query,
  })
}

/** The rows sorted out; `total_waiters` is what they are, unless they say otherwise. */
export function analyse(rows: readonly LocksRow[], inRecovery = false): LockAnalysis {
  return new LockAnalysis(rows, { inRecovery })
}

/** The party of an id; throws where there is none. */
export function partyIn(analysis: LockAnalysis, id: string): Party {
  const party = analysis.partyById(id)
  if (party === undefined)
    throw new Error(`no ${id} among ${analysis.parties.map((each) => each.id).join(', ')}`)
  return party
}

export const idsOf = (parties: Iterable<Party>): readonly string[] => [...parties].map(({ id }) => id)

/** A locked thing of which only this much is known. */
export function locked(known: Partial<Locked> & Pick<Locked, 'locktype'>): Locked {
  return {
    database: null,
    databaseName: null,
    relation: null,
    relationName: null,
    page: null,
    tuple: null,
    virtualxid: null,
    transactionid: null,
    classid: null,
    className: null,
    objid: null,
    objsubid: null,
    ...known,
  }
}

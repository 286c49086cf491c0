/** What an action is aimed at: one backend exactly as it was shown, not a pid. */
import type { Action } from './action.ts'

/**
 * One backend as a snapshot showed it. Texts are the server's own, hostile until sanitised; times are ISO 8601
 * in UTC with microseconds, so that they compare equal to the server's; null is what the row had as NULL.
 */
export interface Target {
  readonly pid: number
  readonly backend_start: string | null
  readonly backend_type: string | null
  readonly leader_pid: number | null
  readonly datid: number | null
  readonly datname: string | null
  readonly usesysid: number | null
  readonly usename: string | null
  readonly application_name: string | null
  readonly client_addr: string | null
  readonly xact_start: string | null
  readonly query_start: string | null
  readonly state: string | null
  readonly wait_event_type: string | null
  readonly wait_event: string | null
  readonly backend_xid: string | null
  readonly xact_seconds: number | null
  readonly query: string | null
  /** False where this role may not read the row's columns: the backend then has no start to hold on to. */
  readonly visible: boolean | null
}

/** Copies out of a row of the activity list what an action needs, frozen: later snapshots do not reach it. */
export function targetOf(row: Target): Target {
  return Object.freeze({
    pid: row.pid,
    backend_start: row.backend_start,
    backend_type: row.backend_type,
    leader_pid: row.leader_pid,
    datid: row.datid,
    datname: row.datname,
    usesysid: row.usesysid,
    usename: row.usename,
    application_name: row.application_name,
    client_addr: row.client_addr,
    xact_start: row.xact_start,
    query_start: row.query_start,
    state: row.state,
    wait_event_type: row.wait_event_type,
    wait_event: row.wait_event,
    backend_xid: row.backend_xid,
    xact_seconds: row.xact_seconds,
    query: row.query,
    visible: row.visible,
  })
}

/** What the same pid is now, compared with what was aimed at. */
export type Presence = 'gone' | 'another backend' | 'changed' | 'same'

/** The part of a later row that tells whether it is still the same. */
export type Sighting = Pick<Target, 'backend_start' | 'state' | 'query_start' | 'xact_start'>

/**
 * Whether an action aimed at `target` would still hit what was shown. `changed`: the same backend, but the
 * query (cancel) or the transaction (terminate of one idle in transaction) is another one by now.
 */
export function presenceOf(action: Action, target: Target, now: Sighting | undefined): Presence {
  if (now === undefined) return 'gone'
  if (now.backend_start !== target.backend_start) return 'another backend'
  if (action === 'cancel') {
    return now.state === 'active' && now.query_start === target.query_start ? 'same' : 'changed'
  }
  return isIdleInTransaction(target) && now.xact_start !== target.xact_start ? 'changed' : 'same'
}

/** Whether the session holds a transaction open without running a statement, failed or not. */
export function isIdleInTransaction({ state }: Pick<Target, 'state'>): boolean {
  return state === 'idle in transaction' || state === 'idle in transaction (aborted)'
}

/** Whether this role reads the backend's columns; without them it can only be told by pid, role and database. */
export function isSeen(target: Pick<Target, 'visible' | 'backend_start'>): boolean {
  return target.visible !== false && target.backend_start !== null
}

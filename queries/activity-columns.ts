/** The columns that the entries over pg_stat_activity share; PostgreSQL's own where the view has them. */
import type { Column } from './define.ts'

/** Which backend a row is; a pid alone is taken again by the next one. */
export const backendIdentity = [
  { id: 'pid', label: 'pid', kind: 'pid', meaning: 'Process id of the backend.' },
  {
    id: 'backend_start',
    label: 'backend start',
    kind: 'time',
    meaning: 'When the process started; with the pid it identifies the backend. NULL where hidden.',
  },
] as const satisfies readonly Column[]

/** What it is and where it came from. */
export const backendOrigin = [
  {
    id: 'leader_pid',
    label: 'leader',
    kind: 'pid',
    meaning: 'Leader of a parallel worker, or of a parallel apply worker (16+); NULL for all others.',
  },
  {
    id: 'backend_type',
    label: 'type',
    kind: 'text',
    meaning: 'Kind of process: `client backend`, `autovacuum worker`, …; NULL where hidden.',
  },
  {
    id: 'datid',
    label: 'database oid',
    kind: 'oid',
    meaning: 'Database it is connected to; NULL for processes without one.',
  },
  {
    id: 'usesysid',
    label: 'role oid',
    kind: 'oid',
    meaning: 'Role that logged in (SET ROLE does not show); NULL for processes without one.',
  },
  {
    id: 'application_name',
    label: 'application',
    kind: 'name',
    meaning: 'What the client calls itself.',
  },
  {
    id: 'client_addr',
    label: 'client',
    kind: 'text',
    meaning: 'Address of the client; NULL for a Unix socket, for background processes and where hidden.',
  },
  {
    id: 'client_hostname',
    label: 'client host',
    kind: 'text',
    meaning: 'Host name of the client, only with `log_hostname`.',
  },
  {
    id: 'client_port',
    label: 'client port',
    kind: 'count',
    meaning: 'TCP port of the client; -1 for a Unix socket, NULL for background processes and where hidden.',
  },
] as const satisfies readonly Column[]

/** What it does at this moment, by the server's own account. */
export const backendCondition = [
  {
    id: 'state',
    label: 'state',
    kind: 'text',
    meaning:
      '`active`, `idle`, `idle in transaction`, `idle in transaction (aborted)`, `fastpath function call`, `disabled` (its track_activities is off) or `starting` (18+); NULL for background processes and where hidden.',
  },
  {
    id: 'wait_event_type',
    label: 'wait type',
    kind: 'text',
    meaning: 'What it waits for, by kind; NULL when it does not wait, so an active one is on the CPU.',
  },
  { id: 'wait_event', label: 'wait', kind: 'text', meaning: 'What it waits for, by name.' },
] as const satisfies readonly Column[]

/** When things began, and how long they last by the server's clock. */
export const backendTimes = [
  {
    id: 'xact_start',
    label: 'xact start',
    kind: 'time',
    meaning: 'When its transaction began; NULL without one.',
  },
  {
    id: 'query_start',
    label: 'query start',
    kind: 'time',
    meaning: 'When its statement began or, when it is not active, its last one.',
  },
  {
    id: 'state_change',
    label: 'state change',
    kind: 'time',
    meaning: 'When its state last changed.',
  },
  {
    id: 'query_seconds',
    label: 'query',
    kind: 'seconds',
    meaning:
      'How long its statement runs; NULL while none runs, since query_start is then that of the last one.',
  },
  {
    id: 'xact_seconds',
    label: 'xact',
    kind: 'seconds',
    meaning: 'How long its transaction is open; NULL without one.',
  },
  {
    id: 'state_seconds',
    label: 'in state',
    kind: 'seconds',
    meaning: 'How long it has been in its state.',
  },
  {
    id: 'backend_seconds',
    label: 'connected',
    kind: 'seconds',
    meaning: 'How long the process lives.',
  },
  { id: 'backend_xid', label: 'xid', kind: 'xid', meaning: 'Its transaction id; NULL until it writes.' },
  {
    id: 'backend_xmin',
    label: 'xmin',
    kind: 'xid',
    meaning: 'The oldest transaction that its snapshot has to see: vacuum keeps what is newer.',
  },
  {
    id: 'xid_age',
    label: 'xid age',
    kind: 'count',
    meaning: 'Transaction ids given out since its own.',
  },
  {
    id: 'xmin_age',
    label: 'xmin age',
    kind: 'count',
    meaning: 'Transaction ids given out since its xmin: how far it holds vacuum back.',
  },
  {
    id: 'query_id',
    label: 'query id',
    kind: 'id',
    meaning:
      'Identifier of the statement, the queryid of pg_stat_statements; NULL unless compute_query_id is on.',
    since: 140000,
  },
] as const satisfies readonly Column[]

/**
 * The derived times over a row `a` of pg_stat_get_activity() and a row `clock` with column `now`. Never below
 * 0: the clock is read while the rows are made, and a statement may begin in between.
 */
export const backendAges = `${seconds('query_seconds', 'query_start', "a.state IN ('active', 'fastpath function call')")},
  ${seconds('xact_seconds', 'xact_start')},
  ${seconds('state_seconds', 'state_change')},
  ${seconds('backend_seconds', 'backend_start')},
  pg_catalog.age(a.backend_xid)::pg_catalog.int8 AS xid_age,
  pg_catalog.age(a.backend_xmin)::pg_catalog.int8 AS xmin_age`

/** Whether the role may see the details: the column of `isVisible`. */
export const backendVisibility = [
  {
    id: 'visible',
    label: 'visible',
    kind: 'bool',
    meaning: 'False where this role may not see the details (pg_read_all_stats would show them).',
  },
] as const satisfies readonly Column[]

/**
 * Whether the role sees the details of row `a`: where it does not, the server leaves backend_type NULL and
 * says so in the place of the query (manual: Statistics Access Privileges).
 */
export const isVisible = `(a.backend_type IS NOT NULL OR a.query IS DISTINCT FROM '<insufficient privilege>'::pg_catalog.text)`

function seconds(column: string, start: string, condition?: string): string {
  const age = `greatest(0, pg_catalog.date_part('epoch', clock.now - a.${start}))`
  const always =
    condition === undefined ? `a.${start} IS NOT NULL` : `a.${start} IS NOT NULL AND ${condition}`
  return `CASE WHEN ${always} THEN ${age} END AS ${column}`
}

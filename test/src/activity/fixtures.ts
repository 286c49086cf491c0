/** Rows of pg_stat_activity and facts for tests of what is made of them. */
import type { ServerFacts } from '#queries/define.ts'
import type { ActivityRow } from '#src/activity/row.ts'

/** A row with everything NULL but what is given. */
export function activityRow(given: Partial<ActivityRow> & { readonly pid: number }): ActivityRow {
  return {
    backend_start: `2026-01-31T10:00:00.${String(given.pid).padStart(6, '0')}Z`,
    leader_pid: null,
    backend_type: 'client backend',
    datid: 5,
    usesysid: 16384,
    application_name: 'billing',
    client_addr: '10.1.4.7',
    client_hostname: null,
    client_port: 50000,
    datname: 'orders',
    usename: 'app',
    state: 'idle',
    wait_event_type: null,
    wait_event: null,
    xact_start: null,
    query_start: null,
    state_change: null,
    query_seconds: null,
    xact_seconds: null,
    state_seconds: 3,
    backend_seconds: 60,
    backend_xid: null,
    backend_xmin: null,
    xid_age: null,
    xmin_age: null,
    query_id: null,
    visible: true,
    query: 'SELECT 1',
    query_truncated: false,
    total_rows: 1,
    ...given,
  }
}

/** Facts of a server on which this program has the pids 90 and 91. */
export const facts: ServerFacts = {
  versionNum: 180004,
  version: '18.4',
  systemIdentifier: '7',
  timeline: 1,
  startedAt: '2026-01-01T00:00:00.000000Z',
  inRecovery: false,
  database: 'orders',
  role: {
    name: 'dba',
    superuser: true,
    readsAllStats: true,
    signalsBackends: true,
    usesReservedConnections: true,
  },
  maxConnections: 100,
  superuserReservedConnections: 3,
  reservedConnections: 0,
  trackActivityQuerySize: 1024,
  serverEncoding: 'UTF8',
  extensions: {},
  pooled: false,
  ownPids: [90, 91],
  roleNames: new Map(),
  databaseNames: new Map(),
}

/** Backends and servers made up for pure tests. */
import type { ServerFacts } from '#queries/define.ts'
import { type Target, targetOf } from '#src/actions/target.ts'

/** An active client backend that has written something, with what a test changes. */
export function makeTarget(changes: Partial<Target> = {}): Target {
  return targetOf({
    pid: 4711,
    backend_start: '2026-01-01T00:00:00.000001Z',
    backend_type: 'client backend',
    leader_pid: null,
    datid: 5,
    datname: 'orders',
    usesysid: 16384,
    usename: 'app',
    application_name: 'billing',
    client_addr: '10.1.4.7',
    xact_start: '2026-01-01T00:01:00.000001Z',
    query_start: '2026-01-01T00:02:00.000001Z',
    state: 'active',
    wait_event_type: null,
    wait_event: null,
    backend_xid: '771',
    xact_seconds: 847,
    query: 'UPDATE orders SET total = 1',
    visible: true,
    ...changes,
  })
}

/** A primary seen by a superuser, with what a test changes. */
export function makeFacts(changes: Partial<ServerFacts> = {}): ServerFacts {
  return {
    versionNum: 180004,
    version: '18.4',
    systemIdentifier: '7500000000000000001',
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
    ownPids: [100, 101],
    roleNames: new Map(),
    databaseNames: new Map(),
    ...changes,
  }
}

/**
 * The entries that end something, and the guard that lets them hit only what was looked at. They go by
 * pg_stat_get_activity(), which answers while pg_authid or pg_database is locked, where the view would wait.
 * The signal stands in the select list: it is sent only for a row that passed the guard, in the same statement
 * and microseconds after it. Each runs on its own: inside a transaction the list of backends is frozen.
 */
import { type Column, defineEntry, type Parameter } from './define.ts'

const columns = [
  { id: 'pid', label: 'pid', kind: 'pid', meaning: 'Process id of the backend that the signal went to.' },
  {
    id: 'backend_type',
    label: 'type',
    kind: 'text',
    meaning: 'Kind of process; NULL where this role may not see it.',
  },
  {
    id: 'sent',
    label: 'sent',
    kind: 'bool',
    meaning:
      'True: the signal was sent, which does not say that it had an effect. False: the process was gone by then. No row: the backend is gone, or no longer what was looked at.',
  },
] as const satisfies readonly Column[]

const pid = { name: 'pid', type: 'integer', meaning: 'Process id of the backend.' } as const
const backendStart = {
  name: 'backend_start',
  type: 'timestamptz',
  meaning: 'When the backend started, with its microseconds.',
} as const
const ownPids = {
  name: 'own_pids',
  type: 'integer[]',
  meaning: 'Backends of this program, which are never hit.',
} as const
const roleAndDatabase: readonly Parameter[] = [
  { name: 'usesysid', type: 'oid', meaning: 'Role of the session; NULL when it has none.' },
  { name: 'datid', type: 'oid', meaning: 'Database of the session; NULL when it has none.' },
]

// Behind a pooler our own pids are not known ahead; the backend that serves this very statement always is.
const guard = `FROM pg_catalog.pg_stat_get_activity($1::pg_catalog.int4) AS a
WHERE a.backend_start = $2::pg_catalog.timestamptz
  AND a.pid <> ALL ($3::pg_catalog.int4[])
  AND a.pid <> pg_catalog.pg_backend_pid()`

// A role without pg_read_all_stats sees no start of another role's backend. A row that it can see does not pass,
// so that the weak guard never stands in for the strong one.
const unseenGuard = `FROM pg_catalog.pg_stat_get_activity($1::pg_catalog.int4) AS a
WHERE a.backend_start IS NULL
  AND a.usesysid IS NOT DISTINCT FROM $2::pg_catalog.oid
  AND a.datid IS NOT DISTINCT FROM $3::pg_catalog.oid
  AND a.pid <> ALL ($4::pg_catalog.int4[])
  AND a.pid <> pg_catalog.pg_backend_pid()`

/** Cancels a running statement: this one, not the next of the same session. */
export const cancel = defineEntry({
  id: 'cancel',
  title: 'Cancel a statement',
  about: 'Ends the running statement of one backend, if it still is the one that was looked at.',
  reads: ['pg_stat_get_activity()', 'pg_cancel_backend()'],
  pace: 'onDemand',
  waits: 'nothing',
  acts: 'cancels the statement that a backend runs',
  identity: ['pid'],
  parameters: [
    pid,
    backendStart,
    ownPids,
    { name: 'query_start', type: 'timestamptz', meaning: 'When the statement began, with its microseconds.' },
  ],
  columns,
  sql: () => `/* pgtriage:cancel */
SELECT
  a.pid AS pid,
  a.backend_type AS backend_type,
  pg_catalog.pg_cancel_backend(a.pid) AS sent
${guard}
  AND a.state = 'active'::pg_catalog.text
  AND a.query_start = $4::pg_catalog.timestamptz`,
})

/** Terminates a backend; one idle in transaction only while it is in the transaction that was looked at. */
export const terminate = defineEntry({
  id: 'terminate',
  title: 'Terminate a backend',
  about: 'Ends one backend and its transaction, if it still is the one that was looked at.',
  reads: ['pg_stat_get_activity()', 'pg_terminate_backend()'],
  pace: 'onDemand',
  waits: 'nothing',
  acts: 'ends a backend, its transaction and its connection',
  identity: ['pid'],
  parameters: [
    pid,
    backendStart,
    ownPids,
    {
      name: 'xact_start',
      type: 'timestamptz',
      meaning:
        'When the transaction began that the backend must still be in; NULL to end it whatever it does by then.',
    },
  ],
  columns,
  sql: () => `/* pgtriage:terminate */
SELECT
  a.pid AS pid,
  a.backend_type AS backend_type,
  pg_catalog.pg_terminate_backend(a.pid) AS sent
${guard}
  AND ($4::pg_catalog.timestamptz IS NULL OR a.xact_start = $4::pg_catalog.timestamptz)`,
})

/** Cancels whatever a backend runs whose details this role may not see. */
export const cancelUnseen = defineEntry({
  id: 'cancel-unseen',
  title: 'Cancel a statement unseen',
  about:
    'Ends the running statement of a backend whose details this role may not see: told by pid, role and database only.',
  reads: ['pg_stat_get_activity()', 'pg_cancel_backend()'],
  pace: 'onDemand',
  waits: 'nothing',
  acts: 'cancels the statement that a backend runs, whichever that is',
  identity: ['pid'],
  parameters: [pid, ...roleAndDatabase, ownPids],
  columns,
  sql: () => `/* pgtriage:cancel-unseen */
SELECT
  a.pid AS pid,
  a.backend_type AS backend_type,
  pg_catalog.pg_cancel_backend(a.pid) AS sent
${unseenGuard}`,
})

/** Terminates a backend whose details this role may not see. */
export const terminateUnseen = defineEntry({
  id: 'terminate-unseen',
  title: 'Terminate a backend unseen',
  about: 'Ends a backend whose details this role may not see: told by pid, role and database only.',
  reads: ['pg_stat_get_activity()', 'pg_terminate_backend()'],
  pace: 'onDemand',
  waits: 'nothing',
  acts: 'ends a backend, its transaction and its connection',
  identity: ['pid'],
  parameters: [pid, ...roleAndDatabase, ownPids],
  columns,
  sql: () => `/* pgtriage:terminate-unseen */
SELECT
  a.pid AS pid,
  a.backend_type AS backend_type,
  pg_catalog.pg_terminate_backend(a.pid) AS sent
${unseenGuard}`,
})

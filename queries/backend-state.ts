/** Whether backends still live, and what they do: the proof after an action. */
import { backendCondition, backendIdentity, isVisible } from './activity-columns.ts'
import { defineEntry } from './define.ts'

/** Answers while pg_authid or pg_database is locked. A pid without a row has no backend any more. */
export const backendState = defineEntry({
  id: 'backend-state',
  title: 'State of backends',
  about: 'Are these backends still there, and what do they do?',
  reads: ['pg_stat_get_activity()'],
  pace: 'onDemand',
  waits: 'nothing',
  identity: ['pid', 'backend_start'],
  parameters: [{ name: 'pids', type: 'integer[]', meaning: 'Process ids to look at.' }],
  columns: [
    ...backendIdentity,
    ...backendCondition,
    { id: 'datid', label: 'database oid', kind: 'oid', meaning: 'Database it is connected to.' },
    { id: 'usesysid', label: 'role oid', kind: 'oid', meaning: 'Role that logged in.' },
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
    { id: 'state_change', label: 'state change', kind: 'time', meaning: 'When its state last changed.' },
    { id: 'backend_xid', label: 'xid', kind: 'xid', meaning: 'Its transaction id; NULL until it writes.' },
    {
      id: 'visible',
      label: 'visible',
      kind: 'bool',
      meaning: 'False where this role may not see the details.',
    },
    {
      id: 'query',
      label: 'query',
      kind: 'sql',
      meaning: 'Text of the statement that runs, or of the last one; at most 1000 characters.',
    },
  ],
  sql: () => `/* pgtriage:backend-state */
SELECT
  a.pid AS pid,
  a.backend_start AS backend_start,
  a.state AS state,
  a.wait_event_type AS wait_event_type,
  a.wait_event AS wait_event,
  a.datid AS datid,
  a.usesysid AS usesysid,
  a.xact_start AS xact_start,
  a.query_start AS query_start,
  a.state_change AS state_change,
  a.backend_xid AS backend_xid,
  ${isVisible} AS visible,
  CASE
    WHEN pg_catalog.octet_length(a.query) > 1024 THEN pg_catalog.left(a.query, 1000)
    ELSE a.query
  END AS query
FROM pg_catalog.unnest($1::pg_catalog.int4[]) AS wanted (pid)
CROSS JOIN LATERAL pg_catalog.pg_stat_get_activity(wanted.pid) AS a
LIMIT 5000`,
})

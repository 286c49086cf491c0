/** What the server itself says of who blocks whom: the cross-check of what is worked out from the lock table. */
import { defineEntry } from './define.ts'

/**
 * Each call of pg_blocking_pids() holds the whole lock manager for a moment (manual: Session Information Functions)
 * and looks at the whole queue: all waiters together cost the square of their number, so it is asked of few.
 */
export const blocking = defineEntry({
  id: 'blocking',
  title: 'Blocking, as the server tells it',
  about: 'Whom do these processes wait for, by pg_blocking_pids()?',
  reads: ['pg_blocking_pids()', 'pg_safe_snapshot_blocking_pids()'],
  pace: 'onDemand',
  waits: 'nothing',
  identity: ['pid'],
  timeoutMs: 5000,
  parameters: [{ name: 'pids', type: 'integer[]', meaning: 'Process ids to look at.' }],
  columns: [
    { id: 'pid', label: 'pid', kind: 'pid', meaning: 'Process id of the waiter.' },
    {
      id: 'blocked_by',
      label: 'blocked by',
      kind: 'pids',
      meaning:
        'Pids it waits for, holders as well as those ahead in the queue; 0 is a prepared transaction. Empty: waits for nobody, or is the startup process of a standby, of which the server does not tell.',
    },
    {
      id: 'snapshot_blocked_by',
      label: 'snapshot blocked by',
      kind: 'pids',
      meaning: 'Pids that keep it from a safe snapshot; empty for all but such a waiter.',
    },
  ],
  sql: () => `/* pgtriage:blocking */
SELECT
  wanted.pid AS pid,
  pg_catalog.pg_blocking_pids(wanted.pid) AS blocked_by,
  pg_catalog.pg_safe_snapshot_blocking_pids(wanted.pid) AS snapshot_blocked_by
FROM pg_catalog.unnest($1::pg_catalog.int4[]) AS wanted (pid)
LIMIT 5000`,
})

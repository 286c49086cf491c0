/** Who waits for whom, all of it: what an action would free is worked out from this. */
import { defineEntry, type ServerFacts } from './define.ts'

/** Waiters that are asked for their blockers; together they cost the square of their number. */
const WAITERS = 1000

/** Every process that waits for a heavyweight lock, longest first. Complete for every role. */
export const blocking = defineEntry({
  id: 'blocking',
  title: 'Blocking',
  about: 'Which processes wait for a lock, for how long, and for whom?',
  reads: ['pg_lock_status()', 'pg_blocking_pids()', 'pg_stat_get_activity()'],
  pace: 'onDemand',
  waits: 'nothing',
  identity: ['pid'],
  timeoutMs: 5000,
  columns: [
    { id: 'pid', label: 'pid', kind: 'pid', meaning: 'Process id of the waiter.' },
    {
      id: 'blocked_by',
      label: 'blocked by',
      kind: 'pids',
      meaning: `Pids it waits for, holders as well as those ahead in the queue; 0 is a prepared transaction. NULL: not known, because ${WAITERS} others wait longer, the wait has just ended, or it is the startup process of a standby.`,
    },
    {
      id: 'wait_seconds',
      label: 'waits',
      kind: 'seconds',
      meaning:
        'How long it waits; before 14, and in the first moments of a wait, how long its statement runs; NULL where that is hidden.',
    },
    {
      id: 'locktype',
      label: 'lock',
      kind: 'text',
      meaning: 'What kind of thing is locked: `relation`, `transactionid`, `tuple`, `advisory`, …',
    },
    { id: 'mode', label: 'mode', kind: 'text', meaning: 'Lock mode that it waits for.' },
    {
      id: 'database',
      label: 'database oid',
      kind: 'oid',
      meaning: 'Database of the thing; 0 for a shared one, NULL for a transaction.',
    },
    {
      id: 'relation',
      label: 'relation oid',
      kind: 'oid',
      meaning: 'Relation that is locked, or that holds the locked row; NULL otherwise.',
    },
    {
      id: 'transactionid',
      label: 'xid',
      kind: 'xid',
      meaning: 'Transaction that it waits for to end, as one does for a row that another has changed.',
    },
    {
      id: 'total_waiters',
      label: 'waiters',
      kind: 'count',
      meaning: 'Processes that wait, also beyond the rows here.',
    },
  ],
  sql: (facts) => `/* pgtriage:blocking */
WITH clock AS MATERIALIZED (
  SELECT pg_catalog.clock_timestamp() AS now
),
queue AS MATERIALIZED (
  SELECT
    l.pid AS pid,
    ${waitStart(facts)} AS wait_start,
    l.locktype AS locktype,
    l.mode AS mode,
    l.database AS database,
    l.relation AS relation,
    l.transactionid AS transactionid
  FROM pg_catalog.pg_lock_status() AS l
  LEFT JOIN pg_catalog.pg_stat_get_activity(NULL) AS a ON a.pid = l.pid
  WHERE NOT l.granted
),
waiter AS MATERIALIZED (
  SELECT
    queue.*,
    pg_catalog.row_number() OVER (ORDER BY queue.wait_start ASC NULLS LAST, queue.pid ASC) AS place
  FROM queue
)
SELECT
  waiter.pid AS pid,
  CASE
    WHEN waiter.place <= ${WAITERS}
    THEN nullif(pg_catalog.pg_blocking_pids(waiter.pid), ARRAY[]::pg_catalog.int4[])
  END AS blocked_by,
  CASE
    WHEN waiter.wait_start IS NOT NULL
    THEN greatest(0, pg_catalog.date_part('epoch', clock.now - waiter.wait_start))
  END AS wait_seconds,
  waiter.locktype AS locktype,
  waiter.mode AS mode,
  waiter.database AS database,
  waiter.relation AS relation,
  waiter.transactionid AS transactionid,
  (SELECT pg_catalog.count(*) FROM queue) AS total_waiters
FROM clock
CROSS JOIN waiter
ORDER BY waiter.place
LIMIT 5000`,
})

function waitStart({ versionNum }: ServerFacts): string {
  return versionNum >= 140000 ? 'coalesce(l.waitstart, a.query_start)' : 'a.query_start'
}

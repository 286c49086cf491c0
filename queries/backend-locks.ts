/** The locks of one backend, held and wanted. */
import { defineEntry, type ServerFacts } from './define.ts'

/** What is wanted comes first, then what is held, by name. No relation is opened for its name. */
export const backendLocks = defineEntry({
  id: 'backend-locks',
  title: 'Locks of a backend',
  about: 'Which locks does this backend hold, and which does it wait for?',
  reads: ['pg_lock_status()', 'pg_stat_get_activity()', 'pg_class'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: [
    'locktype',
    'database',
    'relation',
    'page',
    'tuple',
    'virtualxid',
    'transactionid',
    'classid',
    'objid',
    'objsubid',
    'mode',
    'granted',
  ],
  parameters: [{ name: 'pid', type: 'integer', meaning: 'Process id of the backend.' }],
  columns: [
    { id: 'granted', label: 'granted', kind: 'bool', meaning: 'True: held. False: waited for.' },
    { id: 'mode', label: 'mode', kind: 'text', meaning: 'Lock mode.' },
    {
      id: 'locktype',
      label: 'lock',
      kind: 'text',
      meaning: 'What kind of thing is locked: `relation`, `transactionid`, `tuple`, `advisory`, …',
    },
    {
      id: 'relation_name',
      label: 'relation',
      kind: 'name',
      meaning:
        'Name of the relation with its schema, quoted as SQL; NULL without one, and for one of another database.',
    },
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
      meaning: 'Relation, or that of the locked row or page.',
    },
    { id: 'page', label: 'page', kind: 'count', meaning: 'Page within the relation; NULL for other locks.' },
    { id: 'tuple', label: 'tuple', kind: 'count', meaning: 'Row within the page; NULL for other locks.' },
    { id: 'virtualxid', label: 'virtual xid', kind: 'text', meaning: 'Virtual transaction that is locked.' },
    { id: 'transactionid', label: 'xid', kind: 'xid', meaning: 'Transaction that is locked.' },
    {
      id: 'classid',
      label: 'class',
      kind: 'oid',
      meaning: 'Catalog of the object; for an advisory lock the upper half of its key, or the first key.',
    },
    {
      id: 'objid',
      label: 'object',
      kind: 'oid',
      meaning: 'Oid of the object; for an advisory lock the lower half of its key, or the second key.',
    },
    {
      id: 'objsubid',
      label: 'sub',
      kind: 'count',
      meaning: 'For an advisory lock 1 for one key of 64 bits, 2 for two of 32; else a column, or 0.',
    },
    {
      id: 'fastpath',
      label: 'fast path',
      kind: 'bool',
      meaning:
        'Taken without the shared lock table, as weak locks on relations are while nobody is in the way.',
    },
    {
      id: 'wait_start',
      label: 'waits since',
      kind: 'time',
      meaning: 'When the wait began; NULL where it is held, and in the first moments of a wait.',
      since: 140000,
    },
    {
      id: 'wait_seconds',
      label: 'waits',
      kind: 'seconds',
      meaning: 'How long it waits; NULL like wait_start.',
      since: 140000,
    },
    {
      id: 'total_rows',
      label: 'locks',
      kind: 'count',
      meaning: 'Locks of the backend, also beyond the 500 shown.',
    },
  ],
  sql: (facts) => `/* pgtriage:backend-locks */
SELECT
  l.granted AS granted,
  l.mode AS mode,
  l.locktype AS locktype,
  CASE
    WHEN l.database IN (0::pg_catalog.oid, own.datid)
    THEN l.relation::pg_catalog.regclass::pg_catalog.text
  END AS relation_name,
  l.database AS database,
  l.relation AS relation,
  l.page::pg_catalog.int8 AS page,
  l.tuple::pg_catalog.int8 AS tuple,
  l.virtualxid AS virtualxid,
  l.transactionid AS transactionid,
  l.classid AS classid,
  l.objid AS objid,
  l.objsubid::pg_catalog.int8 AS objsubid,
  l.fastpath AS fastpath,
  ${waitStart(facts)} AS wait_start,
  CASE
    WHEN ${waitStart(facts)} IS NOT NULL
    THEN greatest(0, pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - ${waitStart(facts)}))
  END AS wait_seconds,
  l.total_rows AS total_rows
FROM (
  SELECT
    l.*,
    pg_catalog.count(*) OVER () AS total_rows
  FROM pg_catalog.pg_lock_status() AS l
  WHERE l.pid = $1::pg_catalog.int4
  ORDER BY l.granted ASC, l.relation ASC NULLS LAST, l.mode ASC
  LIMIT 500
) AS l
CROSS JOIN pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS own
ORDER BY l.granted ASC, relation_name ASC NULLS LAST, l.mode ASC
LIMIT 500`,
})

function waitStart({ versionNum }: ServerFacts): string {
  return versionNum >= 140000 ? 'l.waitstart' : 'NULL::pg_catalog.timestamptz'
}

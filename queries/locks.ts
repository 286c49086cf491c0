/** Who holds and wants the locks that somebody waits for: one look at the lock table for the whole tree. */
import {
  backendAges,
  backendCondition,
  backendIdentity,
  backendOrigin,
  backendTimes,
  backendVisibility,
  isVisible,
} from './activity-columns.ts'
import { withNames } from './activity-names.ts'
import { defineEntry, type ServerFacts } from './define.ts'

/** Rows that one answer has at most, waiters first, longest first. */
export const LOCKS_ROWS = 5000

/** Before 14 the server does not tell when a wait began: so many waiters are asked for their blockers instead. */
const ORDERED = 200

/** Characters of a query text that travel with a row. */
const QUERY_CHARACTERS = 1000

/**
 * Live. A row is a backend or a prepared transaction that holds or wants a lock on something that somebody waits
 * for. Waiters are found by `NOT granted`, so that a role without rights sees all of them. No relation is opened.
 */
export const locks = defineEntry({
  id: 'locks',
  title: 'Locks',
  about: 'Who waits for a lock, and who holds or wants a lock on the same thing?',
  reads: [
    'pg_lock_status()',
    'pg_stat_get_activity()',
    'pg_prepared_xact()',
    'pg_safe_snapshot_blocking_pids()',
    'pg_blocking_pids()',
    'pg_class',
    'pg_database',
    'pg_authid',
  ],
  pace: 'live',
  waits: 'catalog locks',
  identity: ['pid', 'backend_start', 'virtualtransaction'],
  columns: [
    ...backendIdentity,
    ...backendOrigin,
    {
      id: 'datname',
      label: 'database',
      kind: 'name',
      meaning: 'Name of the database that it is connected to, or was prepared in.',
    },
    {
      id: 'usename',
      label: 'role',
      kind: 'name',
      meaning: 'Name of the role that logged in, or that owns the prepared transaction.',
    },
    ...backendCondition,
    ...backendTimes,
    ...backendVisibility,
    {
      id: 'query',
      label: 'query',
      kind: 'sql',
      meaning: `Text of the statement that runs or, when none does, of the last one, which need not be the one that took the lock; at most ${QUERY_CHARACTERS} characters.`,
    },
    {
      id: 'query_truncated',
      label: 'cut',
      kind: 'bool',
      meaning:
        'True where the text is cut here, or is as long as the server keeps (track_activity_query_size) and so most likely cut there.',
    },
    {
      id: 'virtualtransaction',
      label: 'virtual xact',
      kind: 'text',
      meaning: 'Virtual transaction of a prepared transaction, which has no pid; NULL for a backend.',
    },
    {
      id: 'gid',
      label: 'gid',
      kind: 'text',
      meaning: 'Name of a prepared transaction: what ROLLBACK PREPARED takes, in its own database.',
    },
    { id: 'prepared', label: 'prepared', kind: 'time', meaning: 'When the transaction was prepared.' },
    {
      id: 'prepared_seconds',
      label: 'prepared for',
      kind: 'seconds',
      meaning: 'How long the prepared transaction waits to be ended.',
    },
    {
      id: 'wait_start',
      label: 'waits since',
      kind: 'time',
      meaning:
        'When its wait began; NULL when it does not wait, in the first moments of a wait, and before 14.',
      since: 140000,
    },
    {
      id: 'wait_seconds',
      label: 'waits',
      kind: 'seconds',
      meaning:
        'How long it waits, by wait_start; before 14 how long its statement runs, which is at least that.',
    },
    {
      id: 'locks',
      label: 'locks',
      kind: 'json',
      meaning:
        'Its locks on things that somebody waits for, on rows, and on the relations of those rows: the columns of pg_locks without NULLs, with the names of relations of this database, and for a row how many others hold RowShareLock and RowExclusiveLock on its relation without standing in line for one.',
    },
    {
      id: 'blocked_by',
      label: 'blocked by',
      kind: 'pids',
      meaning: `Before 14 pg_blocking_pids() of the first ${ORDERED} waiters, since the order of a queue is not told there; NULL from 14 on.`,
    },
    {
      id: 'snapshot_blocked_by',
      label: 'snapshot blocked by',
      kind: 'pids',
      meaning:
        'Pids of the transactions that it waits for to get a safe snapshot (SERIALIZABLE READ ONLY DEFERRABLE); NULL for all others.',
    },
    {
      id: 'total_waiters',
      label: 'waiters',
      kind: 'count',
      meaning: 'Processes that wait for a lock, also beyond the rows here.',
    },
  ],
  sql: (facts) => text(facts, byCatalog),
  fallback: {
    waits: 'nothing',
    sql: (facts) => text(facts, byFunctions),
    complete: withNames,
  },
})

interface Variant {
  readonly relationName: string
  readonly className: string
  readonly database: string
  readonly role: string
  readonly names: string
}

// The output of regclass looks into pg_class and pg_namespace only; it never opens the relation.
const byCatalog: Variant = {
  relationName: `CASE
        WHEN l.database IN (0::pg_catalog.oid, own.datid)
        THEN l.relation::pg_catalog.regclass::pg_catalog.text
      END`,
  className: `CASE
        WHEN l.locktype = 'object' AND l.database IN (0::pg_catalog.oid, own.datid)
        THEN l.classid::pg_catalog.regclass::pg_catalog.text
      END`,
  database: 'd.datname',
  role: 'CASE WHEN party.usesysid IS NOT NULL THEN pg_catalog.pg_get_userbyid(party.usesysid) END',
  names: `
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = party.datid`,
}

const byFunctions: Variant = {
  relationName: 'NULL::pg_catalog.text',
  className: 'NULL::pg_catalog.text',
  database: 'NULL::pg_catalog.name',
  role: 'NULL::pg_catalog.name',
  names: '',
}

/** What makes two rows of pg_locks the same thing; NULLs are equal here, so that the comparison can be hashed. */
const TAG = [
  'l.locktype',
  'coalesce(l.database, 0::pg_catalog.oid)',
  'coalesce(l.relation, 0::pg_catalog.oid)',
  'coalesce(l.page, -1)',
  'coalesce(l.tuple, -1::pg_catalog.int2)',
  // xid has no ordering operators, without which a row of columns cannot be compared.
  "coalesce(l.virtualxid, l.transactionid::pg_catalog.text, '')",
  'coalesce(l.classid, 0::pg_catalog.oid)',
  'coalesce(l.objid, 0::pg_catalog.oid)',
  'coalesce(l.objsubid, -1::pg_catalog.int2)',
]

// Predicate locks (SIReadLock) never block. Everything is made from one copy of the lock table and one of the list
// of backends: taken apart, a holder could be missing that the waiter's row tells of.
function text(facts: ServerFacts, variant: Variant): string {
  const tellsWaitStart = facts.versionNum >= 140000
  return `/* pgtriage:locks */
WITH lock AS MATERIALIZED (
  SELECT
    l.locktype AS locktype,
    l.database AS database,
    l.relation AS relation,
    l.page AS page,
    l.tuple AS tuple,
    l.virtualxid AS virtualxid,
    l.transactionid AS transactionid,
    l.classid AS classid,
    l.objid AS objid,
    l.objsubid AS objsubid,
    l.virtualtransaction AS virtualtransaction,
    l.pid AS pid,
    l.mode AS mode,
    l.granted AS granted,
    ${tellsWaitStart ? 'l.waitstart' : 'NULL::pg_catalog.timestamptz'} AS wait_start
  FROM pg_catalog.pg_lock_status() AS l
  WHERE l.mode <> 'SIReadLock'
),
backend AS MATERIALIZED (
  SELECT
    a.*
  FROM pg_catalog.pg_stat_get_activity(NULL) AS a
),
clock AS MATERIALIZED (
  SELECT
    pg_catalog.clock_timestamp() AS now
),
snapshot_waiter AS MATERIALIZED (
  SELECT
    b.pid AS pid,
    pg_catalog.pg_safe_snapshot_blocking_pids(b.pid) AS blocked_by
  FROM backend AS b
  WHERE b.wait_event = 'SafeSnapshot'
),
row_relation AS MATERIALIZED (
  SELECT DISTINCT
    l.database AS database,
    l.relation AS relation
  FROM lock AS l
  WHERE l.locktype = 'tuple'
),
sharer AS MATERIALIZED (
  SELECT
    l.database AS database,
    l.relation AS relation,
    pg_catalog.count(*) FILTER (WHERE l.mode = 'RowShareLock') AS sharers,
    pg_catalog.count(*) FILTER (WHERE l.mode = 'RowExclusiveLock') AS writers
  FROM lock AS l
  WHERE l.locktype = 'relation'
    AND l.mode IN ('RowShareLock', 'RowExclusiveLock')
    AND l.granted
    AND (l.database, l.relation) IN (SELECT r.database, r.relation FROM row_relation AS r)
    AND (
      l.pid IS NULL
      OR l.pid NOT IN (SELECT w.pid FROM lock AS w WHERE w.locktype = 'tuple' AND NOT w.granted)
    )
  GROUP BY l.database, l.relation
),
contested AS MATERIALIZED (
  SELECT
    l.*
  FROM lock AS l
  WHERE l.locktype = 'tuple'
    OR (
      ${TAG.join(',\n      ')}
    ) IN (
      SELECT
        ${TAG.join(',\n        ')}
      FROM lock AS l
      WHERE NOT l.granted
    )
),
member AS MATERIALIZED (
  SELECT l.pid AS pid FROM contested AS l WHERE l.pid IS NOT NULL
  UNION
  SELECT s.pid AS pid FROM snapshot_waiter AS s
  UNION
  SELECT b.b AS pid
  FROM snapshot_waiter AS s
  CROSS JOIN LATERAL pg_catalog.unnest(s.blocked_by) AS b
  WHERE b.b <> 0
),
involved AS MATERIALIZED (
  SELECT m.pid AS pid FROM member AS m
  UNION
  SELECT b.leader_pid AS pid
  FROM backend AS b
  INNER JOIN member AS m ON m.pid = b.pid
  WHERE b.leader_pid IS NOT NULL
    AND b.backend_type = 'parallel worker'
),
told AS MATERIALIZED (
  SELECT l.* FROM contested AS l
  UNION ALL
  SELECT l.*
  FROM lock AS l
  WHERE l.locktype = 'relation'
    AND (
      (
        (l.database, l.relation) IN (SELECT r.database, r.relation FROM row_relation AS r)
        AND (l.pid IS NULL OR l.pid IN (SELECT i.pid FROM involved AS i))
      )
      OR (
        l.mode = 'ShareUpdateExclusiveLock'
        AND l.pid IN (SELECT w.pid FROM lock AS w WHERE w.locktype = 'virtualxid' AND NOT w.granted)
      )
    )
    AND (
      ${TAG.join(',\n      ')}
    ) NOT IN (
      SELECT
        ${TAG.join(',\n        ')}
      FROM lock AS l
      WHERE NOT l.granted
    )
),
holding AS MATERIALIZED (
  SELECT
    l.pid AS pid,
    CASE WHEN l.pid IS NULL THEN l.virtualtransaction END AS virtualtransaction,
    pg_catalog.min(l.wait_start) FILTER (WHERE NOT l.granted) AS wait_start,
    pg_catalog.bool_or(NOT l.granted) AS is_waiting,
    pg_catalog.json_agg(pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
      'granted', l.granted,
      'mode', l.mode,
      'locktype', l.locktype,
      'database', l.database::pg_catalog.int8,
      'relation', l.relation::pg_catalog.int8,
      'relation_name', ${variant.relationName},
      'page', l.page,
      'tuple', l.tuple,
      'virtualxid', l.virtualxid,
      'transactionid', l.transactionid,
      'classid', l.classid::pg_catalog.int8,
      'class_name', ${variant.className},
      'objid', l.objid::pg_catalog.int8,
      'objsubid', l.objsubid,
      'sharers', CASE WHEN l.locktype = 'tuple' THEN s.sharers END,
      'writers', CASE WHEN l.locktype = 'tuple' THEN s.writers END
    ))) AS locks
  FROM told AS l
  CROSS JOIN (
    SELECT
      b.datid AS datid
    FROM backend AS b
    WHERE b.pid = pg_catalog.pg_backend_pid()
  ) AS own
  LEFT JOIN sharer AS s ON s.database = l.database AND s.relation = l.relation
  GROUP BY l.pid, CASE WHEN l.pid IS NULL THEN l.virtualtransaction END
),
prepared AS MATERIALIZED (
  SELECT
    l.virtualtransaction AS virtualtransaction,
    p.gid AS gid,
    p.prepared AS prepared,
    p.ownerid AS ownerid,
    p.dbid AS dbid,
    p.transaction AS transaction
  FROM pg_catalog.pg_prepared_xact() AS p
  INNER JOIN lock AS l
    ON l.transactionid = p.transaction
    AND l.locktype = 'transactionid'
    AND l.pid IS NULL
),
party AS MATERIALIZED (
  SELECT
    i.pid AS pid,
    NULL::pg_catalog.text AS virtualtransaction,
    b.datid AS datid,
    b.usesysid AS usesysid,
    h.wait_start AS wait_start,
    h.is_waiting IS TRUE AS is_waiting,
    h.locks AS locks,
    NULL::pg_catalog.text AS gid,
    NULL::pg_catalog.timestamptz AS prepared,
    NULL::pg_catalog.xid AS prepared_xid,
    ${tellsWaitStart ? 'h.wait_start' : 'CASE WHEN h.is_waiting THEN b.query_start END'} AS waits_from,
    s.blocked_by AS snapshot_blocked_by
  FROM involved AS i
  LEFT JOIN backend AS b ON b.pid = i.pid
  LEFT JOIN holding AS h ON h.pid = i.pid
  LEFT JOIN snapshot_waiter AS s ON s.pid = i.pid
  UNION ALL
  SELECT
    NULL::pg_catalog.int4 AS pid,
    h.virtualtransaction AS virtualtransaction,
    p.dbid AS datid,
    p.ownerid AS usesysid,
    NULL::pg_catalog.timestamptz AS wait_start,
    false AS is_waiting,
    h.locks AS locks,
    p.gid AS gid,
    p.prepared AS prepared,
    p.transaction AS prepared_xid,
    NULL::pg_catalog.timestamptz AS waits_from,
    NULL::pg_catalog.int4[] AS snapshot_blocked_by
  FROM holding AS h
  LEFT JOIN prepared AS p ON p.virtualtransaction = h.virtualtransaction
  WHERE h.pid IS NULL
)
SELECT
  party.pid AS pid,
  a.backend_start AS backend_start,
  a.leader_pid AS leader_pid,
  a.backend_type AS backend_type,
  party.datid AS datid,
  party.usesysid AS usesysid,
  a.application_name AS application_name,
  pg_catalog.host(a.client_addr) AS client_addr,
  a.client_hostname AS client_hostname,
  a.client_port::pg_catalog.int8 AS client_port,
  ${variant.database} AS datname,
  ${variant.role} AS usename,
  a.state AS state,
  a.wait_event_type AS wait_event_type,
  a.wait_event AS wait_event,
  a.xact_start AS xact_start,
  a.query_start AS query_start,
  a.state_change AS state_change,
  ${backendAges},
  coalesce(a.backend_xid, party.prepared_xid) AS backend_xid,
  a.backend_xmin AS backend_xmin,
  ${facts.versionNum >= 140000 ? 'a.query_id' : 'NULL::pg_catalog.int8'} AS query_id,
  party.pid IS NULL OR ${isVisible} AS visible,
  CASE
    WHEN pg_catalog.octet_length(a.query) > ${QUERY_CHARACTERS} THEN pg_catalog.left(a.query, ${QUERY_CHARACTERS})
    ELSE a.query
  END AS query,
  pg_catalog.octet_length(a.query) >= ${Math.min(facts.trackActivityQuerySize - 4, QUERY_CHARACTERS + 1)} AS query_truncated,
  party.virtualtransaction AS virtualtransaction,
  party.gid AS gid,
  party.prepared AS prepared,
  CASE
    WHEN party.prepared IS NOT NULL
    THEN greatest(0, pg_catalog.date_part('epoch', clock.now - party.prepared))
  END AS prepared_seconds,
  party.wait_start AS wait_start,
  CASE
    WHEN party.waits_from IS NOT NULL
    THEN greatest(0, pg_catalog.date_part('epoch', clock.now - party.waits_from))
  END AS wait_seconds,
  coalesce(party.locks, '[]'::pg_catalog.json) AS locks,
  ${tellsWaitStart ? 'NULL::pg_catalog.int4[]' : blockersOfTheFirst} AS blocked_by,
  party.snapshot_blocked_by AS snapshot_blocked_by,
  (SELECT pg_catalog.count(DISTINCT l.pid) FROM lock AS l WHERE NOT l.granted) AS total_waiters
FROM clock
CROSS JOIN party
LEFT JOIN backend AS a ON a.pid = party.pid${variant.names}
ORDER BY party.is_waiting DESC, party.waits_from ASC NULLS LAST, party.pid ASC
LIMIT ${LOCKS_ROWS}`
}

const blockersOfTheFirst = `CASE
    WHEN party.is_waiting
      AND party.pid = ANY (ARRAY(
        SELECT
          w.pid
        FROM party AS w
        WHERE w.is_waiting
        ORDER BY w.waits_from ASC NULLS LAST, w.pid ASC
        LIMIT ${ORDERED}
      ))
    THEN pg_catalog.pg_blocking_pids(party.pid)
  END`

/** Who keeps VACUUM from removing dead rows: all five kinds of holders of the xmin horizon. */
import { isVisible } from './activity-columns.ts'
import { type Column, defineEntry, type ServerFacts } from './define.ts'

/** More sessions, slots and prepared transactions than any server has. */
const ROWS = 20_000

/** Of a statement that a person has to recognize. */
const QUERY_CHARACTERS = 1000

const columns = [
  {
    id: 'kind',
    label: 'kind',
    kind: 'text',
    meaning: '`session`, `prepared transaction`, `replication slot` or `walsender`.',
  },
  {
    id: 'pid',
    label: 'pid',
    kind: 'pid',
    meaning: 'Its process, or the one that uses the slot; NULL for none.',
  },
  {
    id: 'name',
    label: 'name',
    kind: 'text',
    meaning:
      'The gid of a prepared transaction, the name of a slot, the standby of a walsender; NULL for a session.',
  },
  {
    id: 'datname',
    label: 'database',
    kind: 'name',
    meaning: 'Database it belongs to; NULL for a physical slot or a walsender, which hold back all.',
  },
  {
    id: 'age',
    label: 'xids',
    kind: 'count',
    meaning: 'Transaction ids given out since the oldest that it holds.',
  },
  {
    id: 'xid_age',
    label: 'own xid',
    kind: 'count',
    meaning: 'Those since its own transaction id; NULL for none.',
  },
  {
    id: 'xmin_age',
    label: 'xmin',
    kind: 'count',
    meaning: 'Those since the oldest that its snapshot, slot or standby may still need; NULL for none.',
  },
  {
    id: 'catalog_xmin_age',
    label: 'catalog xmin',
    kind: 'count',
    meaning: 'The same for system catalogs alone, for logical decoding; NULL for none.',
  },
  {
    id: 'holds_user_tables',
    label: 'holds tables',
    kind: 'bool',
    meaning: 'Whether it keeps dead rows in the tables of the connected database.',
  },
  {
    id: 'backend_type',
    label: 'type',
    kind: 'text',
    meaning: 'Kind of process; NULL where hidden and where there is none.',
  },
  {
    id: 'usename',
    label: 'role',
    kind: 'name',
    meaning: 'Role that logged in or prepared; NULL for a slot.',
  },
  { id: 'application_name', label: 'application', kind: 'name', meaning: 'What the client calls itself.' },
  { id: 'state', label: 'state', kind: 'text', meaning: 'State of the session; NULL where hidden.' },
  {
    id: 'since',
    label: 'since',
    kind: 'time',
    meaning:
      'When its transaction began or was prepared, or (17+) the slot fell idle; NULL where hidden or not known.',
  },
  { id: 'since_seconds', label: 'for', kind: 'seconds', meaning: 'How long that is ago.' },
  {
    id: 'state_seconds',
    label: 'in state',
    kind: 'seconds',
    meaning: 'How long the session is in its state; NULL where hidden.',
  },
  {
    id: 'slot_type',
    label: 'slot type',
    kind: 'text',
    meaning: '`physical` or `logical`; NULL for all but slots.',
  },
  {
    id: 'active',
    label: 'active',
    kind: 'bool',
    meaning: 'Whether a slot is in use; NULL for all but slots.',
  },
  {
    id: 'query',
    label: 'query',
    kind: 'sql',
    meaning: 'The statement that runs or ran last, cut; NULL where hidden and where there is none.',
  },
] as const satisfies readonly Column[]

/**
 * A session that wrote may hold by its transaction id alone, without a snapshot. VACUUM, and building or rebuilding an
 * index CONCURRENTLY without an expression or condition (14+), are no holders: other VACUUMs do not heed them.
 * Transaction ids of others are shown to every role, even where all else of them is hidden.
 */
export const xminHolders = defineEntry({
  id: 'xmin-holders',
  title: 'Holders of the xmin horizon',
  about: 'Who keeps VACUUM from removing dead rows, and since when?',
  reads: [
    'pg_stat_get_activity()',
    'pg_prepared_xact()',
    'pg_get_replication_slots()',
    'pg_stat_get_progress_info()',
    'pg_stat_get_wal_senders()',
    'pg_database',
    'pg_roles',
  ],
  pace: 'steady',
  waits: 'catalog locks',
  identity: ['kind', 'pid', 'name'],
  columns,
  sql: (facts) => `/* pgtriage:xmin-holders */
WITH own AS MATERIALIZED (
  SELECT
    a.datid AS datid
  FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS a
),
harmless AS MATERIALIZED (
  SELECT
    v.pid AS pid
  FROM pg_catalog.pg_stat_get_progress_info('VACUUM') AS v${concurrentBuilds(facts)}
),
holders AS MATERIALIZED (
  SELECT
    CASE
      WHEN w.pid IS NOT NULL AND coalesce(a.datid, 0::pg_catalog.oid) = 0::pg_catalog.oid
      THEN 'walsender'::pg_catalog.text
      ELSE 'session'::pg_catalog.text
    END AS kind,
    a.pid AS pid,
    CASE WHEN w.pid IS NOT NULL THEN a.application_name END AS name,
    nullif(a.datid, 0::pg_catalog.oid) AS datid,
    a.backend_xid AS xid,
    a.backend_xmin AS xmin,
    NULL::pg_catalog.xid AS catalog_xmin,
    a.backend_type AS backend_type,
    a.usesysid AS usesysid,
    a.application_name AS application_name,
    a.state AS state,
    a.xact_start AS since,
    a.state_change AS state_change,
    NULL::pg_catalog.text AS slot_type,
    NULL::pg_catalog.bool AS active,
    CASE WHEN ${isVisible} THEN pg_catalog.left(a.query, ${QUERY_CHARACTERS}) END AS query
  FROM pg_catalog.pg_stat_get_activity(NULL) AS a
  LEFT JOIN pg_catalog.pg_stat_get_wal_senders() AS w
    ON w.pid = a.pid
  LEFT JOIN harmless AS h
    ON h.pid = a.pid
  WHERE a.pid <> pg_catalog.pg_backend_pid()
    AND h.pid IS NULL
    -- A parallel worker has the snapshot of its leader.
    AND a.backend_type IS DISTINCT FROM 'parallel worker'::pg_catalog.text
    AND (a.backend_xid IS NOT NULL OR a.backend_xmin IS NOT NULL)
  UNION ALL
  SELECT
    'prepared transaction'::pg_catalog.text AS kind,
    NULL::pg_catalog.int4 AS pid,
    p.gid AS name,
    p.dbid AS datid,
    p.transaction AS xid,
    NULL::pg_catalog.xid AS xmin,
    NULL::pg_catalog.xid AS catalog_xmin,
    NULL::pg_catalog.text AS backend_type,
    p.ownerid AS usesysid,
    NULL::pg_catalog.text AS application_name,
    NULL::pg_catalog.text AS state,
    p.prepared AS since,
    NULL::pg_catalog.timestamptz AS state_change,
    NULL::pg_catalog.text AS slot_type,
    NULL::pg_catalog.bool AS active,
    NULL::pg_catalog.text AS query
  FROM pg_catalog.pg_prepared_xact() AS p
  UNION ALL
  SELECT
    'replication slot'::pg_catalog.text AS kind,
    s.active_pid AS pid,
    s.slot_name::pg_catalog.text AS name,
    s.datoid AS datid,
    NULL::pg_catalog.xid AS xid,
    s.xmin AS xmin,
    s.catalog_xmin AS catalog_xmin,
    NULL::pg_catalog.text AS backend_type,
    NULL::pg_catalog.oid AS usesysid,
    NULL::pg_catalog.text AS application_name,
    NULL::pg_catalog.text AS state,
    ${facts.versionNum >= 170_000 ? 's.inactive_since' : 'NULL::pg_catalog.timestamptz'} AS since,
    NULL::pg_catalog.timestamptz AS state_change,
    s.slot_type AS slot_type,
    s.active AS active,
    NULL::pg_catalog.text AS query
  FROM pg_catalog.pg_get_replication_slots() AS s
  WHERE (s.xmin IS NOT NULL OR s.catalog_xmin IS NOT NULL)${
    // An invalidated slot still shows what it held; from 16 it holds nothing any more.
    facts.versionNum >= 160_000 ? `\n    AND s.wal_status IS DISTINCT FROM 'lost'::pg_catalog.text` : ''
  }
)
SELECT
  h.kind AS kind,
  h.pid AS pid,
  h.name AS name,
  d.datname AS datname,
  greatest(pg_catalog.age(h.xid), pg_catalog.age(h.xmin), pg_catalog.age(h.catalog_xmin)) AS age,
  pg_catalog.age(h.xid) AS xid_age,
  pg_catalog.age(h.xmin) AS xmin_age,
  pg_catalog.age(h.catalog_xmin) AS catalog_xmin_age,
  CASE h.kind
    WHEN 'walsender'::pg_catalog.text THEN true
    WHEN 'replication slot'::pg_catalog.text THEN h.xmin IS NOT NULL
    ELSE coalesce(h.datid = own.datid, false)
  END AS holds_user_tables,
  h.backend_type AS backend_type,
  r.rolname AS usename,
  h.application_name AS application_name,
  h.state AS state,
  h.since AS since,
  CASE
    WHEN h.since IS NOT NULL
    THEN greatest(0, pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - h.since))
  END AS since_seconds,
  CASE
    WHEN h.state_change IS NOT NULL
    THEN greatest(0, pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - h.state_change))
  END AS state_seconds,
  h.slot_type AS slot_type,
  h.active AS active,
  h.query AS query
FROM holders AS h
CROSS JOIN own AS own
LEFT JOIN pg_catalog.pg_database AS d
  ON d.oid = h.datid
LEFT JOIN pg_catalog.pg_roles AS r
  ON r.oid = h.usesysid
ORDER BY age DESC, h.pid ASC, h.name ASC
LIMIT ${ROWS}`,
})

/** From 14, but only where the index has no expression and no condition that could look at another table. */
function concurrentBuilds({ versionNum }: ServerFacts): string {
  if (versionNum < 140_000) return ''
  // Commands 2 and 4 are CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY (commands/progress.h).
  return `
  UNION ALL
  SELECT
    b.pid AS pid
  FROM pg_catalog.pg_stat_get_progress_info('CREATE INDEX') AS b
  INNER JOIN own AS own
    ON own.datid = b.datid
  INNER JOIN pg_catalog.pg_index AS i
    ON i.indexrelid = b.param7::pg_catalog.oid
    AND i.indexprs IS NULL
    AND i.indpred IS NULL
  WHERE b.param1 = ANY (ARRAY[2, 4]::pg_catalog.int8[])`
}

/** The pulse of a server, one row: how full it is, what its sessions do, and the counters behind tps and hit ratio. */
import { isVisible } from './activity-columns.ts'
import { type Column, defineEntry, type ServerFacts } from './define.ts'

/** What the sessions do; a role that does not see all says how many are hidden. */
const sessionColumns = [
  {
    id: 'sessions',
    label: 'sessions',
    kind: 'count',
    meaning:
      'Client sessions: active, idle, idle_in_transaction, idle_in_transaction_aborted, other and hidden add up to it.',
  },
  { id: 'active', label: 'active', kind: 'count', meaning: 'Sessions that run a statement, or wait in one.' },
  { id: 'idle', label: 'idle', kind: 'count', meaning: 'Sessions without a transaction.' },
  {
    id: 'idle_in_transaction',
    label: 'idle in tx',
    kind: 'count',
    meaning: 'Sessions with an open transaction that run nothing.',
  },
  {
    id: 'idle_in_transaction_aborted',
    label: 'aborted tx',
    kind: 'count',
    meaning: 'The same after an error: they wait for a ROLLBACK.',
  },
  {
    id: 'other',
    label: 'other',
    kind: 'count',
    meaning: 'Sessions in another state: logging in, in a fastpath call, or with track_activities off.',
  },
  {
    id: 'hidden',
    label: 'hidden',
    kind: 'count',
    meaning:
      'Sessions whose state this role may not see; parallel and apply workers of other roles cannot be told from them.',
  },
  {
    id: 'waiting',
    label: 'waiting',
    kind: 'count',
    meaning: 'Processes of any kind that wait for a heavyweight lock; right for every role.',
  },
  {
    id: 'oldest_xact_seconds',
    label: 'oldest xact',
    kind: 'seconds',
    meaning: 'How long the oldest transaction of a session that this role sees is open; NULL without one.',
  },
] as const satisfies readonly Column[]

/** The counters of a database that are a function of their own: pg_stat_get_db_<name>(). */
const databaseCounters = [
  ['xact_commit', 'commits', 'Transactions committed.', 'xact_commit'],
  ['xact_rollback', 'rollbacks', 'Transactions rolled back.', 'xact_rollback'],
  ['blks_hit', 'blocks hit', 'Blocks found in shared buffers.', 'blocks_hit'],
  ['tup_returned', 'rows read', 'Rows read by scans of tables and entries of indexes.', 'tuples_returned'],
  ['tup_fetched', 'rows fetched', 'Rows fetched by index scans.', 'tuples_fetched'],
  ['tup_inserted', 'inserts', 'Rows inserted.', 'tuples_inserted'],
  ['tup_updated', 'updates', 'Rows updated.', 'tuples_updated'],
  ['tup_deleted', 'deletes', 'Rows deleted.', 'tuples_deleted'],
  ['temp_files', 'temp files', 'Temporary files created by statements.', 'temp_files'],
  ['deadlocks', 'deadlocks', 'Deadlocks found.', 'deadlocks'],
  ['conflicts', 'conflicts', 'Statements cancelled by recovery; standbys only.', 'conflict_all'],
] as const

/** How many connections there can be, and the counters of all databases together. */
const counterColumns = [
  {
    id: 'usable_connections',
    label: 'usable',
    kind: 'count',
    meaning:
      'Sessions that ordinary roles can have: max_connections less superuser_reserved_connections and reserved_connections (16+).',
  },
  { id: 'max_connections', label: 'maximum', kind: 'count', meaning: 'Setting `max_connections`.' },
  {
    id: 'prepared_xacts',
    label: 'prepared',
    kind: 'count',
    meaning: 'Prepared transactions that wait for COMMIT PREPARED or ROLLBACK PREPARED.',
  },
  {
    id: 'oldest_prepared_seconds',
    label: 'oldest prepared',
    kind: 'seconds',
    meaning: 'How long the oldest of them waits; NULL without one.',
  },
  ...databaseCounters.map(
    ([id, label, meaning]) => ({ id, label, kind: 'count', counter: true, meaning }) as const,
  ),
  {
    id: 'blks_read',
    label: 'blocks read',
    kind: 'count',
    counter: true,
    meaning: 'Blocks not found in shared buffers: read from the disk or the cache of the system.',
  },
  {
    id: 'temp_bytes',
    label: 'temp',
    kind: 'bytes',
    counter: true,
    meaning: 'Bytes that statements wrote to temporary files.',
  },
  {
    id: 'wal_bytes',
    label: 'wal',
    kind: 'bytes',
    counter: true,
    meaning:
      'Position in the WAL as bytes: written on a primary, received or replayed (the further) on a standby.',
  },
  {
    id: 'stats_reset',
    label: 'stats since',
    kind: 'time',
    meaning:
      'When any of the counters last began at zero, by a reset or a crash. NULL while pg_database is locked: the databases are then those known at the connect.',
  },
  { id: 'server_time', label: 'server time', kind: 'time', meaning: "The server's clock." },
  {
    id: 'uptime_seconds',
    label: 'up',
    kind: 'seconds',
    meaning: 'How long the server runs; a crash of a backend restarts it without a change here.',
  },
  {
    id: 'in_recovery',
    label: 'standby',
    kind: 'bool',
    meaning: 'True while it replays WAL; it turns false under open connections when a standby is promoted.',
  },
] as const satisfies readonly Column[]

const reads = [
  'pg_stat_get_db_*()',
  'pg_stat_get_bgwriter_stat_reset_time()',
  'pg_database',
  'pg_prepared_xact()',
  'pg_current_wal_lsn()',
] as const

/** Live; over all databases, not only the one connected to. */
export const vitals = defineEntry({
  id: 'vitals',
  title: 'Vitals',
  about: 'How full is the server, what do its sessions do, and how much work goes through it?',
  reads: ['pg_stat_get_activity()', 'pg_lock_status()', ...reads],
  pace: 'live',
  waits: 'catalog locks',
  identity: [],
  columns: [...sessionColumns, ...counterColumns],
  sql: (facts) => text('vitals', facts, { ...byCatalog, sessions: sessions(facts) }),
  fallback: {
    waits: 'nothing',
    sql: (facts) => text('vitals', facts, { ...byFacts(facts), sessions: sessions(facts) }),
  },
})

/**
 * The vitals without the look at every session, which is most of their cost with thousands of sessions (measured:
 * 6 of 7 ms with 2000); for whoever has the sessions already.
 */
export const counters = defineEntry({
  id: 'counters',
  title: 'Counters',
  about: 'How much work goes through the server?',
  reads,
  pace: 'live',
  waits: 'catalog locks',
  identity: [],
  columns: counterColumns,
  sql: (facts) => text('counters', facts, byCatalog),
  fallback: {
    waits: 'nothing',
    sql: (facts) => text('counters', facts, byFacts(facts)),
  },
})

interface Sessions {
  readonly columns: string
  readonly from: string
}

interface Variant {
  readonly databases: string
  readonly statsReset: string
  readonly sessions?: Sessions
}

const byCatalog: Variant = {
  databases: `SELECT
      d.oid AS oid
    FROM pg_catalog.pg_database AS d
    UNION ALL
    SELECT
      0::pg_catalog.oid AS oid`,
  // pg_stat_database.stats_reset alone is NULL until someone resets and does not move with a crash (15+); that of
  // the background writer does (measured, 13 to 18). GREATEST passes over NULL.
  statsReset: 'greatest(counter.stats_reset, pg_catalog.pg_stat_get_bgwriter_stat_reset_time())',
}

function byFacts({ databaseNames }: ServerFacts): Variant {
  const oids = [0, ...databaseNames.keys()].join(',')
  return {
    databases: `SELECT
      pg_catalog.unnest('{${oids}}'::pg_catalog.oid[]) AS oid`,
    // Another set of databases than before: NULL here keeps the difference from being taken for a rate.
    statsReset: 'NULL::pg_catalog.timestamptz',
  }
}

// The view pg_stat_database would do the same with a join that waits for a lock on pg_database, and 20 more
// columns. Database 0 stands for the shared objects.
function text(id: string, facts: ServerFacts, { databases, statsReset, sessions }: Variant): string {
  return `/* pgtriage:${id} */
SELECT${sessions?.columns ?? ''}
  ${usableConnections(facts)} AS usable_connections,
  pg_catalog.current_setting('max_connections')::pg_catalog.int8 AS max_connections,
  prepared.total AS prepared_xacts,
  ${secondsSince('prepared.oldest')} AS oldest_prepared_seconds,
  ${databaseCounters.map(([id]) => `counter.${id} AS ${id},`).join('\n  ')}
  counter.blks_fetched - counter.blks_hit AS blks_read,
  counter.temp_bytes AS temp_bytes,
  CASE
    WHEN pg_catalog.pg_is_in_recovery()
    THEN pg_catalog.pg_wal_lsn_diff(
      greatest(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn()),
      '0/0'
    )
    ELSE pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')
  END::pg_catalog.int8 AS wal_bytes,
  ${statsReset} AS stats_reset,
  clock.now AS server_time,
  pg_catalog.date_part('epoch', clock.now - pg_catalog.pg_postmaster_start_time()) AS uptime_seconds,
  pg_catalog.pg_is_in_recovery() AS in_recovery
FROM (
  SELECT
    pg_catalog.count(*) AS total,
    pg_catalog.min(p.prepared) AS oldest
  FROM pg_catalog.pg_prepared_xact() AS p
) AS prepared
CROSS JOIN (
  SELECT
    ${databaseCounters.map(([id, , , name]) => `${sumOf(name)} AS ${id},`).join('\n    ')}
    ${sumOf('blocks_fetched')} AS blks_fetched,
    ${sumOf('temp_bytes')} AS temp_bytes,
    pg_catalog.max(pg_catalog.pg_stat_get_db_stat_reset_time(d.oid)) AS stats_reset
  FROM (
    ${databases}
  ) AS d
) AS counter${sessions?.from ?? ''}
CROSS JOIN (
  SELECT
    pg_catalog.clock_timestamp() AS now
) AS clock
LIMIT 1`
}

function sessions(facts: ServerFacts): Sessions {
  return {
    columns: `
  session.sessions AS sessions,
  session.active AS active,
  session.idle AS idle,
  session.idle_in_transaction AS idle_in_transaction,
  session.idle_in_transaction_aborted AS idle_in_transaction_aborted,
  session.sessions - session.hidden - session.active - session.idle
    - session.idle_in_transaction - session.idle_in_transaction_aborted AS other,
  session.hidden AS hidden,
  ${waiting(facts)} AS waiting,
  ${secondsSince('session.oldest_xact')} AS oldest_xact_seconds,`,
    from: `
CROSS JOIN (
  SELECT
    pg_catalog.count(*) FILTER (WHERE a.is_session) AS sessions,
    ${countOf('active')} AS active,
    ${countOf('idle')} AS idle,
    ${countOf('idle in transaction')} AS idle_in_transaction,
    ${countOf('idle in transaction (aborted)')} AS idle_in_transaction_aborted,
    pg_catalog.count(*) FILTER (WHERE a.is_session AND NOT a.visible) AS hidden,
    pg_catalog.count(*) FILTER (WHERE a.wait_event_type = 'Lock'::pg_catalog.text) AS waiting,
    pg_catalog.min(a.xact_start) FILTER (WHERE a.is_session) AS oldest_xact
  FROM (
    SELECT
      a.state AS state,
      a.wait_event_type AS wait_event_type,
      a.xact_start AS xact_start,
      ${isVisible} AS visible,
      a.backend_type = 'client backend'::pg_catalog.text
        OR (NOT ${isVisible} AND a.datid IS NOT NULL AND a.usesysid IS NOT NULL) AS is_session
    FROM pg_catalog.pg_stat_get_activity(NULL) AS a
  ) AS a
) AS session`,
  }
}

// Who sees all wait events is spared the copy of all locks of the server.
function waiting({ role }: ServerFacts): string {
  return role.readsAllStats
    ? 'session.waiting'
    : `(
    SELECT pg_catalog.count(DISTINCT l.pid)
    FROM pg_catalog.pg_lock_status() AS l
    WHERE NOT l.granted
  )`
}

function usableConnections({ versionNum }: ServerFacts): string {
  const settings = ['max_connections', 'superuser_reserved_connections']
  return [...settings, ...(versionNum >= 160000 ? ['reserved_connections'] : [])]
    .map((name) => `pg_catalog.current_setting('${name}')::pg_catalog.int8`)
    .join('\n    - ')
}

function secondsSince(start: string): string {
  return `CASE
    WHEN ${start} IS NOT NULL THEN greatest(0, pg_catalog.date_part('epoch', clock.now - ${start}))
  END`
}

function countOf(state: string): string {
  return `pg_catalog.count(*) FILTER (WHERE a.is_session AND a.state = '${state}'::pg_catalog.text)`
}

function sumOf(name: string): string {
  return `pg_catalog.sum(pg_catalog.pg_stat_get_db_${name}(d.oid))::pg_catalog.int8`
}

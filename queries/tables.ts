/** Every table of the connected database as catalogs and statistics tell it, for all verdicts on tables. */
import { type Column, defineEntry } from './define.ts'
import { countedRows, isOfUsers } from './relations.ts'

/** Far more tables than any database that one can work with. */
const MOST_TABLES = 500_000

const columns = [
  { id: 'schema', label: 'schema', kind: 'name', meaning: 'Schema of the table.' },
  { id: 'table', label: 'table', kind: 'name', meaning: 'The table.' },
  { id: 'oid', label: 'oid', kind: 'oid', meaning: 'Its oid.' },
  {
    id: 'kind',
    label: 'kind',
    kind: 'text',
    meaning: '`pg_class.relkind`: r, p (partitioned, without rows of its own) or m (materialized view).',
  },
  {
    id: 'persistence',
    label: 'persistence',
    kind: 'text',
    meaning: '`pg_class.relpersistence`: p permanent, u unlogged, t temporary.',
  },
  { id: 'is_partition', label: 'partition', kind: 'bool', meaning: 'Whether it is a partition of another.' },
  { id: 'parent', label: 'parent', kind: 'oid', meaning: 'The table it is a partition of; NULL for none.' },
  {
    id: 'extension',
    label: 'extension',
    kind: 'name',
    meaning: 'The extension it belongs to; NULL for none.',
  },
  {
    id: 'relpages',
    label: 'pages',
    kind: 'count',
    meaning: 'Blocks without indexes and TOAST, at the last VACUUM or ANALYZE.',
  },
  {
    id: 'index_pages',
    label: 'index pages',
    kind: 'count',
    meaning: 'Blocks of all its indexes, each at its last VACUUM, ANALYZE or build.',
  },
  {
    id: 'toast_pages',
    label: 'TOAST pages',
    kind: 'count',
    meaning: 'Blocks of its TOAST table with its index, at their last VACUUM.',
  },
  { id: 'index_count', label: 'indexes', kind: 'count', meaning: 'Its indexes, invalid ones too.' },
  {
    id: 'reltuples',
    label: 'rows',
    kind: 'count',
    meaning: 'Rows at that time, estimated; NULL where never counted.',
  },
  {
    id: 'n_live_tup',
    label: 'live',
    kind: 'count',
    meaning: 'Live rows, estimated from what was written; 0 on a standby and after a crash.',
  },
  {
    id: 'n_dead_tup',
    label: 'dead',
    kind: 'count',
    meaning: 'Dead rows, estimated; 0 on a standby and after a crash.',
  },
  {
    id: 'n_mod_since_analyze',
    label: 'changed',
    kind: 'count',
    meaning: 'Rows inserted, updated or deleted since the last ANALYZE.',
  },
  {
    id: 'n_ins_since_vacuum',
    label: 'new',
    kind: 'count',
    meaning: 'Rows inserted since the last VACUUM.',
  },
  { id: 'n_tup_ins', label: 'inserts', kind: 'count', meaning: 'Rows inserted.', counter: true },
  { id: 'n_tup_upd', label: 'updates', kind: 'count', meaning: 'Rows updated.', counter: true },
  {
    id: 'n_tup_hot_upd',
    label: 'HOT updates',
    kind: 'count',
    meaning: 'Updates that needed no new index entry (heap-only tuples).',
    counter: true,
  },
  {
    id: 'n_tup_newpage_upd',
    label: 'new page',
    kind: 'count',
    meaning: 'Updates whose new version went to another page.',
    counter: true,
    since: 160_000,
  },
  { id: 'n_tup_del', label: 'deletes', kind: 'count', meaning: 'Rows deleted.', counter: true },
  {
    id: 'seq_scan',
    label: 'seq scans',
    kind: 'count',
    meaning: 'Sequential scans begun; each parallel worker counts, as do CREATE INDEX and COPY.',
    counter: true,
  },
  {
    id: 'seq_tup_read',
    label: 'rows by seq',
    kind: 'count',
    meaning: 'Live rows read by them.',
    counter: true,
  },
  {
    id: 'idx_scan',
    label: 'index scans',
    kind: 'count',
    meaning: 'Scans of all its indexes.',
    counter: true,
  },
  {
    id: 'last_seq_scan',
    label: 'last seq scan',
    kind: 'time',
    meaning: 'End of the transaction that scanned it last; NULL for none known.',
    since: 160_000,
  },
  {
    id: 'last_idx_scan',
    label: 'last index scan',
    kind: 'time',
    meaning: 'End of the transaction that last scanned an index of it; NULL for none known.',
    since: 160_000,
  },
  { id: 'last_vacuum', label: 'vacuum', kind: 'time', meaning: 'Last VACUUM by hand; NULL for none known.' },
  {
    id: 'last_autovacuum',
    label: 'autovacuum',
    kind: 'time',
    meaning: 'Last VACUUM by autovacuum; NULL for none known.',
  },
  {
    id: 'last_analyze',
    label: 'analyze',
    kind: 'time',
    meaning: 'Last ANALYZE by hand; NULL for none known.',
  },
  {
    id: 'last_autoanalyze',
    label: 'autoanalyze',
    kind: 'time',
    meaning: 'Last ANALYZE by autovacuum; NULL for none known.',
  },
  { id: 'vacuum_count', label: 'vacuums', kind: 'count', meaning: 'VACUUMs by hand.' },
  { id: 'autovacuum_count', label: 'autovacuums', kind: 'count', meaning: 'VACUUMs by autovacuum.' },
  { id: 'analyze_count', label: 'analyzes', kind: 'count', meaning: 'ANALYZEs by hand.' },
  { id: 'autoanalyze_count', label: 'autoanalyzes', kind: 'count', meaning: 'ANALYZEs by autovacuum.' },
  {
    id: 'total_vacuum_seconds',
    label: 'vacuuming',
    kind: 'seconds',
    meaning: 'Time that VACUUMs by hand took in all.',
    since: 180_000,
  },
  {
    id: 'total_autovacuum_seconds',
    label: 'autovacuuming',
    kind: 'seconds',
    meaning: 'Time that VACUUMs by autovacuum took in all.',
    since: 180_000,
  },
  {
    id: 'total_analyze_seconds',
    label: 'analyzing',
    kind: 'seconds',
    meaning: 'Time that ANALYZEs by hand took in all.',
    since: 180_000,
  },
  {
    id: 'total_autoanalyze_seconds',
    label: 'autoanalyzing',
    kind: 'seconds',
    meaning: 'Time that ANALYZEs by autovacuum took in all.',
    since: 180_000,
  },
  {
    id: 'freeze_age',
    label: 'xid age',
    kind: 'count',
    meaning: 'Transaction ids given out since `relfrozenxid`; NULL for a partitioned table.',
  },
  {
    id: 'mxid_age',
    label: 'multixact age',
    kind: 'count',
    meaning: 'Multixact ids given out since `relminmxid`; NULL for a partitioned table.',
  },
  {
    id: 'relallvisible',
    label: 'all-visible',
    kind: 'count',
    meaning: 'Blocks that the visibility map calls all-visible, at the last VACUUM or ANALYZE.',
  },
  {
    id: 'relallfrozen',
    label: 'all-frozen',
    kind: 'count',
    meaning: 'Blocks that it calls all-frozen, at that time.',
    since: 180_000,
  },
  {
    id: 'reloptions',
    label: 'options set',
    kind: 'json',
    meaning: 'Storage parameters as a list of `name=value`; NULL for none.',
  },
  {
    id: 'toast_oid',
    label: 'TOAST oid',
    kind: 'oid',
    meaning: 'The oid of its TOAST table; NULL for none, as are all columns of it.',
  },
  {
    id: 'toast_reloptions',
    label: 'TOAST options set',
    kind: 'json',
    meaning: 'Storage parameters of the TOAST table, without `toast.`; NULL for none.',
  },
  { id: 'toast_relpages', label: 'TOAST blocks', kind: 'count', meaning: 'Blocks of it without its index.' },
  { id: 'toast_reltuples', label: 'TOAST rows', kind: 'count', meaning: 'Its rows; NULL: never counted.' },
  { id: 'toast_n_dead_tup', label: 'TOAST dead', kind: 'count', meaning: 'Its dead rows.' },
  {
    id: 'toast_n_ins_since_vacuum',
    label: 'TOAST new',
    kind: 'count',
    meaning: 'Rows inserted into it since its last VACUUM.',
  },
  {
    id: 'toast_freeze_age',
    label: 'TOAST xid age',
    kind: 'count',
    meaning: 'Transaction ids given out since its `relfrozenxid`.',
  },
  {
    id: 'toast_mxid_age',
    label: 'TOAST multixact age',
    kind: 'count',
    meaning: 'Multixact ids given out since its `relminmxid`.',
  },
  {
    id: 'toast_relallfrozen',
    label: 'TOAST all-frozen',
    kind: 'count',
    meaning: 'Blocks of it that are all-frozen.',
    since: 180_000,
  },
  {
    id: 'toast_last_vacuum',
    label: 'TOAST vacuumed',
    kind: 'time',
    meaning: 'Its last VACUUM, by hand or by autovacuum; NULL for none known.',
  },
  { id: 'has_primary_key', label: 'primary key', kind: 'bool', meaning: 'Whether it has one.' },
  {
    id: 'replica_identity',
    label: 'replident',
    kind: 'text',
    meaning: '`pg_class.relreplident`: d (its primary key), n (nothing), f (the whole row) or i (an index).',
  },
  {
    id: 'has_replica_identity',
    label: 'identified',
    kind: 'bool',
    meaning: 'Whether logical replication can identify its rows: by the whole row, or by a valid index.',
  },
  {
    id: 'publishes_changes',
    label: 'published',
    kind: 'bool',
    meaning: 'Whether a publication names it, its schema or all tables, and publishes UPDATE or DELETE.',
  },
] as const satisfies readonly Column[]

/**
 * One pass with hash joins over the raw catalogs and statistics functions. No size function, which waits behind users'
 * locks and makes the backend remember every relation: blocks are those counted at the last VACUUM or ANALYZE.
 */
export const tables = defineEntry({
  id: 'tables',
  title: 'Tables',
  about: 'How large is every table of this database, how is it used, and what do VACUUM and ANALYZE owe it?',
  reads: [
    'pg_class',
    'pg_index',
    'pg_inherits',
    'pg_depend',
    'pg_publication',
    'pg_publication_rel',
    'pg_stat_get_dead_tuples() and its like',
  ],
  pace: 'steady',
  waits: 'catalog locks',
  identity: ['oid'],
  timeoutMs: 30_000,
  columns,
  sql: ({ versionNum }) => {
    const since = (version: number, expression: string, type: string) =>
      versionNum >= version ? expression : `NULL::pg_catalog.${type}`
    const seconds = (name: string) =>
      since(180_000, `pg_catalog.pg_stat_get_total_${name}_time(c.oid) / 1000`, 'float8')
    return `/* pgtriage:tables */
WITH index_sums AS MATERIALIZED (
  SELECT
    x.indrelid AS indrelid,
    pg_catalog.count(*) AS indexes,
    pg_catalog.sum(greatest(0, i.relpages)) AS pages,
    pg_catalog.sum(pg_catalog.pg_stat_get_numscans(i.oid)) AS scans,
    ${since(160_000, 'pg_catalog.max(pg_catalog.pg_stat_get_lastscan(i.oid))', 'timestamptz')} AS last_scan,
    pg_catalog.bool_or(x.indisprimary) AS has_primary,
    pg_catalog.bool_or(x.indisprimary AND x.indimmediate AND x.indisvalid) AS has_identifying_primary,
    pg_catalog.bool_or(x.indisreplident AND x.indisvalid) AS has_identifying_index
  FROM pg_catalog.pg_index AS x
  INNER JOIN pg_catalog.pg_class AS i
    ON i.oid = x.indexrelid
  GROUP BY x.indrelid
),
members AS MATERIALIZED (
  SELECT
    d.objid AS objid,
    pg_catalog.min(e.extname::pg_catalog.text) AS extname
  FROM pg_catalog.pg_depend AS d
  INNER JOIN pg_catalog.pg_extension AS e
    ON e.oid = d.refobjid
  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
    AND d.deptype = 'e'::pg_catalog."char"
  GROUP BY d.objid
),
publications AS MATERIALIZED (
  SELECT
    p.oid AS oid,
    p.puballtables AS puballtables
  FROM pg_catalog.pg_publication AS p
  WHERE p.pubupdate
    OR p.pubdelete
),
published AS MATERIALIZED (
  SELECT DISTINCT
    r.prrelid AS prrelid
  FROM pg_catalog.pg_publication_rel AS r
  INNER JOIN publications AS p
    ON p.oid = r.prpubid
),
published_schemas AS MATERIALIZED (
  ${
    versionNum >= 150_000
      ? `SELECT DISTINCT
    s.pnnspid AS pnnspid
  FROM pg_catalog.pg_publication_namespace AS s
  INNER JOIN publications AS p
    ON p.oid = s.pnpubid`
      : 'SELECT NULL::pg_catalog.oid AS pnnspid'
  }
)
SELECT
  n.nspname AS schema,
  c.relname AS table,
  c.oid AS oid,
  c.relkind AS kind,
  c.relpersistence AS persistence,
  c.relispartition AS is_partition,
  h.inhparent AS parent,
  m.extname AS extension,
  greatest(0, c.relpages) AS relpages,
  coalesce(x.pages, 0) AS index_pages,
  coalesce(greatest(0, t.relpages) + coalesce(tx.pages, 0), 0) AS toast_pages,
  coalesce(x.indexes, 0) AS index_count,
  ${countedRows('c', versionNum)} AS reltuples,
  pg_catalog.pg_stat_get_live_tuples(c.oid) AS n_live_tup,
  pg_catalog.pg_stat_get_dead_tuples(c.oid) AS n_dead_tup,
  pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS n_mod_since_analyze,
  pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) AS n_ins_since_vacuum,
  pg_catalog.pg_stat_get_tuples_inserted(c.oid) AS n_tup_ins,
  pg_catalog.pg_stat_get_tuples_updated(c.oid) AS n_tup_upd,
  pg_catalog.pg_stat_get_tuples_hot_updated(c.oid) AS n_tup_hot_upd,
  ${since(160_000, 'pg_catalog.pg_stat_get_tuples_newpage_updated(c.oid)', 'int8')} AS n_tup_newpage_upd,
  pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS n_tup_del,
  pg_catalog.pg_stat_get_numscans(c.oid) AS seq_scan,
  pg_catalog.pg_stat_get_tuples_returned(c.oid) AS seq_tup_read,
  coalesce(x.scans, 0) AS idx_scan,
  ${since(160_000, 'pg_catalog.pg_stat_get_lastscan(c.oid)', 'timestamptz')} AS last_seq_scan,
  x.last_scan AS last_idx_scan,
  pg_catalog.pg_stat_get_last_vacuum_time(c.oid) AS last_vacuum,
  pg_catalog.pg_stat_get_last_autovacuum_time(c.oid) AS last_autovacuum,
  pg_catalog.pg_stat_get_last_analyze_time(c.oid) AS last_analyze,
  pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid) AS last_autoanalyze,
  pg_catalog.pg_stat_get_vacuum_count(c.oid) AS vacuum_count,
  pg_catalog.pg_stat_get_autovacuum_count(c.oid) AS autovacuum_count,
  pg_catalog.pg_stat_get_analyze_count(c.oid) AS analyze_count,
  pg_catalog.pg_stat_get_autoanalyze_count(c.oid) AS autoanalyze_count,
  ${seconds('vacuum')} AS total_vacuum_seconds,
  ${seconds('autovacuum')} AS total_autovacuum_seconds,
  ${seconds('analyze')} AS total_analyze_seconds,
  ${seconds('autoanalyze')} AS total_autoanalyze_seconds,
  -- An invalid id, as that of a partitioned table, would have the greatest age of all.
  pg_catalog.age(nullif(c.relfrozenxid, '0'::pg_catalog.xid)) AS freeze_age,
  pg_catalog.mxid_age(nullif(c.relminmxid, '0'::pg_catalog.xid)) AS mxid_age,
  c.relallvisible AS relallvisible,
  ${since(180_000, 'c.relallfrozen', 'int4')} AS relallfrozen,
  pg_catalog.to_json(c.reloptions) AS reloptions,
  t.oid AS toast_oid,
  pg_catalog.to_json(t.reloptions) AS toast_reloptions,
  t.relpages AS toast_relpages,
  ${countedRows('t', versionNum)} AS toast_reltuples,
  pg_catalog.pg_stat_get_dead_tuples(t.oid) AS toast_n_dead_tup,
  pg_catalog.pg_stat_get_ins_since_vacuum(t.oid) AS toast_n_ins_since_vacuum,
  pg_catalog.age(nullif(t.relfrozenxid, '0'::pg_catalog.xid)) AS toast_freeze_age,
  pg_catalog.mxid_age(nullif(t.relminmxid, '0'::pg_catalog.xid)) AS toast_mxid_age,
  ${since(180_000, 't.relallfrozen', 'int4')} AS toast_relallfrozen,
  greatest(
    pg_catalog.pg_stat_get_last_vacuum_time(t.oid),
    pg_catalog.pg_stat_get_last_autovacuum_time(t.oid)
  ) AS toast_last_vacuum,
  coalesce(x.has_primary, false) AS has_primary_key,
  c.relreplident AS replica_identity,
  CASE c.relreplident
    WHEN 'f'::pg_catalog."char" THEN true
    WHEN 'i'::pg_catalog."char" THEN coalesce(x.has_identifying_index, false)
    WHEN 'd'::pg_catalog."char" THEN coalesce(x.has_identifying_primary, false)
    ELSE false
  END AS has_replica_identity,
  c.relpersistence = 'p'::pg_catalog."char"
    AND c.relkind <> 'm'::pg_catalog."char"
    AND (
      r.prrelid IS NOT NULL
      OR s.pnnspid IS NOT NULL
      OR (SELECT coalesce(pg_catalog.bool_or(p.puballtables), false) FROM publications AS p)
    ) AS publishes_changes
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n
  ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class AS t
  ON t.oid = c.reltoastrelid
LEFT JOIN index_sums AS x
  ON x.indrelid = c.oid
LEFT JOIN index_sums AS tx
  ON tx.indrelid = c.reltoastrelid
LEFT JOIN pg_catalog.pg_inherits AS h
  ON h.inhrelid = c.oid
  AND c.relispartition
LEFT JOIN members AS m
  ON m.objid = c.oid
LEFT JOIN published AS r
  ON r.prrelid = c.oid
LEFT JOIN published_schemas AS s
  ON s.pnnspid = c.relnamespace
WHERE c.relkind = ANY (ARRAY['r', 'p', 'm']::pg_catalog."char"[])
  AND ${isOfUsers('c')}
ORDER BY c.relpages DESC, c.oid ASC
LIMIT ${MOST_TABLES}`
  },
})

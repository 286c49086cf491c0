/** Every index of the connected database as its catalogs tell it, for all verdicts on indexes. */
import { type Column, defineEntry } from './define.ts'
import { countedRows, isOfUsers } from './relations.ts'

/** Far more indexes than any database that one can work with. */
const MOST_INDEXES = 500_000

const columns = [
  { id: 'schema', label: 'schema', kind: 'name', meaning: 'Schema of the table and of the index.' },
  { id: 'table', label: 'table', kind: 'name', meaning: 'The indexed relation.' },
  { id: 'index', label: 'index', kind: 'name', meaning: 'The index.' },
  { id: 'indexrelid', label: 'index oid', kind: 'oid', meaning: 'The oid of the index.' },
  { id: 'indrelid', label: 'table oid', kind: 'oid', meaning: 'The oid of the indexed relation.' },
  {
    id: 'table_kind',
    label: 'table kind',
    kind: 'text',
    meaning: '`pg_class.relkind` of the relation: r, p (partitioned) or m (materialized view).',
  },
  {
    id: 'table_is_partition',
    label: 'partition',
    kind: 'bool',
    meaning: 'Whether the relation is a partition of another.',
  },
  {
    id: 'persistence',
    label: 'persistence',
    kind: 'text',
    meaning: '`pg_class.relpersistence`: p permanent, u unlogged, t temporary.',
  },
  {
    id: 'parent',
    label: 'parent index',
    kind: 'oid',
    meaning: 'The index of the partitioned table that this one is attached to; NULL for none.',
  },
  { id: 'method', label: 'method', kind: 'name', meaning: 'The access method: btree, hash, gist, …' },
  { id: 'is_unique', label: 'unique', kind: 'bool', meaning: '`pg_index.indisunique`.' },
  {
    id: 'nulls_not_distinct',
    label: 'nulls equal',
    kind: 'bool',
    meaning: 'Whether two NULLs count as equal (15+); false before.',
  },
  { id: 'is_primary', label: 'primary', kind: 'bool', meaning: '`pg_index.indisprimary`.' },
  { id: 'is_exclusion', label: 'exclusion', kind: 'bool', meaning: '`pg_index.indisexclusion`.' },
  {
    id: 'is_immediate',
    label: 'immediate',
    kind: 'bool',
    meaning: 'False where uniqueness may be checked at the end of the transaction (DEFERRABLE).',
  },
  {
    id: 'is_clustered',
    label: 'clustered',
    kind: 'bool',
    meaning: 'Whether the table was last CLUSTERed on it.',
  },
  {
    id: 'is_replica_identity',
    label: 'replident',
    kind: 'bool',
    meaning: 'Whether logical replication identifies rows by it.',
  },
  { id: 'is_valid', label: 'valid', kind: 'bool', meaning: 'Whether queries may use it.' },
  { id: 'is_ready', label: 'ready', kind: 'bool', meaning: 'Whether writes keep it up to date.' },
  { id: 'is_live', label: 'live', kind: 'bool', meaning: 'False while it is being dropped.' },
  {
    id: 'key_count',
    label: 'keys',
    kind: 'count',
    meaning: 'Key columns; what follows in `attributes` is INCLUDEd.',
  },
  {
    id: 'attributes',
    label: 'attributes',
    kind: 'text',
    meaning: '`pg_index.indkey`: attribute numbers of the table, 0 for an expression.',
  },
  {
    id: 'collations',
    label: 'collations',
    kind: 'text',
    meaning: '`pg_index.indcollation`: a collation for each key column, 0 for none.',
  },
  {
    id: 'options',
    label: 'options',
    kind: 'text',
    meaning: '`pg_index.indoption` for each key column: 1 DESC, 2 NULLS FIRST, 3 both.',
  },
  {
    id: 'opfamilies',
    label: 'families',
    kind: 'text',
    meaning: 'Operator family and input type (`1976/23`) of the operator class of each key column.',
  },
  {
    id: 'opclass_options',
    label: 'class options',
    kind: 'json',
    meaning: 'Parameters of operator classes, text by attribute number of the index; NULL without any.',
  },
  {
    id: 'expressions',
    label: 'expressions',
    kind: 'text',
    meaning: 'The stored node tree of its expressions; NULL without any.',
  },
  {
    id: 'predicate',
    label: 'predicate',
    kind: 'text',
    meaning: 'The stored node tree of the condition of a partial index; NULL for all others.',
  },
  { id: 'reloptions', label: 'options set', kind: 'json', meaning: 'List of `name=value`; NULL for none.' },
  {
    id: 'constraint_name',
    label: 'constraint',
    kind: 'name',
    meaning: 'The primary key, unique or exclusion constraint that owns it; NULL for none.',
  },
  {
    id: 'constraint_type',
    label: 'constraint type',
    kind: 'text',
    meaning: '`pg_constraint.contype` of that: p, u or x.',
  },
  {
    id: 'foreign_keys',
    label: 'referenced by',
    kind: 'count',
    meaning: 'Foreign keys that rely on its uniqueness.',
  },
  {
    id: 'extension',
    label: 'extension',
    kind: 'name',
    meaning: 'The extension that the table or the index belongs to; NULL for none.',
  },
  {
    id: 'relpages',
    label: 'pages',
    kind: 'count',
    meaning: 'Blocks of 8 kB at the last VACUUM, ANALYZE or build.',
  },
  {
    id: 'reltuples',
    label: 'entries',
    kind: 'count',
    meaning: 'Entries at that time, estimated; NULL where never counted.',
  },
  {
    id: 'table_pages',
    label: 'table pages',
    kind: 'count',
    meaning: 'Blocks of the table at its last VACUUM or ANALYZE.',
  },
  {
    id: 'table_tuples',
    label: 'table rows',
    kind: 'count',
    meaning: 'Rows of the table at that time, estimated; NULL where never counted.',
  },
  {
    id: 'idx_scan',
    label: 'scans',
    kind: 'count',
    meaning:
      'Scans since the statistics began; NULL for the index of a partitioned table, whose partitions count.',
    counter: true,
  },
  {
    id: 'last_idx_scan',
    label: 'last scan',
    kind: 'time',
    meaning: 'End of the transaction that scanned it last; NULL for none known.',
    since: 160_000,
  },
  {
    id: 'table_inserts',
    label: 'inserts',
    kind: 'count',
    meaning: 'Rows inserted into the table since the statistics began.',
  },
  { id: 'table_updates', label: 'updates', kind: 'count', meaning: 'Rows updated there.' },
  {
    id: 'table_hot_updates',
    label: 'HOT updates',
    kind: 'count',
    meaning: 'Those of them that touched no index (heap-only tuples).',
  },
  { id: 'table_deletes', label: 'deletes', kind: 'count', meaning: 'Rows deleted there.' },
  {
    id: 'table_changes',
    label: 'changes',
    kind: 'count',
    meaning: 'Rows of the table changed since its last ANALYZE.',
  },
] as const satisfies readonly Column[]

/**
 * One pass over the catalogs with hash joins: a lookup in pg_constraint by index for each index reads all of it each
 * time, since that column has no index. No size function and no deparsing, which wait behind users' locks.
 */
export const indexes = defineEntry({
  id: 'indexes',
  title: 'Indexes',
  about: 'What is every index of this database, what does it serve, and how much is it used?',
  reads: [
    'pg_index',
    'pg_class',
    'pg_constraint',
    'pg_opclass',
    'pg_attribute',
    'pg_inherits',
    'pg_depend',
    'pg_stat_get_numscans()',
  ],
  pace: 'steady',
  waits: 'catalog locks',
  identity: ['indexrelid'],
  timeoutMs: 30_000,
  columns,
  sql: ({ versionNum }) => `/* pgtriage:indexes */
WITH tables AS MATERIALIZED (
  SELECT
    c.oid AS oid,
    n.nspname AS nspname,
    c.relname AS relname,
    c.relkind AS relkind,
    c.relispartition AS relispartition,
    c.relpersistence AS relpersistence,
    greatest(0, c.relpages) AS relpages,
    ${countedRows('c', versionNum)} AS reltuples,
    pg_catalog.pg_stat_get_tuples_inserted(c.oid) AS inserted,
    pg_catalog.pg_stat_get_tuples_updated(c.oid) AS updated,
    pg_catalog.pg_stat_get_tuples_hot_updated(c.oid) AS hot_updated,
    pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS deleted,
    pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS changes
  FROM pg_catalog.pg_class AS c
  INNER JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
  WHERE c.relkind = ANY (ARRAY['r', 'p', 'm']::pg_catalog."char"[])
    AND c.relhasindex
    AND ${isOfUsers('c')}
),
constraints AS MATERIALIZED (
  SELECT
    k.conindid AS conindid,
    pg_catalog.min(k.conname::pg_catalog.text) FILTER (WHERE k.contype <> 'f'::pg_catalog."char") AS conname,
    pg_catalog.min(k.contype::pg_catalog.text) FILTER (WHERE k.contype <> 'f'::pg_catalog."char") AS contype,
    pg_catalog.count(*) FILTER (WHERE k.contype = 'f'::pg_catalog."char") AS foreign_keys
  FROM pg_catalog.pg_constraint AS k
  WHERE k.conindid <> 0::pg_catalog.oid
    AND k.contype = ANY (ARRAY['p', 'u', 'x', 'f']::pg_catalog."char"[])
  GROUP BY k.conindid
),
classes AS MATERIALIZED (
  SELECT
    d.indclass AS indclass,
    (
      SELECT
        pg_catalog.string_agg(
          o.opcfamily::pg_catalog.text || '/'::pg_catalog.text || o.opcintype::pg_catalog.text,
          ' ' ORDER BY part.ordinality ASC
        )
      FROM pg_catalog.unnest(d.indclass) WITH ORDINALITY AS part
      INNER JOIN pg_catalog.pg_opclass AS o
        ON o.oid = part.part
    ) AS families,
    EXISTS (
      SELECT
      FROM pg_catalog.unnest(d.indclass) AS part
      INNER JOIN pg_catalog.pg_opclass AS o
        ON o.oid = part.part
      INNER JOIN pg_catalog.pg_am AS m
        ON m.oid = o.opcmethod
      INNER JOIN pg_catalog.pg_amproc AS f
        ON f.amprocfamily = o.opcfamily
        AND f.amproclefttype = o.opcintype
        AND f.amprocnum = CASE m.amname
          WHEN 'btree' THEN 5
          WHEN 'hash' THEN 3
          WHEN 'gist' THEN 10
          WHEN 'gin' THEN 7
          WHEN 'spgist' THEN 6
          WHEN 'brin' THEN 5
          -- Of another method nobody knows which: any will do.
          ELSE f.amprocnum
        END
    ) AS parametrised
  FROM (SELECT DISTINCT x.indclass FROM pg_catalog.pg_index AS x) AS d
),
options AS MATERIALIZED (
  -- Only classes that can have parameters, index by index: all attributes of a large database are a lot to read.
  SELECT
    x.indexrelid AS indexrelid,
    (
      SELECT
        pg_catalog.json_object_agg(a.attnum, a.attoptions::pg_catalog.text)
      FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = x.indexrelid
        AND a.attoptions IS NOT NULL
    ) AS attoptions
  FROM classes AS f
  INNER JOIN pg_catalog.pg_index AS x
    ON x.indclass = f.indclass
  WHERE f.parametrised
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
)
SELECT
  t.nspname AS schema,
  t.relname AS table,
  i.relname AS index,
  x.indexrelid AS indexrelid,
  x.indrelid AS indrelid,
  t.relkind AS table_kind,
  t.relispartition AS table_is_partition,
  t.relpersistence AS persistence,
  h.inhparent AS parent,
  m.amname AS method,
  x.indisunique AS is_unique,
  ${versionNum >= 150_000 ? 'x.indnullsnotdistinct' : 'false'} AS nulls_not_distinct,
  x.indisprimary AS is_primary,
  x.indisexclusion AS is_exclusion,
  x.indimmediate AS is_immediate,
  x.indisclustered AS is_clustered,
  x.indisreplident AS is_replica_identity,
  x.indisvalid AS is_valid,
  x.indisready AS is_ready,
  x.indislive AS is_live,
  x.indnkeyatts AS key_count,
  x.indkey::pg_catalog.text AS attributes,
  x.indcollation::pg_catalog.text AS collations,
  x.indoption::pg_catalog.text AS options,
  f.families AS opfamilies,
  o.attoptions AS opclass_options,
  x.indexprs::pg_catalog.text AS expressions,
  x.indpred::pg_catalog.text AS predicate,
  pg_catalog.to_json(i.reloptions) AS reloptions,
  k.conname AS constraint_name,
  k.contype AS constraint_type,
  coalesce(k.foreign_keys, 0) AS foreign_keys,
  coalesce(mt.extname, mi.extname) AS extension,
  greatest(0, i.relpages) AS relpages,
  ${countedRows('i', versionNum)} AS reltuples,
  t.relpages AS table_pages,
  t.reltuples AS table_tuples,
  CASE WHEN i.relkind = 'i'::pg_catalog."char" THEN pg_catalog.pg_stat_get_numscans(i.oid) END AS idx_scan,
  ${versionNum >= 160_000 ? 'pg_catalog.pg_stat_get_lastscan(i.oid)' : 'NULL::pg_catalog.timestamptz'} AS last_idx_scan,
  t.inserted AS table_inserts,
  t.updated AS table_updates,
  t.hot_updated AS table_hot_updates,
  t.deleted AS table_deletes,
  t.changes AS table_changes
FROM pg_catalog.pg_index AS x
INNER JOIN tables AS t
  ON t.oid = x.indrelid
INNER JOIN pg_catalog.pg_class AS i
  ON i.oid = x.indexrelid
INNER JOIN pg_catalog.pg_am AS m
  ON m.oid = i.relam
LEFT JOIN classes AS f
  ON f.indclass = x.indclass
LEFT JOIN constraints AS k
  ON k.conindid = x.indexrelid
LEFT JOIN pg_catalog.pg_inherits AS h
  ON h.inhrelid = x.indexrelid
LEFT JOIN options AS o
  ON o.indexrelid = x.indexrelid
LEFT JOIN members AS mt
  ON mt.objid = x.indrelid
LEFT JOIN members AS mi
  ON mi.objid = x.indexrelid
LIMIT ${MOST_INDEXES}`,
})

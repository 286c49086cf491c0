/** How full a table or an index is, counted by the extension pgstattuple instead of estimated. */
import { type Column, defineEntry, type ServerFacts, type Unavailable, unavailable } from './define.ts'
import { lockedColumns, strongLocks } from './strong-locks.ts'

/** It reads each page of an index, and each page of a table that is not all-visible. */
const TIMEOUT_MS = 60_000

const shared = [
  ...lockedColumns,
  {
    id: 'refusal',
    label: 'refusal',
    kind: 'text',
    meaning: 'Why nothing was counted, with what would help; NULL where it was.',
  },
] as const satisfies readonly Column[]

/** Of a btree; the mean density alone misses pages that are wholly empty, so these are told beside it. */
export const indexPgstattuple = defineEntry({
  id: 'index-pgstattuple',
  title: 'Exact bloat of an index',
  about: 'How full are the pages of this btree, counted one by one?',
  reads: ['pg_class', 'pg_index', 'pg_proc', 'pg_extension', 'pg_lock_status()', 'pgstatindex()'],
  pace: 'onDemand',
  waits: 'table locks',
  identity: ['relid'],
  timeoutMs: TIMEOUT_MS,
  parameters: [{ name: 'relid', type: 'oid', meaning: 'A btree index.' }],
  columns: [
    { id: 'relid', label: 'index oid', kind: 'oid', meaning: 'The oid of the index.' },
    ...shared,
    { id: 'index_bytes', label: 'size', kind: 'bytes', meaning: 'Bytes of the index.' },
    { id: 'internal_pages', label: 'internal', kind: 'count', meaning: 'Pages above the leaves.' },
    { id: 'leaf_pages', label: 'leaves', kind: 'count', meaning: 'Pages with entries.' },
    { id: 'empty_pages', label: 'empty', kind: 'count', meaning: 'Pages about to be deleted.' },
    {
      id: 'deleted_pages',
      label: 'deleted',
      kind: 'count',
      meaning: 'Pages without entries, kept for later use by this index.',
    },
    {
      id: 'leaf_density',
      label: 'density',
      kind: 'ratio',
      meaning: 'How full its leaves are on average; a build fills them to the fill factor, 0.9 unless set.',
    },
    {
      id: 'leaf_fragmentation',
      label: 'fragmentation',
      kind: 'ratio',
      meaning: 'Share of leaves whose next one lies before them in the file.',
    },
    {
      id: 'free_bytes',
      label: 'free',
      kind: 'bytes',
      meaning: 'Room in leaves below the fill factor, and all empty and deleted pages.',
    },
  ],
  sql: (facts) => {
    const schema = schemaOf(facts)
    return typeof schema === 'string' ? indexText(schema) : schema
  },
})

/** Of a table: pages that are all-visible are taken from the free space map, so dead rows are counted and live ones nearly. */
export const tablePgstattuple = defineEntry({
  id: 'table-pgstattuple',
  title: 'Exact bloat of a table',
  about: 'How much of this table is live rows, dead rows and free space, counted page by page?',
  reads: ['pg_class', 'pg_proc', 'pg_extension', 'pg_lock_status()', 'pgstattuple_approx()'],
  pace: 'onDemand',
  waits: 'table locks',
  identity: ['relid'],
  timeoutMs: TIMEOUT_MS,
  parameters: [{ name: 'relid', type: 'oid', meaning: 'A table, materialized view or TOAST table.' }],
  columns: [
    { id: 'relid', label: 'table oid', kind: 'oid', meaning: 'The oid of the table.' },
    ...shared,
    { id: 'table_bytes', label: 'size', kind: 'bytes', meaning: 'Bytes of its main fork.' },
    {
      id: 'scanned_ratio',
      label: 'scanned',
      kind: 'ratio',
      meaning: 'Share of its pages that were read; of all-visible ones the free space map was asked.',
    },
    { id: 'live_tuples', label: 'rows', kind: 'count', meaning: 'Live rows, estimated from those read.' },
    { id: 'live_bytes', label: 'live', kind: 'bytes', meaning: 'Bytes of live rows.' },
    { id: 'dead_tuples', label: 'dead rows', kind: 'count', meaning: 'Dead rows, counted.' },
    { id: 'dead_bytes', label: 'dead', kind: 'bytes', meaning: 'Bytes of dead rows.' },
    { id: 'free_bytes', label: 'free', kind: 'bytes', meaning: 'Bytes without any row.' },
  ],
  sql: (facts) => {
    const schema = schemaOf(facts)
    return typeof schema === 'string' ? tableText(schema) : schema
  },
})

/** The schema of the extension, quoted, or what is missing. */
function schemaOf({ extensions, database }: ServerFacts): string | Unavailable {
  const extension = extensions.pgstattuple
  return extension === undefined
    ? unavailable(
        `the extension pgstattuple is not installed in database ${database}`,
        'CREATE EXTENSION pgstattuple',
      )
    : `"${extension.schema.replaceAll('"', '""')}"`
}

function indexText(schema: string): string {
  return `/* pgtriage:index-pgstattuple */
WITH ${strongLocks},
asked AS MATERIALIZED (
  SELECT
    c.oid AS oid,
    coalesce(i.relation, t.relation) IS NOT NULL AS locked,
    CASE WHEN i.relation IS NULL THEN t.pid ELSE i.pid END AS pid,
    coalesce(
      (
        SELECT
          pg_catalog.min(option.option_value::pg_catalog.int4)
        FROM pg_catalog.pg_options_to_table(c.reloptions) AS option
        WHERE option.option_name = 'fillfactor'::pg_catalog.text
      ),
      90
    ) AS fillfactor,
    CASE
      WHEN c.relam <> 403::pg_catalog.oid OR c.relkind <> 'i'::pg_catalog."char" THEN 'it is no btree with pages of its own'
      WHEN NOT x.indisvalid THEN 'it is not valid'
      ${commonRefusals('pgstatindex')}
    END AS refusal
  FROM pg_catalog.pg_class AS c
  INNER JOIN pg_catalog.pg_index AS x
    ON x.indexrelid = c.oid
  LEFT JOIN strong AS i
    ON i.relation = c.oid
  LEFT JOIN strong AS t
    ON t.relation = x.indrelid
  WHERE c.oid = $1::pg_catalog.oid
),
counted AS MATERIALIZED (
  SELECT
    a.oid AS oid,
    a.locked AS locked,
    a.pid AS pid,
    a.fillfactor AS fillfactor,
    CASE WHEN NOT a.locked THEN a.refusal END AS refusal,
    ${countedBy(schema, 'pgstatindex')} AS answer
  FROM asked AS a
),
parts AS MATERIALIZED (
  SELECT
    c.oid AS oid,
    c.locked AS locked,
    c.pid AS pid,
    c.fillfactor AS fillfactor,
    c.refusal AS refusal,
    ${number('index_size')} AS index_size,
    ${number('internal_pages')} AS internal_pages,
    ${number('leaf_pages')} AS leaf_pages,
    ${number('empty_pages')} AS empty_pages,
    ${number('deleted_pages')} AS deleted_pages,
    ${number('avg_leaf_density')} / 100 AS density,
    ${number('leaf_fragmentation')} / 100 AS fragmentation,
    pg_catalog.current_setting('block_size')::pg_catalog.int4 AS page
  FROM counted AS c
)
SELECT
  p.oid AS relid,
  p.locked AS locked,
  p.pid AS locked_by,
  p.refusal AS refusal,
  p.index_size::pg_catalog.int8 AS index_bytes,
  p.internal_pages::pg_catalog.int8 AS internal_pages,
  p.leaf_pages::pg_catalog.int8 AS leaf_pages,
  p.empty_pages::pg_catalog.int8 AS empty_pages,
  p.deleted_pages::pg_catalog.int8 AS deleted_pages,
  p.density AS leaf_density,
  p.fragmentation AS leaf_fragmentation,
  (
    p.page::pg_catalog.float8 * (
      p.leaf_pages * greatest(0::pg_catalog.float8, 1 - coalesce(p.density, 0::pg_catalog.float8) * 100 / p.fillfactor)
      + p.empty_pages
      + p.deleted_pages
    )
  )::pg_catalog.int8 AS free_bytes
FROM parts AS p
LIMIT 2`
}

function tableText(schema: string): string {
  return `/* pgtriage:table-pgstattuple */
WITH ${strongLocks},
asked AS MATERIALIZED (
  SELECT
    c.oid AS oid,
    s.relation IS NOT NULL AS locked,
    s.pid AS pid,
    CASE
      WHEN c.relkind <> ALL (ARRAY['r', 'm', 't']::pg_catalog."char"[]) THEN 'it is no table with pages of its own'
      WHEN c.relam <> 2::pg_catalog.oid THEN 'it is no heap'
      ${commonRefusals('pgstattuple_approx')}
    END AS refusal
  FROM pg_catalog.pg_class AS c
  LEFT JOIN strong AS s
    ON s.relation = c.oid
  WHERE c.oid = $1::pg_catalog.oid
),
counted AS MATERIALIZED (
  SELECT
    a.oid AS oid,
    a.locked AS locked,
    a.pid AS pid,
    CASE WHEN NOT a.locked THEN a.refusal END AS refusal,
    ${countedBy(schema, 'pgstattuple_approx')} AS answer
  FROM asked AS a
)
SELECT
  c.oid AS relid,
  c.locked AS locked,
  c.pid AS locked_by,
  c.refusal AS refusal,
  ${number('table_len')}::pg_catalog.int8 AS table_bytes,
  ${number('scanned_percent')} / 100 AS scanned_ratio,
  ${number('approx_tuple_count')}::pg_catalog.int8 AS live_tuples,
  ${number('approx_tuple_len')}::pg_catalog.int8 AS live_bytes,
  ${number('dead_tuple_count')}::pg_catalog.int8 AS dead_tuples,
  ${number('dead_tuple_len')}::pg_catalog.int8 AS dead_bytes,
  ${number('approx_free_space')}::pg_catalog.int8 AS free_bytes
FROM counted AS c
LIMIT 2`
}

/** What the functions would fail on, of a relation `c`. */
function commonRefusals(name: string): string {
  return `WHEN c.relpersistence = 't'::pg_catalog."char" THEN 'it is temporary'
      WHEN c.relpersistence = 'u'::pg_catalog."char" AND pg_catalog.pg_is_in_recovery()
      THEN 'it is unlogged: a standby has no pages of it'
      WHEN NOT coalesce(
        (
          SELECT
            pg_catalog.bool_or(
              pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
                AND pg_catalog.has_schema_privilege(p.pronamespace, 'USAGE')
            )
          FROM pg_catalog.pg_proc AS p
          INNER JOIN pg_catalog.pg_depend AS d
            ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid
            AND d.objid = p.oid
            AND d.deptype = 'e'::pg_catalog."char"
          INNER JOIN pg_catalog.pg_extension AS e
            ON e.oid = d.refobjid
            AND e.extname = 'pgstattuple'::pg_catalog.name
          WHERE p.proname = '${name}'::pg_catalog.name
            AND p.proargtypes[0] = 'pg_catalog.regclass'::pg_catalog.regtype::pg_catalog.oid
        ),
        false
      )
      THEN 'this role may not count: GRANT pg_stat_scan_tables, and USAGE on the schema of pgstattuple'`
}

/**
 * The row of one of its functions as XML. A call in the text itself would fail for who may not execute it, even where a
 * CASE never reaches it; query_to_xml() looks at its text only when it is called.
 */
function countedBy(schema: string, name: string): string {
  return `CASE
      WHEN NOT a.locked AND a.refusal IS NULL
      THEN pg_catalog.query_to_xml(
        pg_catalog.format(
          'SELECT * FROM ${schema.replaceAll("'", "''").replaceAll('%', '%%')}.${name}(%s::pg_catalog.oid::pg_catalog.regclass)',
          a.oid
        ),
        false, false, ''
      )::pg_catalog.text
    END`
}

/** A number of that row; NULL for NaN, which is told of an index without entries. */
function number(name: string): string {
  return `pg_catalog.substring(c.answer, '<${name}>([0-9.eE+-]+)</${name}>')::pg_catalog.float8`
}

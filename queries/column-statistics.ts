/** What ANALYZE knows of the columns of tables and indexes, and how these are stored. */
import { defineEntry } from './define.ts'

/** A part of a large database; the rest is asked for in further parts. */
export const MOST_ANALYZED_RELATIONS = 2000

/** Every column of that many relations of a usual width. */
const MOST_COLUMNS = 100_000

/**
 * Asked for tables and for their indexes at once: an index has the types as they are stored in it, and statistics of its
 * own for expressions. The view pg_stats has names only; with those as arrays its other rows are never read. It shows
 * no row of a column that this role may not SELECT: `readable` tells that from a column that was never analyzed.
 * Statistics that take in the partitions or children of a table are left out: they tell nothing of its own pages.
 */
export const columnStatistics = defineEntry({
  id: 'column-statistics',
  title: 'Statistics of columns',
  about: 'How wide, how often NULL and how varied are the columns of these tables and indexes?',
  reads: ['pg_stats', 'pg_class', 'pg_attribute', 'pg_type', 'pg_collation', 'pg_index', 'pg_amproc'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['relid', 'attnum'],
  timeoutMs: 10_000,
  parameters: [
    {
      name: 'relids',
      type: 'oid[]',
      meaning: `Tables, materialized views and indexes, at most ${MOST_ANALYZED_RELATIONS}.`,
    },
  ],
  columns: [
    { id: 'relid', label: 'relation', kind: 'oid', meaning: 'The oid of the table or index.' },
    { id: 'attnum', label: 'number', kind: 'count', meaning: 'Number of the column, from 1.' },
    { id: 'attname', label: 'column', kind: 'name', meaning: 'Its name; made up for an expression.' },
    { id: 'typname', label: 'type', kind: 'name', meaning: 'Its type as stored, `pg_type.typname`.' },
    {
      id: 'attlen',
      label: 'length',
      kind: 'count',
      meaning: 'Bytes of a value; -1 where it varies, -2 for a name in an index.',
    },
    {
      id: 'attalign',
      label: 'alignment',
      kind: 'text',
      meaning: 'c, s, i or d: at any byte, or at a multiple of 2, 4 or 8.',
    },
    {
      id: 'relnatts',
      label: 'columns',
      kind: 'count',
      meaning: 'Columns of the relation, dropped ones included.',
    },
    {
      id: 'deterministic',
      label: 'deterministic',
      kind: 'bool',
      meaning: 'Whether its collation tells all different texts apart; NULL without a collation.',
    },
    {
      id: 'equal_image',
      label: 'equal image',
      kind: 'bool',
      meaning:
        'Whether equal values always look alike, so that a btree may store them once; NULL but for its key columns.',
    },
    {
      id: 'readable',
      label: 'readable',
      kind: 'bool',
      meaning: 'Whether this role may read its statistics (SELECT on it, and no row security in between).',
    },
    {
      id: 'avg_width',
      label: 'width',
      kind: 'count',
      meaning:
        'Mean bytes of a value, rounded down; NULL, as are the following, where not readable or never analyzed.',
    },
    {
      id: 'similar_width',
      label: 'similar',
      kind: 'ratio',
      meaning:
        'Share of texts about as long as the mean, by the histogram; NULL without one, and but for columns of the asked indexes.',
    },
    { id: 'null_frac', label: 'nulls', kind: 'ratio', meaning: 'Share of rows where it is NULL.' },
    {
      id: 'distinct_count',
      label: 'distinct',
      kind: 'count',
      meaning: 'Distinct values, where ANALYZE expects no more of them as the table grows.',
    },
    {
      id: 'distinct_ratio',
      label: 'distinct share',
      kind: 'ratio',
      meaning: 'Distinct values as a share of all rows, where their number grows with the table.',
    },
    {
      id: 'most_common_frequency',
      label: 'most common',
      kind: 'ratio',
      meaning: 'Share of rows that have its most common value; NULL where none is common.',
    },
  ],
  sql: () => `/* pgtriage:column-statistics */
WITH asked AS MATERIALIZED (
  SELECT
    c.oid AS oid,
    c.relname AS relname,
    n.nspname AS nspname,
    c.relnatts AS relnatts,
    c.relrowsecurity AS relrowsecurity
  FROM pg_catalog.pg_class AS c
  INNER JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
  WHERE c.oid = ANY ($1::pg_catalog.oid[])
    AND c.relkind = ANY (ARRAY['r', 'm', 'i', 't']::pg_catalog."char"[])
  ORDER BY c.oid ASC
  LIMIT ${MOST_ANALYZED_RELATIONS}
),
keyed AS MATERIALIZED (
  SELECT
    n.nspname AS nspname,
    c.relname AS relname,
    t.attname AS attname
  FROM asked AS a
  INNER JOIN pg_catalog.pg_index AS x
    ON x.indexrelid = a.oid
  CROSS JOIN LATERAL pg_catalog.unnest(x.indkey) WITH ORDINALITY AS part
  -- An expression has its statistics under the index itself.
  INNER JOIN pg_catalog.pg_attribute AS t
    ON t.attrelid = CASE WHEN part.part = 0::pg_catalog.int2 THEN x.indexrelid ELSE x.indrelid END
    AND t.attnum = CASE WHEN part.part = 0::pg_catalog.int2 THEN part.ordinality ELSE part.part::pg_catalog.int8 END
  INNER JOIN pg_catalog.pg_type AS y
    ON y.oid = t.atttypid
    AND y.typcategory = 'S'::pg_catalog."char"
  INNER JOIN pg_catalog.pg_class AS c
    ON c.oid = t.attrelid
  INNER JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
),
known AS MATERIALIZED (
  SELECT
    s.schemaname AS schemaname,
    s.tablename AS tablename,
    s.attname AS attname,
    s.avg_width AS avg_width,
    s.null_frac AS null_frac,
    s.n_distinct AS n_distinct,
    s.most_common_freqs[1] AS most_common_frequency,
    CASE
      WHEN (s.schemaname, s.tablename, s.attname) IN (SELECT d.nspname, d.relname, d.attname FROM keyed AS d)
      THEN (
        SELECT
          pg_catalog.avg(
            CASE
              -- The mean is rounded down and has the length word of a value, 1 byte or 4.
              WHEN pg_catalog.octet_length(bound.bound) - s.avg_width BETWEEN -5 AND 1 THEN 1
              ELSE 0
            END
          )
        FROM pg_catalog.unnest(s.histogram_bounds::pg_catalog.text::pg_catalog.text[]) AS bound
      )
    END AS similar_width
  FROM pg_catalog.pg_stats AS s
  WHERE s.tablename = ANY (ARRAY(SELECT a.relname FROM asked AS a))
    AND s.schemaname = ANY (ARRAY(SELECT a.nspname FROM asked AS a))
    AND NOT s.inherited
)
SELECT
  a.oid AS relid,
  t.attnum AS attnum,
  t.attname AS attname,
  y.typname AS typname,
  t.attlen AS attlen,
  t.attalign AS attalign,
  a.relnatts AS relnatts,
  l.collisdeterministic AS deterministic,
  CASE
    WHEN o.oid IS NULL THEN NULL
    WHEN f.amproc = 'pg_catalog.btequalimage(pg_catalog.oid)'::pg_catalog.regprocedure::pg_catalog.oid THEN true
    WHEN f.amproc = 'pg_catalog.btvarstrequalimage(pg_catalog.oid)'::pg_catalog.regprocedure::pg_catalog.oid
    THEN coalesce(l.collisdeterministic, false)
    -- None, or one of an extension, which nobody but the server can ask.
    ELSE false
  END AS equal_image,
  pg_catalog.has_column_privilege(a.oid, t.attnum, 'SELECT')
    AND NOT (a.relrowsecurity AND pg_catalog.row_security_active(a.oid)) AS readable,
  k.avg_width AS avg_width,
  k.similar_width::pg_catalog.float8 AS similar_width,
  k.null_frac AS null_frac,
  CASE WHEN k.n_distinct > 0::pg_catalog.float4 THEN k.n_distinct::pg_catalog.int8 END AS distinct_count,
  CASE WHEN k.n_distinct < 0::pg_catalog.float4 THEN -k.n_distinct END AS distinct_ratio,
  k.most_common_frequency AS most_common_frequency
FROM asked AS a
INNER JOIN pg_catalog.pg_attribute AS t
  ON t.attrelid = a.oid
  AND t.attnum > 0
  AND NOT t.attisdropped
INNER JOIN pg_catalog.pg_type AS y
  ON y.oid = t.atttypid
LEFT JOIN pg_catalog.pg_collation AS l
  ON l.oid = t.attcollation
LEFT JOIN pg_catalog.pg_index AS x
  ON x.indexrelid = a.oid
  AND t.attnum <= x.indnkeyatts
LEFT JOIN pg_catalog.pg_opclass AS o
  ON o.oid = x.indclass[t.attnum - 1]
  -- btree.
  AND o.opcmethod = 403::pg_catalog.oid
LEFT JOIN pg_catalog.pg_amproc AS f
  ON f.amprocfamily = o.opcfamily
  AND f.amproclefttype = o.opcintype
  AND f.amprocrighttype = o.opcintype
  AND f.amprocnum = 4
LEFT JOIN known AS k
  ON k.schemaname = a.nspname
  AND k.tablename = a.relname
  AND k.attname = t.attname
ORDER BY a.oid ASC, t.attnum ASC
LIMIT ${MOST_COLUMNS}`,
})

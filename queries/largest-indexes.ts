/** The first page of a database whose thousands of indexes take a while to read. */
import { defineEntry } from './define.ts'
import { isOfUsers } from './relations.ts'

/** Rows of a first screen and some more. */
export const LARGEST_INDEXES = 100

/** Sorts before it looks anything up: a tenth of what reading all of them takes. No verdict can rest on a part. */
export const largestIndexes = defineEntry({
  id: 'largest-indexes',
  title: 'Largest indexes',
  about: 'Which are the largest indexes of this database, and how often were they scanned?',
  reads: ['pg_class', 'pg_index', 'pg_namespace', 'pg_stat_get_numscans()'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['indexrelid'],
  timeoutMs: 5000,
  columns: [
    { id: 'schema', label: 'schema', kind: 'name', meaning: 'Schema of the table and of the index.' },
    { id: 'table', label: 'table', kind: 'name', meaning: 'The indexed relation.' },
    { id: 'index', label: 'index', kind: 'name', meaning: 'The index.' },
    { id: 'indexrelid', label: 'index oid', kind: 'oid', meaning: 'The oid of the index.' },
    { id: 'indrelid', label: 'table oid', kind: 'oid', meaning: 'The oid of the indexed relation.' },
    {
      id: 'relpages',
      label: 'pages',
      kind: 'count',
      meaning: 'Blocks of 8 kB at the last VACUUM, ANALYZE or build.',
    },
    {
      id: 'idx_scan',
      label: 'scans',
      kind: 'count',
      meaning: 'Scans since the statistics began.',
    },
  ],
  sql: () => `/* pgtriage:largest-indexes */
WITH largest AS MATERIALIZED (
  SELECT
    c.oid AS oid,
    c.relname AS relname,
    c.relnamespace AS relnamespace,
    c.relpages AS relpages
  FROM pg_catalog.pg_class AS c
  WHERE c.relkind = 'i'::pg_catalog."char"
    AND ${isOfUsers('c')}
  ORDER BY c.relpages DESC, c.oid ASC
  LIMIT ${LARGEST_INDEXES}
)
SELECT
  n.nspname AS schema,
  t.relname AS table,
  l.relname AS index,
  l.oid AS indexrelid,
  t.oid AS indrelid,
  greatest(0, l.relpages) AS relpages,
  pg_catalog.pg_stat_get_numscans(l.oid) AS idx_scan
FROM largest AS l
INNER JOIN pg_catalog.pg_index AS x
  ON x.indexrelid = l.oid
INNER JOIN pg_catalog.pg_class AS t
  ON t.oid = x.indrelid
INNER JOIN pg_catalog.pg_namespace AS n
  ON n.oid = l.relnamespace
ORDER BY l.relpages DESC, l.oid ASC
LIMIT ${LARGEST_INDEXES}`,
})

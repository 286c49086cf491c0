/** The first page of a database whose thousands of tables take a while to read. */
import { defineEntry } from './define.ts'
import { countedRows, isOfUsers } from './relations.ts'

/** Rows of a first screen and some more. */
export const LARGEST_TABLES = 100

/** Sorts before it looks anything up: a tenth of what reading all of them takes. No verdict can rest on a part. */
export const largestTables = defineEntry({
  id: 'largest-tables',
  title: 'Largest tables',
  about: 'Which are the largest tables of this database, and how many rows have they?',
  reads: ['pg_class', 'pg_namespace', 'pg_stat_get_live_tuples()', 'pg_stat_get_dead_tuples()'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['oid'],
  timeoutMs: 5000,
  columns: [
    { id: 'schema', label: 'schema', kind: 'name', meaning: 'Schema of the table.' },
    { id: 'table', label: 'table', kind: 'name', meaning: 'The table.' },
    { id: 'oid', label: 'oid', kind: 'oid', meaning: 'Its oid.' },
    {
      id: 'kind',
      label: 'kind',
      kind: 'text',
      meaning: '`pg_class.relkind`: r, or m for a materialized view.',
    },
    {
      id: 'relpages',
      label: 'pages',
      kind: 'count',
      meaning: 'Blocks of 8 kB at the last VACUUM or ANALYZE, without TOAST and indexes.',
    },
    {
      id: 'reltuples',
      label: 'rows',
      kind: 'count',
      meaning: 'Rows at that time, estimated; NULL where never counted.',
    },
    { id: 'n_live_tup', label: 'live', kind: 'count', meaning: 'Live rows, by the statistics.' },
    { id: 'n_dead_tup', label: 'dead', kind: 'count', meaning: 'Dead rows, by the statistics.' },
  ],
  sql: ({ versionNum }) => `/* pgtriage:largest-tables */
WITH largest AS MATERIALIZED (
  SELECT
    c.oid AS oid,
    c.relname AS relname,
    c.relnamespace AS relnamespace,
    c.relkind AS relkind,
    c.relpages AS relpages,
    c.reltuples AS reltuples
  FROM pg_catalog.pg_class AS c
  WHERE c.relkind = ANY (ARRAY['r', 'm']::pg_catalog."char"[])
    AND ${isOfUsers('c')}
  ORDER BY c.relpages DESC, c.oid ASC
  LIMIT ${LARGEST_TABLES}
)
SELECT
  n.nspname AS schema,
  l.relname AS table,
  l.oid AS oid,
  l.relkind AS kind,
  greatest(0, l.relpages) AS relpages,
  ${countedRows('l', versionNum)} AS reltuples,
  pg_catalog.pg_stat_get_live_tuples(l.oid) AS n_live_tup,
  pg_catalog.pg_stat_get_dead_tuples(l.oid) AS n_dead_tup
FROM largest AS l
INNER JOIN pg_catalog.pg_namespace AS n
  ON n.oid = l.relnamespace
ORDER BY l.relpages DESC, l.oid ASC
LIMIT ${LARGEST_TABLES}`,
})

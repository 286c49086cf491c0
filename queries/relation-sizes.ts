/** What tables and indexes take on disk now, to the byte. */
import { defineEntry } from './define.ts'
import { lockedColumns, MOST_RELATIONS, strongLocks } from './strong-locks.ts'

/**
 * The size functions open the relation and all that belongs to it, so each of these is looked up among the locks first.
 * A lock taken between that look and the call makes the statement fail after `lock_timeout`: asked again, it sees it.
 * For the rows on a screen, never for a whole database: each relation leaves some kilobytes in the session's caches.
 */
export const relationSizes = defineEntry({
  id: 'relation-sizes',
  title: 'Exact sizes',
  about: 'How many bytes do these tables and indexes take, now?',
  reads: ['pg_class', 'pg_index', 'pg_lock_status()', 'pg_relation_size()', 'pg_table_size()'],
  pace: 'onDemand',
  waits: 'table locks',
  identity: ['relid'],
  timeoutMs: 10_000,
  parameters: [
    {
      name: 'relids',
      type: 'oid[]',
      meaning: `Tables, materialized views and indexes, at most ${MOST_RELATIONS}.`,
    },
  ],
  columns: [
    { id: 'relid', label: 'relation', kind: 'oid', meaning: 'The oid of the table or index.' },
    ...lockedColumns,
    {
      id: 'main_bytes',
      label: 'main',
      kind: 'bytes',
      meaning: 'The rows of a table or the entries of an index, without TOAST and maps; 0 if partitioned.',
    },
    {
      id: 'toast_bytes',
      label: 'TOAST',
      kind: 'bytes',
      meaning: 'Long values kept outside of the rows, with their index; 0 for none.',
    },
    { id: 'index_bytes', label: 'indexes', kind: 'bytes', meaning: 'All indexes of a table together.' },
    {
      id: 'total_bytes',
      label: 'total',
      kind: 'bytes',
      meaning: 'All of it, with the free space map and the visibility map.',
    },
  ],
  sql: () => `/* pgtriage:relation-sizes */
WITH ${strongLocks},
asked AS MATERIALIZED (
  SELECT
    c.oid AS oid,
    c.reltoastrelid AS reltoastrelid
  FROM pg_catalog.pg_class AS c
  WHERE c.oid = ANY ($1::pg_catalog.oid[])
    AND c.relkind = ANY (ARRAY['r', 'p', 'm', 'i', 'I', 't']::pg_catalog."char"[])
  ORDER BY c.oid ASC
  LIMIT ${MOST_RELATIONS}
),
opened AS MATERIALIZED (
  SELECT
    a.oid AS oid,
    a.oid AS relation
  FROM asked AS a
  UNION ALL
  SELECT
    a.oid AS oid,
    a.reltoastrelid AS relation
  FROM asked AS a
  UNION ALL
  SELECT
    a.oid AS oid,
    x.indexrelid AS relation
  FROM asked AS a
  INNER JOIN pg_catalog.pg_index AS x
    ON x.indrelid = a.oid
  UNION ALL
  SELECT
    a.oid AS oid,
    x.indexrelid AS relation
  FROM asked AS a
  INNER JOIN pg_catalog.pg_index AS x
    ON x.indrelid = a.reltoastrelid
),
blocked AS MATERIALIZED (
  SELECT
    o.oid AS oid,
    pg_catalog.min(s.pid) AS pid
  FROM opened AS o
  INNER JOIN strong AS s
    ON s.relation = o.relation
  GROUP BY o.oid
)
SELECT
  a.oid AS relid,
  b.oid IS NOT NULL AS locked,
  b.pid AS locked_by,
  CASE WHEN b.oid IS NULL THEN pg_catalog.pg_relation_size(a.oid) END AS main_bytes,
  CASE
    WHEN b.oid IS NULL
    THEN CASE WHEN a.reltoastrelid = 0::pg_catalog.oid THEN 0 ELSE pg_catalog.pg_total_relation_size(a.reltoastrelid) END
  END AS toast_bytes,
  CASE WHEN b.oid IS NULL THEN pg_catalog.pg_indexes_size(a.oid) END AS index_bytes,
  CASE WHEN b.oid IS NULL THEN pg_catalog.pg_total_relation_size(a.oid) END AS total_bytes
FROM asked AS a
LEFT JOIN blocked AS b
  ON b.oid = a.oid
ORDER BY a.oid ASC
LIMIT ${MOST_RELATIONS}`,
})

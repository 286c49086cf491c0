/** Why indexes of partitioned tables are not valid: the partitions that have no part of them yet. */
import { type Column, defineEntry } from './define.ts'

const MOST_PARTITIONS = 10_000

const columns = [
  {
    id: 'indexrelid',
    label: 'index oid',
    kind: 'oid',
    meaning: 'The index of a partitioned table, which is not valid.',
  },
  { id: 'relid', label: 'partition oid', kind: 'oid', meaning: 'A partition right below that table.' },
  { id: 'schema', label: 'schema', kind: 'name', meaning: 'Schema of the partition.' },
  { id: 'partition', label: 'partition', kind: 'name', meaning: 'The partition.' },
  {
    id: 'kind',
    label: 'kind',
    kind: 'text',
    meaning: '`pg_class.relkind` of the partition: r or p (partitioned itself).',
  },
  {
    id: 'attached',
    label: 'attached',
    kind: 'oid',
    meaning: 'Its index that is attached, but not valid either; NULL where none is attached.',
  },
] as const satisfies readonly Column[]

/** Foreign tables among the partitions need no index of their own. */
export const unattachedPartitions = defineEntry({
  id: 'unattached-partitions',
  title: 'Partitions without their index',
  about: 'Which partitions keep the index of a partitioned table from being valid?',
  reads: ['pg_index', 'pg_class', 'pg_namespace', 'pg_inherits'],
  pace: 'steady',
  waits: 'catalog locks',
  identity: ['indexrelid', 'relid'],
  columns,
  sql: () => `/* pgtriage:unattached-partitions */
SELECT
  x.indexrelid AS indexrelid,
  c.oid AS relid,
  n.nspname AS schema,
  c.relname AS partition,
  c.relkind AS kind,
  a.indexrelid AS attached
FROM pg_catalog.pg_index AS x
INNER JOIN pg_catalog.pg_class AS i
  ON i.oid = x.indexrelid
INNER JOIN pg_catalog.pg_inherits AS below
  ON below.inhparent = x.indrelid
INNER JOIN pg_catalog.pg_class AS c
  ON c.oid = below.inhrelid
INNER JOIN pg_catalog.pg_namespace AS n
  ON n.oid = c.relnamespace
LEFT JOIN (
  SELECT
    h.inhparent AS inhparent,
    part.indexrelid AS indexrelid,
    part.indrelid AS indrelid,
    part.indisvalid AS indisvalid
  FROM pg_catalog.pg_inherits AS h
  INNER JOIN pg_catalog.pg_index AS part
    ON part.indexrelid = h.inhrelid
) AS a
  ON a.inhparent = x.indexrelid
  AND a.indrelid = c.oid
WHERE i.relkind = 'I'::pg_catalog."char"
  AND NOT x.indisvalid
  AND c.relkind = ANY (ARRAY['r', 'p']::pg_catalog."char"[])
  AND a.indisvalid IS NOT TRUE
ORDER BY x.indexrelid ASC, c.oid ASC
LIMIT ${MOST_PARTITIONS}`,
})

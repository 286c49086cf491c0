/** What the catalog tells of the foreign keys whose triggers ran. */
import { defineEntry } from './define.ts'

/** More foreign keys than any statement fires. */
const ROWS = 200

/**
 * A plan writes the constraint and the relation of its trigger, both without a schema: where that could be several
 * constraints there is no row. That of a partitioned table stands for those of its partitions.
 */
export const planForeignKeys = defineEntry({
  id: 'plan-foreign-keys',
  title: 'Foreign keys of a plan',
  about: 'Which columns do the foreign keys of a plan refer with, and does an index serve them?',
  reads: ['pg_constraint', 'pg_class', 'pg_namespace', 'pg_attribute', 'pg_index', 'pg_am'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['name', 'on_relation'],
  parameters: [
    {
      name: 'constraints',
      type: 'text',
      meaning:
        'JSON list of `{"name": …, "relation": …}`: the constraint, and the relation that its trigger is on.',
    },
  ],
  columns: [
    { id: 'name', label: 'constraint', kind: 'name', meaning: 'Name of the constraint.' },
    {
      id: 'on_relation',
      label: 'on',
      kind: 'name',
      meaning: 'The relation that its trigger is on, as it was asked.',
    },
    { id: 'schema', label: 'schema', kind: 'name', meaning: 'Schema of the referencing table.' },
    { id: 'referencing', label: 'referencing', kind: 'name', meaning: 'The referencing table.' },
    {
      id: 'is_partitioned',
      label: 'partitioned',
      kind: 'bool',
      meaning: 'The referencing table is partitioned.',
    },
    {
      id: 'columns',
      label: 'columns',
      kind: 'json',
      meaning: 'List of the referencing columns, in their order.',
    },
    {
      id: 'has_index',
      label: 'has index',
      kind: 'bool',
      meaning:
        'A valid index begins with these columns, in any order; NULL where only a partial one does, which may serve or not.',
    },
  ],
  sql: () => `/* pgtriage:plan-foreign-keys */
WITH asked AS MATERIALIZED (
  SELECT DISTINCT
    wanted.name AS name,
    wanted.relation AS relation
  FROM pg_catalog.json_to_recordset($1::pg_catalog.json)
    AS wanted (name pg_catalog.text, relation pg_catalog.text)
),
named AS MATERIALIZED (
  SELECT
    w.relation AS on_relation,
    k.conname AS conname,
    k.conrelid AS conrelid,
    k.conkey AS conkey,
    k.conparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid AS is_root,
    n.nspname AS nspname,
    c.relname AS relname,
    c.relkind AS relkind,
    pg_catalog.count(*) FILTER (WHERE k.conparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid)
      OVER (PARTITION BY w.name, w.relation) AS roots,
    pg_catalog.count(*) OVER (PARTITION BY w.name, w.relation) AS candidates
  FROM asked AS w
  INNER JOIN pg_catalog.pg_constraint AS k
    ON k.conname OPERATOR(pg_catalog.=) w.name::pg_catalog.name
    AND k.contype OPERATOR(pg_catalog.=) 'f'::pg_catalog."char"
  INNER JOIN pg_catalog.pg_class AS c
    ON c.oid OPERATOR(pg_catalog.=) k.conrelid
  INNER JOIN pg_catalog.pg_namespace AS n
    ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
  INNER JOIN pg_catalog.pg_class AS referenced
    ON referenced.oid OPERATOR(pg_catalog.=) k.confrelid
  WHERE c.relname OPERATOR(pg_catalog.=) w.relation::pg_catalog.name
    OR referenced.relname OPERATOR(pg_catalog.=) w.relation::pg_catalog.name
)
SELECT
  f.conname AS name,
  f.on_relation AS on_relation,
  f.nspname AS schema,
  f.relname AS referencing,
  f.relkind OPERATOR(pg_catalog.=) 'p'::pg_catalog."char" AS is_partitioned,
  (
    SELECT
      pg_catalog.json_agg(a.attname ORDER BY part.ordinality ASC)
    FROM pg_catalog.unnest(f.conkey) WITH ORDINALITY AS part
    INNER JOIN pg_catalog.pg_attribute AS a
      ON a.attrelid OPERATOR(pg_catalog.=) f.conrelid
      AND a.attnum OPERATOR(pg_catalog.=) part.part
  ) AS columns,
  (
    SELECT
      CASE
        WHEN pg_catalog.bool_or(x.indpred IS NULL) THEN true
        WHEN pg_catalog.count(*) OPERATOR(pg_catalog.=) 0::pg_catalog.int8 THEN false
      END
    FROM pg_catalog.pg_index AS x
    INNER JOIN pg_catalog.pg_class AS ic
      ON ic.oid OPERATOR(pg_catalog.=) x.indexrelid
    INNER JOIN pg_catalog.pg_am AS am
      ON am.oid OPERATOR(pg_catalog.=) ic.relam
    WHERE x.indrelid OPERATOR(pg_catalog.=) f.conrelid
      AND x.indisvalid
      AND am.amname OPERATOR(pg_catalog.=) ANY (ARRAY['btree', 'hash']::pg_catalog.name[])
      AND x.indnkeyatts::pg_catalog.int4 OPERATOR(pg_catalog.>=) pg_catalog.cardinality(f.conkey)
      AND (x.indkey::pg_catalog.int2[])[0:pg_catalog.cardinality(f.conkey) OPERATOR(pg_catalog.-) 1]
        OPERATOR(pg_catalog.@>) f.conkey
  ) AS has_index
FROM named AS f
WHERE (f.is_root AND f.roots OPERATOR(pg_catalog.=) 1::pg_catalog.int8)
  OR (f.roots OPERATOR(pg_catalog.=) 0::pg_catalog.int8 AND f.candidates OPERATOR(pg_catalog.=) 1::pg_catalog.int8)
ORDER BY name ASC, on_relation ASC
LIMIT ${ROWS}`,
})

/** The statements that would make indexes again, and what else is told of an index beside its facts. */
import { defineEntry } from './define.ts'
import { lockedColumns, MOST_RELATIONS, strongLocks } from './strong-locks.ts'

/**
 * Deparsing opens the table of an index, even for plain columns, and waits behind ACCESS EXCLUSIVE there; so both are
 * looked up among the locks first, and what needs no deparsing is told all the same.
 */
export const indexDefinition = defineEntry({
  id: 'index-definition',
  title: 'Index definitions',
  about: 'Which statement makes each of these indexes, and what is said of it?',
  reads: [
    'pg_index',
    'pg_class',
    'pg_constraint',
    'pg_description',
    'pg_tablespace',
    'pg_lock_status()',
    'pg_get_indexdef()',
    'pg_get_constraintdef()',
    'pg_get_expr()',
  ],
  pace: 'onDemand',
  waits: 'table locks',
  identity: ['indexrelid'],
  parameters: [{ name: 'relids', type: 'oid[]', meaning: `Indexes, at most ${MOST_RELATIONS}.` }],
  columns: [
    { id: 'indexrelid', label: 'index oid', kind: 'oid', meaning: 'The oid of the index.' },
    ...lockedColumns,
    { id: 'definition', label: 'definition', kind: 'sql', meaning: '`pg_get_indexdef()`.' },
    {
      id: 'columns',
      label: 'columns',
      kind: 'json',
      meaning:
        'List of its columns in their order, INCLUDEd ones last: a name, or the text of an expression.',
    },
    {
      id: 'condition',
      label: 'condition',
      kind: 'sql',
      meaning: 'The condition of a partial index; NULL for others.',
    },
    {
      id: 'constraint_definition',
      label: 'constraint',
      kind: 'sql',
      meaning: '`pg_get_constraintdef()` of the constraint that owns it; NULL for none.',
    },
    { id: 'comment', label: 'comment', kind: 'text', meaning: 'COMMENT ON INDEX; NULL for none.' },
    {
      id: 'tablespace',
      label: 'tablespace',
      kind: 'name',
      meaning: 'Its tablespace; NULL for that of the database.',
    },
  ],
  sql: () => `/* pgtriage:index-definition */
WITH ${strongLocks},
asked AS MATERIALIZED (
  SELECT
    x.indexrelid AS indexrelid,
    x.indrelid AS indrelid,
    x.indnatts AS indnatts,
    x.indpred AS indpred,
    c.reltablespace AS reltablespace,
    coalesce(i.relation, t.relation) IS NOT NULL AS locked,
    CASE WHEN i.relation IS NULL THEN t.pid ELSE i.pid END AS pid
  FROM pg_catalog.pg_index AS x
  INNER JOIN pg_catalog.pg_class AS c
    ON c.oid = x.indexrelid
  LEFT JOIN strong AS i
    ON i.relation = x.indexrelid
  LEFT JOIN strong AS t
    ON t.relation = x.indrelid
  WHERE x.indexrelid = ANY ($1::pg_catalog.oid[])
  ORDER BY x.indexrelid ASC
  LIMIT ${MOST_RELATIONS}
)
SELECT
  a.indexrelid AS indexrelid,
  a.locked AS locked,
  a.pid AS locked_by,
  CASE WHEN NOT a.locked THEN pg_catalog.pg_get_indexdef(a.indexrelid) END AS definition,
  CASE
    WHEN NOT a.locked
    THEN (
      SELECT
        pg_catalog.json_agg(
          pg_catalog.pg_get_indexdef(a.indexrelid, part.part, false)
          ORDER BY part.part ASC
        )
      FROM pg_catalog.generate_series(1, a.indnatts::pg_catalog.int4) AS part
    )
  END AS columns,
  CASE WHEN NOT a.locked THEN pg_catalog.pg_get_expr(a.indpred, a.indrelid) END AS condition,
  CASE
    WHEN NOT a.locked
    THEN (
      SELECT
        pg_catalog.min(pg_catalog.pg_get_constraintdef(k.oid))
      FROM pg_catalog.pg_constraint AS k
      WHERE k.conrelid = a.indrelid
        AND k.conindid = a.indexrelid
        AND k.contype = ANY (ARRAY['p', 'u', 'x']::pg_catalog."char"[])
    )
  END AS constraint_definition,
  (
    SELECT
      pg_catalog.min(d.description)
    FROM pg_catalog.pg_description AS d
    WHERE d.objoid = a.indexrelid
      AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
      AND d.objsubid = 0
  ) AS comment,
  s.spcname AS tablespace
FROM asked AS a
LEFT JOIN pg_catalog.pg_tablespace AS s
  ON s.oid = a.reltablespace
ORDER BY a.indexrelid ASC
LIMIT ${MOST_RELATIONS}`,
})

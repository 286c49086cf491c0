/** Every foreign key of the connected database, with what decides whether an index serves its referencing side. */
import { type Column, defineEntry } from './define.ts'
import { countedRows } from './relations.ts'

/** Far more foreign keys than any database that one can work with. */
const MOST_KEYS = 100_000

const columns = [
  { id: 'oid', label: 'oid', kind: 'oid', meaning: 'The oid of the constraint.' },
  { id: 'schema', label: 'schema', kind: 'name', meaning: 'Schema of the referencing table.' },
  { id: 'table', label: 'table', kind: 'name', meaning: 'The referencing table.' },
  { id: 'constraint', label: 'constraint', kind: 'name', meaning: 'The foreign key.' },
  { id: 'relid', label: 'table oid', kind: 'oid', meaning: 'The oid of the referencing table.' },
  {
    id: 'table_kind',
    label: 'table kind',
    kind: 'text',
    meaning: '`pg_class.relkind` of it: r, or p (partitioned).',
  },
  {
    id: 'persistence',
    label: 'persistence',
    kind: 'text',
    meaning: '`pg_class.relpersistence` of it: p permanent, u unlogged, t temporary.',
  },
  {
    id: 'extension',
    label: 'extension',
    kind: 'name',
    meaning: 'The extension that the referencing table belongs to; NULL for none.',
  },
  {
    id: 'attributes',
    label: 'attributes',
    kind: 'text',
    meaning: 'Attribute numbers of the referencing columns, in their order.',
  },
  {
    id: 'columns',
    label: 'columns',
    kind: 'json',
    meaning: 'List of `{name, collation, type}` of them; the type of a domain is the one below it.',
  },
  {
    id: 'families',
    label: 'families',
    kind: 'json',
    meaning:
      'For each of them the operator families whose indexes can answer the comparison that the key makes; none where it compares the column as another type.',
  },
  {
    id: 'referenced_schema',
    label: 'to schema',
    kind: 'name',
    meaning: 'Schema of the referenced table.',
  },
  { id: 'referenced_table', label: 'to table', kind: 'name', meaning: 'The referenced table.' },
  {
    id: 'referenced_relid',
    label: 'to table oid',
    kind: 'oid',
    meaning: 'The oid of the referenced table.',
  },
  {
    id: 'referenced_columns',
    label: 'to columns',
    kind: 'json',
    meaning: 'List of `{name, collation, type}` of the referenced columns, in their order.',
  },
  {
    id: 'on_delete',
    label: 'on delete',
    kind: 'text',
    meaning: '`pg_constraint.confdeltype`: a no action, r restrict, c cascade, n set null, d set default.',
  },
  {
    id: 'is_validated',
    label: 'validated',
    kind: 'bool',
    meaning: 'False for NOT VALID: old rows are unchecked, deletes of referenced rows are not.',
  },
  {
    id: 'is_enforced',
    label: 'enforced',
    kind: 'bool',
    meaning: 'False for NOT ENFORCED (18+): never checked; true before.',
  },
  {
    id: 'is_period',
    label: 'period',
    kind: 'bool',
    meaning: 'Whether its last column is a PERIOD (18+); false before.',
  },
  {
    id: 'relpages',
    label: 'pages',
    kind: 'count',
    meaning: 'Blocks of the referencing table at its last VACUUM or ANALYZE, all partitions together.',
  },
  {
    id: 'reltuples',
    label: 'rows',
    kind: 'count',
    meaning: 'Rows at that time, estimated; NULL where never counted.',
  },
  {
    id: 'referenced_deletes',
    label: 'deletes',
    kind: 'count',
    meaning: 'Rows deleted from the referenced table since the statistics began, all partitions together.',
    counter: true,
  },
  {
    id: 'referenced_updates',
    label: 'updates',
    kind: 'count',
    meaning: 'Rows updated there; only those that change a referenced column make the key look.',
    counter: true,
  },
  {
    id: 'partitions',
    label: 'partitions',
    kind: 'json',
    meaning:
      'List of `{relid, parent, schema, name, kind, attributes}` of the partitions of all levels; NULL without.',
  },
] as const satisfies readonly Column[]

/**
 * A key of a partitioned table stands for those of its partitions on both sides (`conparentid` of 0). Partitions come
 * from their ancestors, since pg_partition_tree() locks what it lists.
 */
export const foreignKeys = defineEntry({
  id: 'foreign-keys',
  title: 'Foreign keys',
  about: 'Which foreign keys are there, on which columns, and how much is deleted where they point?',
  reads: [
    'pg_constraint',
    'pg_class',
    'pg_namespace',
    'pg_attribute',
    'pg_type',
    'pg_operator',
    'pg_amop',
    'pg_cast',
    'pg_depend',
    'pg_partition_ancestors()',
    'pg_stat_get_tuples_deleted()',
  ],
  pace: 'steady',
  waits: 'catalog locks',
  identity: ['oid'],
  timeoutMs: 30_000,
  columns,
  sql: ({ versionNum }) => `/* pgtriage:foreign-keys */
WITH keys AS MATERIALIZED (
  SELECT
    k.oid AS oid,
    k.conname AS conname,
    k.conrelid AS conrelid,
    k.confrelid AS confrelid,
    k.conkey AS conkey,
    k.confkey AS confkey,
    k.conpfeqop AS conpfeqop,
    k.confdeltype AS confdeltype,
    k.convalidated AS convalidated,
    ${versionNum >= 180_000 ? 'k.conenforced' : 'true'} AS conenforced,
    ${versionNum >= 180_000 ? 'k.conperiod' : 'false'} AS conperiod
  FROM pg_catalog.pg_constraint AS k
  WHERE k.contype = 'f'::pg_catalog."char"
    AND k.conparentid = 0::pg_catalog.oid
),
parts AS MATERIALIZED (
  SELECT
    above.relid::pg_catalog.oid AS root,
    c.oid AS oid,
    c.relname AS relname,
    c.relkind AS relkind,
    c.relpages AS relpages,
    c.reltuples AS reltuples,
    n.nspname AS nspname,
    (
      SELECT h.inhparent
      FROM pg_catalog.pg_inherits AS h
      WHERE h.inhrelid = c.oid
      LIMIT 1
    ) AS parent
  FROM pg_catalog.pg_class AS c
  INNER JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
  CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(c.oid) AS above
  WHERE c.relispartition
    AND c.relkind = ANY (ARRAY['r', 'p', 'f']::pg_catalog."char"[])
    AND above.relid::pg_catalog.oid <> c.oid
    AND above.relid::pg_catalog.oid IN (
      SELECT k.conrelid FROM keys AS k
      UNION ALL
      SELECT k.confrelid FROM keys AS k
    )
),
leaves AS MATERIALIZED (
  SELECT
    p.root AS root,
    pg_catalog.sum(greatest(0, p.relpages))::pg_catalog.int8 AS relpages,
    pg_catalog.sum(${countedRows('p', versionNum)})::pg_catalog.int8 AS reltuples,
    pg_catalog.sum(pg_catalog.pg_stat_get_tuples_deleted(p.oid))::pg_catalog.int8 AS deleted,
    pg_catalog.sum(pg_catalog.pg_stat_get_tuples_updated(p.oid))::pg_catalog.int8 AS updated
  FROM parts AS p
  WHERE p.relkind = 'r'::pg_catalog."char"
  GROUP BY p.root
)
SELECT
  k.oid AS oid,
  n.nspname AS schema,
  c.relname AS table,
  k.conname AS constraint,
  k.conrelid AS relid,
  c.relkind AS table_kind,
  c.relpersistence AS persistence,
  (
    SELECT pg_catalog.min(e.extname::pg_catalog.text)
    FROM pg_catalog.pg_depend AS d
    INNER JOIN pg_catalog.pg_extension AS e
      ON e.oid = d.refobjid
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.objid = k.conrelid
      AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND d.deptype = 'e'::pg_catalog."char"
  ) AS extension,
  pg_catalog.array_to_string(k.conkey, ' ') AS attributes,
  ${columnsOf('k.conkey', 'k.conrelid')} AS columns,
  (
    SELECT
      pg_catalog.json_agg(
        (
          -- An index is searched with its column on the left, where the key has it on the right.
          SELECT coalesce(pg_catalog.json_agg(DISTINCT f.amopfamily), '[]'::pg_catalog.json)
          FROM pg_catalog.pg_amop AS f
          WHERE f.amopopr = o.oprcom
            AND f.amoppurpose = 's'::pg_catalog."char"
            AND (
              o.oprright = coalesce(nullif(t.typbasetype, 0::pg_catalog.oid), t.oid)
              OR EXISTS (
                -- anyenum and the like; or a domain over a domain, of which no claim is made.
                SELECT FROM pg_catalog.pg_type AS other
                WHERE (other.oid = o.oprright AND other.typtype = 'p'::pg_catalog."char")
                  OR (other.oid = t.typbasetype AND other.typtype = 'd'::pg_catalog."char")
              )
              OR EXISTS (
                SELECT FROM pg_catalog.pg_cast AS same
                WHERE same.castsource = coalesce(nullif(t.typbasetype, 0::pg_catalog.oid), t.oid)
                  AND same.casttarget = o.oprright
                  AND same.castmethod = 'b'::pg_catalog."char"
              )
            )
        )
        ORDER BY part.ordinality ASC
      )
    FROM pg_catalog.unnest(k.conpfeqop) WITH ORDINALITY AS part
    INNER JOIN pg_catalog.pg_operator AS o
      ON o.oid = part.part
    INNER JOIN pg_catalog.pg_attribute AS a
      ON a.attrelid = k.conrelid
      AND a.attnum = k.conkey[part.ordinality]
    INNER JOIN pg_catalog.pg_type AS t
      ON t.oid = a.atttypid
  ) AS families,
  rn.nspname AS referenced_schema,
  r.relname AS referenced_table,
  k.confrelid AS referenced_relid,
  ${columnsOf('k.confkey', 'k.confrelid')} AS referenced_columns,
  k.confdeltype AS on_delete,
  k.convalidated AS is_validated,
  k.conenforced AS is_enforced,
  k.conperiod AS is_period,
  CASE
    WHEN c.relkind = 'p'::pg_catalog."char" THEN coalesce(cl.relpages, 0)
    ELSE greatest(0, c.relpages)
  END AS relpages,
  CASE
    WHEN c.relkind = 'p'::pg_catalog."char" THEN cl.reltuples
    ELSE ${countedRows('c', versionNum)}
  END AS reltuples,
  CASE
    WHEN r.relkind = 'p'::pg_catalog."char" THEN coalesce(rl.deleted, 0)
    ELSE pg_catalog.pg_stat_get_tuples_deleted(k.confrelid)
  END AS referenced_deletes,
  CASE
    WHEN r.relkind = 'p'::pg_catalog."char" THEN coalesce(rl.updated, 0)
    ELSE pg_catalog.pg_stat_get_tuples_updated(k.confrelid)
  END AS referenced_updates,
  CASE
    WHEN c.relkind = 'p'::pg_catalog."char"
    THEN (
      SELECT
        pg_catalog.json_agg(
          pg_catalog.json_build_object(
            'relid', p.oid::pg_catalog.int8,
            'parent', p.parent::pg_catalog.int8,
            'schema', p.nspname,
            'name', p.relname,
            'kind', p.relkind,
            'attributes', (
              -- A partition may have its columns at other places: their names are the same.
              SELECT pg_catalog.json_agg(own.attnum ORDER BY part.ordinality ASC)
              FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS part
              INNER JOIN pg_catalog.pg_attribute AS top
                ON top.attrelid = k.conrelid
                AND top.attnum = part.part
              INNER JOIN pg_catalog.pg_attribute AS own
                ON own.attrelid = p.oid
                AND own.attname = top.attname
            )
          )
          ORDER BY p.oid ASC
        )
      FROM parts AS p
      WHERE p.root = k.conrelid
    )
  END AS partitions
FROM keys AS k
INNER JOIN pg_catalog.pg_class AS c
  ON c.oid = k.conrelid
INNER JOIN pg_catalog.pg_namespace AS n
  ON n.oid = c.relnamespace
INNER JOIN pg_catalog.pg_class AS r
  ON r.oid = k.confrelid
INNER JOIN pg_catalog.pg_namespace AS rn
  ON rn.oid = r.relnamespace
LEFT JOIN leaves AS cl
  ON cl.root = k.conrelid
LEFT JOIN leaves AS rl
  ON rl.root = k.confrelid
ORDER BY k.oid ASC
LIMIT ${MOST_KEYS}`,
})

function columnsOf(numbers: string, relation: string): string {
  return `(
    SELECT
      pg_catalog.json_agg(
        pg_catalog.json_build_object(
          'name', a.attname,
          'collation', a.attcollation::pg_catalog.int8,
          'type', pg_catalog.format_type(coalesce(nullif(t.typbasetype, 0::pg_catalog.oid), t.oid), NULL)
        )
        ORDER BY part.ordinality ASC
      )
    FROM pg_catalog.unnest(${numbers}) WITH ORDINALITY AS part
    INNER JOIN pg_catalog.pg_attribute AS a
      ON a.attrelid = ${relation}
      AND a.attnum = part.part
    INNER JOIN pg_catalog.pg_type AS t
      ON t.oid = a.atttypid
  )`
}

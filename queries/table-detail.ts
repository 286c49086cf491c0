/** What belongs to one table beside its figures and indexes. */
import { defineEntry } from './define.ts'

/** More of one kind than a person reads of a table. */
const MOST_OF_A_KIND = 200

/**
 * The raw catalogs alone: nothing is deparsed and no relation is opened, so it answers while the table is locked. The
 * definition of a foreign key opens nothing either.
 */
export const tableDetail = defineEntry({
  id: 'table-detail',
  title: 'Table detail',
  about: 'Which indexes, triggers, foreign keys, settings and publications does this table have?',
  reads: [
    'pg_class',
    'pg_attribute',
    'pg_index',
    'pg_stat_get_numscans()',
    'pg_trigger',
    'pg_constraint',
    'pg_publication',
    'pg_publication_rel',
    'pg_description',
    'pg_tablespace',
    'pg_am',
    'pg_get_constraintdef()',
  ],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['oid'],
  timeoutMs: 5000,
  parameters: [{ name: 'relid', type: 'oid', meaning: 'A table or materialized view.' }],
  columns: [
    { id: 'oid', label: 'oid', kind: 'oid', meaning: 'The oid of the table.' },
    {
      id: 'owner',
      label: 'owner',
      kind: 'oid',
      meaning: 'The oid of the role that owns it; its name is among `role-names`.',
    },
    { id: 'method', label: 'method', kind: 'name', meaning: 'Its access method; NULL if partitioned.' },
    {
      id: 'tablespace',
      label: 'tablespace',
      kind: 'name',
      meaning: 'Its tablespace; NULL for that of the database.',
    },
    { id: 'column_count', label: 'columns', kind: 'count', meaning: 'Its columns.' },
    {
      id: 'dropped_count',
      label: 'dropped',
      kind: 'count',
      meaning: 'Columns that were dropped; old rows keep their values until they are written anew.',
    },
    {
      id: 'indexes',
      label: 'indexes',
      kind: 'json',
      meaning:
        'List of `{name, oid, columns, pages, scans, isPrimary, isUnique, isValid}`, the largest first; a column is null for an expression.',
    },
    {
      id: 'triggers',
      label: 'triggers',
      kind: 'json',
      meaning:
        'List of `{name, enabled, schema, function}` without those of constraints; `enabled` is `pg_trigger.tgenabled`: O, D (disabled), R (replica) or A (always).',
    },
    {
      id: 'foreign_keys',
      label: 'foreign keys',
      kind: 'json',
      meaning: 'List of `{name, schema, table, definition, isValid}`: the tables it refers to.',
    },
    {
      id: 'referenced_by',
      label: 'referenced by',
      kind: 'json',
      meaning: 'List of the same of the tables that refer to it.',
    },
    { id: 'reloptions', label: 'settings', kind: 'json', meaning: 'List of `name=value`; NULL for none.' },
    {
      id: 'toast_reloptions',
      label: 'TOAST settings',
      kind: 'json',
      meaning: 'The same of its TOAST table.',
    },
    {
      id: 'publications',
      label: 'publications',
      kind: 'json',
      meaning: 'Names of the publications that have it, by itself, by its schema (15+) or with all tables.',
    },
    {
      id: 'row_security',
      label: 'row security',
      kind: 'bool',
      meaning: 'Whether policies limit which rows one sees.',
    },
    { id: 'comment', label: 'comment', kind: 'text', meaning: 'COMMENT ON TABLE; NULL for none.' },
  ],
  sql: ({ versionNum }) => `/* pgtriage:table-detail */
WITH asked AS MATERIALIZED (
  SELECT
    c.oid AS oid,
    c.relnamespace AS relnamespace,
    c.relowner AS relowner,
    c.relam AS relam,
    c.reltablespace AS reltablespace,
    c.relnatts AS relnatts,
    c.relrowsecurity AS relrowsecurity,
    c.relkind AS relkind,
    c.relpersistence AS relpersistence,
    c.reloptions AS reloptions,
    c.reltoastrelid AS reltoastrelid
  FROM pg_catalog.pg_class AS c
  WHERE c.oid = $1::pg_catalog.oid
    AND c.relkind = ANY (ARRAY['r', 'p', 'm']::pg_catalog."char"[])
),
keys AS MATERIALIZED (
  SELECT
    k.conrelid AS conrelid,
    k.confrelid AS confrelid,
    k.conname AS conname,
    k.convalidated AS convalidated,
    pg_catalog.pg_get_constraintdef(k.oid) AS definition
  FROM pg_catalog.pg_constraint AS k
  WHERE k.contype = 'f'::pg_catalog."char"
    -- The server makes one for each partition on both sides: those follow from the one that was declared.
    AND k.conparentid = 0::pg_catalog.oid
    AND (k.conrelid = $1::pg_catalog.oid OR k.confrelid = $1::pg_catalog.oid)
  LIMIT ${2 * MOST_OF_A_KIND}
)
SELECT
  a.oid AS oid,
  a.relowner AS owner,
  m.amname AS method,
  s.spcname AS tablespace,
  (
    SELECT
      pg_catalog.count(*)
    FROM pg_catalog.pg_attribute AS t
    WHERE t.attrelid = a.oid
      AND t.attnum > 0
      AND NOT t.attisdropped
  ) AS column_count,
  (
    SELECT
      pg_catalog.count(*)
    FROM pg_catalog.pg_attribute AS t
    WHERE t.attrelid = a.oid
      AND t.attisdropped
  ) AS dropped_count,
  (
    SELECT
      coalesce(pg_catalog.json_agg(
        pg_catalog.json_build_object(
          'name', i.relname, 'oid', i.oid, 'columns', i.columns, 'pages', i.relpages, 'scans', i.scans,
          'isPrimary', i.indisprimary, 'isUnique', i.indisunique, 'isValid', i.indisvalid
        )
        ORDER BY i.relpages DESC, i.relname ASC
      ), '[]'::pg_catalog.json)
    FROM (
      SELECT
        c.oid AS oid,
        c.relname AS relname,
        c.relpages AS relpages,
        pg_catalog.pg_stat_get_numscans(c.oid) AS scans,
        x.indisprimary AS indisprimary,
        x.indisunique AS indisunique,
        x.indisvalid AS indisvalid,
        (
          SELECT
            pg_catalog.json_agg(t.attname ORDER BY part.ordinality ASC)
          FROM pg_catalog.unnest(x.indkey) WITH ORDINALITY AS part
          LEFT JOIN pg_catalog.pg_attribute AS t
            ON t.attrelid = x.indrelid
            AND t.attnum = part.part
            AND part.part <> 0::pg_catalog.int2
          WHERE part.ordinality <= x.indnkeyatts::pg_catalog.int8
        ) AS columns
      FROM pg_catalog.pg_index AS x
      INNER JOIN pg_catalog.pg_class AS c
        ON c.oid = x.indexrelid
      WHERE x.indrelid = a.oid
      ORDER BY c.relpages DESC, c.relname ASC
      LIMIT ${MOST_OF_A_KIND}
    ) AS i
  ) AS indexes,
  (
    SELECT
      coalesce(pg_catalog.json_agg(
        pg_catalog.json_build_object(
          'name', g.tgname, 'enabled', g.tgenabled, 'schema', g.nspname, 'function', g.proname
        )
        ORDER BY g.tgname ASC
      ), '[]'::pg_catalog.json)
    FROM (
      SELECT
        t.tgname AS tgname,
        t.tgenabled AS tgenabled,
        n.nspname AS nspname,
        p.proname AS proname
      FROM pg_catalog.pg_trigger AS t
      INNER JOIN pg_catalog.pg_proc AS p
        ON p.oid = t.tgfoid
      INNER JOIN pg_catalog.pg_namespace AS n
        ON n.oid = p.pronamespace
      WHERE t.tgrelid = a.oid
        AND NOT t.tgisinternal
      ORDER BY t.tgname ASC
      LIMIT ${MOST_OF_A_KIND}
    ) AS g
  ) AS triggers,
  ${foreignKeysOf('conrelid', 'confrelid')} AS foreign_keys,
  ${foreignKeysOf('confrelid', 'conrelid')} AS referenced_by,
  pg_catalog.to_json(a.reloptions) AS reloptions,
  pg_catalog.to_json(o.reloptions) AS toast_reloptions,
  (
    SELECT
      coalesce(pg_catalog.json_agg(p.pubname ORDER BY p.pubname ASC), '[]'::pg_catalog.json)
    FROM pg_catalog.pg_publication AS p
    WHERE (
        p.puballtables
        AND a.relpersistence = 'p'::pg_catalog."char"
        AND a.relkind <> 'm'::pg_catalog."char"
      )
      OR p.oid IN (
        SELECT r.prpubid FROM pg_catalog.pg_publication_rel AS r WHERE r.prrelid = a.oid
      )${
        versionNum >= 150_000
          ? `
      OR p.oid IN (
        SELECT r.pnpubid FROM pg_catalog.pg_publication_namespace AS r WHERE r.pnnspid = a.relnamespace
      )`
          : ''
      }
  ) AS publications,
  a.relrowsecurity AS row_security,
  (
    SELECT
      pg_catalog.min(d.description)
    FROM pg_catalog.pg_description AS d
    WHERE d.objoid = a.oid
      AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
      AND d.objsubid = 0
  ) AS comment
FROM asked AS a
LEFT JOIN pg_catalog.pg_am AS m
  ON m.oid = a.relam
LEFT JOIN pg_catalog.pg_tablespace AS s
  ON s.oid = a.reltablespace
LEFT JOIN pg_catalog.pg_class AS o
  ON o.oid = a.reltoastrelid
LIMIT 2`,
})

/** Foreign keys where the table stands at `here`, with the table at the other end. */
function foreignKeysOf(here: 'conrelid' | 'confrelid', there: 'conrelid' | 'confrelid'): string {
  return `(
    SELECT
      coalesce(pg_catalog.json_agg(
        pg_catalog.json_build_object(
          'name', k.conname,
          'schema', n.nspname,
          'table', c.relname,
          'definition', k.definition,
          'isValid', k.convalidated
        )
        ORDER BY k.conname ASC
      ), '[]'::pg_catalog.json)
    FROM keys AS k
    INNER JOIN pg_catalog.pg_class AS c
      ON c.oid = k.${there}
    INNER JOIN pg_catalog.pg_namespace AS n
      ON n.oid = c.relnamespace
    WHERE k.${here} = a.oid
  )`
}

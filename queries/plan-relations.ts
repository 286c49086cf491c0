/** What statistics and catalogs tell of the relations of a plan. */
import { defineEntry } from './define.ts'

/** More relations than any plan that a person reads; those of huge partitioned tables are cut. */
const ROWS = 500

/** More indexes than any table should have. */
const INDEXES = 100

/**
 * No relation is opened: pages and rows are those of the last VACUUM or ANALYZE. A name without a schema is the one that
 * the search path of the session finds, as in the statement itself, else the only one of that name; where it could be
 * several there is no row. Operators are named in full, since the session may have the search path of a user.
 */
export const planRelations = defineEntry({
  id: 'plan-relations',
  title: 'Relations of a plan',
  about: 'How large are the relations of a plan, when were they analyzed, and which indexes do they have?',
  reads: ['pg_class', 'pg_namespace', 'pg_index', 'pg_attribute', 'pg_stat_get_mod_since_analyze()'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['schema', 'name'],
  parameters: [
    {
      name: 'relations',
      type: 'text',
      meaning: 'JSON list of `{"schema": …, "name": …}`; the schema may be null.',
    },
  ],
  columns: [
    {
      id: 'schema',
      label: 'schema',
      kind: 'name',
      meaning: 'Its schema; `pg_temp` where that was asked for.',
    },
    { id: 'name', label: 'relation', kind: 'name', meaning: 'Table, materialized view or foreign table.' },
    {
      id: 'reltuples',
      label: 'rows',
      kind: 'count',
      meaning: 'Rows at the last VACUUM or ANALYZE, estimated; NULL where they were never counted.',
    },
    {
      id: 'relpages',
      label: 'pages',
      kind: 'count',
      meaning: 'Blocks at that time; 0 for a partitioned table.',
    },
    {
      id: 'n_mod_since_analyze',
      label: 'changed',
      kind: 'count',
      meaning: 'Rows changed since the last ANALYZE; NULL for partitioned and foreign tables.',
    },
    {
      id: 'analyzed_at',
      label: 'analyzed',
      kind: 'time',
      meaning: 'The last ANALYZE, by hand or by autovacuum; NULL for none since the statistics were reset.',
    },
    {
      id: 'indexes',
      label: 'indexes',
      kind: 'json',
      meaning:
        'List of `{name, columns, isValid, isPartial}`: the key columns in their order, null for an expression.',
    },
  ],
  sql: () => `/* pgtriage:plan-relations */
WITH asked AS MATERIALIZED (
  SELECT DISTINCT
    wanted.schema AS schema,
    wanted.name AS name
  FROM pg_catalog.json_to_recordset($1::pg_catalog.json) AS wanted (schema pg_catalog.text, name pg_catalog.text)
),
named AS MATERIALIZED (
  SELECT
    w.schema AS asked_schema,
    n.nspname AS nspname,
    c.oid AS oid,
    c.relname AS relname,
    c.relkind AS relkind,
    c.reltuples AS reltuples,
    c.relpages AS relpages,
    pg_catalog.pg_table_is_visible(c.oid) AS visible,
    pg_catalog.bool_or(pg_catalog.pg_table_is_visible(c.oid)) OVER (PARTITION BY w.schema, w.name) AS any_visible,
    pg_catalog.count(*) OVER (PARTITION BY w.schema, w.name) AS candidates,
    pg_catalog.row_number() OVER (PARTITION BY c.oid ORDER BY w.schema ASC NULLS LAST) AS asked_times
  FROM asked AS w
  INNER JOIN pg_catalog.pg_class AS c
    ON c.relname OPERATOR(pg_catalog.=) w.name::pg_catalog.name
    AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'm', 'f', 't']::pg_catalog."char"[])
  INNER JOIN pg_catalog.pg_namespace AS n
    ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
  WHERE w.schema IS NULL
    OR n.nspname OPERATOR(pg_catalog.=) w.schema::pg_catalog.name
    OR (w.schema OPERATOR(pg_catalog.=) 'pg_temp'
      AND n.oid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema())
)
SELECT
  coalesce(r.asked_schema::pg_catalog.name, r.nspname) AS schema,
  r.relname AS name,
  CASE
    -- Up to PostgreSQL 13 a table that was never counted has 0 of both.
    WHEN r.reltuples OPERATOR(pg_catalog.<) 0::pg_catalog.float4
      OR (r.reltuples OPERATOR(pg_catalog.=) 0::pg_catalog.float4
        AND r.relpages OPERATOR(pg_catalog.=) 0
        AND pg_catalog.pg_stat_get_last_analyze_time(r.oid) IS NULL
        AND pg_catalog.pg_stat_get_last_autoanalyze_time(r.oid) IS NULL)
    THEN NULL
    ELSE r.reltuples::pg_catalog.int8
  END AS reltuples,
  greatest(0, r.relpages) AS relpages,
  CASE
    WHEN r.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'm', 't']::pg_catalog."char"[])
    THEN pg_catalog.pg_stat_get_mod_since_analyze(r.oid)
  END AS n_mod_since_analyze,
  greatest(
    pg_catalog.pg_stat_get_last_analyze_time(r.oid),
    pg_catalog.pg_stat_get_last_autoanalyze_time(r.oid)
  ) AS analyzed_at,
  (
    SELECT
      coalesce(pg_catalog.json_agg(
        pg_catalog.json_build_object(
          'name', i.relname, 'columns', i.columns, 'isValid', i.indisvalid, 'isPartial', i.partial
        )
        ORDER BY i.relname ASC
      ), '[]'::pg_catalog.json)
    FROM (
      SELECT
        ic.relname AS relname,
        x.indisvalid AS indisvalid,
        x.indpred IS NOT NULL AS partial,
        (
          SELECT
            pg_catalog.json_agg(a.attname ORDER BY part.ordinality ASC)
          FROM pg_catalog.unnest(x.indkey) WITH ORDINALITY AS part
          LEFT JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid OPERATOR(pg_catalog.=) x.indrelid
            AND a.attnum OPERATOR(pg_catalog.=) part.part
            AND part.part OPERATOR(pg_catalog.<>) 0::pg_catalog.int2
          WHERE part.ordinality OPERATOR(pg_catalog.<=) x.indnkeyatts::pg_catalog.int8
        ) AS columns
      FROM pg_catalog.pg_index AS x
      INNER JOIN pg_catalog.pg_class AS ic
        ON ic.oid OPERATOR(pg_catalog.=) x.indexrelid
      WHERE x.indrelid OPERATOR(pg_catalog.=) r.oid
      ORDER BY ic.relname ASC
      LIMIT ${INDEXES}
    ) AS i
  ) AS indexes
FROM named AS r
WHERE r.asked_times OPERATOR(pg_catalog.=) 1::pg_catalog.int8
  AND (
    r.asked_schema IS NOT NULL
    OR r.visible
    OR (NOT r.any_visible AND r.candidates OPERATOR(pg_catalog.=) 1::pg_catalog.int8)
  )
ORDER BY schema ASC, name ASC
LIMIT ${ROWS}`,
})

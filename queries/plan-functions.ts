/** What the catalog tells of the functions that a plan calls. */
import { defineEntry } from './define.ts'

/** More functions than any plan that a person reads. */
const ROWS = 500

/**
 * A plan writes no argument types, so a name may stand for several functions: those that the search path of the session
 * finds, or where it finds none all of that name.
 */
export const planFunctions = defineEntry({
  id: 'plan-functions',
  title: 'Functions of a plan',
  about: 'Which of the functions that a plan calls are volatile, and which keep workers away?',
  reads: ['pg_proc', 'pg_namespace'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['call'],
  parameters: [
    {
      name: 'functions',
      type: 'text',
      meaning:
        'JSON list of `{"text": …, "schema": …, "name": …}`: how the plan writes it, and its name; the schema may be null.',
    },
  ],
  columns: [
    { id: 'call', label: 'function', kind: 'text', meaning: 'How the plan writes it.' },
    {
      id: 'signature',
      label: 'signature',
      kind: 'text',
      meaning:
        'What ALTER FUNCTION takes; NULL for an aggregate, for one of PostgreSQL itself, and where it could be several.',
    },
    {
      id: 'is_built_in',
      label: 'built in',
      kind: 'bool',
      meaning: 'It is one of PostgreSQL itself (pg_catalog).',
    },
    {
      id: 'volatility',
      label: 'volatility',
      kind: 'text',
      meaning: '`immutable`, `stable` or `volatile`; NULL where it could be several, and they differ.',
    },
    {
      id: 'parallel',
      label: 'parallel',
      kind: 'text',
      meaning: '`safe`, `restricted` or `unsafe`; NULL likewise.',
    },
  ],
  sql: () => `/* pgtriage:plan-functions */
WITH asked AS MATERIALIZED (
  SELECT DISTINCT
    wanted.text AS call,
    wanted.schema AS schema,
    wanted.name AS name
  FROM pg_catalog.json_to_recordset($1::pg_catalog.json)
    AS wanted (text pg_catalog.text, schema pg_catalog.text, name pg_catalog.text)
),
named AS MATERIALIZED (
  SELECT
    w.call AS call,
    w.schema AS asked_schema,
    n.nspname AS nspname,
    p.oid AS oid,
    p.proname AS proname,
    p.prokind AS prokind,
    p.provolatile AS provolatile,
    p.proparallel AS proparallel,
    pg_catalog.pg_function_is_visible(p.oid) AS visible,
    pg_catalog.bool_or(pg_catalog.pg_function_is_visible(p.oid)) OVER (PARTITION BY w.call) AS any_visible
  FROM asked AS w
  INNER JOIN pg_catalog.pg_proc AS p
    ON p.proname OPERATOR(pg_catalog.=) w.name::pg_catalog.name
  INNER JOIN pg_catalog.pg_namespace AS n
    ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
  WHERE w.schema IS NULL
    OR n.nspname OPERATOR(pg_catalog.=) w.schema::pg_catalog.name
)
SELECT
  f.call AS call,
  CASE
    WHEN pg_catalog.count(*) OPERATOR(pg_catalog.=) 1::pg_catalog.int8
    THEN pg_catalog.min(
      CASE
        WHEN f.nspname OPERATOR(pg_catalog.<>) 'pg_catalog'::pg_catalog.name
          AND f.prokind OPERATOR(pg_catalog.<>) 'a'::pg_catalog."char"
        THEN pg_catalog.format(
          '%I.%I(%s)', f.nspname, f.proname, pg_catalog.pg_get_function_identity_arguments(f.oid)
        )
      END
    )
  END AS signature,
  pg_catalog.bool_and(f.nspname OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.name) AS is_built_in,
  CASE
    WHEN pg_catalog.count(DISTINCT f.provolatile) OPERATOR(pg_catalog.=) 1::pg_catalog.int8
    THEN CASE pg_catalog.min(f.provolatile::pg_catalog.text)
      WHEN 'i' THEN 'immutable'
      WHEN 's' THEN 'stable'
      ELSE 'volatile'
    END
  END AS volatility,
  CASE
    WHEN pg_catalog.count(DISTINCT f.proparallel) OPERATOR(pg_catalog.=) 1::pg_catalog.int8
    THEN CASE pg_catalog.min(f.proparallel::pg_catalog.text)
      WHEN 's' THEN 'safe'
      WHEN 'r' THEN 'restricted'
      ELSE 'unsafe'
    END
  END AS parallel
FROM named AS f
WHERE f.asked_schema IS NOT NULL
  OR f.visible
  OR NOT f.any_visible
GROUP BY f.call
ORDER BY call ASC
LIMIT ${ROWS}`,
})

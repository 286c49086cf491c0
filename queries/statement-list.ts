/** The statements that pg_stat_statements remembers, with their texts. */
import { defineEntry } from './define.ts'
import { executionColumns, type StatementsExtension, statementsExtension } from './statements-extension.ts'

/** As many of the connected database, and as many of all others together: what is below costs next to nothing. */
const STATEMENTS = 200

/**
 * A statement of another role is told without its text and identifier to whom may not see it: it could neither be read
 * nor told from others, so it is left out.
 */
export const statementList = defineEntry({
  id: 'statement-list',
  title: 'Statements',
  about: `Which statements took the most time, in this database and in the others (${STATEMENTS} each)?`,
  reads: ['pg_stat_statements()', 'pg_database', 'pg_roles'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['queryid', 'datid', 'userid', 'toplevel'],
  // The server reads the file of all texts, which has no bound of its own.
  timeoutMs: 10_000,
  columns: [
    {
      id: 'queryid',
      label: 'query id',
      kind: 'id',
      meaning: 'Identifier of the statement, equal for texts that differ in their constants only.',
    },
    { id: 'datid', label: 'datid', kind: 'oid', meaning: 'Database it runs in.' },
    {
      id: 'datname',
      label: 'db',
      kind: 'name',
      meaning: 'Name of that database; NULL when it is gone.',
    },
    { id: 'userid', label: 'userid', kind: 'oid', meaning: 'Role that runs it.' },
    { id: 'rolname', label: 'user', kind: 'name', meaning: 'Name of that role; NULL when it is gone.' },
    ...executionColumns,
    { id: 'rows', label: 'rows', kind: 'count', counter: true, meaning: 'Rows returned or changed.' },
    {
      id: 'query',
      label: 'query',
      kind: 'sql',
      meaning: 'The whole text, with $1, $2 … for constants; NULL where the server has lost it.',
    },
  ],
  sql: (facts) => {
    const extension = statementsExtension(facts)
    return 'unavailable' in extension ? extension : text(extension)
  },
})

function text({ schema, minor, time }: StatementsExtension): string {
  return `/* pgtriage:statement-list */
SELECT
  ranked.queryid AS queryid,
  ranked.dbid AS datid,
  d.datname AS datname,
  ranked.userid AS userid,
  r.rolname AS rolname,
  ranked.toplevel AS toplevel,
  ranked.calls AS calls,
  ranked.total / 1000 AS total_seconds,
  ranked.mean / 1000 AS mean_seconds,
  ranked.rows AS rows,
  ranked.query AS query
FROM (
  SELECT
    s.queryid AS queryid,
    s.dbid AS dbid,
    s.userid AS userid,
    ${minor >= 9 ? 's.toplevel' : 'NULL::pg_catalog.bool'} AS toplevel,
    s.calls AS calls,
    s.${time('total')} AS total,
    s.${time('mean')} AS mean,
    s.rows AS rows,
    s.query AS query,
    pg_catalog.row_number() OVER (
      PARTITION BY s.dbid = here.oid
      ORDER BY s.${time('total')} DESC
    ) AS place
  FROM ${schema}.pg_stat_statements(true) AS s
  CROSS JOIN pg_catalog.pg_database AS here
  WHERE here.datname = pg_catalog.current_database()
    AND s.queryid IS NOT NULL
) AS ranked
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = ranked.dbid
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = ranked.userid
WHERE ranked.place <= ${STATEMENTS}
ORDER BY ranked.total DESC
LIMIT ${2 * STATEMENTS}`
}

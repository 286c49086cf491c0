/** What types of users call when a value becomes one of theirs; a literal does so while its statement is parsed. */
import { defineEntry } from '../define.ts'
import {
  FIRST_NORMAL_OID,
  FUNCTION_IN_TREE,
  isLookedUp,
  jsonOf,
  lookUpParameters,
  MOST_ROWS,
  oidsIn,
} from './trees.ts'

export const explainTypes = defineEntry({
  id: 'explain-types',
  title: 'What types call',
  about: 'Which functions do domains and casts of these types call, and which types are within them?',
  reads: ['pg_type', 'pg_namespace', 'pg_constraint', 'pg_cast', 'pg_range', 'pg_attribute'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['oid'],
  parameters: lookUpParameters,
  columns: [
    { id: 'oid', label: 'oid', kind: 'oid', meaning: 'Oid of the type.' },
    { id: 'name', label: 'type', kind: 'name', meaning: 'Its name.' },
    { id: 'checks', label: 'checks', kind: 'json', meaning: 'Oids of functions of the CHECKs of a domain.' },
    {
      id: 'folds',
      label: 'folds',
      kind: 'json',
      meaning: 'Oids of functions of its default, and of casts from and to it.',
    },
    {
      id: 'leads_to',
      label: 'leads to',
      kind: 'json',
      meaning: 'Oids of types of users that it is made of: base, element, subtype, columns.',
    },
  ],
  sql: ({ versionNum }) => `/* pgtriage:explain-types */
SELECT
  t.oid AS oid,
  t.typname AS name,
  ${jsonOf(`SELECT (found.match)[1]::pg_catalog.int8
      FROM pg_catalog.pg_constraint AS k
      CROSS JOIN LATERAL pg_catalog.regexp_matches(k.conbin::pg_catalog.text, '${FUNCTION_IN_TREE}', 'g')
        AS found (match)
      WHERE k.contypid OPERATOR(pg_catalog.=) t.oid`)} AS checks,
  ${jsonOf(
    oidsIn('t.typdefaultbin::pg_catalog.text', FUNCTION_IN_TREE),
    `SELECT x.castfunc::pg_catalog.int8
      FROM pg_catalog.pg_cast AS x
      WHERE t.oid OPERATOR(pg_catalog.=) ANY (ARRAY[x.castsource, x.casttarget])
        AND x.castfunc OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid`,
  )} AS folds,
  ${jsonOf(`SELECT part.oid::pg_catalog.int8
      FROM (
        SELECT pg_catalog.unnest(ARRAY[t.typelem, t.typbasetype]) AS oid
        UNION ALL
        SELECT r.rngsubtype
        FROM pg_catalog.pg_range AS r
        WHERE r.rngtypid OPERATOR(pg_catalog.=) t.oid${
          versionNum >= 140000 ? '\n          OR r.rngmultitypid OPERATOR(pg_catalog.=) t.oid' : ''
        }
        UNION ALL
        SELECT a.atttypid
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid OPERATOR(pg_catalog.=) t.typrelid
          AND t.typrelid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
      ) AS part
      WHERE part.oid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid`)} AS leads_to
FROM pg_catalog.pg_type AS t
WHERE t.oid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid
  AND ${isLookedUp('t', 'pg_type', { name: 'typname', namespace: 'typnamespace' })}
LIMIT ${MOST_ROWS}`,
})

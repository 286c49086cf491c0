/** What the functions do that a statement leads to, as far as the catalogs tell. */
import { defineEntry } from '../define.ts'
import {
  FIRST_NORMAL_OID,
  FUNCTION_IN_TREE,
  isLookedUp,
  jsonOf,
  lookUpParameters,
  MOST_ROWS,
  namesOf,
  oidsIn,
  RELATION_IN_TREE,
  TYPE_IN_TREE,
} from './trees.ts'

/** Longer bodies are cut: their end is not looked at. */
const BODY = 200_000

/**
 * Functions by name and by oid, and those behind operators. Runs with the search_path of the user: every operator is
 * told with its schema.
 */
export const explainFunctions = defineEntry({
  id: 'explain-functions',
  title: 'Functions of a statement',
  about:
    'What are the functions of these names and oids, what does their source say, and what do they lead to?',
  reads: [
    'pg_proc',
    'pg_namespace',
    'pg_language',
    'pg_aggregate',
    'pg_operator',
    'pg_depend',
    'pg_extension',
  ],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['oid'],
  parameters: [
    ...lookUpParameters,
    { name: 'operators', type: 'text', meaning: 'Operators whose functions are looked up, as a JSON array.' },
  ],
  columns: [
    { id: 'oid', label: 'oid', kind: 'oid', meaning: 'Oid of the function.' },
    { id: 'schema', label: 'schema', kind: 'name', meaning: 'Its schema.' },
    { id: 'name', label: 'function', kind: 'name', meaning: 'Its name.' },
    { id: 'is_builtin', label: 'built-in', kind: 'bool', meaning: 'Whether it came with the server.' },
    { id: 'extension', label: 'extension', kind: 'name', meaning: 'The extension that it belongs to.' },
    { id: 'volatility', label: 'volatility', kind: 'text', meaning: '`i`, `s` or `v`.' },
    { id: 'is_set', label: 'set', kind: 'bool', meaning: 'Whether it gives rows.' },
    { id: 'language', label: 'language', kind: 'name', meaning: 'Its language.' },
    {
      id: 'is_trusted',
      label: 'trusted',
      kind: 'bool',
      meaning: 'Whether its language keeps it inside the database.',
    },
    {
      id: 'source',
      label: 'source',
      kind: 'sql',
      meaning: 'Its settings in one line, and its body where that is text; NULL for internal and C.',
    },
    { id: 'writes', label: 'writes', kind: 'bool', meaning: 'Whether a body of BEGIN ATOMIC writes tables.' },
    {
      id: 'calls',
      label: 'calls',
      kind: 'json',
      meaning: 'Oids of functions of a body of BEGIN ATOMIC, and of the parts of an aggregate.',
    },
    { id: 'relations', label: 'relations', kind: 'json', meaning: 'Oids of relations of such a body.' },
    {
      id: 'types',
      label: 'types',
      kind: 'json',
      meaning: 'Oids of types of users in its signature and such a body.',
    },
    {
      id: 'defaults',
      label: 'defaults',
      kind: 'json',
      meaning: 'Oids of functions in defaults of its arguments.',
    },
    {
      id: 'operators',
      label: 'operators',
      kind: 'json',
      meaning: 'The operators of users that it stands behind.',
    },
  ],
  sql: ({ versionNum }) => {
    const body = versionNum >= 140000 ? 'p.prosqlbody::pg_catalog.text' : 'NULL::pg_catalog.text'
    return `/* pgtriage:explain-functions */
SELECT
  p.oid AS oid,
  n.nspname AS schema,
  p.proname AS name,
  p.oid OPERATOR(pg_catalog.<) ${FIRST_NORMAL_OID}::pg_catalog.oid AS is_builtin,
  e.extname AS extension,
  p.provolatile AS volatility,
  p.proretset AS is_set,
  l.lanname AS language,
  l.lanpltrusted AS is_trusted,
  CASE
    WHEN l.lanname OPERATOR(pg_catalog.=) ANY ('{internal,c}'::pg_catalog.name[]) THEN NULL
    ELSE pg_catalog.left(
      pg_catalog.concat(
        pg_catalog.translate(pg_catalog.array_to_string(p.proconfig, ' '), E'\\n\\r', '  '), E'\\n', p.prosrc
      ),
      ${BODY}
    )
  END AS source,
  coalesce(${body} OPERATOR(pg_catalog.~) ':commandType [2-5] '::pg_catalog.text, false) AS writes,
  ${jsonOf(
    `SELECT part.oid::pg_catalog.oid::pg_catalog.int8
      FROM pg_catalog.pg_aggregate AS a
      CROSS JOIN LATERAL pg_catalog.unnest(
        ARRAY[
          a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
          a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn
        ]
      ) AS part (oid)
      WHERE a.aggfnoid::pg_catalog.oid OPERATOR(pg_catalog.=) p.oid
        AND p.oid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid
        AND part.oid::pg_catalog.oid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid`,
    oidsIn(body, FUNCTION_IN_TREE),
  )} AS calls,
  ${jsonOf(oidsIn(body, RELATION_IN_TREE))} AS relations,
  ${jsonOf(
    `SELECT type.oid::pg_catalog.int8
      FROM pg_catalog.unnest(
        p.proargtypes::pg_catalog.oid[] OPERATOR(pg_catalog.||) p.prorettype OPERATOR(pg_catalog.||) p.proallargtypes
      ) AS type (oid)
      WHERE type.oid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid`,
    oidsIn(body, TYPE_IN_TREE),
  )} AS types,
  ${jsonOf(oidsIn('p.proargdefaults::pg_catalog.text', FUNCTION_IN_TREE))} AS defaults,
  pg_catalog.to_json(
    ARRAY(
      SELECT o.oprname::pg_catalog.text
      FROM pg_catalog.pg_operator AS o
      WHERE o.oprcode::pg_catalog.oid OPERATOR(pg_catalog.=) p.oid
        AND o.oid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid
    )
  ) AS operators
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
INNER JOIN pg_catalog.pg_language AS l ON l.oid OPERATOR(pg_catalog.=) p.prolang
LEFT JOIN pg_catalog.pg_depend AS d
  ON d.objid OPERATOR(pg_catalog.=) p.oid
  AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid
  AND d.deptype OPERATOR(pg_catalog.=) 'e'::pg_catalog."char"
LEFT JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
WHERE ${isLookedUp('p', 'pg_proc', { name: 'proname', namespace: 'pronamespace' })}
  OR p.oid OPERATOR(pg_catalog.=) ANY (
    ARRAY(
      SELECT o.oprcode::pg_catalog.oid
      FROM pg_catalog.pg_operator AS o
      INNER JOIN pg_catalog.pg_namespace AS home ON home.oid OPERATOR(pg_catalog.=) o.oprnamespace
      WHERE o.oid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid
        AND o.oprname OPERATOR(pg_catalog.=) ANY (${namesOf('$4')})
        AND home.nspname OPERATOR(pg_catalog.=) ANY (${namesOf('$2')})
    )
  )
LIMIT ${MOST_ROWS}`
  },
})

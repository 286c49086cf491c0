/** What the functions do that a statement calls, as far as the catalogs tell. */
import { defineEntry } from '../define.ts'

/** Longer bodies are cut: their end is not looked at. */
const BODY = 200_000

/** Oids below belong to the server itself (FirstNormalObjectId). */
const FIRST_NORMAL_OID = 16_384

/** Function oids in the text of an expression tree: calls, operators, aggregates, window functions. */
const FUNCTION_IN_TREE = '(?:funcid|fnoid) ([1-9][0-9]*)'

/**
 * Functions by name, in every schema, and by oid. Runs with the search_path of the user: every operator is told with
 * its schema.
 */
export const explainFunctions = defineEntry({
  id: 'explain-functions',
  title: 'Functions of a statement',
  about: 'What are the functions of these names and oids, and what does their source say?',
  reads: ['pg_proc', 'pg_namespace', 'pg_language', 'pg_aggregate', 'pg_depend', 'pg_extension'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['oid'],
  parameters: [
    { name: 'names', type: 'text', meaning: 'Names without schema, as a JSON array.' },
    { name: 'schemas', type: 'text', meaning: 'Schemas in which the names are looked for, as a JSON array.' },
    { name: 'oids', type: 'text', meaning: 'Oids, as a JSON array.' },
  ],
  columns: [
    { id: 'oid', label: 'oid', kind: 'oid', meaning: 'Oid of the function.' },
    { id: 'schema', label: 'schema', kind: 'name', meaning: 'Its schema.' },
    { id: 'name', label: 'function', kind: 'name', meaning: 'Its name.' },
    { id: 'is_builtin', label: 'built-in', kind: 'bool', meaning: 'Whether it came with the server.' },
    { id: 'extension', label: 'extension', kind: 'name', meaning: 'The extension that it belongs to.' },
    { id: 'volatility', label: 'volatility', kind: 'text', meaning: '`i`, `s` or `v`.' },
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
      meaning: 'Its settings and its body where that is text; NULL for internal and C.',
    },
    { id: 'writes', label: 'writes', kind: 'bool', meaning: 'Whether a body of BEGIN ATOMIC writes tables.' },
    {
      id: 'calls',
      label: 'calls',
      kind: 'json',
      meaning: 'Oids of the functions of a body of BEGIN ATOMIC, and of the parts of an aggregate.',
    },
    {
      id: 'casts',
      label: 'casts',
      kind: 'json',
      meaning: 'Oids of the functions of casts from and to its types, which may be implicit.',
    },
  ],
  sql: ({ versionNum }) => {
    const tree = versionNum >= 140000 ? 'p.prosqlbody::pg_catalog.text' : 'NULL::pg_catalog.text'
    return `/* pgtriage:explain-functions */
SELECT
  p.oid AS oid,
  n.nspname AS schema,
  p.proname AS name,
  p.oid OPERATOR(pg_catalog.<) ${FIRST_NORMAL_OID}::pg_catalog.oid AS is_builtin,
  e.extname AS extension,
  p.provolatile AS volatility,
  l.lanname AS language,
  l.lanpltrusted AS is_trusted,
  CASE
    WHEN l.lanname OPERATOR(pg_catalog.=) ANY ('{internal,c}'::pg_catalog.name[]) THEN NULL
    ELSE pg_catalog.left(
      pg_catalog.concat(pg_catalog.array_to_string(p.proconfig, ' '), E'\\n', p.prosrc), ${BODY}
    )
  END AS source,
  coalesce(${tree} OPERATOR(pg_catalog.~) ':commandType [2-5] '::pg_catalog.text, false) AS writes,
  pg_catalog.to_json(
    ARRAY(
      SELECT part.oid::pg_catalog.oid::pg_catalog.int8
      FROM pg_catalog.pg_aggregate AS a
      CROSS JOIN LATERAL pg_catalog.unnest(
        ARRAY[
          a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
          a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn
        ]
      ) AS part (oid)
      WHERE a.aggfnoid::pg_catalog.oid OPERATOR(pg_catalog.=) p.oid
        AND p.oid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid
        AND part.oid::pg_catalog.oid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
      UNION ALL
      SELECT (found.match)[1]::pg_catalog.int8
      FROM pg_catalog.regexp_matches(${tree}, '${FUNCTION_IN_TREE}', 'g') AS found (match)
    )
  ) AS calls,
  pg_catalog.to_json(
    ARRAY(
      SELECT x.castfunc::pg_catalog.int8
      FROM pg_catalog.pg_cast AS x
      WHERE x.castfunc OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid
        AND p.oid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid
        AND EXISTS (
          SELECT FROM pg_catalog.unnest(
            p.proargtypes::pg_catalog.oid[] OPERATOR(pg_catalog.||) p.prorettype
          ) AS type (oid)
          WHERE type.oid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid
            AND type.oid OPERATOR(pg_catalog.=) ANY (ARRAY[x.castsource, x.casttarget])
        )
    )
  ) AS casts
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
INNER JOIN pg_catalog.pg_language AS l ON l.oid OPERATOR(pg_catalog.=) p.prolang
LEFT JOIN pg_catalog.pg_depend AS d
  ON d.objid OPERATOR(pg_catalog.=) p.oid
  AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid
  AND d.deptype OPERATOR(pg_catalog.=) 'e'::pg_catalog."char"
LEFT JOIN pg_catalog.pg_extension AS e ON e.oid OPERATOR(pg_catalog.=) d.refobjid
WHERE p.oid OPERATOR(pg_catalog.=) ANY (
  ARRAY(
    SELECT named.oid
    FROM pg_catalog.pg_proc AS named
    INNER JOIN pg_catalog.pg_namespace AS home ON home.oid OPERATOR(pg_catalog.=) named.pronamespace
    WHERE home.nspname OPERATOR(pg_catalog.=) ANY (
        ARRAY(SELECT pg_catalog.json_array_elements_text($2::pg_catalog.json))::pg_catalog.name[]
      )
      AND named.proname OPERATOR(pg_catalog.=) ANY (
      ARRAY(SELECT pg_catalog.json_array_elements_text($1::pg_catalog.json))::pg_catalog.name[]
    )
    UNION ALL
    SELECT pg_catalog.json_array_elements_text($3::pg_catalog.json)::pg_catalog.oid
  )
)
LIMIT 2000`
  },
})

/** Function oids of operators alone: the planner calls those on statistics, volatile or not. */
const OPERATOR_IN_TREE = 'opfuncid ([1-9][0-9]*)'

/** Functions that operators, domains and casts of a user call. */
export const explainHidden = defineEntry({
  id: 'explain-hidden',
  title: 'Functions behind operators and types',
  about: 'Which functions do these operators, and the domains and casts of these types, call?',
  reads: ['pg_operator', 'pg_type', 'pg_constraint', 'pg_cast'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['what', 'name', 'function'],
  parameters: [
    { name: 'operators', type: 'text', meaning: 'Operators, as a JSON array.' },
    { name: 'types', type: 'text', meaning: 'Names of types without schema, as a JSON array.' },
  ],
  columns: [
    { id: 'what', label: 'what', kind: 'text', meaning: '`operator`, `domain` or `cast`.' },
    { id: 'name', label: 'name', kind: 'name', meaning: 'The operator, or the type.' },
    { id: 'function', label: 'function', kind: 'oid', meaning: 'Oid of a function that it calls.' },
  ],
  sql: () => `/* pgtriage:explain-hidden */
SELECT 'operator'::pg_catalog.text AS what, o.oprname AS name, o.oprcode::pg_catalog.oid AS function
FROM pg_catalog.pg_operator AS o
WHERE o.oid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid
  AND o.oprcode::pg_catalog.oid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
  AND o.oprname OPERATOR(pg_catalog.=) ANY (
    ARRAY(SELECT pg_catalog.json_array_elements_text($1::pg_catalog.json))::pg_catalog.name[]
  )
UNION ALL
SELECT 'domain', t.typname, (found.match)[1]::pg_catalog.oid
FROM pg_catalog.pg_type AS t
INNER JOIN pg_catalog.pg_constraint AS c ON c.contypid OPERATOR(pg_catalog.=) t.oid
CROSS JOIN LATERAL pg_catalog.regexp_matches(c.conbin::pg_catalog.text, '${FUNCTION_IN_TREE}', 'g') AS found (match)
WHERE t.typname OPERATOR(pg_catalog.=) ANY (
    ARRAY(SELECT pg_catalog.json_array_elements_text($2::pg_catalog.json))::pg_catalog.name[]
  )
UNION ALL
SELECT 'cast', t.typname, c.castfunc
FROM pg_catalog.pg_cast AS c
INNER JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) ANY (ARRAY[c.casttarget, c.castsource])
WHERE c.castfunc OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid
  AND t.oid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid
  AND t.typname OPERATOR(pg_catalog.=) ANY (
    ARRAY(SELECT pg_catalog.json_array_elements_text($2::pg_catalog.json))::pg_catalog.name[]
  )
LIMIT 2000`,
})

/** What reading and writing a relation calls beside what the plan shows: rules, policies, triggers, constraints. */
export const explainRelations = defineEntry({
  id: 'explain-relations',
  title: 'What relations call',
  about:
    'Which functions do rules, policies, constraints and triggers of these relations call, and where do they lead?',
  reads: [
    'pg_class',
    'pg_rewrite',
    'pg_policy',
    'pg_constraint',
    'pg_attrdef',
    'pg_index',
    'pg_trigger',
    'pg_inherits',
  ],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['oid'],
  parameters: [
    { name: 'names', type: 'text', meaning: 'Names without schema, as a JSON array.' },
    { name: 'schemas', type: 'text', meaning: 'Schemas in which the names are looked for, as a JSON array.' },
    { name: 'oids', type: 'text', meaning: 'Oids, as a JSON array.' },
  ],
  columns: [
    { id: 'oid', label: 'oid', kind: 'oid', meaning: 'Oid of the relation.' },
    { id: 'schema', label: 'schema', kind: 'name', meaning: 'Its schema.' },
    { id: 'name', label: 'relation', kind: 'name', meaning: 'Its name.' },
    { id: 'is_foreign', label: 'foreign', kind: 'bool', meaning: 'Whether it is a foreign table.' },
    { id: 'reads', label: 'reads', kind: 'json', meaning: 'Oids of functions of its rules and policies.' },
    {
      id: 'operators',
      label: 'operators',
      kind: 'json',
      meaning: 'Oids of functions of operators in its rules.',
    },
    { id: 'leads_to', label: 'leads to', kind: 'json', meaning: 'Oids of relations in its rules.' },
    {
      id: 'writes',
      label: 'writes',
      kind: 'json',
      meaning:
        'Oids of functions of its defaults, constraints, indexes, partition key and statistics, and of the domains and casts of its columns; the planner may call them, too.',
    },
    {
      id: 'triggers',
      label: 'triggers',
      kind: 'json',
      meaning: 'Its enabled triggers: name, function, and the bits of pg_trigger.tgtype.',
    },
    {
      id: 'children',
      label: 'children',
      kind: 'json',
      meaning: 'Oids of its partitions and of what inherits from it.',
    },
    {
      id: 'cascades_to',
      label: 'cascades to',
      kind: 'json',
      meaning: 'Oids of relations whose foreign keys act on a change of it.',
    },
  ],
  sql: ({ versionNum }) => `/* pgtriage:explain-relations */
SELECT
  c.oid AS oid,
  n.nspname AS schema,
  c.relname AS name,
  c.relkind OPERATOR(pg_catalog.=) 'f'::pg_catalog."char" AS is_foreign,
  pg_catalog.to_json(
    ARRAY(
      SELECT (found.match)[1]::pg_catalog.int8
      FROM pg_catalog.pg_rewrite AS r
      CROSS JOIN LATERAL pg_catalog.regexp_matches(
        r.ev_action::pg_catalog.text OPERATOR(pg_catalog.||) r.ev_qual::pg_catalog.text, '${FUNCTION_IN_TREE}', 'g'
      ) AS found (match)
      WHERE r.ev_class OPERATOR(pg_catalog.=) c.oid
      UNION ALL
      SELECT (found.match)[1]::pg_catalog.int8
      FROM pg_catalog.pg_policy AS p
      CROSS JOIN LATERAL pg_catalog.regexp_matches(
        pg_catalog.concat(p.polqual::pg_catalog.text, p.polwithcheck::pg_catalog.text), '${FUNCTION_IN_TREE}', 'g'
      ) AS found (match)
      WHERE p.polrelid OPERATOR(pg_catalog.=) c.oid
    )
  ) AS reads,
  pg_catalog.to_json(
    ARRAY(
      SELECT (found.match)[1]::pg_catalog.int8
      FROM pg_catalog.pg_rewrite AS r
      CROSS JOIN LATERAL pg_catalog.regexp_matches(
        r.ev_action::pg_catalog.text, '${OPERATOR_IN_TREE}', 'g'
      ) AS found (match)
      WHERE r.ev_class OPERATOR(pg_catalog.=) c.oid
    )
  ) AS operators,
  pg_catalog.to_json(
    ARRAY(
      SELECT (found.match)[1]::pg_catalog.int8
      FROM pg_catalog.pg_rewrite AS r
      CROSS JOIN LATERAL pg_catalog.regexp_matches(
        r.ev_action::pg_catalog.text, ':relid ([1-9][0-9]*)', 'g'
      ) AS found (match)
      WHERE r.ev_class OPERATOR(pg_catalog.=) c.oid
    )
  ) AS leads_to,
  pg_catalog.to_json(
    ARRAY(
      SELECT (found.match)[1]::pg_catalog.int8
      FROM (
        SELECT d.adbin::pg_catalog.text AS tree
        FROM pg_catalog.pg_attrdef AS d
        WHERE d.adrelid OPERATOR(pg_catalog.=) c.oid
        UNION ALL
        SELECT k.conbin::pg_catalog.text
        FROM pg_catalog.pg_constraint AS k
        WHERE k.conrelid OPERATOR(pg_catalog.=) c.oid
        UNION ALL
        SELECT pg_catalog.concat(i.indexprs::pg_catalog.text, i.indpred::pg_catalog.text)
        FROM pg_catalog.pg_index AS i
        WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid
        UNION ALL
        SELECT t.tgqual::pg_catalog.text
        FROM pg_catalog.pg_trigger AS t
        WHERE t.tgrelid OPERATOR(pg_catalog.=) c.oid
        UNION ALL
        SELECT k.partexprs::pg_catalog.text
        FROM pg_catalog.pg_partitioned_table AS k
        WHERE k.partrelid OPERATOR(pg_catalog.=) c.oid
        UNION ALL
        SELECT pg_catalog.concat(k.conbin::pg_catalog.text, y.typdefaultbin::pg_catalog.text)
        FROM pg_catalog.pg_attribute AS a
        INNER JOIN pg_catalog.pg_type AS y ON y.oid OPERATOR(pg_catalog.=) a.atttypid
        LEFT JOIN pg_catalog.pg_constraint AS k
          ON k.contypid OPERATOR(pg_catalog.=) ANY (ARRAY[y.oid, y.typbasetype])
          AND k.contypid OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
        WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid
          AND y.typtype OPERATOR(pg_catalog.=) 'd'::pg_catalog."char"${
            versionNum >= 140000
              ? `
        UNION ALL
        SELECT s.stxexprs::pg_catalog.text
        FROM pg_catalog.pg_statistic_ext AS s
        WHERE s.stxrelid OPERATOR(pg_catalog.=) c.oid`
              : ''
          }
      ) AS expressions
      CROSS JOIN LATERAL pg_catalog.regexp_matches(expressions.tree, '${FUNCTION_IN_TREE}', 'g') AS found (match)
      UNION ALL
      SELECT x.castfunc::pg_catalog.int8
      FROM pg_catalog.pg_attribute AS a
      INNER JOIN pg_catalog.pg_cast AS x
        ON a.atttypid OPERATOR(pg_catalog.=) ANY (ARRAY[x.castsource, x.casttarget])
      WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid
        AND a.atttypid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid
        AND x.castfunc OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid
    )
  ) AS writes,
  coalesce(
    (
      SELECT pg_catalog.json_agg(
        pg_catalog.json_build_object('name', t.tgname, 'function', t.tgfoid::pg_catalog.int8, 'type', t.tgtype)
      )
      FROM pg_catalog.pg_trigger AS t
      WHERE t.tgrelid OPERATOR(pg_catalog.=) c.oid
        AND NOT t.tgisinternal
        AND t.tgenabled OPERATOR(pg_catalog.<>) 'D'::pg_catalog."char"
    ),
    '[]'::pg_catalog.json
  ) AS triggers,
  pg_catalog.to_json(
    ARRAY(
      SELECT i.inhrelid::pg_catalog.int8
      FROM pg_catalog.pg_inherits AS i
      WHERE i.inhparent OPERATOR(pg_catalog.=) c.oid
    )
  ) AS children,
  pg_catalog.to_json(
    ARRAY(
      SELECT k.conrelid::pg_catalog.int8
      FROM pg_catalog.pg_constraint AS k
      WHERE k.confrelid OPERATOR(pg_catalog.=) c.oid
        AND (
          k.confdeltype OPERATOR(pg_catalog.=) ANY ('{c,n,d}'::pg_catalog."char"[])
          OR k.confupdtype OPERATOR(pg_catalog.=) ANY ('{c,n,d}'::pg_catalog."char"[])
        )
    )
  ) AS cascades_to
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog."char"[])
  AND c.oid OPERATOR(pg_catalog.=) ANY (
    ARRAY(
      SELECT named.oid
      FROM pg_catalog.pg_class AS named
      INNER JOIN pg_catalog.pg_namespace AS home ON home.oid OPERATOR(pg_catalog.=) named.relnamespace
      WHERE home.nspname OPERATOR(pg_catalog.=) ANY (
          ARRAY(SELECT pg_catalog.json_array_elements_text($2::pg_catalog.json))::pg_catalog.name[]
        )
        AND named.relname OPERATOR(pg_catalog.=) ANY (
        ARRAY(SELECT pg_catalog.json_array_elements_text($1::pg_catalog.json))::pg_catalog.name[]
      )
      UNION ALL
      SELECT pg_catalog.json_array_elements_text($3::pg_catalog.json)::pg_catalog.oid
    )
  )
LIMIT 2000`,
})

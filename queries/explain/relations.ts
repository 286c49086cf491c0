/** What relations call when they are planned, read or written, beside what a plan shows. */
import { defineEntry } from '../define.ts'
import {
  FIRST_NORMAL_OID,
  FUNCTION_IN_TREE,
  isLookedUp,
  jsonOf,
  lookUpParameters,
  MOST_ROWS,
  OPERATOR_IN_TREE,
  oidsIn,
  RELATION_IN_TREE,
  TYPE_IN_TREE,
} from './trees.ts'

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
  parameters: lookUpParameters,
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
    {
      id: 'writes',
      label: 'writes',
      kind: 'json',
      meaning:
        'Oids of functions of its defaults, constraints, indexes, partition key and statistics; the planner may call them, too.',
    },
    {
      id: 'types',
      label: 'types',
      kind: 'json',
      meaning: 'Oids of types of users: of its columns and in its rules.',
    },
    { id: 'leads_to', label: 'leads to', kind: 'json', meaning: 'Oids of relations in its rules.' },
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
  ${jsonOf(oidsIn('rules.tree', FUNCTION_IN_TREE))} AS reads,
  ${jsonOf(oidsIn('rules.tree', OPERATOR_IN_TREE))} AS operators,
  ${jsonOf(oidsIn('expressions.tree', FUNCTION_IN_TREE))} AS writes,
  ${jsonOf(
    `SELECT a.atttypid::pg_catalog.int8
      FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid
        AND a.atttypid OPERATOR(pg_catalog.>=) ${FIRST_NORMAL_OID}::pg_catalog.oid`,
    oidsIn('rules.tree', TYPE_IN_TREE),
  )} AS types,
  ${jsonOf(oidsIn('rules.tree', RELATION_IN_TREE))} AS leads_to,
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
  ${jsonOf(`SELECT i.inhrelid::pg_catalog.int8
      FROM pg_catalog.pg_inherits AS i
      WHERE i.inhparent OPERATOR(pg_catalog.=) c.oid`)} AS children,
  ${jsonOf(`SELECT k.conrelid::pg_catalog.int8
      FROM pg_catalog.pg_constraint AS k
      WHERE k.confrelid OPERATOR(pg_catalog.=) c.oid
        AND (
          k.confdeltype OPERATOR(pg_catalog.=) ANY ('{c,n,d}'::pg_catalog."char"[])
          OR k.confupdtype OPERATOR(pg_catalog.=) ANY ('{c,n,d}'::pg_catalog."char"[])
        )`)} AS cascades_to
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
CROSS JOIN LATERAL (
  SELECT pg_catalog.string_agg(rule.tree, ' ') AS tree
  FROM (
    SELECT pg_catalog.concat(r.ev_action::pg_catalog.text, ' ', r.ev_qual::pg_catalog.text) AS tree
    FROM pg_catalog.pg_rewrite AS r
    WHERE r.ev_class OPERATOR(pg_catalog.=) c.oid
    UNION ALL
    SELECT pg_catalog.concat(p.polqual::pg_catalog.text, ' ', p.polwithcheck::pg_catalog.text)
    FROM pg_catalog.pg_policy AS p
    WHERE p.polrelid OPERATOR(pg_catalog.=) c.oid
  ) AS rule
) AS rules
CROSS JOIN LATERAL (
  SELECT pg_catalog.string_agg(expression.tree, ' ') AS tree
  FROM (
    SELECT d.adbin::pg_catalog.text AS tree
    FROM pg_catalog.pg_attrdef AS d
    WHERE d.adrelid OPERATOR(pg_catalog.=) c.oid
    UNION ALL
    SELECT k.conbin::pg_catalog.text
    FROM pg_catalog.pg_constraint AS k
    WHERE k.conrelid OPERATOR(pg_catalog.=) c.oid
    UNION ALL
    SELECT pg_catalog.concat(i.indexprs::pg_catalog.text, ' ', i.indpred::pg_catalog.text)
    FROM pg_catalog.pg_index AS i
    WHERE i.indrelid OPERATOR(pg_catalog.=) c.oid
    UNION ALL
    SELECT t.tgqual::pg_catalog.text
    FROM pg_catalog.pg_trigger AS t
    WHERE t.tgrelid OPERATOR(pg_catalog.=) c.oid
    UNION ALL
    SELECT k.partexprs::pg_catalog.text
    FROM pg_catalog.pg_partitioned_table AS k
    WHERE k.partrelid OPERATOR(pg_catalog.=) c.oid${
      versionNum >= 140000
        ? `
    UNION ALL
    SELECT s.stxexprs::pg_catalog.text
    FROM pg_catalog.pg_statistic_ext AS s
    WHERE s.stxrelid OPERATOR(pg_catalog.=) c.oid`
        : ''
    }
  ) AS expression
) AS expressions
WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}'::pg_catalog."char"[])
  AND ${isLookedUp('c', 'pg_class', { name: 'relname', namespace: 'relnamespace' })}
LIMIT ${MOST_ROWS}`,
})

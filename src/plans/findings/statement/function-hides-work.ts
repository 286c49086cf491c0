import { latency } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { textIn } from '../../model/values.ts'
import { type Call, callsOf } from '../calls.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { LEAST_MS } from './least.ts'
import { LOG_NESTED_STATEMENTS } from './nested-statements.ts'

const LEAST_SHARE = 0.3

/**
 * What a function runs is in no plan but its own. Of functions of PostgreSQL itself (generate_series, unnest, …) there
 * is nothing to see, so they are none; without facts about them they are known by their schema or name.
 */
export const functionHidesWork = {
  id: 'function-hides-work',
  about:
    'A Function Scan, or a Result or ProjectSet that calls functions, takes 30 % of the execution or more itself.',
  source: 'manual F.4 (auto_explain.log_nested_statements) and 36.7 (inlining of SQL functions); pgMustard',
  find: (context) =>
    context.executed
      .filter(({ type }) => type === 'Function Scan' || type === 'Result' || type === 'ProjectSet')
      .flatMap((node) => findFor(node, context)),
} satisfies Rule

function findFor(node: PlanNode, context: RuleContext): readonly Found[] {
  const ms = node.exclWallMs
  const certainMs = ms - node.roundingEpsMs
  if (certainMs < LEAST_MS || !context.isWorth(certainMs) || certainMs < LEAST_SHARE * context.wholeMs)
    return []
  const names = namesOf(node, context)
  if (names === null) return []
  return [
    {
      node,
      savesMs: ms,
      title: `${names} ${names.includes(', ') ? 'take' : 'takes'} ${latency(ms / 1000)}`,
      advice:
        'EXPLAIN shows nothing of what a function runs; auto_explain logs it. A function in SQL that is STABLE or IMMUTABLE and not SECURITY DEFINER can be inlined, and is then planned with the rest.',
      remedy: LOG_NESTED_STATEMENTS,
      evidence: [
        { label: 'own time', value: ms, unit: 'ms' },
        ...(node.loops === null ? [] : [{ label: 'loops', value: node.loops, unit: 'count' as const }]),
      ],
    },
  ]
}

/** Null where nothing is hidden. Without VERBOSE a target list is not printed, yet a Result does nothing else. */
function namesOf(node: PlanNode, context: RuleContext): string | null {
  const own = callsOf(node).filter((call) => !isBuiltIn(call, context))
  if (own.length > 0) return own.map(({ text }) => text).join(', ')
  const isPrinted = node.type === 'Function Scan' || 'Output' in node.raw.properties
  const isLeaf = node.children.every(({ kind }) => kind !== 'data')
  return isPrinted || !isLeaf || textIn(node.raw.properties, 'Node Type') !== 'Result'
    ? null
    : 'the target list'
}

/** Functions of PostgreSQL that give rows, by the beginning of their names. */
const BUILT_IN = /^(?:generate_|unnest$|jsonb?_|regexp_|string_to_|pg_|ts_|xpath|count$|sum$|min$|max$|avg$)/

function isBuiltIn({ text, schema, name }: Call, { facts }: RuleContext): boolean {
  const known = facts?.functions.find((each) => each.name === text)
  return known?.isBuiltIn ?? (schema === null ? BUILT_IN.test(name) : schema === 'pg_catalog')
}

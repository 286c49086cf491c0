import { count, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { rescansOf } from './rescans.ts'
import { inputsOf, nameOf, sidesOf } from './sides.ts'
import { isTelling, savingOf } from './times.ts'

const LEAST_ROWS = 10_000
/** How many times as many rows as either side had; a handful of rows on one side is a list, and meant. */
const LEAST_FACTOR = 10

/**
 * That no condition joins both sides is certain only where the inner side cannot know the outer row: PostgreSQL puts a
 * Materialize over nothing that does, and a plain scan without any condition does not look at it. Functions, lateral
 * sub-queries and scans by an index may.
 */
export const cartesianProduct = {
  id: 'cartesian-product',
  about:
    'A nested loop without any condition pairs all rows of both sides, to 10 000 rows or more and ten times as many as either had, in time worth a finding.',
  source: 'manual 7.2.1.1 (CROSS JOIN); pgexplain',
  find: (context) => context.executed.flatMap((node) => findFor(node, context)),
} satisfies Rule

const PAIRING: ReadonlySet<string> = new Set(['Inner', 'Left', 'Right'])

function findFor(join: PlanNode, context: RuleContext): readonly Found[] {
  const sides = sidesOf(join)
  const { properties } = join.raw
  if (join.type !== 'Nested Loop' || sides === null || context.isStoppedEarly(join)) return []
  const { outer, inner } = sides
  if (textIn(properties, 'Join Filter') !== null || !PAIRING.has(textIn(properties, 'Join Type') ?? 'Inner'))
    return []
  if (!isIndependent(inner) || outer.rowsTotal === null || inner.rowsTotal === null) return []
  const innerRows = inner.rowsTotal / (inner.loops || 1)
  const pairs = inner.rowsTotal
  if (pairs < LEAST_ROWS || pairs < LEAST_FACTOR * Math.max(outer.rowsTotal, innerRows)) return []
  const { ms, certainMs } = rescansOf(join)
  if (!isTelling(context, certainMs)) return []
  return [
    {
      node: join,
      savesMs: savingOf(context, ms),
      title: `every row with every row: ${count(outer.rowsTotal)} × ${count(innerRows)} make ${things(pairs, 'row')}`,
      advice: `Nothing joins ${nameOf(namedBelow(outer))} with ${nameOf(namedBelow(inner))}. Unless that is meant, a condition is missing in ON or WHERE.`,
      remedy: null,
      evidence: [
        { label: 'outer rows', value: outer.rowsTotal, unit: 'rows' },
        { label: 'inner rows of a loop', value: innerRows, unit: 'rows' },
        { label: 'pairs', value: pairs, unit: 'rows' },
      ],
    },
  ]
}

const CONDITIONS = ['Filter', 'Index Cond', 'Recheck Cond', 'TID Cond'] as const

function isIndependent({ type, raw }: PlanNode): boolean {
  if (type === 'Materialize') return true
  const isPlain = type === 'Seq Scan' || type === 'Index Only Scan' || type === 'CTE Scan'
  return isPlain && CONDITIONS.every((key) => textIn(raw.properties, key) === null)
}

/** The first node from here on that reads a relation, or the last where the rows fork. */
function namedBelow(node: PlanNode): PlanNode {
  let named = node
  while (named.relation === null) {
    const [input, another] = inputsOf(named)
    if (input === undefined || another !== undefined) return named
    named = input
  }
  return named
}

import { things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { type Divergence, divergenceOf } from './divergences.ts'
import { nameOf, sidesOf } from './sides.ts'
import { certainInclusiveMs, savingOf, shareOf } from './times.ts'

const LEAST_LOOPS = 1_000
const LONG_MS = 500
const LONG_SHARE = 0.3
/** Of a chain of such joins only those that matter. */
const LEAST_SHARE = 0.05

/**
 * A nested loop that was chosen for a handful of rows and had to run its inner side for all that came. A hash join
 * would read that side once; how long that takes where each loop finds its rows by an index the plan does not tell, so
 * what could go is all but one of the loops at most.
 */
export const nestedLoopExplosion = {
  id: 'nested-loop-explosion',
  about:
    'The inner side of a nested loop ran 1000 times or more and took 30 % of the execution, or 500 ms and 5 %, where at most a tenth of these rows was expected of the outer side.',
  source: 'pganalyze (inefficient nested loop); pgplan (1000 loops, 500 ms)',
  find: (context) => context.executed.flatMap((node) => findFor(node, context)),
} satisfies Rule

/** Whether a join is such a loop, for other rules that would tell the same. */
export function isExplosion(join: PlanNode, context: RuleContext): boolean {
  return explosionOf(join, context) !== null
}

interface Explosion {
  readonly inner: PlanNode
  /** How few were expected of the outer side. */
  readonly divergence: Divergence
}

function explosionOf(join: PlanNode, context: RuleContext): Explosion | null {
  const sides = sidesOf(join)
  if (!context.model.hasTiming || join.type !== 'Nested Loop' || sides === null) return null
  const { outer, inner } = sides
  const innerMs = certainInclusiveMs(inner)
  const share = shareOf(context, innerMs)
  const isLong = share >= LONG_SHARE || (innerMs >= LONG_MS && share >= LEAST_SHARE)
  if ((inner.loops ?? 0) < LEAST_LOOPS || !isLong || context.isStoppedEarly(join)) return null
  const divergence = divergenceOf(outer, context)
  return divergence?.direction === 'under' ? { inner, divergence } : null
}

function findFor(join: PlanNode, context: RuleContext): readonly Found[] {
  const explosion = explosionOf(join, context)
  if (explosion === null) return []
  const { inner } = explosion
  const { expected, actual, factor } = explosion.divergence
  const loops = inner.loops ?? 0
  return [
    {
      node: join,
      savesMs: savingOf(context, inner.inclWallMs * (1 - Math.min(1, inner.participants / loops))),
      title: `nested loop runs ${nameOf(inner)} ${things(loops, 'time')}, planned for ${things(Math.round(expected), 'row')}`,
      advice:
        'With a right estimate of the outer side the planner could have read the inner side once, for a hash join. Correct that estimate first: what is wrong with it is told where it began.',
      remedy: null,
      evidence: [
        { label: 'inner loops', value: loops, unit: 'count' },
        { label: 'time of the inner side', value: inner.inclWallMs, unit: 'ms' },
        { label: 'outer rows expected', value: expected, unit: 'rows' },
        { label: 'outer rows that came', value: actual, unit: 'rows' },
        { label: 'too few by', value: factor, unit: 'factor' },
      ],
    },
  ]
}

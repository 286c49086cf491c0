import { count, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'

const LEAST_ROWS = 10_000

/**
 * A Limit asks for no more rows than it skips and hands on, so what it got more than it gave is its OFFSET. The rows
 * are averages of all loops, so a Limit that ran more than once may be off by as much as was rounded.
 */
export const largeOffset = {
  id: 'large-offset',
  about: 'A Limit skips 10 000 rows or more that were made for it (OFFSET).',
  source: 'manual 7.6; threshold of pgexplain',
  find: (context) =>
    context.executed.filter(({ type }) => type === 'Limit').flatMap((node) => findFor(node, context)),
} satisfies Rule

function findFor(limit: PlanNode, context: RuleContext): readonly Found[] {
  const below = limit.children.find(({ kind }) => kind === 'data')
  if (below === undefined || below.rowsTotal === null || limit.rowsTotal === null) return []
  const skipped = below.rowsTotal - limit.rowsTotal
  if (skipped - below.rowsRounding - limit.rowsRounding < LEAST_ROWS) return []
  const { hasTiming } = context.model
  const ms = (below.inclWallMs * skipped) / below.rowsTotal
  if (hasTiming && !context.isWorth(ms - below.roundingEpsMs)) return []
  return [
    {
      node: limit,
      savesMs: hasTiming ? ms : null,
      title: `offset skips ${things(skipped, 'row')} to give ${count(limit.rowsTotal)}`,
      advice:
        'Each page costs what all pages before it cost. Begin behind the last row of the page before (keyset pagination): WHERE (sort columns) > (their last values) ORDER BY the same columns, with an index on them.',
      remedy: null,
      evidence: [
        { label: 'rows skipped', value: skipped, unit: 'rows' },
        { label: 'rows given', value: limit.rowsTotal, unit: 'rows' },
      ],
    },
  ]
}

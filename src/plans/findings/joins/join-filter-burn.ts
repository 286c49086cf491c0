import { percent, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { textIn } from '../../model/values.ts'
import { columnPairOf, conjunctsOf, hasOr } from '../conditions.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { isExplosion } from './nested-loop-explosion.ts'
import { rescansOf } from './rescans.ts'
import { isTelling, savingOf } from './times.ts'

const LEAST_ROWS = 10_000
const LEAST_SHARE = 0.9

/**
 * Every pair of rows is made, compared, and nearly always thrown away. Where that came of a nested loop that was planned
 * for few rows, a rule of its own tells it.
 */
export const joinFilterBurn = {
  id: 'join-filter-burn',
  about:
    'A join filter removes 10 000 rows or more, nine tenths of all pairs or more, and making these takes time worth a finding.',
  source: 'manual 14.1 (Join Filter); pgplan (10 000 rows)',
  find: (context) => context.executed.flatMap((node) => findFor(node, context)),
} satisfies Rule

function findFor(join: PlanNode, context: RuleContext): readonly Found[] {
  const removed = join.removed.find(({ key }) => key === 'Rows Removed by Join Filter')
  if (removed === undefined || join.rowsTotal === null || context.isStoppedEarly(join)) return []
  // The average over many loops is rounded.
  const certain = removed.total - removed.rounding
  const share = certain / (certain + join.rowsTotal + join.rowsRounding)
  const { ms, certainMs } = rescansOf(join)
  if (certain < LEAST_ROWS || share < LEAST_SHARE) return []
  if (!isTelling(context, certainMs * share) || isExplosion(join, context)) return []
  const filter = textIn(join.raw.properties, 'Join Filter') ?? ''
  return [
    {
      node: join,
      savesMs: savingOf(context, ms * share),
      title: `${join.type.toLowerCase()} makes ${things(removed.total, 'pair')} of rows to drop ${percent(share)}`,
      advice: adviceFor(join, filter),
      remedy: null,
      evidence: [
        { label: 'rows removed by join filter', value: removed.total, unit: 'rows' },
        { label: 'rows kept', value: join.rowsTotal, unit: 'rows' },
        { label: 'join filter', value: filter, unit: 'text' },
      ],
    },
  ]
}

function adviceFor(join: PlanNode, filter: string): string {
  if (join.type !== 'Nested Loop')
    return 'The columns that are joined have many equal values, and the filter picks among them: join on a further column, or narrow one side before the join.'
  if (hasOr(filter))
    return 'An OR keeps the planner from hashing and from an index for each part: a UNION of one join for each part lets it choose.'
  if (conjunctsOf(filter).some((part) => columnPairOf(part) !== null))
    return 'The filter compares columns for equality and was not used to hash: see whether hash joins are off (enable_hashjoin), the types can be hashed, or a nested loop was taken for few rows that were expected.'
  return 'Nothing but equality can be hashed or merged: join on an equality too, if only of a coarser value, or let an index (B-tree for a range, GiST for overlap) find the partners.'
}

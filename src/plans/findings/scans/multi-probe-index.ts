import { count, things } from '#src/text/units.ts'
import { numberIn, sum, textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { comparisonsOf } from './comparisons.ts'
import { adviseIndex, indexColumnsFor } from './index-columns.ts'
import { type Scan, scansOf, worthOf } from './scan.ts'

const LEAST_PER_LOOP = 10

/**
 * More than one search in a run is a list of values, which wants one each, or a skip scan: a leading column has no
 * condition that fixes it, and each of its values is searched for the others. Lists are left out.
 */
export const multiProbeIndex = {
  id: 'multi-probe-index',
  about:
    'An index is searched 10 times or more in each run for want of a condition on its leading column (18).',
  source: 'manual 11.3 (skip scan), 14.1.2 (Index Searches)',
  find: (context) =>
    scansOf(context, ['Index Scan', 'Index Only Scan', 'Bitmap Index Scan']).flatMap((scan) =>
      findFor(scan, context),
    ),
} satisfies Rule

function findFor(scan: Scan, context: RuleContext): readonly Found[] {
  const searches = sum(scan.members.map(({ raw }) => numberIn(raw.properties, 'Index Searches') ?? 0))
  const condition = textIn(scan.node.raw.properties, 'Index Cond')
  if (condition === null || condition.includes('ANY (') || searches < scan.loops * LEAST_PER_LOOP) return []
  const worth = worthOf(context, scan, 1 - scan.loops / searches)
  if (worth === null) return []
  const comparisons = comparisonsOf(condition, scan.node.alias)
  const columns = scan.node.relation === null ? null : indexColumnsFor(comparisons)
  const does = 'would be searched once; skipping through another is a stop-gap'
  return [
    {
      node: scan.node,
      ...worth,
      ...(columns === null
        ? { advice: `An index that begins with the columns of the condition ${does}.`, remedy: null }
        : adviseIndex(scan, { columns, comparisons, does }, context)),
      title: `index searched ${things(searches, 'time')} to find ${things(scan.rows, 'row')}`,
      evidence: [
        { label: 'index searches', value: searches, unit: 'count' },
        { label: 'loops', value: scan.loops, unit: 'count' },
        { label: 'searches a loop', value: count(searches / scan.loops), unit: 'text' },
        { label: 'index condition', value: condition, unit: 'text' },
      ],
    },
  ]
}

import { count, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { comparisonsOf } from './comparisons.ts'
import { adviseIndex, indexColumnsFor } from './index-columns.ts'
import { isForOrderOfLimit } from './limit-scan-discards.ts'
import { discardOf } from './removed.ts'
import { type Scan, scansOf, verb, worthOf } from './scan.ts'

const LEAST_ROWS = 10_000
const LEAST_SHARE = 0.5
/** To search the index takes about as long as to look at some rows: below this there is nothing to be saved. */
const LEAST_ROWS_PER_LOOP = 10

export const indexScanDiscards = {
  id: 'index-scan-discards',
  about:
    'A scan of an index or bitmap finds rows of which its filter throws away at least half, 10 000 or more, and 10 or more in each loop.',
  source: 'manual 11.3; pgplan and pganalyze (inefficient index)',
  find: (context) =>
    scansOf(context, ['Index Scan', 'Index Only Scan', 'Bitmap Heap Scan'])
      .filter(({ node }) => !isForOrderOfLimit(node))
      .flatMap((scan) => findFor(scan, context)),
} satisfies Rule

function findFor(scan: Scan, context: RuleContext): readonly Found[] {
  const discard = discardOf(scan, 'Filter')
  const worth = worthOf(context, scan, discard.share)
  const found = discard.removed + scan.rows
  if (found < scan.loops * LEAST_ROWS_PER_LOOP) return []
  if (discard.atLeast < LEAST_ROWS || discard.share < LEAST_SHARE || worth === null) return []
  const filter = textIn(scan.node.raw.properties, 'Filter') ?? ''
  return [
    {
      node: scan.node,
      ...worth,
      ...adviceFor(scan, filter, context),
      title: `${scan.title} ${verb(scan, 'find')} ${things(found, 'row')} to keep ${count(scan.rows)}`,
      evidence: [
        { label: 'rows removed by filter', value: discard.removed, unit: 'rows' },
        { label: 'rows kept', value: scan.rows, unit: 'rows' },
        { label: 'removed', value: discard.share, unit: 'ratio' },
        { label: 'filter', value: filter, unit: 'text' },
      ],
    },
  ]
}

function adviceFor(scan: Scan, filter: string, context: RuleContext) {
  const condition = indexConditionOf(scan.node)
  const comparisons = [condition, filter].flatMap((text) =>
    text === null ? [null] : comparisonsOf(text, scan.node.alias),
  )
  const columns = indexColumnsFor(comparisons)
  if (columns !== null)
    return adviseIndex(scan, { columns, comparisons, does: 'would find only what is kept' }, context)
  return {
    advice:
      'Let the index hold what the filter asks for too: add its columns behind those that are compared by equality, or make the index partial where the filter never changes.',
    remedy: null,
  }
}

/** What the index is asked for; null where several are, or where it is only read in its order. */
function indexConditionOf({ raw, children }: PlanNode): string | null {
  const own = textIn(raw.properties, 'Index Cond')
  const bitmap = children.length === 1 ? children[0] : undefined
  return own ?? (bitmap === undefined ? null : textIn(bitmap.raw.properties, 'Index Cond'))
}

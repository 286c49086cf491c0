import { quoteIdentifier } from '#src/text/identifiers.ts'
import { count, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import { factsOf } from '../names.ts'
import type { Rule } from '../rule.ts'
import { comparisonsOf } from './comparisons.ts'
import { adviseIndex, type IndexAdvice, indexColumnsFor, isEquality } from './index-columns.ts'
import { discardOf } from './removed.ts'
import { type Scan, scanOf, verb, worthOf } from './scan.ts'

const LEAST_ROWS = 10_000
const LEAST_FACTOR = 100

/**
 * The planner bets that rows that pass the filter lie evenly in the order of the index, so that it meets enough of them
 * soon; where they all lie at the other end it reads nearly everything. A Limit that never gets all its rows lost the
 * same bet to the end. A hundred rows for each one kept is enough to speak of where it costs time.
 */
export const wrongIndexForLimit = {
  id: 'wrong-index-for-limit',
  about:
    'An index that is read in its order for a Limit gives rows of which the filter throws away 10 000 or more, at least 100 for each one that is kept.',
  source: 'manual 11.4 (ORDER BY … LIMIT); pganalyze (inefficient index for ORDER BY + LIMIT)',
  find: (context) =>
    limitScans(context, ['Index Scan', 'Index Only Scan'])
      .filter(({ node }) => context.isStoppedEarly(node) || isForOrderOfLimit(node))
      .flatMap((scan) => findFor(scan, context)),
} satisfies Rule

/** Of a scan that a Limit stopped no other rule speaks. */
export const seqScanForLimit = {
  id: 'seq-scan-for-limit',
  about:
    'A sequential scan throws away 10 000 rows or more, at least 100 for each one kept, before the Limit above has its rows.',
  source: 'the same as wrong-index-for-limit, of a table that is read in no order',
  find: (context) =>
    limitScans(context, ['Seq Scan'])
      .filter(({ node }) => context.isStoppedEarly(node))
      .flatMap((scan) => findFor(scan, context)),
} satisfies Rule

/** Whether the index was taken for its order and a Limit, not for what it finds. */
export function isForOrderOfLimit(node: PlanNode): boolean {
  const limit = limitOf(node)
  return limit !== null && textIn(node.raw.properties, 'Index Cond') === null && isReadOnce(node, limit)
}

/** Scans that are run once for each run of a Limit that may stop them. */
function limitScans({ executed, model }: RuleContext, types: readonly string[]): readonly Scan[] {
  return executed
    .filter((node) => types.includes(node.type) && node.rowsTotal !== null)
    .filter((node) => {
      const limit = limitOf(node)
      return limit !== null && isReadOnce(node, limit)
    })
    .flatMap((node) => scanOf([node], model))
}

function limitOf(node: PlanNode): PlanNode | null {
  if (!node.underLimit) return null
  for (let above = node.parent; above !== null; above = above.parent) if (above.type === 'Limit') return above
  return null
}

function isReadOnce(node: PlanNode, limit: PlanNode): boolean {
  return (node.loops ?? 0) <= (limit.loops ?? 0) * node.participants
}

function findFor(scan: Scan, context: RuleContext): readonly Found[] {
  const { node } = scan
  const discard = discardOf(scan, 'Filter')
  const worth = worthOf(context, scan, discard.share)
  if (discard.atLeast < Math.max(LEAST_ROWS, LEAST_FACTOR * scan.rows) || worth === null) return []
  const filter = textIn(node.raw.properties, 'Filter') ?? ''
  return [
    {
      node,
      ...worth,
      ...adviceFor(scan, filter, context),
      title: `${scan.title} ${verb(scan, 'read')} ${things(discard.removed + scan.rows, 'row')} for a limit, to keep ${count(scan.rows)}`,
      evidence: [
        { label: 'rows removed by filter', value: discard.removed, unit: 'rows' },
        { label: 'rows kept', value: scan.rows, unit: 'rows' },
        { label: 'filter', value: filter, unit: 'text' },
      ],
    },
  ]
}

function adviceFor(scan: Scan, filter: string, context: RuleContext): IndexAdvice {
  const comparisons = comparisonsOf(filter, scan.node.alias)
  const columns = indexColumnsFor(comparisons)
  if (scan.node.indexName === null)
    return columns === null
      ? {
          advice:
            'Rows that pass the filter are rare where the scan begins. An index that serves the filter would find them.',
          remedy: null,
        }
      : adviseIndex(
          scan,
          { columns, comparisons, does: 'would find them without reading the others' },
          context,
        )
  const order = orderOf(scan.node, context)
  const isEqual = comparisons.every((each) => each !== null && isEquality(each))
  if (columns === null || order === null || !isEqual)
    return {
      advice:
        'The index was taken for its order, and rows that pass the filter lie far into it. An index on the columns of the filter that are compared by equality, then on those of the order, gives both.',
      remedy: null,
    }
  const does = 'would find the rows in the same order'
  return adviseIndex(scan, { columns: [...columns, ...order], comparisons, does }, context)
}

/** The one column by which the index is sorted; with more of them their directions matter, which are not known. */
function orderOf(node: PlanNode, { facts }: RuleContext): readonly string[] | null {
  const index = factsOf(node, facts)?.indexes.find(({ name }) => name === node.indexName)
  const [column = null, ...more] = index?.columns ?? []
  return column === null || more.length > 0 || index?.isPartial === true ? null : [quoteIdentifier(column)]
}

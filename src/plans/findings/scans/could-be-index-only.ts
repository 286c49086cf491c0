import { things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { isList } from '../../model/values.ts'
import { columnOf } from '../conditions.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import { factsOf, quoteIdentifier } from '../names.ts'
import type { Rule } from '../rule.ts'
import { unquoted } from './comparisons.ts'
import { adviseIndex } from './index-columns.ts'
import { isScattered } from './index-scan-scattered.ts'
import { examinedRows } from './removed.ts'
import { type Scan, scansOf, verb, worthOf } from './scan.ts'

const LEAST_ROWS = 10_000
const MOST_COLUMNS = 4
/** Below this the rows of the table lie together, and looking at them costs little. */
const BLOCKS_PER_ROW = 0.5

/**
 * A scan whose columns would all fit into its index, had it a few more. The rows of the table that it would not have to
 * look at are taken for as many blocks of all that it touches, which is what could go: the index itself is read in any
 * case. A wide row costs the index its size and each UPDATE of those columns its chance to be HOT, so it stays a notice.
 */
export const couldBeIndexOnly = {
  id: 'could-be-index-only',
  about:
    'An index scan without a filter looks up 10 000 rows or more in the table, a page for every two of them, for at most 4 columns (VERBOSE).',
  source: 'manual 11.9; pgexplain (4 columns)',
  find: (context) =>
    context.model.hasBuffers
      ? scansOf(context, ['Index Scan']).flatMap((scan) =>
          isScattered(scan, context) ? [] : findFor(scan, context),
        )
      : [],
} satisfies Rule

function findFor(scan: Scan, context: RuleContext): readonly Found[] {
  const columns = columnsOf(scan.node)
  const examined = examinedRows(scan.members)
  if (columns === null || examined < LEAST_ROWS || scan.touched < examined * BLOCKS_PER_ROW) return []
  const { properties } = scan.node.raw
  if ('Filter' in properties || 'Order By' in properties) return []
  const worth = worthOf(context, scan, Math.min(1, examined / scan.touched))
  if (worth === null) return []
  return [
    {
      node: scan.node,
      ...worth,
      ...adviceFor(scan, columns, context),
      severity: 'notice',
      title: `${scan.title} ${verb(scan, 'look')} up ${things(scan.rows, 'row')} for ${things(columns.length, 'column')}`,
      evidence: [
        { label: 'rows', value: scan.rows, unit: 'rows' },
        { label: 'blocks visited', value: scan.touched, unit: 'blocks' },
        { label: 'columns', value: columns.join(', '), unit: 'text' },
      ],
    },
  ]
}

/** The columns of the output; null without VERBOSE, and where any is more than a column of the table. */
function columnsOf({ raw, alias }: PlanNode): readonly string[] | null {
  const { Output: output } = raw.properties
  if (!isList(output) || output.length === 0 || output.length > MOST_COLUMNS) return null
  const columns = new Set<string>()
  for (const each of output) {
    const found = typeof each === 'string' && !each.includes('::') ? columnOf(each) : null
    if (found === null || SYSTEM.has(found.column)) return null
    if (found.qualifier !== null && unquoted(found.qualifier) !== alias) return null
    columns.add(found.column)
  }
  return [...columns]
}

/** What no index can hold: a row that is changed or locked is known by its ctid. */
const SYSTEM = new Set(['ctid', 'xmin', 'xmax', 'cmin', 'cmax', 'tableoid'])

function adviceFor(scan: Scan, columns: readonly string[], context: RuleContext) {
  const index = factsOf(scan.node, context.facts)?.indexes.find(({ name }) => name === scan.node.indexName)
  const keys = index?.columns.flatMap((column) => (column === null ? [] : [quoteIdentifier(column)])) ?? []
  const isKnown = index !== undefined && !index.isPartial && keys.length === index.columns.length
  const names = keys.map(unquoted)
  const including = columns.filter((column) => !names.includes(unquoted(column)))
  const does = 'would answer without the table, as long as it is vacuumed often'
  if (isKnown && including.length > 0)
    return adviseIndex(scan, { columns: keys, including, comparisons: [], does }, context)
  return {
    advice: `An index that holds ${columns.join(', ')} too (INCLUDE) ${does}.`,
    remedy: null,
  }
}

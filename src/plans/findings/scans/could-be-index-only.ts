import { quoteIdentifier } from '#src/text/identifiers.ts'
import { things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { isList } from '../../model/values.ts'
import { columnOf } from '../conditions.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import { factsOf } from '../names.ts'
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
  const examined = examinedRows(scan.members)
  if (examined < LEAST_ROWS || scan.touched < examined * BLOCKS_PER_ROW) return []
  const { properties } = scan.node.raw
  if ('Filter' in properties || 'Order By' in properties) return []
  const worth = worthOf(context, scan, Math.min(1, examined / scan.touched))
  if (worth === null) return []
  const columns = columnsOf(scan.node, context.model.nodes)
  if (columns === null) return []
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

/**
 * The columns that are needed; null without VERBOSE, and where any is more than a column of the table. A scan below a
 * join or an aggregate hands on whole rows where that is cheaper (use_physical_tlist in createplan.c), so what no other
 * node mentions is left out.
 */
function columnsOf(node: PlanNode, nodes: readonly PlanNode[]): readonly string[] | null {
  const { Output: output } = node.raw.properties
  if (!isList(output)) return null
  const columns = new Set<string>()
  for (const each of output) {
    const found = typeof each === 'string' && !each.includes('::') ? columnOf(each) : null
    if (typeof each !== 'string' || found === null || SYSTEM.has(found.column)) return null
    if (found.qualifier !== null && unquoted(found.qualifier) !== node.alias) return null
    if (node.parent === null || nodes.some((other) => other !== node && mentions(other, each)))
      columns.add(found.column)
  }
  return columns.size === 0 || columns.size > MOST_COLUMNS ? null : [...columns]
}

/** Names of things, which may hold the name of a column and do not mean it. */
const NAMES = new Set([
  'Node Type',
  'Subplan Name',
  'Alias',
  'Relation Name',
  'Schema',
  'Index Name',
  'CTE Name',
])

function mentions({ raw }: PlanNode, column: string): boolean {
  return Object.entries(raw.properties).some(([key, value]) => {
    const texts = NAMES.has(key) ? [] : isList(value) ? value : [value]
    return texts.some((text) => typeof text === 'string' && text.includes(column))
  })
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

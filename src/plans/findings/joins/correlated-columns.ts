import { quoteIdentifier } from '#src/text/identifiers.ts'
import type { PlanNode } from '../../model/node.ts'
import { textIn } from '../../model/values.ts'
import { conjunctsOf, equalityOf } from '../conditions.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import { relationOf } from '../names.ts'
import type { Rule } from '../rule.ts'
import { unquoted } from '../scans/comparisons.ts'
import { type FirstDivergence, firstDivergencesOf, scansBelow } from './divergences.ts'
import { savingOf } from './times.ts'

/** CREATE STATISTICS takes eight columns. */
const MOST_COLUMNS = 8
const LONGEST_NAME = 63

/**
 * Without extended statistics the planner multiplies the selectivities of all conditions. Of columns that depend on
 * each other, like a city and its postal code, that makes far too few rows; equality with constants (or a list of them)
 * is what dependencies and lists of common values are about. Conditions that compare with another table are not.
 */
export const correlatedColumns = {
  id: 'correlated-columns',
  about:
    'A misestimate with far more rows than expected, where two or more columns of the table are compared with constants by equality.',
  source: 'manual 14.2.2 and 75.2 (extended statistics); pganalyze',
  find: (context) =>
    firstDivergencesOf(context).flatMap((divergence) =>
      divergence.direction === 'under' ? findFor(divergence, context) : [],
    ),
} satisfies Rule

function findFor(divergence: FirstDivergence, context: RuleContext): readonly Found[] {
  const { node, decision, expected, actual, factor } = divergence
  const scan = scanOf(node)
  const relation = scan === null ? null : relationOf(scan, context.facts)
  if (scan === null || relation === null) return []
  const columns = equalColumnsOf(scan)
  if (columns.length < 2 || columns.length > MOST_COLUMNS) return []
  const name = [scan.relation ?? '', ...columns.map(unquoted)].join('_').slice(0, LONGEST_NAME)
  return [
    {
      node: scan,
      savesMs: savingOf(context, decision.ms),
      title: `${columns.length} columns of ${scan.relation ?? 'the table'} seem to depend on each other`,
      advice:
        'Their selectivities are multiplied as if they were independent. Unless there are such statistics, create them, then ANALYZE.',
      remedy: `CREATE STATISTICS ${quoteIdentifier(name)} (dependencies, mcv) ON ${columns.join(', ')} FROM ${relation}; ANALYZE ${relation};`,
      evidence: [
        { label: 'columns compared by equality', value: columns.join(', '), unit: 'text' },
        { label: 'rows expected', value: expected, unit: 'rows' },
        { label: 'rows that came', value: actual, unit: 'rows' },
        { label: 'too few by', value: factor, unit: 'factor' },
      ],
    },
  ]
}

const SCANS: ReadonlySet<string> = new Set(['Seq Scan', 'Index Scan', 'Index Only Scan', 'Bitmap Heap Scan'])

/** The scan itself, or of an Append the member with most rows: partitions have statistics of their own. */
function scanOf(node: PlanNode): PlanNode | null {
  const scans = node.type === 'Append' || node.type === 'Merge Append' ? scansBelow(node) : [node]
  const [first, ...others] = scans.filter(({ type }) => SCANS.has(type))
  return first === undefined
    ? null
    : others.reduce((most, each) => ((each.rowsTotal ?? 0) > (most.rowsTotal ?? 0) ? each : most), first)
}

/** In the order of the conditions; those of an index come before those of a filter. */
function equalColumnsOf(scan: PlanNode): readonly string[] {
  const columns = ['Index Cond', 'Recheck Cond', 'Filter']
    .flatMap((key) => conjunctsOf(textIn(scan.raw.properties, key) ?? ''))
    .flatMap((part) => {
      const equality = equalityOf(part)
      if (equality === null) return []
      const isOwn = equality.qualifier === null || unquoted(equality.qualifier) === scan.alias
      return isOwn ? [equality.column] : []
    })
  return [...new Set(columns)]
}

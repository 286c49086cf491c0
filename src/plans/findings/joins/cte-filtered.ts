import { things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { certainInclusiveMs, certainMs, isTelling, savingOf } from './times.ts'

const LEAST_ROWS = 10_000
const LEAST_SHARE = 0.9

/**
 * Since PostgreSQL 12 a CTE that is read once is part of the query anyhow, unless it says MATERIALIZED or is volatile;
 * so that it is read once tells nothing. What does is that every reader throws most of it away: as part of the query it
 * would be asked for these rows alone. Recursive and data-modifying CTEs cannot be, and one that a reader needs as a
 * whole is better made once.
 */
export const cteFiltered = {
  id: 'cte-filtered',
  about:
    'Every reader of a CTE throws away nine tenths of its 10 000 rows or more by a filter, and the CTE takes time worth a finding.',
  source: 'manual 7.8.3 (CTE materialization); pgMustard',
  find: (context) => context.executed.flatMap((node) => (node.kind === 'CTE' ? findFor(node, context) : [])),
} satisfies Rule

const FIXED: ReadonlySet<string> = new Set(['Recursive Union', 'ModifyTable'])

function findFor(cte: PlanNode, context: RuleContext): readonly Found[] {
  const scans = cte.paidBy.map(({ node }) => node)
  const [first] = scans
  const rows = cte.rowsTotal ?? 0
  if (first === undefined || rows < LEAST_ROWS || FIXED.has(cte.type)) return []
  if (scans.some((scan) => context.isStoppedEarly(scan) || shareRemoved(scan) < LEAST_SHARE)) return []
  const own = scans.reduce((all, scan) => all + scan.exclWallMs, 0)
  const certain = certainInclusiveMs(cte) + scans.reduce((all, scan) => all + certainMs(scan), 0)
  if (!isTelling(context, certain)) return []
  const kept = scans.reduce((all, scan) => all + (scan.rowsTotal ?? 0), 0)
  const name = first.relation ?? ''
  return [
    {
      node: first,
      savesMs: savingOf(context, cte.inclWallMs + own),
      title: `CTE ${name} makes ${things(rows, 'row')}, of which ${things(kept, 'row')} are used`,
      advice: `Write the condition into the CTE, or let it be part of the query with WITH ${name} AS NOT MATERIALIZED, so that the filter reaches the tables.`,
      remedy: null,
      evidence: [
        { label: 'rows of the CTE', value: rows, unit: 'rows' },
        { label: 'rows kept', value: kept, unit: 'rows' },
        { label: 'removed at least', value: Math.min(...scans.map(shareRemoved)), unit: 'ratio' },
        { label: 'filter', value: textIn(first.raw.properties, 'Filter') ?? '', unit: 'text' },
      ],
    },
  ]
}

/** What the filter of a scan threw away, at least that much. */
function shareRemoved({ removed, rowsTotal, rowsRounding }: PlanNode): number {
  const filter = removed.find(({ key }) => key === 'Rows Removed by Filter')
  if (filter === undefined || rowsTotal === null) return 0
  const certain = Math.max(0, filter.total - filter.rounding)
  return certain === 0 ? 0 : certain / (certain + rowsTotal + rowsRounding)
}

import { things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { isList, numberIn, sum, textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import { relationOf } from '../names.ts'
import type { Rule } from '../rule.ts'

const LEAST_ROWS = 10_000
const LEAST_SHARE = 0.5

/**
 * Told at the aggregate, though its own time is small: what counts is the time of all that it counts. A table without
 * a filter is sure to be counted as a whole; with one this is a matter of finding rows. Whether it is count(*) and not
 * a sum is told by VERBOSE, and else by a scan that hands on no column (width 0).
 */
export const countAll = {
  id: 'count-all',
  about: 'count(*) of a whole table of 10 000 rows or more takes at least half of the time.',
  source: 'manual 9.21 (count), pg_class (reltuples); pgMustard',
  find: (context) =>
    context.executed
      .filter((node) => isWhole(node) && isCount(node) && !context.isStoppedEarly(node))
      .flatMap((node) => findFor(node, context)),
} satisfies Rule

function findFor(aggregate: PlanNode, context: RuleContext): readonly Found[] {
  const scans = scansBelow(aggregate)
  const rows = sum(scans.map(({ rowsTotal }) => rowsTotal ?? 0))
  const ms = aggregate.inclWallMs - aggregate.roundingEpsMs
  if (scans.length === 0 || rows < LEAST_ROWS) return []
  if (context.model.hasTiming && (!context.isWorth(ms) || ms < context.wholeMs * LEAST_SHARE)) return []
  const [table = null, another] = new Set(scans.map((scan) => relationOf(scan, context.facts)))
  return [
    {
      node: aggregate,
      savesMs: context.model.hasTiming ? aggregate.inclWallMs : null,
      title: `count(*) reads all ${things(rows, 'row')}`,
      advice:
        'A number that is exact needs every row: where it need not be, take the estimate of the last VACUUM or ANALYZE. Else keep a counter by triggers, or let an index-only scan of a small index on a vacuumed table count.',
      remedy:
        table === null || another !== undefined
          ? null
          : `SELECT reltuples::bigint FROM pg_class WHERE oid = '${table.replaceAll("'", "''")}'::regclass;`,
      evidence: [
        { label: 'rows counted', value: rows, unit: 'rows' },
        { label: 'with all below', value: aggregate.inclWallMs, unit: 'ms' },
      ],
    },
  ]
}

/** Not the part that each worker does: what puts the parts together is told. */
function isWhole({ type, raw }: PlanNode): boolean {
  const mode = textIn(raw.properties, 'Partial Mode')
  return type === 'Aggregate' && textIn(raw.properties, 'Strategy') === 'Plain' && mode !== 'Partial'
}

function isCount(aggregate: PlanNode): boolean {
  const { Output: output } = aggregate.raw.properties
  if (isList(output))
    return output.length === 1 && /^count\((?:\*|\(?PARTIAL count\(\*\)\)?)\)$/.test(String(output[0]))
  return numberIn(aggregate.raw.properties, 'Plan Width') === 8 && scansBelow(aggregate).every(handsOnNothing)
}

function handsOnNothing({ raw }: PlanNode): boolean {
  return numberIn(raw.properties, 'Plan Width') === 0
}

const PASSING = new Set(['Aggregate', 'Gather', 'Append'])
const SCANS = new Set(['Seq Scan', 'Index Only Scan', 'Index Scan'])

/** The scans that an aggregate counts, all of them whole; none where there is anything else below it. */
function scansBelow(node: PlanNode): readonly PlanNode[] {
  const scans: PlanNode[] = []
  for (const child of node.children) {
    if (child.kind !== 'data') return []
    const below = SCANS.has(child.type) ? wholeScan(child) : PASSING.has(child.type) ? scansBelow(child) : []
    if (below.length === 0) return []
    scans.push(...below)
  }
  return scans
}

function wholeScan(scan: PlanNode): readonly PlanNode[] {
  const { properties } = scan.raw
  const isRestricted = 'Filter' in properties || 'Index Cond' in properties || scan.children.length > 0
  return isRestricted || (scan.loops ?? 0) === 0 ? [] : [scan]
}

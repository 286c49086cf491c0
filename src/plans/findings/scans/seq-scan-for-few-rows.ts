import { things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import { factsOf } from '../names.ts'
import type { Rule } from '../rule.ts'
import { comparisonsOf } from './comparisons.ts'
import { adviseIndex, type IndexAdvice } from './index-columns.ts'
import { discardOf } from './removed.ts'
import { type Scan, scansOf, worthOf } from './scan.ts'

const LEAST_ROWS = 10_000
/** The other side, and what comes out of the join, at most a fiftieth of the rows. */
const FEWER = 50

/**
 * Few rows on the other side are not enough: a small dimension may have partners all over a fact table, and then every
 * row is needed. So what comes out of the join must be few rows as well. Outer and anti joins that keep the rows of the
 * scan without a partner need all of them. To find a row by an index takes about as long as to read tens of others, so
 * a tenth, where pgplan speaks, is still better read at once.
 */
export const seqScanForFewRows = {
  id: 'seq-scan-for-few-rows',
  about:
    'A sequential scan gives a hash or merge join 10 000 rows or more, of which at most a fiftieth come out, and the other side has at most a fiftieth as many.',
  source: 'pgplan (join of few rows)',
  find: (context) => scansOf(context, ['Seq Scan']).flatMap((scan) => findFor(scan, context)),
} satisfies Rule

function findFor(scan: Scan, context: RuleContext): readonly Found[] {
  const joined = joinOf(scan.node)
  if (joined === null || scan.members.length > 1 || keepsAll(joined)) return []
  const rows = rowsOnce(scan.node)
  const partners = joined.other.rowsTotal ?? Number.POSITIVE_INFINITY
  const out = joined.join.rowsTotal ?? Number.POSITIVE_INFINITY
  // What the filter of the scan throws away is told as that.
  if (rows < LEAST_ROWS || Math.max(partners, out) > rows / FEWER || discardOf(scan, 'Filter').share >= 0.5)
    return []
  const share = 1 - out / rows
  const worth = worthOf(context, scan, share)
  if (worth === null) return []
  return [
    {
      node: scan.node,
      ...worth,
      ...adviceFor(scan, joined, context),
      title: `seq scan reads ${things(rows, 'row')} to join ${things(out, 'row')} of them`,
      evidence: [
        { label: 'rows of the scan', value: rows, unit: 'rows' },
        { label: 'rows of the other side', value: partners, unit: 'rows' },
        { label: 'rows of the join', value: out, unit: 'rows' },
      ],
    },
  ]
}

interface Joined {
  readonly join: PlanNode
  readonly isOuterSide: boolean
  readonly other: PlanNode
}

const JOINS = new Set(['Hash Join', 'Merge Join'])
const BETWEEN = new Set(['Hash', 'Sort'])

/** The join that a scan feeds, directly or through its Hash or Sort. */
function joinOf(scan: PlanNode): Joined | null {
  let side = scan
  while (side.parent !== null && BETWEEN.has(side.parent.type)) side = side.parent
  const { parent: join } = side
  if (join === null || !JOINS.has(join.type)) return null
  const sides = join.children.filter(({ kind }) => kind === 'data')
  const other = sides.find((each) => each !== side)
  return other === undefined ? null : { join, isOuterSide: side === sides[0], other }
}

const KEEPS_OUTER = new Set(['Left', 'Full', 'Anti'])
const KEEPS_INNER = new Set(['Right', 'Full', 'Right Anti'])

function keepsAll({ join, isOuterSide }: Joined): boolean {
  const type = textIn(join.raw.properties, 'Join Type')
  return type === null || (isOuterSide ? KEEPS_OUTER : KEEPS_INNER).has(type)
}

/** In a parallel region each process reads all of a table whose scan is not shared: these are the same rows. */
function rowsOnce({ raw, rowsTotal, participants }: PlanNode): number {
  return (rowsTotal ?? 0) / (raw.properties['Parallel Aware'] === true ? 1 : participants)
}

/** Columns that are joined mostly have an index, so a statement is only given where the server tells that there is none. */
function adviceFor(scan: Scan, { join }: Joined, context: RuleContext): IndexAdvice {
  const columns = joinedColumns(scan, join)
  if (columns === null)
    return {
      advice: 'An index on the columns that are joined would find these rows by a nested loop.',
      remedy: null,
    }
  const comparisons = columns.map((column) => ({ column, operator: '=', isRelabelled: false }))
  const does = 'would find these rows by a nested loop'
  const { advice, remedy } = adviseIndex(scan, { columns, comparisons, does }, context)
  return { advice, remedy: factsOf(scan.node, context.facts) === null ? null : remedy }
}

/** The columns of the scanned table in the condition of the join; null where any part of it is more than columns. */
function joinedColumns({ node }: Scan, join: PlanNode): readonly string[] | null {
  const { properties } = join.raw
  const condition = textIn(properties, 'Hash Cond') ?? textIn(properties, 'Merge Cond') ?? ''
  const compared = comparisonsOf(condition, node.alias)
  const columns = compared.flatMap((each) => (each?.operator === '=' ? each.column : []))
  return columns.length === 0 || columns.length < compared.length ? null : columns
}

/** Estimates that went wrong, where they first did, and what the planner built on them. */
import type { PlanNode } from '../../model/node.ts'
import { textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import { isCutShort, isReread } from './cut-short.ts'
import { hasSpilled } from './hash-aggregate-spill.ts'
import { isInBatches } from './hash-join-batches.ts'
import { feedingNodesOf, inputsOf, isJoin, sidesOf } from './sides.ts'
import { isOnDisk } from './sort-on-disk.ts'
import { certainInclusiveMs, certainMs, isTelling } from './times.ts'

export interface Divergence {
  readonly direction: 'over' | 'under'
  /** How many times as many as the other. */
  readonly factor: number
  /** Rows of each loop; of a node that participants share, of all of them together. */
  readonly expected: number
  readonly actual: number
  readonly isPerLoop: boolean
}

/** An estimate that went wrong, with the dearest thing that rests on it. */
export interface FirstDivergence extends Divergence {
  readonly node: PlanNode
  readonly decision: Decision
}

export interface Decision {
  readonly node: PlanNode
  /** What it took beside the rows that were estimated wrong, ms, and how much of that is certain. */
  readonly ms: number
  readonly certainMs: number
}

const LEAST_FACTOR = 10
/** No plan goes wrong over fewer rows, all loops together. */
const LEAST_ROWS = 100

/** These hand on the rows of others, whose estimate theirs is. */
const PASSING: ReadonlySet<string> = new Set([
  ...['Hash', 'Sort', 'Incremental Sort', 'Materialize', 'Memoize', 'Gather', 'Gather Merge', 'Limit'],
  ...['LockRows', 'ModifyTable', 'Result', 'WorkTable Scan', 'Recursive Union', 'ProjectSet'],
  // They count dead rows too, and the Bitmap Heap Scan above them has the estimate that is built on.
  ...['Bitmap Index Scan', 'BitmapAnd', 'BitmapOr'],
])

/**
 * By how much an estimate is wrong: at least ten times and 100 rows. Too many were not expected of a node that was not
 * asked for all of them, nor too few of one whose rows were read more than once.
 */
export function divergenceOf(node: PlanNode, context: RuleContext): Divergence | null {
  const { estimate, loops } = node
  if (estimate?.applicable !== true) return null
  const { direction, factor } = estimate.spread ?? estimate
  if (direction === 'exact' || factor < LEAST_FACTOR) return null
  const expected = estimate.spread?.planRows ?? estimate.planRows
  const actual = estimate.spread?.actualRows ?? estimate.actualRowsPerLoop ?? 0
  const times = estimate.spread === null ? (loops ?? 1) : 1
  if (Math.abs(expected - actual) * times < LEAST_ROWS) return null
  if (direction === 'over' ? isCutShort(node, context) : isReread(node)) return null
  return { direction, factor, expected, actual, isPerLoop: times > 1 }
}

/**
 * The lowest nodes whose estimate is wrong, each with the dearest decision that rests on it and is worth a finding;
 * without one nothing follows from a wrong estimate. The members of an Append are judged as the whole, and nothing is
 * said of recursion, whose rounds the planner can only guess.
 */
export function firstDivergencesOf(context: RuleContext): readonly FirstDivergence[] {
  const known = knownByContext.get(context) ?? findFirstDivergences(context)
  knownByContext.set(context, known)
  return known
}

/** Several rules ask for the same. */
const knownByContext = new WeakMap<RuleContext, readonly FirstDivergence[]>()

function findFirstDivergences(context: RuleContext): readonly FirstDivergence[] {
  const diverged = new Map<PlanNode, Divergence>()
  for (const node of context.executed) {
    const divergence = PASSING.has(node.type) || isMember(node) ? null : divergenceOf(node, context)
    if (divergence !== null) diverged.set(node, divergence)
  }
  const found = (['over', 'under'] as const).flatMap((direction) => {
    const wrong = [...diverged].filter(([, divergence]) => divergence.direction === direction)
    const above = consumersAbove(wrong.map(([node]) => node))
    return wrong.flatMap(([node, divergence]) => {
      if (above.has(node) || isGuessed(node)) return []
      const decision = dearestDecision(node, divergence, context)
      return decision === null ? [] : [{ ...divergence, node, decision }]
    })
  })
  return [...worstByDecision(found).values()]
}

/** Several wrong estimates may meet in one decision, and its time can go only once. */
function worstByDecision(found: readonly FirstDivergence[]): ReadonlyMap<PlanNode, FirstDivergence> {
  const worst = new Map<PlanNode, FirstDivergence>()
  for (const each of found) {
    const most = worst.get(each.decision.node)
    if (most === undefined || each.factor > most.factor) worst.set(each.decision.node, each)
  }
  return worst
}

function consumersAbove(nodes: readonly PlanNode[]): ReadonlySet<PlanNode> {
  const above = new Set<PlanNode>()
  const open = nodes.flatMap(consumersOf)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (above.has(next)) continue
    above.add(next)
    open.push(...consumersOf(next))
  }
  return above
}

function isMember({ parent }: PlanNode): boolean {
  return parent?.type === 'Append' || parent?.type === 'Merge Append'
}

function isGuessed(node: PlanNode): boolean {
  for (let above: PlanNode | null = node; above !== null; above = above.parent)
    if (above.type === 'Recursive Union') return true
  return node.pays.some((payment) => payment.node.type === 'Recursive Union')
}

/** Who works on its rows: the node above, or the readers of a CTE. */
function consumersOf(node: PlanNode): readonly PlanNode[] {
  if (node.kind === 'CTE') return node.paidBy.map((reader) => reader.node)
  return node.kind === 'data' && node.parent !== null ? [node.parent] : []
}

/** Follows the rows up as long as what is made of them is as wrong in the same direction. */
function dearestDecision(node: PlanNode, { direction }: Divergence, context: RuleContext): Decision | null {
  const decisions = decisionOfItself(node, direction)
  const open: PlanNode[] = [node]
  const seen = new Set(open)
  for (let below = open.pop(); below !== undefined; below = open.pop()) {
    for (const above of consumersOf(below)) {
      if (seen.has(above)) continue
      seen.add(above)
      if (above.kind !== 'CTE') decisions.push(...decisionOn(above, below, direction))
      const isPassedOn = PASSING.has(above.type) && above.type !== 'Limit'
      if (isPassedOn || divergenceOf(above, context)?.direction === direction) open.push(above)
    }
  }
  const isWorth = ({ certainMs }: Decision) => isTelling(context, certainMs)
  const [first, ...rest] = decisions.filter(isWorth)
  return rest.reduce<Decision | null>(
    (most, each) => (most !== null && most.ms >= each.ms ? most : each),
    first ?? null,
  )
}

type Direction = Divergence['direction']

/** Too few groups expected make a hash aggregate that does not fit; too many make a sort of what would have fitted. */
function decisionOfItself(node: PlanNode, direction: Direction): Decision[] {
  if (node.type !== 'Aggregate') return []
  if (direction === 'under') return hasSpilled(node) ? [ownOf(node, [node])] : []
  const [sort] = inputsOf(node)
  return textIn(node.raw.properties, 'Strategy') === 'Sorted' && sort?.type === 'Sort'
    ? [ownOf(node, [node, sort])]
    : []
}

/**
 * What of the node above was chosen for the number of rows from below, and would probably have been chosen otherwise.
 * More rows than expected hurt where each of them runs the inner side of a nested loop, and where they do not fit into
 * memory; fewer, where the other side of a join was read for partners of rows that did not come, at least ten to one.
 */
function decisionOn(above: PlanNode, below: PlanNode, direction: Direction): Decision[] {
  if (direction === 'under' && (isOnDisk(above) || hasSpilled(above))) return [ownOf(above, [above])]
  const sides = sidesOf(above)
  if (sides === null) return []
  if (direction === 'under') {
    if (above.type === 'Nested Loop') return [besides(above, sides.outer)]
    return below === sides.inner && isInBatches(sides.inner) ? [ownOf(above, [above, sides.inner])] : []
  }
  const other = below === sides.inner ? sides.outer : sides.inner
  const isMuch = (rowsOf(other) ?? 0) >= LEAST_FACTOR * (rowsOf(below) ?? 0)
  return above.type !== 'Nested Loop' && isMuch ? [besides(above, below)] : []
}

function rowsOf(node: PlanNode): number | null {
  return node.type === 'Hash' ? (inputsOf(node)[0]?.rowsTotal ?? null) : node.rowsTotal
}

/** All that it took less what one of its sides took. */
function besides(node: PlanNode, side: PlanNode): Decision {
  return {
    node,
    ms: Math.max(0, node.inclWallMs - side.inclWallMs),
    certainMs: Math.max(0, certainInclusiveMs(node) - side.inclWallMs),
  }
}

function ownOf(node: PlanNode, of: readonly PlanNode[]): Decision {
  const total = (ms: (each: PlanNode) => number) => of.reduce((all, each) => all + ms(each), 0)
  return { node, ms: total(({ exclWallMs }) => exclWallMs), certainMs: total(certainMs) }
}

/** Every scan of a relation that the rows of a node come from; the node itself, if it is one. */
export function scansBelow(node: PlanNode): readonly PlanNode[] {
  return [node, ...feedingNodesOf(node)].filter(({ raw }) => textIn(raw.properties, 'Relation Name') !== null)
}

/** `nested loop`, `hash join`, `sort`, … */
export function decisionName({ node }: Decision): string {
  return isJoin(node) || node.type !== 'Aggregate' ? node.type.toLowerCase() : 'aggregate'
}

/** What of a plan is looked at: on whose clock, and which of its numbers. */
import { ioMs, touchedBlocks } from '#src/plans/blocks.ts'
import { costsOf, type NodeCost } from '#src/plans/costs.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { isGather } from '#src/plans/model/tree.ts'
import { numberIn } from '#src/plans/model/values.ts'
import { remember } from './remember.ts'

/**
 * `wall`: the share of the clock on the wall, all processes taken as equally busy. `leader`: what the leader itself
 * spent, which adds up exactly. `cpu`: all processes together.
 */
export type Lens = 'wall' | 'leader' | 'cpu'

/** `buffers` are blocks touched, `cost` is the planner's. */
export type Metric = 'time' | 'rows' | 'buffers' | 'io' | 'cost'

export interface Look {
  readonly lens: Lens
  readonly metric: Metric
}

/** The clocks that differ in this plan; `wall` alone where one process did everything. */
export function lensesOf({ nodes, hasTiming, sumLeaderExclRawMs }: PlanModel): readonly Lens[] {
  if (!hasTiming || !nodes.some(isGather)) return ['wall']
  const isShared = nodes.some(({ participants }) => participants !== 1)
  return [
    'wall',
    ...(sumLeaderExclRawMs === null ? [] : (['leader'] as const)),
    ...(isShared ? (['cpu'] as const) : []),
  ]
}

/** What was printed of this plan; nothing for a statement without a plan. */
export function metricsOf({ nodes, isExecuted, hasTiming, hasBuffers }: PlanModel): readonly Metric[] {
  const has: Readonly<Record<Metric, () => boolean>> = {
    time: () => hasTiming,
    // Planned rows are those of one loop: no node can be held against another by them.
    rows: () => isExecuted,
    buffers: () => hasBuffers,
    io: () => nodes.some(({ buffers }) => ioMs(buffers) > 0),
    cost: () => nodes.some(({ raw }) => numberIn(raw.properties, 'Total Cost') !== null),
  }
  return METRICS.filter((metric) => has[metric]())
}

const METRICS: readonly Metric[] = ['time', 'rows', 'buffers', 'io', 'cost']

/**
 * The node's own part: ms by the lens, rows handed on over all loops, blocks
 * touched, ms of I/O (its share of the clock on the wall unless the lens is `cpu`), or cost, see `costsOf`. Null
 * where it is not known, and for what never ran.
 */
export function selfOf(node: PlanNode, { lens, metric }: Look): number | null {
  if (metric === 'cost') return costOf(node)?.own ?? null
  if (metric === 'rows') return node.neverExecuted ? null : node.rowsTotal
  if ((node.loops ?? 0) === 0) return null
  switch (metric) {
    case 'time':
      return isTimed(node) ? ownMs(node, lens) : null
    case 'buffers':
      return touchedBlocks(node.exclBuffers)
    case 'io':
      return ioMs(node.exclBuffers) / (lens === 'cpu' ? 1 : node.participants)
  }
}

/** The same with all below it; null where it is not known, and for rows, which do not add up. */
export function inclusiveOf(node: PlanNode, { lens, metric }: Look): number | null {
  if (metric === 'cost') return costOf(node)?.inclusive ?? null
  if (metric === 'rows' || (node.loops ?? 0) === 0) return null
  switch (metric) {
    case 'time':
      return isTimed(node) ? inclusiveMs(node, lens) : null
    case 'buffers':
      return touchedBlocks(node.buffers)
    case 'io':
      return ioMs(node.buffers) / (lens === 'cpu' ? 1 : node.participants)
  }
}

/** How far `selfOf` may be off by rounding. */
export function errorOf(node: PlanNode, { lens, metric }: Look): number {
  const { roundingEpsMs, participants, workers, rowsRounding } = node
  if (metric === 'rows') return rowsRounding
  if (metric !== 'time') return 0
  if (lens === 'wall') return roundingEpsMs
  // What is taken off for the workers was rounded as well.
  return roundingEpsMs * participants * (lens === 'leader' && workers.length > 0 ? 2 : 1)
}

/**
 * What shares are shares of: the execution with all that is not in the tree (where it was not printed, the root with
 * what ran outside of it), the same in all processes together, the cost of the root, or the sum over all nodes.
 */
export function wholeOf(model: PlanModel, look: Look): number {
  const { executionMs, rootMs, outsideRootMs, root } = model
  if (look.metric === 'cost') return numberIn(root?.raw.properties ?? {}, 'Total Cost') ?? 0
  const sum = sumOf(model, look.lens, look.metric)
  if (look.metric !== 'time') return sum
  const treeMs = (rootMs ?? 0) + outsideRootMs
  if (look.lens !== 'cpu') return executionMs ?? treeMs
  return sum + Math.max(0, (executionMs ?? treeMs) - treeMs)
}

/** The part of the node with most, which bars are drawn against. */
export function greatestOf(model: PlanModel, look: Look): number {
  return greatest(model, look.lens, look.metric)
}

/** A node's share of the whole; null where its part is not known. */
export function shareOf(node: PlanNode, model: PlanModel, look: Look): number | null {
  const self = selfOf(node, look)
  const whole = wholeOf(model, look)
  return self === null || whole <= 0 ? null : self / whole
}

function ownMs({ exclWallMs, exclSumMs, leaderExclRawMs }: PlanNode, lens: Lens): number | null {
  if (lens === 'wall') return exclWallMs
  return lens === 'cpu' ? exclSumMs : leaderExclRawMs === null ? null : Math.max(0, leaderExclRawMs)
}

function inclusiveMs({ inclWallMs, inclSumMs, leaderInclMs }: PlanNode, lens: Lens): number | null {
  return lens === 'wall' ? inclWallMs : lens === 'cpu' ? inclSumMs : leaderInclMs
}

/** TIMING OFF leaves loops and rows. */
function isTimed({ raw }: PlanNode): boolean {
  return numberIn(raw.properties, 'Actual Total Time') !== null
}

const sumOf = remember((model: PlanModel, lens: Lens, metric: Metric): number =>
  model.nodes.reduce((sum, node) => sum + (selfOf(node, { lens, metric }) ?? 0), 0),
)

const greatest = remember((model: PlanModel, lens: Lens, metric: Metric): number =>
  model.nodes.reduce((most, node) => Math.max(most, selfOf(node, { lens, metric }) ?? 0), 0),
)

const costs = remember((root: PlanNode): readonly (NodeCost | null)[] => costsOf(subtreeOf(root)))
const roots = new WeakMap<PlanNode, PlanNode>()

/** For all of its loops, as far as the node above pays for them. */
export function costOf(node: PlanNode): NodeCost | null {
  let root = roots.get(node)
  if (root === undefined) {
    root = node
    while (root.parent !== null) root = root.parent
    for (const each of subtreeOf(root)) roots.set(each, root)
  }
  return costs(root)[node.index] ?? null
}

/** In pre-order; without recursion, since a plan may be as deep as its author likes. */
function subtreeOf(root: PlanNode): readonly PlanNode[] {
  const nodes: PlanNode[] = []
  const open = [root]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    nodes.push(node)
    for (let at = node.children.length - 1; at >= 0; at -= 1) {
      const child = node.children[at]
      if (child !== undefined) open.push(child)
    }
  }
  return nodes
}

/** The rows of a plan: its nodes as far as their branches are open, and what ran after it. */
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import type { OutsideRoot } from '#src/plans/model/nodes.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import { branchesOf } from './branches.ts'
import { errorOf, type Look, selfOf, wholeOf } from './look.ts'
import { remember } from './remember.ts'

export interface PlanRow {
  /** The path of the node; `outside:` and the path of the CTE for what ran after the plan. */
  readonly key: string
  readonly kind: 'node' | 'outside'
  readonly node: PlanNode
  /** Branches in front of the node. */
  readonly prefix: SafeText
  /** Nodes below that are not drawn. */
  readonly foldedCount: number
  /** The part of a CTE's run that came after the root was through; its nodes' own times have it already. */
  readonly outside: OutsideRoot | null
}

/** A plan of more nodes than this does not fit a screen. */
const LARGE = 40

const EMPTY = safe``

/**
 * The nodes in the order they are printed, without those below a path of `closed`; then a row for each data-modifying
 * CTE that went on when the root was through.
 */
export function planRows(model: PlanModel, closed: ReadonlySet<string>, glyphs: Glyphs): readonly PlanRow[] {
  const branches = branchesOf(model, glyphs)
  const sizes = sizesOf(model)
  const rows: PlanRow[] = []
  for (let index = 0; index < model.nodes.length; ) {
    const node = model.nodes[index]
    if (node === undefined) break
    const below = (sizes[index] ?? 1) - 1
    // A path is as long as the plan is deep, and is hashed for each look-up.
    const foldedCount = below > 0 && closed.size > 0 && closed.has(node.path) ? below : 0
    rows.push({
      key: node.path,
      kind: 'node',
      node,
      prefix: branches[index] ?? EMPTY,
      foldedCount,
      outside: null,
    })
    index += 1 + foldedCount
  }
  for (const outside of model.outsideRoot) {
    // Less than rounding may have made is no run.
    if (outside.ms <= outside.node.roundingEpsMs) continue
    const { node } = outside
    rows.push({ key: `outside:${node.path}`, kind: 'outside', node, prefix: EMPTY, foldedCount: 0, outside })
  }
  return rows
}

/** The nodes that ran and took something for certain, the one with most first; what rounding may have added is taken off. */
export function hottest(model: PlanModel, look: Look): readonly PlanNode[] {
  return model.nodes
    .map((node) => ({ node, certain: (selfOf(node, look) ?? 0) - errorOf(node, look) }))
    .filter(({ certain }) => certain > 0)
    .sort((a, b) => b.certain - a.certain)
    .map(({ node }) => node)
}

/**
 * The paths to close so that branches with less than `share` of the whole are folded; none in a plan that is small, or
 * of which nothing is known by this look.
 */
export function foldCold(model: PlanModel, look: Look, share = 0.01): ReadonlySet<string> {
  const { nodes } = model
  const limit = wholeOf(model, look) * share
  const closed = new Set<string>()
  if (nodes.length <= LARGE || limit <= 0) return closed
  const sums = nodes.map((node) => selfOf(node, look) ?? 0)
  for (const { index, parent } of nodes.toReversed())
    if (parent !== null) sums[parent.index] = (sums[parent.index] ?? 0) + (sums[index] ?? 0)
  const sizes = sizesOf(model)
  for (let index = 1; index < nodes.length; ) {
    const node = nodes[index]
    if (node === undefined) break
    const isCold = node.children.length > 0 && (sums[index] ?? 0) < limit
    if (isCold) closed.add(node.path)
    index += isCold ? (sizes[index] ?? 1) : 1
  }
  return closed
}

/** Nodes of each subtree, its top included. */
const sizesOf = remember(({ nodes }: PlanModel): readonly number[] => {
  const sizes = nodes.map(() => 1)
  for (const { index, parent } of nodes.toReversed())
    if (parent !== null) sizes[parent.index] = (sizes[parent.index] ?? 1) + (sizes[index] ?? 1)
  return sizes
})

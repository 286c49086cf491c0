/** What of the planner's cost of the whole belongs to each node. */
import type { PlanNode } from './model/node.ts'
import { isList, numberIn } from './model/values.ts'

/** `cost_recursive_union` of costsize.c expects the recursive side to run ten times. */
const RECURSIONS = 10

/** A node's part of the cost of the root, over all of its runs. */
export interface NodeCost {
  readonly own: number
  /** With all below it. */
  readonly inclusive: number
}

/**
 * Costs by node, in the order of `nodes`; null where costs were not printed. EXPLAIN prints the cost of one run of
 * a node with all below it, and not how often the planner expects it to run nor how much of it is charged (a Limit
 * pays for a part). Each run is therefore taken for as many as the rows of the other side say, at most for what is left
 * of the cost of the node above: own costs are never below 0 and add up to the cost of the root.
 */
export function costsOf(nodes: readonly PlanNode[]): readonly (NodeCost | null)[] {
  const charged: (number | null)[] = nodes.map(({ raw }) => totalCost(raw.properties))
  const costs: (NodeCost | null)[] = []
  for (const node of nodes) {
    const inclusive = charged[node.index] ?? null
    const cost = totalCost(node.raw.properties)
    if (inclusive === null || cost === null) {
      costs.push(null)
      continue
    }
    const [outer, inner] = node.children.filter(({ kind }) => kind === 'data')
    const wanted = node.children.map((child) =>
      child === inner && outer !== undefined ? innerCharge(inner, outer, node) : chargeOf(child, node),
    )
    const sum = wanted.reduce((total, each) => total + each, 0)
    // What is charged to the node above, in parts of the cost of a single run of this node.
    const scale = cost === 0 ? 0 : (inclusive / cost) * (sum > cost ? cost / sum : 1)
    let left = inclusive
    for (const [at, child] of node.children.entries()) {
      const part = (wanted[at] ?? 0) * scale
      charged[child.index] = part
      left -= part
    }
    costs.push({ own: Math.max(0, left), inclusive })
  }
  return costs
}

/** What a run of `node` would pay for the runs of `child` within it. */
function chargeOf(child: PlanNode, node: PlanNode): number {
  const once = totalCost(child.raw.properties) ?? 0
  return child.kind === 'SubPlan' && !isHashed(child, node) ? once * rowsOf(node) : once
}

function innerCharge(inner: PlanNode, outer: PlanNode, { type, raw }: PlanNode): number {
  const once = totalCost(inner.raw.properties) ?? 0
  if (type === 'Recursive Union') return once * RECURSIONS
  if (type !== 'Nested Loop') return once
  // Runs after the first may be cheaper (Materialize, Memoize, cached pages), and are all paid from what is left.
  const left = (totalCost(raw.properties) ?? 0) - (totalCost(outer.raw.properties) ?? 0)
  return Math.min(once * rowsOf(outer), Math.max(0, left))
}

function isHashed({ subplan }: PlanNode, { raw }: PlanNode): boolean {
  const sign = `hashed ${subplan}`
  return Object.values(raw.properties).some((value) =>
    isList(value)
      ? value.some((each) => typeof each === 'string' && each.includes(sign))
      : typeof value === 'string' && value.includes(sign),
  )
}

function rowsOf({ raw }: PlanNode): number {
  return Math.max(1, numberIn(raw.properties, 'Plan Rows') ?? 1)
}

function totalCost(properties: PlanNode['raw']['properties']): number | null {
  return numberIn(properties, 'Total Cost')
}

/** The inputs of a node. */
import type { PlanNode } from '../../model/node.ts'

export interface Sides {
  /** What a Nested Loop goes through once, and a Hash Join probes with. */
  readonly outer: PlanNode
  /** What a Nested Loop runs for each row, and a Hash Join hashes. */
  readonly inner: PlanNode
}

const JOINS: ReadonlySet<string> = new Set(['Nested Loop', 'Hash Join', 'Merge Join'])

export function isJoin({ type }: PlanNode): boolean {
  return JOINS.has(type)
}

/** Both sides of a join; null for what is none, and where a foreign plan lacks one. */
export function sidesOf(node: PlanNode): Sides | null {
  if (!isJoin(node)) return null
  const [outer, inner] = inputsOf(node)
  return outer === undefined || inner === undefined ? null : { outer, inner }
}

/** The children that hand rows to it. */
export function inputsOf({ children }: PlanNode): readonly PlanNode[] {
  return children.filter(({ kind }) => kind === 'data')
}

/** All nodes that it gets its rows from, near and far; without recursion, for a plan may be deep. */
export function* feedingNodesOf(node: PlanNode): Generator<PlanNode> {
  const open = [...inputsOf(node)]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next
    open.push(...inputsOf(next))
  }
}

/** `orders o`, `orders`, a CTE's name, or what kind of node it is. */
export function nameOf({ relation, alias, type }: PlanNode): string {
  if (relation === null) return alias ?? type.toLowerCase()
  return alias === null || alias === relation ? relation : `${relation} ${alias}`
}

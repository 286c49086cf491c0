/** Nodes of a plan summed up: by what they read, or by what they do. */
import { hitBlocks, readBlocks, spilledBlocks } from './blocks.ts'
import type { PlanNode } from './model/node.ts'
import { textIn } from './model/values.ts'

/** What nodes of one kind did, each on its own. */
export interface Sums {
  readonly nodes: readonly PlanNode[]
  /** Of what was asked to be summed; null where it is not known of any of them. */
  readonly self: number | null
  /** Rows handed on, over all loops; null where nothing was executed. */
  readonly rows: number | null
  readonly hitBlocks: number
  readonly readBlocks: number
  readonly spilledBlocks: number
}

/** Nodes by a key, in the order of their first; those with none (null) are left out. */
export function groupsOf(
  nodes: readonly PlanNode[],
  keyOf: (node: PlanNode) => string | null,
): ReadonlyMap<string, readonly PlanNode[]> {
  const groups = new Map<string, PlanNode[]>()
  for (const node of nodes) {
    const key = keyOf(node)
    if (key === null) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [node])
    else group.push(node)
  }
  return groups
}

export function sumsOf(nodes: readonly PlanNode[], selfOf: (node: PlanNode) => number | null): Sums {
  return {
    nodes,
    self: total(nodes, selfOf),
    rows: total(nodes, ({ rowsTotal, neverExecuted }) => (neverExecuted ? null : rowsTotal)),
    hitBlocks: total(nodes, ({ exclBuffers }) => hitBlocks(exclBuffers)) ?? 0,
    readBlocks: total(nodes, ({ exclBuffers }) => readBlocks(exclBuffers)) ?? 0,
    spilledBlocks: total(nodes, ({ exclBuffers }) => spilledBlocks(exclBuffers)) ?? 0,
  }
}

/**
 * What a node reads or changes: a table, with its schema where that was printed (VERBOSE), a CTE, a function; null for
 * one that works on the rows of other nodes. A Bitmap Index Scan tells its index alone: its table is that of the Bitmap
 * Heap Scan above.
 */
export function relationOf(node: PlanNode): string | null {
  let at: PlanNode | null = node
  while (
    at !== null &&
    (at.type === 'Bitmap Index Scan' || at.type === 'BitmapAnd' || at.type === 'BitmapOr')
  )
    at = at.parent
  const { properties } = (at ?? node).raw
  const table = textIn(properties, 'Relation Name')
  const cte = textIn(properties, 'CTE Name')
  const name = table ?? textIn(properties, 'Function Name') ?? textIn(properties, 'Table Function Name')
  if (name === null) return cte === null ? textIn(properties, 'Relations') : `CTE ${cte}`
  const schema = textIn(properties, 'Schema')
  return schema === null ? name : `${schema}.${name}`
}

function total(nodes: readonly PlanNode[], of: (node: PlanNode) => number | null): number | null {
  return nodes.reduce<number | null>((sum, node) => {
    const value = of(node)
    return value === null ? sum : (sum ?? 0) + value
  }, null)
}

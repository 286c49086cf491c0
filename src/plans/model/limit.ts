/** Which nodes a Limit may have stopped before they were through. */
import type { TreeNode } from './tree.ts'
import { textIn } from './values.ts'

/**
 * By node, whether a Limit above it stops it early: estimates are made for all of its rows, so comparing them with what
 * came says nothing. Nodes that read all of their input before they hand on a row end the reach of the Limit, and so
 * does the edge to a sub-plan, which has Limits of its own.
 */
export function underLimitOf(nodes: readonly TreeNode[]): readonly boolean[] {
  const under: boolean[] = []
  for (const { parent, kind } of nodes)
    under.push(
      parent !== null &&
        kind === 'data' &&
        !readsAll(parent) &&
        (parent.type === 'Limit' || under[parent.index] === true),
    )
  return under
}

const READING_ALL = new Set(['Sort', 'Hash', 'ModifyTable', 'Recursive Union'])

export function readsAll({ type, raw }: Pick<TreeNode, 'type' | 'raw'>): boolean {
  if (type === 'Aggregate') return textIn(raw.properties, 'Strategy') !== 'Sorted'
  return READING_ALL.has(type) || type.startsWith('Bitmap')
}

/** How many rows in all, and how exactly that is known. */
import type { TreeNode } from './tree.ts'
import { numberIn } from './values.ts'

/** A number of rows over all loops, ± `rounding`. */
export interface RowCount {
  readonly total: number
  readonly rounding: number
}

/** Rows that a node read and did not hand on. */
export interface RemovedRows extends RowCount {
  /** `Rows Removed by Filter`, … */
  readonly key: string
}

/**
 * How far the rows of one loop may be off: PostgreSQL prints the average over all loops, up to 17 rounded to a whole
 * row and from 18 on to a hundredth. Only 18 prints `Disabled` for every node, `Index Searches`, or parts of a row.
 */
export function rowRoundingOf(nodes: readonly TreeNode[]): number {
  const isNewer = nodes.some(
    ({ raw: { properties } }) =>
      'Index Searches' in properties ||
      'Disabled' in properties ||
      !Number.isInteger(numberIn(properties, 'Actual Rows') ?? 0),
  )
  return isNewer ? 0.005 : 0.5
}

/** The rows a node handed on; null in a plan that was not executed. */
export function rowsOf({ raw, loops }: TreeNode, rounding: number): RowCount | null {
  if (loops === null) return null
  const rows = numberIn(raw.properties, 'Actual Rows')
  return rows === null && loops > 0 ? null : inAll(rows ?? 0, loops, rounding)
}

/** What it removed, by reason. These are rounded to whole rows in every version. */
export function removedOf({ raw, loops }: TreeNode): readonly RemovedRows[] {
  const removed: RemovedRows[] = []
  for (const key in raw.properties) {
    const rows = key.startsWith('Rows Removed by ') ? numberIn(raw.properties, key) : null
    if (rows !== null && loops !== null) removed.push({ key, ...inAll(rows, loops, 0.5) })
  }
  return removed
}

/** The average of a single loop is exact. */
function inAll(rows: number, loops: number, rounding: number): RowCount {
  return { total: rows * loops, rounding: loops > 1 ? rounding * loops : 0 }
}

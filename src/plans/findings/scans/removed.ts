/** Rows that a scan read and threw away. */
import type { PlanNode } from '../../model/node.ts'
import { sum } from '../../model/values.ts'
import type { Scan } from './scan.ts'

type Reason = 'Filter' | 'Index Recheck'

/** By how much a scan reads more than it keeps. */
export interface Discard {
  readonly removed: number
  /** What was removed of all that was read, at least that much: the average of many loops is rounded. */
  readonly share: number
  /** How many were removed for certain. */
  readonly atLeast: number
}

export function discardOf(scan: Scan, reason: Reason): Discard {
  const found = scan.members.flatMap((node) => removedFrom(node, reason))
  const removed = sum(found.map(({ total }) => total))
  const atLeast = Math.max(0, removed - sum(found.map(({ rounding }) => rounding)))
  return { removed, atLeast, share: atLeast === 0 ? 0 : atLeast / (atLeast + scan.rows + scan.rowsRounding) }
}

/** Rows kept and those removed for whatever reason. */
export function examinedRows(nodes: readonly PlanNode[]): number {
  return sum(
    nodes.flatMap(({ rowsTotal, removed }) => [rowsTotal ?? 0, ...removed.map(({ total }) => total)]),
  )
}

function removedFrom({ removed }: PlanNode, reason: Reason) {
  return removed.filter(({ key }) => key === `Rows Removed by ${reason}`)
}

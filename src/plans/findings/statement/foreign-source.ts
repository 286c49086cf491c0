/** Rows that come from other servers: a Foreign Scan, or an Append of nothing but them. */
import type { PlanNode } from '../../model/node.ts'
import { sum } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'

export interface ForeignSource {
  /** The scan, or the Append. */
  readonly node: PlanNode
  readonly scans: readonly PlanNode[]
  /** With the wait of an Append for scans that it runs at once. */
  readonly ms: number
  readonly roundingMs: number
  /** Rows that it gives, and rows that it was sent, the latter at least. */
  readonly rows: number
  readonly sent: number
}

/** Those that ran; partitions on other servers are one source, not many. */
export function foreignSourcesOf({ executed }: RuleContext): readonly ForeignSource[] {
  const appends = executed.filter(
    (node) => isAppend(node) && ranScansOf(node).length > 0 && isAllForeign(node),
  )
  const others = executed.filter(
    (node) => isForeignScan(node) && (node.parent === null || !appends.includes(node.parent)),
  )
  return [
    ...appends.map((node) => sourceOf(node, ranScansOf(node))),
    ...others.map((node) => sourceOf(node, [node])),
  ]
}

export function isForeignScan({ type }: PlanNode): boolean {
  return type === 'Foreign Scan'
}

function isAppend({ type }: PlanNode): boolean {
  return type === 'Append' || type === 'Merge Append'
}

function isAllForeign({ children }: PlanNode): boolean {
  return children.filter(({ kind }) => kind === 'data').every(isForeignScan)
}

function ranScansOf({ children }: PlanNode): readonly PlanNode[] {
  return children.filter((node) => isForeignScan(node) && (node.loops ?? 0) > 0)
}

function sourceOf(node: PlanNode, scans: readonly PlanNode[]): ForeignSource {
  const own = scans.includes(node) ? [node] : [node, ...scans]
  const removed = scans.flatMap((scan) => scan.removed.filter(({ key }) => key === 'Rows Removed by Filter'))
  const rows = sum(scans.map(({ rowsTotal }) => rowsTotal ?? 0))
  return {
    node,
    scans,
    ms: sum(own.map(({ exclWallMs }) => exclWallMs)),
    roundingMs: sum(own.map(({ roundingEpsMs }) => roundingEpsMs)),
    rows,
    sent: rows + sum(removed.map(({ total, rounding }) => Math.max(0, total - rounding))),
  }
}

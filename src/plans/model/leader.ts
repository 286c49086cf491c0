/** The clock of the leader: the only decomposition of the time a client waited that is exact below a Gather. */
import { isWithinParent } from './kind.ts'
import type { Settled } from './ledger.ts'
import type { Inclusive } from './times.ts'
import { isGather, type TreeNode } from './tree.ts'
import { numberIn, sum } from './values.ts'
import { workersOf } from './workers.ts'

export interface LeaderTimes {
  readonly inclusiveMs: readonly number[]
  /** Own times; they add up to the root's, and what ran outside of it, exactly. */
  readonly exclusiveMs: readonly number[]
  /** What of CTEs ran outside of the root. */
  readonly outsideMs: number
}

/**
 * What the leader spent in each node: the sum over all processes less what EXPLAIN (VERBOSE) prints for each worker.
 * Null where that is not known: below a Gather without VERBOSE. A worker runs while the leader is elsewhere, so shares
 * of the clock on the wall may exceed the Gather that they are in; these never do.
 */
export function leaderTimesOf(
  nodes: readonly TreeNode[],
  inclusive: readonly Inclusive[],
  settled: readonly Settled[],
): LeaderTimes | null {
  if (!isKnown(nodes)) return null
  const inclusiveMs = nodes.map(
    ({ raw, index }) => (inclusive[index]?.sumMs ?? 0) - sum(workersOf(raw).map(({ sumMs }) => sumMs ?? 0)),
  )
  const exclusiveMs = [...inclusiveMs]
  const take = (from: TreeNode, ms: number): void => {
    exclusiveMs[from.index] = (exclusiveMs[from.index] ?? 0) - ms
  }
  for (const { parent, kind, index } of nodes)
    if (parent !== null && isWithinParent(kind)) take(parent, inclusiveMs[index] ?? 0)
  let outsideMs = 0
  for (const { of, shares, outsideMs: wallMs } of settled) {
    // Sub-plans that others pay for run in one process, where both clocks are the same; in workers in proportion.
    const owedMs = inclusive[of.index]?.wallMs ?? 0
    const perWallMs = owedMs > 0 ? (inclusiveMs[of.index] ?? 0) / owedMs : 0
    for (const { payer, ms } of shares) take(payer, ms * perWallMs)
    outsideMs += wallMs * perWallMs
  }
  return { inclusiveMs, exclusiveMs, outsideMs }
}

function isKnown(nodes: readonly TreeNode[]): boolean {
  return (
    !nodes.some(isGather) ||
    nodes.some(({ raw }) => raw.workers.some((worker) => numberIn(worker, 'Actual Total Time') !== null))
  )
}

/** A node of a plan with everything that follows from what was measured. */
import type { RawNode } from '../plan.ts'
import type { Counters } from './counters.ts'
import type { Estimate } from './estimate.ts'
import type { ChildKind } from './kind.ts'
import type { RemovedRows } from './rows.ts'
import type { WorkerShare } from './workers.ts'

/** All times are 0 in a plan without timing, and for a node that never ran. */
export interface PlanNode {
  /** Its place in `PlanModel.nodes`. */
  readonly index: number
  /** `0` for the root, `0.1` for its second child, … */
  readonly path: string
  readonly depth: number
  readonly kind: ChildKind
  readonly parent: PlanNode | null
  readonly children: readonly PlanNode[]
  readonly raw: RawNode

  readonly type: string
  /** `InitPlan 1`, `SubPlan 2`, `CTE name`; null for all others. */
  readonly subplan: string | null
  /** The table, or the CTE that a CTE Scan or WorkTable Scan reads. */
  readonly relation: string | null
  readonly alias: string | null
  readonly indexName: string | null

  /** How often it ran, in all processes together; null in a plan that was not executed. */
  readonly loops: number | null
  readonly neverExecuted: boolean
  /** How many processes shared its work; may be fractional. */
  readonly participants: number

  /** Rows handed on, over all loops, ± `rowsRounding`; null where not known. */
  readonly rowsTotal: number | null
  readonly rowsRounding: number
  readonly removed: readonly RemovedRows[]

  /** With all below it, in all processes together. */
  readonly inclSumMs: number
  /** With all below it, as a share of the clock on the wall. */
  readonly inclWallMs: number
  /** On its own; below 0 by rounding, or where workers ran while the leader was above their Gather. */
  readonly exclWallRawMs: number
  /** On its own, never below 0. */
  readonly exclWallMs: number
  /** On its own, in all processes together. */
  readonly exclSumMs: number
  /** Whether it is one of several nodes that may have paid for a sub-plan: then its own time lies between the two. */
  readonly isAmbiguous: boolean
  readonly exclWallMinMs: number
  readonly exclWallMaxMs: number
  /** How far its own time may be off by rounding; what is below that is noise. */
  readonly roundingEpsMs: number

  /** What the leader spent in it and below; null where the clock of the leader is not known. */
  readonly leaderInclMs: number | null
  readonly leaderExclRawMs: number | null

  /** The InitPlans and CTEs that ran within its time though they hang elsewhere. */
  readonly pays: readonly Payment[]
  /** Who paid for this InitPlan or CTE; the first in turn comes first. */
  readonly paidBy: readonly Payment[]

  /** Blocks, I/O times and WAL as printed, over all loops and processes, with all below it. */
  readonly buffers: Counters
  /** The same on its own. */
  readonly exclBuffers: Counters

  /** Null where the plan has no costs. */
  readonly estimate: Estimate | null
  /** Whether a Limit may have stopped it early. */
  readonly underLimit: boolean

  readonly workers: readonly WorkerShare[]
  /** The inclusive time of the slowest worker; null where the workers' times are not known. */
  readonly slowestWorkerMs: number | null
  /** How many times the mean participant the slowest took; null where the workers' times are not known. */
  readonly imbalance: number | null
}

export interface Payment {
  /** The sub-plan in `pays`, the payer in `paidBy`. */
  readonly node: PlanNode
  readonly ms: number
}

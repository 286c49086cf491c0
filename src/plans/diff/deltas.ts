/** What a node takes more or less than before. */
import { costsOf, type NodeCost } from '../costs.ts'
import type { PlanModel } from '../model/model.ts'
import type { PlanNode } from '../model/node.ts'

/** What two plans are compared by: the time of their nodes, where not both were timed the planner's cost, else nothing. */
export type Measure = 'time' | 'cost' | null

export interface Delta {
  /** By the measure of the comparison: ms, or units of the planner's cost; null where a node has no number. */
  readonly delta: number | null
  /** Whether the difference is within what rounding and two runs of the same plan differ by. */
  readonly isNoise: boolean
}

/** Two runs of one plan differ by this share of a node's time. */
const NOISE_SHARE = 0.05

/** Costs are printed with two digits. */
const COST_ROUNDING = 0.005

/** Compares a node of either plan, or one that is in one of them alone. */
export type Compare = (before: PlanNode | null, after: PlanNode | null) => Delta

export function measureOf(before: PlanModel, after: PlanModel): Measure {
  if (before.hasTiming && after.hasTiming) return 'time'
  const isPriced = ({ root }: PlanModel) => typeof root?.raw.properties['Total Cost'] === 'number'
  return isPriced(before) && isPriced(after) ? 'cost' : null
}

export function comparisonOf(before: PlanModel, after: PlanModel): Compare {
  switch (measureOf(before, after)) {
    case 'time':
      return timeDelta
    case 'cost':
      return costComparison(costsOf(before.nodes), costsOf(after.nodes))
    case null:
      return () => ({ delta: null, isNoise: true })
  }
}

function timeDelta(before: PlanNode | null, after: PlanNode | null): Delta {
  const [from, to] = [before?.exclWallMs ?? 0, after?.exclWallMs ?? 0]
  const floor = Math.max(uncertainty(before) + uncertainty(after), NOISE_SHARE * Math.max(from, to))
  return { delta: to - from, isNoise: Math.abs(to - from) <= floor }
}

/** Rounding, and where it is not known who paid for a sub-plan, that as well. */
function uncertainty(node: PlanNode | null): number {
  if (node === null) return 0
  return node.roundingEpsMs + (node.isAmbiguous ? node.exclWallMaxMs - node.exclWallMinMs : 0)
}

function costComparison(
  costsBefore: readonly (NodeCost | null)[],
  costsAfter: readonly (NodeCost | null)[],
): Compare {
  return (before, after) => {
    const from = before === null ? 0 : (costsBefore[before.index]?.own ?? null)
    const to = after === null ? 0 : (costsAfter[after.index]?.own ?? null)
    const delta = from === null || to === null ? null : to - from
    return { delta, isNoise: delta === null || Math.abs(delta) <= COST_ROUNDING }
  }
}

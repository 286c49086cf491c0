/** What every rule asks of a plan. */
import type { PlanModel } from '../model/model.ts'
import type { PlanNode } from '../model/node.ts'
import { numberIn } from '../model/values.ts'
import type { PlanFacts } from './facts.ts'

/** Below this share of the execution a node is not worth a word … */
const WORTH_SHARE = 0.05
/** … unless it takes this long, ms. */
const WORTH_MS = 50

export interface RuleContext {
  readonly model: PlanModel
  /** Null for a plan that no server was asked about. */
  readonly facts: PlanFacts | null
  /** The execution, or where that is not told the root with what ran outside of it, ms; 0 without times. */
  readonly wholeMs: number
  /** Nodes that ran. */
  readonly executed: readonly PlanNode[]
  /** Whether so many ms are worth a finding: a twentieth of the execution, or 50 ms. */
  isWorth(ms: number): boolean
  /**
   * Whether the node itself takes time worth a finding, for certain: what rounding may have added is taken off.
   * Of a plan without times every node that ran is.
   */
  isHot(node: PlanNode): boolean
  /** Whether a Limit above had all its rows before this node was through. */
  isStoppedEarly(node: PlanNode): boolean
}

export function contextOf(model: PlanModel, facts: PlanFacts | null): RuleContext {
  const wholeMs = model.hasTiming ? (model.executionMs ?? (model.rootMs ?? 0) + model.outsideRootMs) : 0
  const isWorth = (ms: number) => ms > 0 && (ms >= WORTH_MS || ms >= wholeMs * WORTH_SHARE)
  return {
    model,
    facts,
    wholeMs,
    executed: model.nodes.filter(({ loops }) => (loops ?? 0) > 0),
    isWorth,
    isHot: (node) =>
      (node.loops ?? 0) > 0 && (!model.hasTiming || isWorth(node.exclWallMs - node.roundingEpsMs)),
    isStoppedEarly,
  }
}

/** A Limit that gave as many rows as it was expected to is satisfied; one that gave fewer had read all there is. */
function isStoppedEarly(node: PlanNode): boolean {
  if (!node.underLimit) return false
  for (let above = node.parent; above !== null; above = above.parent)
    if (above.type === 'Limit') return isSatisfied(above)
  return false
}

function isSatisfied({ raw, rowsTotal, loops }: PlanNode): boolean {
  const planned = numberIn(raw.properties, 'Plan Rows')
  if (planned === null || rowsTotal === null || loops === null || loops === 0) return true
  return rowsTotal / loops >= planned
}

/** Times of findings: what is certain, and what may be told. */
import type { PlanNode } from '../../model/node.ts'
import type { RuleContext } from '../context.ts'

/** EXPLAIN prints times with three decimals of a millisecond, per loop. */
const HALF_A_DIGIT_MS = 0.0005

/** The inclusive time on the wall less what rounding may have added to it. */
export function certainInclusiveMs({ inclWallMs, loops, participants }: PlanNode): number {
  return Math.max(0, inclWallMs - (HALF_A_DIGIT_MS * (loops ?? 0)) / participants)
}

/** The own time on the wall less what rounding may have added to it. */
export function certainMs({ exclWallMs, roundingEpsMs }: PlanNode): number {
  return Math.max(0, exclWallMs - roundingEpsMs)
}

/** Of a statement that takes minutes, 50 ms are nothing; several sorts of that size would hide what matters. */
const LEAST_SHARE = 0.01

/** Whether so many ms, for certain, are worth a finding and a hundredth of the execution. Without times all is. */
export function isTelling(context: RuleContext, ms: number): boolean {
  return !context.model.hasTiming || (context.isWorth(ms) && shareOf(context, ms) >= LEAST_SHARE)
}

/** The same of what the node itself takes. */
export function isHotspot(context: RuleContext, node: PlanNode): boolean {
  return context.isHot(node) && isTelling(context, certainMs(node))
}

/**
 * What could go, as `savesMs` has it: null in a plan without times. Averages of many loops are rounded, and may add up
 * to more than there was.
 */
export function savingOf({ model, wholeMs }: RuleContext, ms: number): number | null {
  return model.hasTiming ? Math.min(ms, wholeMs) : null
}

/** A part of the execution, 0 to 1; 0 where there are no times. */
export function shareOf({ wholeMs }: RuleContext, ms: number): number {
  return wholeMs > 0 ? ms / wholeMs : 0
}

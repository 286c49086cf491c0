/** What a node is to the node above it: that decides who pays for its time. */
import type { PlanObject } from '../plan.ts'
import { textIn } from './values.ts'

/**
 * `data` hands its rows to the node above. `SubPlan` runs inside an expression of the node above. `InitPlan` runs once,
 * inside the first node that needs its value. `CTE` runs as its CTE Scans ask for rows.
 */
export type ChildKind = 'root' | 'data' | 'SubPlan' | 'InitPlan' | 'CTE'

/**
 * The kind of a node below another. EXPLAIN prints a CTE as an InitPlan whose Subplan Name is `CTE name`; `Outer`,
 * `Inner`, `Member`, `Subquery` and what extensions add are all data.
 */
export function kindOf(properties: PlanObject): Exclude<ChildKind, 'root'> {
  const name = textIn(properties, 'Subplan Name') ?? ''
  switch (textIn(properties, 'Parent Relationship') ?? name.split(' ')[0]) {
    case 'InitPlan':
    case 'CTE':
      return name.startsWith('CTE ') ? 'CTE' : 'InitPlan'
    case 'SubPlan':
      return 'SubPlan'
    default:
      return 'data'
  }
}

/** Whether the node above spends its time in this one itself, so that it is taken off it without looking for a payer. */
export function isWithinParent(kind: ChildKind): boolean {
  return kind === 'data' || kind === 'SubPlan'
}

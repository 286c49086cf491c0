/** Nodes that were not asked for all of their rows: an estimate is for all of them, so the two do not compare. */
import { readsAll } from '../../model/limit.ts'
import type { PlanNode } from '../../model/node.ts'
import { textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import { inputsOf, sidesOf } from './sides.ts'

/**
 * Whether something above may have had enough before the node was through: a Limit that was satisfied, a semi, anti or
 * unique join that stops at the first partner, a Merge Join whose other side ended, a Hash Join with nothing hashed,
 * a window that stops at its Run Condition, EXISTS or IN, or all readers of a CTE. What reads all of its input before
 * it hands on a row (Sort, Hash, …) ends the reach of those above it.
 */
export function isCutShort(node: PlanNode, context: RuleContext): boolean {
  return isCut(node, context, new Set())
}

/** In a plan that someone made up, CTEs may read each other in a circle. */
function isCut(node: PlanNode, context: RuleContext, seen: Set<PlanNode>): boolean {
  if (context.isStoppedEarly(node)) return true
  for (let at = node; at.parent !== null; at = at.parent) {
    if (at.kind === 'CTE') {
      if (seen.has(at)) return false
      seen.add(at)
      return at.paidBy.length > 0 && at.paidBy.every((reader) => isCut(reader.node, context, seen))
    }
    if (at.kind !== 'data') return (at.loops ?? 0) > at.participants || at.kind === 'InitPlan'
    if (mayStop(at.parent, at)) return true
    if (readsAll(at.parent)) return false
  }
  return false
}

const FIRST_PARTNER: ReadonlySet<string> = new Set(['Semi', 'Anti'])

function mayStop(above: PlanNode, below: PlanNode): boolean {
  const { properties } = above.raw
  if (above.type === 'WindowAgg') return textIn(properties, 'Run Condition') !== null
  const sides = sidesOf(above)
  if (sides === null) return false
  switch (above.type) {
    case 'Nested Loop':
      return (
        below === sides.inner &&
        (FIRST_PARTNER.has(textIn(properties, 'Join Type') ?? '') || properties['Inner Unique'] === true)
      )
    case 'Merge Join':
      return true
    default:
      return below === sides.outer && inputsOf(sides.inner).some(({ rowsTotal }) => rowsTotal === 0)
  }
}

/** Whether a Merge Join may have read some of its rows more than once: it goes back for each equal row of the outer side. */
export function isReread({ parent, kind, index }: PlanNode): boolean {
  return kind === 'data' && parent?.type === 'Merge Join' && sidesOf(parent)?.inner.index === index
}

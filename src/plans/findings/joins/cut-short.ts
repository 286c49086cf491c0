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
  return isCut(node, knownOf(context), MOST_READERS)
}

interface Known {
  readonly context: RuleContext
  readonly answers: Map<PlanNode, boolean>
}

/** What was found out once, so that a deep plan is not climbed for each of its nodes. */
const knownByContext = new WeakMap<RuleContext, Known>()

function knownOf(context: RuleContext): Known {
  const known = knownByContext.get(context) ?? { context, answers: new Map() }
  knownByContext.set(context, known)
  return known
}

/** CTEs that read each other may be as many as someone likes to make up. */
const MOST_READERS = 100

/** Climbs until something decides; what lies on the way has the same answer. */
function isCut(node: PlanNode, known: Known, readers: number): boolean {
  const passed: PlanNode[] = []
  let answer: boolean | null = null
  for (let at: PlanNode | null = node; at !== null && answer === null; at = at.parent) {
    passed.push(at)
    answer = known.answers.get(at) ?? decidedAt(at, known, readers)
  }
  for (const each of passed) known.answers.set(each, answer ?? false)
  return answer ?? false
}

/** Null where it depends on the node above. */
function decidedAt(node: PlanNode, known: Known, readers: number): boolean | null {
  const { parent, kind } = node
  if (known.context.isStoppedEarly(node)) return true
  if (parent === null) return false
  if (kind === 'CTE') {
    // Where CTEs read each other in a circle, this is what they get to see.
    known.answers.set(node, false)
    return (
      readers > 0 &&
      node.paidBy.length > 0 &&
      node.paidBy.every((reader) => isCut(reader.node, known, readers - 1))
    )
  }
  if (kind !== 'data') return (node.loops ?? 0) > node.participants || kind === 'InitPlan'
  if (mayStop(parent, node)) return true
  return readsAll(parent) ? false : null
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

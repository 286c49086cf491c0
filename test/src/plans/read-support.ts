import type { PlanDocument, RawNode, RawStatement, Unreadable } from '#src/plans/plan.ts'
import { readPlan } from '#src/plans/read/read.ts'

export function documentOf(text: string): PlanDocument {
  const read = readPlan(text)
  if (!read.ok)
    throw new Error(`${read.unreadable.line}:${read.unreadable.column}: ${read.unreadable.reason}`)
  return read.document
}

/** The one statement of a text. */
export function statementOf(text: string): RawStatement {
  const { statements } = documentOf(text)
  const [statement] = statements
  if (statement === undefined || statements.length > 1) throw new Error(`${statements.length} statements`)
  return statement
}

/** The root of the one statement of a text. */
export function rootOf(text: string): RawNode {
  const { root } = statementOf(text)
  if (root === null) throw new Error('no plan')
  return root
}

export function refusalOf(text: string): Unreadable {
  const read = readPlan(text)
  if (read.ok) throw new Error('it was read')
  return read.unreadable
}

/** The n-th child, by indexes from the root. */
export function nodeAt(root: RawNode, ...path: readonly number[]): RawNode {
  let node = root
  for (const index of path) {
    const child = node.children[index]
    if (child === undefined) throw new Error(`no child ${index}`)
    node = child
  }
  return node
}

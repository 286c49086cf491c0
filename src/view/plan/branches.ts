/** The branches in front of the nodes of a plan. */
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import type { Glyphs } from '#src/theme/theme.ts'

/** From this depth on branches are told by number: they would push everything else off the line. */
const DEEPEST = 20

const EMPTY = safe``

const known = new WeakMap<PlanModel, { readonly glyphs: Glyphs; readonly branches: readonly SafeText[] }>()

/** The branches in front of each node, in the order of `PlanModel.nodes`. */
export function branchesOf(model: PlanModel, glyphs: Glyphs): readonly SafeText[] {
  const before = known.get(model)
  if (before?.glyphs === glyphs) return before.branches
  const branches = drawn(model, glyphs)
  known.set(model, { glyphs, branches })
  return branches
}

/** Where something hangs in a tree. */
export interface Hanging<T> {
  readonly parent: T | null
  readonly depth: number
  readonly isLast: boolean
}

/** The branches in front of each of a list, in which everything comes after what it hangs on. */
export function branchesFor<T extends object>(
  list: readonly T[],
  hangs: (each: T) => Hanging<T>,
  glyphs: Glyphs,
): readonly SafeText[] {
  const below = new Map<T, SafeText>()
  return list.map((each) => {
    const { parent, depth, isLast } = hangs(each)
    if (parent === null) {
      below.set(each, EMPTY)
      return EMPTY
    }
    if (depth > DEEPEST) return depthMark(depth, glyphs)
    const trunk = below.get(parent) ?? EMPTY
    below.set(each, safe`${trunk}${isLast ? safe` ` : glyphs.tree.trunk} `)
    return safe`${trunk}${isLast ? glyphs.tree.last : glyphs.tree.branch} `
  })
}

/** What stands for branches that there is no room for: the depth. */
export function depthMark(depth: number, glyphs: Glyphs): SafeText {
  return safe`${glyphs.ellipsis}${depth} `
}

function drawn({ nodes }: PlanModel, glyphs: Glyphs): readonly SafeText[] {
  return branchesFor(nodes, hangingOf, glyphs)
}

function hangingOf(node: PlanNode): Hanging<PlanNode> {
  const { parent, depth } = node
  return { parent, depth, isLast: parent?.children.at(-1) === node }
}

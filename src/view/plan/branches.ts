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

/** What stands for branches that there is no room for: the depth. */
export function depthMark(depth: number, glyphs: Glyphs): SafeText {
  return safe`${glyphs.ellipsis}${depth} `
}

function drawn({ nodes }: PlanModel, glyphs: Glyphs): readonly SafeText[] {
  const below = new Map<PlanNode, SafeText>()
  return nodes.map((node) => {
    const { parent, depth } = node
    if (parent === null) {
      below.set(node, EMPTY)
      return EMPTY
    }
    if (depth > DEEPEST) return depthMark(depth, glyphs)
    const trunk = below.get(parent) ?? EMPTY
    const isLast = parent.children.at(-1) === node
    below.set(node, safe`${trunk}${isLast ? safe` ` : glyphs.tree.trunk} `)
    return safe`${trunk}${isLast ? glyphs.tree.last : glyphs.tree.branch} `
  })
}

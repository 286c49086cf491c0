/** Which nodes have their rows spread over the participants of a Gather, and by how much the planner divided them. */
import type { PlanObject } from '../plan.ts'
import type { EstimateContext } from './estimate.ts'
import { regionsOf } from './participants.ts'
import { isGather, type TreeNode } from './tree.ts'
import { groupIn, numberIn, textIn } from './values.ts'

/**
 * By node, the divisor of its planned rows. A partial path is planned for one participant: its rows are divided by the
 * workers and by what is left of the leader, who loses 30 % to each worker (get_parallel_divisor in costsize.c; two
 * workers make 2.4). What every participant runs in full, like a private Hash, is not divided.
 */
export function spreadsOf(
  nodes: readonly TreeNode[],
  settings: PlanObject,
): readonly EstimateContext['spread'][] {
  const partial = partialOf(nodes)
  const regions = regionsOf(nodes)
  const leaderHelps = textIn(groupIn(settings, 'Settings'), 'parallel_leader_participation') !== 'off'
  return nodes.map(({ index }) => {
    const gather = regions[index] ?? null
    const planned = gather === null ? null : numberIn(gather.raw.properties, 'Workers Planned')
    if (gather === null || planned === null || partial[index] !== true) return null
    const leader = leaderHelps ? Math.max(0, 1 - 0.3 * planned) : 0
    return { divisor: planned + leader, gatherLoops: gather.loops || 1 }
  })
}

/**
 * A scan or Append that is parallel aware is partial, and so is all that reads a partial outer side, up to the Gather.
 * Children come later in pre-order, hence the way back.
 */
function partialOf(nodes: readonly TreeNode[]): readonly boolean[] {
  const partial: boolean[] = nodes.map(() => false)
  for (const node of nodes.toReversed()) {
    const children = node.children.filter(({ kind }) => kind === 'data')
    const feeding = isAppend(node) ? children : children.slice(0, 1)
    partial[node.index] =
      !isGather(node) &&
      (node.raw.properties['Parallel Aware'] === true || feeding.some(({ index }) => partial[index] === true))
  }
  return partial
}

function isAppend({ type }: TreeNode): boolean {
  return type === 'Append' || type === 'Merge Append'
}

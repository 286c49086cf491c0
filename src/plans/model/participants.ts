/** How many processes shared the work of a node. */
import { isGather, type TreeNode } from './tree.ts'

/**
 * Participants by node. `Actual Loops` counts every process, so below a Gather it tells how many really took part:
 * the loops of the Gather's child for each loop of the Gather. `Workers Launched` + 1 is wrong where the leader does
 * not take part (parallel_leader_participation, Single Copy), and where a worker came too late to do anything. Every
 * node of the region has the same number, even one that a single process ran (a member of a Parallel Append):
 * otherwise the shares would not add up to the Gather's time. A rescan that got fewer workers makes it fractional.
 */
export function participantsOf(nodes: readonly TreeNode[]): readonly number[] {
  const participants: number[] = []
  for (const node of nodes) {
    const { parent } = node
    const above = parent === null ? 1 : (participants[parent.index] ?? 1)
    participants.push(startsRegion(node) && parent !== null ? launchedBy(parent, node, above) : above)
  }
  return participants
}

/** The innermost Gather that the node runs below, in its workers or in the leader's share; null above all of them. */
export function regionsOf(nodes: readonly TreeNode[]): readonly (TreeNode | null)[] {
  const regions: (TreeNode | null)[] = []
  for (const node of nodes) {
    const { parent } = node
    regions.push(startsRegion(node) || parent === null ? parent : (regions[parent.index] ?? null))
  }
  return regions
}

/** Only what hands rows to a Gather runs in parallel: its InitPlans and the SubPlans of its own output do not. */
function startsRegion({ kind, parent }: TreeNode): boolean {
  return parent !== null && kind === 'data' && isGather(parent)
}

function launchedBy(gather: TreeNode, child: TreeNode, above: number): number {
  const runs = (above * (child.loops ?? 0)) / (gather.loops || Number.POSITIVE_INFINITY)
  return runs > 0 ? runs : 1
}

/** The waiters as trees under those who hold everything up. */
import { type Dispute, type Edge, inOrder, reducedEdges } from './blockers.ts'
import { isWaiting, type Party } from './party.ts'

/** A party, and those who wait for it first of all. */
export interface TreeNode {
  readonly party: Party
  /** Why it hangs where it hangs; null at the top. */
  readonly edge: Edge | null
  readonly children: readonly TreeNode[]
  /** The others whom it waits for as well, as far as the reduced edges tell. */
  readonly otherBlockers: readonly Edge[]
}

/** One dispute that has nothing to do with the others. */
export interface Tree {
  /**
   * Those at whose end it begins to dissolve, the one with most behind it first; of a deadlock one of its circle; of
   * a waiter whose blockers are not known, the waiter itself.
   */
  readonly roots: readonly TreeNode[]
  /** Parties that wait in it, in the order of the drawing. */
  readonly waiting: readonly Party[]
  /** Parties that wait for each other in a circle; empty without a deadlock. */
  readonly circle: readonly Party[]
  /** The longest wait in it, s; null where none is known. */
  readonly longestSeconds: number | null
}

/** All trees, those with most waiters first. Each waiting party is in exactly one place. */
export function forestOf(dispute: Dispute): readonly Tree[] {
  const edges = reducedEdges(dispute)
  const edgesOf = (party: Party) => edges.get(party) ?? []
  const waitersBy = new Map<Party, Party[]>()
  for (const [waiter, list] of edges) {
    for (const { blocker } of list) {
      const waiters = waitersBy.get(blocker) ?? []
      waiters.push(waiter)
      waitersBy.set(blocker, waiters)
    }
  }
  const parents = new Map<Party, Edge | null>()
  const grow = (seeds: readonly Party[]) => growFrom(seeds, { parents, waitersBy, edgesOf })

  grow(inOrder(dispute.parties.filter((party) => !isWaiting(party) && waitersBy.has(party))))
  // Whoever waits and was not reached has no blocker that is known, or hangs on a circle.
  const waiting = dispute.parties.filter(isWaiting)
  grow(waiting.filter((party) => edgesOf(party).length === 0))
  for (const party of waiting) {
    if (!parents.has(party)) {
      grow(circleFrom([party], edgesOf).slice(0, 1))
    }
  }
  return treesOf(parents, edgesOf)
}

interface Growth {
  readonly parents: Map<Party, Edge | null>
  readonly waitersBy: ReadonlyMap<Party, readonly Party[]>
  readonly edgesOf: (party: Party) => readonly Edge[]
}

/** Level by level, so that everybody hangs as near to the top as possible, and no circle is walked twice. */
function growFrom(seeds: readonly Party[], { parents, waitersBy, edgesOf }: Growth): void {
  const level = [...seeds]
  for (const seed of seeds) {
    parents.set(seed, null)
  }
  for (let blocker = level.shift(); blocker !== undefined; blocker = level.shift()) {
    for (const waiter of waitersBy.get(blocker) ?? []) {
      if (!parents.has(waiter)) {
        parents.set(waiter, edgesOf(waiter).find((edge) => edge.blocker === blocker) ?? null)
        level.push(waiter)
      }
    }
  }
}

/** A circle that these parties run into when they follow their blockers, its lowest pid first; empty without one. */
function circleFrom(starts: readonly Party[], edgesOf: Growth['edgesOf']): readonly Party[] {
  const seen = new Set<Party>()
  for (const start of starts) {
    const path = new Map<Party, Iterator<Edge>>()
    const steps = seen.has(start) ? [] : [start]
    for (let at = steps.at(-1); at !== undefined; at = steps.at(-1)) {
      const edges = path.get(at) ?? edgesOf(at).values()
      path.set(at, edges)
      seen.add(at)
      const next = edges.next().value?.blocker
      if (next === undefined) {
        path.delete(at)
        steps.pop()
      } else if (path.has(next)) {
        return lowestFirst(steps.slice(steps.indexOf(next)))
      } else if (!seen.has(next)) {
        steps.push(next)
      }
    }
  }
  return []
}

function lowestFirst(circle: readonly Party[]): readonly Party[] {
  const pids = circle.map(({ pids: [pid] }) => pid ?? 0)
  const turn = pids.indexOf(Math.min(...pids))
  return [...circle.slice(turn), ...circle.slice(0, turn)]
}

/** From the leaves to the roots, since a chain can be thousands deep: who hangs on another comes after him in `parents`. */
function treesOf(parents: ReadonlyMap<Party, Edge | null>, edgesOf: Growth['edgesOf']): readonly Tree[] {
  const roots: TreeNode[] = []
  const children = new Map<Party, TreeNode[]>()
  for (const [party, edge] of [...parents].toReversed()) {
    const node = {
      party,
      edge,
      children: inDrawingOrder((children.get(party) ?? []).toReversed()),
      otherBlockers: edgesOf(party).filter((each) => each !== edge),
    }
    if (edge === null) {
      roots.push(node)
    } else {
      const siblings = children.get(edge.blocker) ?? []
      siblings.push(node)
      children.set(edge.blocker, siblings)
    }
  }
  return joined(roots.toReversed(), parents, edgesOf)
    .map((group) => treeOf(group, edgesOf))
    .toSorted(
      (a, b) => b.waiting.length - a.waiting.length || (b.longestSeconds ?? -1) - (a.longestSeconds ?? -1),
    )
}

/** Roots that hold up the same waiters belong together: ending one of them alone does not free those. */
function joined(
  roots: readonly TreeNode[],
  parents: ReadonlyMap<Party, Edge | null>,
  edgesOf: Growth['edgesOf'],
): readonly (readonly TreeNode[])[] {
  const groups = new Map<Party, { nodes: TreeNode[] }>(roots.map((node) => [node.party, { nodes: [node] }]))
  const rootOf = new Map<Party, Party>()
  for (const [party, edge] of parents) {
    rootOf.set(party, edge === null ? party : (rootOf.get(edge.blocker) ?? party))
  }
  for (const [party, root] of rootOf) {
    for (const { blocker } of edgesOf(party)) {
      const [one, other] = [groups.get(root), groups.get(rootOf.get(blocker) ?? root)]
      if (one !== undefined && other !== undefined && one !== other) {
        one.nodes.push(...other.nodes)
        for (const node of other.nodes) groups.set(node.party, one)
      }
    }
  }
  return [...new Set(groups.values())].map(({ nodes }) =>
    nodes.toSorted((a, b) => membersOf(b).length - membersOf(a).length),
  )
}

function treeOf(roots: readonly TreeNode[], edgesOf: Growth['edgesOf']): Tree {
  const members = roots.flatMap(membersOf)
  const waiting = members.filter(isWaiting)
  const seconds = waiting.flatMap(({ waits }) => waits[0]?.seconds ?? [])
  return {
    roots,
    waiting,
    circle: circleFrom(members, edgesOf),
    longestSeconds: seconds.length === 0 ? null : Math.max(...seconds),
  }
}

/** The parties of a node and below, as they are drawn; a chain can be thousands deep. */
export function membersOf(node: TreeNode): readonly Party[] {
  const members: Party[] = []
  const open = [node]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    members.push(at.party)
    open.push(...at.children.toReversed())
  }
  return members
}

/** Who holds up others in turn first, then the longest wait. */
function inDrawingOrder(nodes: readonly TreeNode[]): readonly TreeNode[] {
  return nodes.toSorted(
    (a, b) =>
      Number(b.children.length > 0) - Number(a.children.length > 0) ||
      (b.party.waits[0]?.seconds ?? -1) - (a.party.waits[0]?.seconds ?? -1),
  )
}

/** The forest as rows: branches, alike waiters drawn together, and who waits in a second place as well. */
import type { LockAnalysis } from '#src/locks/analysis.ts'
import type { Edge } from '#src/locks/blockers.ts'
import type { Tree, TreeNode } from '#src/locks/forest.ts'
import { tagOf } from '#src/locks/lock.ts'
import type { Party } from '#src/locks/party.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import { type Folding, keyOf, type LocksTableRow, TOGETHER } from './rows.ts'

/** From this depth on a row tells its depth by number: branches would push everything else off the line. */
const DEEPEST = 6

/** The forest, from the blockers down to those who wait for them. A chain can be thousands deep. */
export function treeRows(analysis: LockAnalysis, folding: Folding, glyphs: Glyphs): readonly LocksTableRow[] {
  const also = alsoBlocked(analysis)
  return analysis.trees.flatMap((tree) => {
    const rows: LocksTableRow[] = []
    const open: Placed[] = tree.roots
      .toReversed()
      .map((node) => ({ part: { kind: 'one', node, group: null }, prefix: EMPTY, below: EMPTY, depth: 0 }))
    for (let placed = open.pop(); placed !== undefined; placed = open.pop()) {
      rows.push(rowOf(placed, tree, folding))
      open.push(...partsBelow(placed, { folding, glyphs, also }).toReversed())
    }
    return rows
  })
}

interface Drawing {
  readonly folding: Folding
  readonly glyphs: Glyphs
  readonly also: ReadonlyMap<Party, readonly Edge[]>
}

/** A part of a tree and the branches in front of it. */
interface Placed {
  readonly part: Part
  readonly prefix: SafeText
  /** What stands in front of the rows below. */
  readonly below: SafeText
  readonly depth: number
}

const EMPTY = safe``

function rowOf({ part, prefix }: Placed, tree: Tree, folding: Folding): LocksTableRow {
  switch (part.kind) {
    case 'one': {
      const { party, edge, children } = part.node
      const key = keyOf(party)
      return {
        kind: 'party',
        key,
        prefix,
        tree,
        party,
        edge,
        folded: folding.closed.has(key) ? countBelow(part.node) : 0,
        canFold: children.length > 0,
        place: null,
        held: null,
        group: part.group,
      }
    }
    case 'more':
      return {
        kind: 'more',
        key: part.key,
        prefix,
        tree,
        parties: part.nodes.map(({ party }) => party),
        edge: part.nodes[0]?.edge ?? null,
      }
    case 'also': {
      const { edge } = part
      const key = `${keyOf(edge.blocker)} also ${keyOf(edge.waiter)}`
      return { kind: 'also', key, prefix, tree, party: edge.waiter, edge }
    }
  }
}

/** What hangs below, each with its branches; nothing below what is closed or drawn together. */
function partsBelow({ part, below, depth }: Placed, { folding, glyphs, also }: Drawing): readonly Placed[] {
  if (part.kind !== 'one') return []
  const key = keyOf(part.node.party)
  if (folding.closed.has(key)) return []
  const others = (also.get(part.node.party) ?? []).map((edge): Part => ({ kind: 'also', edge }))
  const parts = [...groupsOf(part.node.children, key, folding), ...others]
  return parts.map((each, index) => {
    const isLast = index === parts.length - 1
    return depth >= DEEPEST
      ? { part: each, prefix: safe`${glyphs.ellipsis}${depth + 1} `, below, depth: depth + 1 }
      : {
          part: each,
          prefix: safe`${below}${isLast ? glyphs.tree.last : glyphs.tree.branch} `,
          below: safe`${below}${isLast ? safe` ` : glyphs.tree.trunk} `,
          depth: depth + 1,
        }
  })
}

type Part =
  | { readonly kind: 'one'; readonly node: TreeNode; readonly group: string | null }
  | { readonly kind: 'more'; readonly key: string; readonly nodes: readonly TreeNode[] }
  | { readonly kind: 'also'; readonly edge: Edge }

/** Siblings that hold up nobody and want the same of the same thing for the same reason. */
function groupsOf(nodes: readonly TreeNode[], parent: string, folding: Folding): readonly Part[] {
  const groups = new Map<string, TreeNode[]>()
  for (const node of nodes) {
    const [wait] = node.party.waits
    const isAlone = node.children.length > 0 || wait === undefined
    const sign = isAlone
      ? `alone ${keyOf(node.party)}`
      : `${node.edge?.kind} ${wait.lock.mode} ${tagOf(wait.lock)}`
    const group = groups.get(sign) ?? []
    group.push(node)
    groups.set(sign, group)
  }
  return Array.from(groups, ([sign, group]): readonly Part[] => {
    const key = `more ${parent} ${sign}`
    const [first, ...rest] = group
    const isOpened = folding.opened.has(key)
    if (first === undefined || rest.length < TOGETHER || isOpened) {
      return group.map((node) => ({ kind: 'one', node, group: isOpened ? key : null }))
    }
    return [
      { kind: 'one', node: first, group: null },
      { kind: 'more', key, nodes: rest },
    ]
  }).flat()
}

/** The waiters that a party holds up as well, though they hang under another one. */
function alsoBlocked(analysis: LockAnalysis): ReadonlyMap<Party, readonly Edge[]> {
  const also = new Map<Party, Edge[]>()
  const roots = new Set(analysis.trees.flatMap((tree) => tree.roots.map(({ party }) => party)))
  for (const party of analysis.waiting) {
    for (const edge of analysis.nodeOf(party)?.otherBlockers ?? []) {
      // Of the others, those at the top are told: whoever waits himself is not what has to end.
      if (roots.has(edge.blocker)) {
        const edges = also.get(edge.blocker) ?? []
        edges.push(edge)
        also.set(edge.blocker, edges)
      }
    }
  }
  return also
}

function countBelow(node: TreeNode): number {
  let count = 0
  const open = [...node.children]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    count += 1
    open.push(...at.children)
  }
  return count
}

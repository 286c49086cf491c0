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

/** The forest, from the blockers down to those who wait for them. */
export function treeRows(analysis: LockAnalysis, folding: Folding, glyphs: Glyphs): readonly LocksTableRow[] {
  const also = alsoBlocked(analysis)
  const rows: LocksTableRow[] = []
  for (const tree of analysis.trees) {
    for (const root of tree.roots) {
      addNode(
        root,
        { rows, tree, folding, glyphs, also },
        { prefix: safe``, below: safe``, depth: 0, group: null },
      )
    }
  }
  return rows
}

interface Drawing {
  readonly rows: LocksTableRow[]
  readonly tree: Tree
  readonly folding: Folding
  readonly glyphs: Glyphs
  readonly also: ReadonlyMap<Party, readonly Edge[]>
}

interface Branch {
  readonly prefix: SafeText
  /** What stands in front of the rows below. */
  readonly below: SafeText
  readonly depth: number
  readonly group: string | null
}

function addNode(node: TreeNode, drawing: Drawing, { prefix, below, depth, group }: Branch): void {
  const { rows, tree, folding, glyphs, also } = drawing
  const key = keyOf(node.party)
  const children = node.children
  const others = also.get(node.party) ?? []
  const isClosed = folding.closed.has(key)
  rows.push({
    kind: 'party',
    key,
    prefix,
    tree,
    party: node.party,
    edge: node.edge,
    folded: isClosed ? countBelow(node) : 0,
    canFold: children.length > 0,
    place: null,
    held: null,
    group,
  })
  if (isClosed) {
    return
  }
  const parts = [
    ...groupsOf(children, key, folding),
    ...others.map((edge) => ({ kind: 'also', edge }) as const),
  ]
  parts.forEach((part, index) => {
    const isLast = index === parts.length - 1
    const branch =
      depth >= DEEPEST
        ? { prefix: safe`${glyphs.ellipsis}${depth + 1} `, below }
        : {
            prefix: safe`${below}${isLast ? glyphs.tree.last : glyphs.tree.branch} `,
            below: safe`${below}${isLast ? safe` ` : glyphs.tree.trunk} `,
          }
    if (part.kind === 'one') {
      addNode(part.node, drawing, { ...branch, depth: depth + 1, group: part.group })
    } else if (part.kind === 'more') {
      const { key, nodes } = part
      rows.push({
        kind: 'more',
        key,
        prefix: branch.prefix,
        tree,
        parties: nodes.map(({ party }) => party),
        edge: nodes[0]?.edge ?? null,
      })
    } else {
      const { edge } = part
      rows.push({
        kind: 'also',
        key: `${key} also ${keyOf(edge.waiter)}`,
        prefix: branch.prefix,
        tree,
        party: edge.waiter,
        edge,
      })
    }
  })
}

type Part =
  | { readonly kind: 'one'; readonly node: TreeNode; readonly group: string | null }
  | { readonly kind: 'more'; readonly key: string; readonly nodes: readonly TreeNode[] }

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

/** The forest as rows of a table: folded, alike waiters drawn together, each row found again by its identity. */
import type { LockAnalysis } from '#src/locks/analysis.ts'
import { type Edge, inOrder } from '#src/locks/blockers.ts'
import type { Tree, TreeNode } from '#src/locks/forest.ts'
import { tagOf } from '#src/locks/lock.ts'
import { type Mode, modesOf } from '#src/locks/modes.ts'
import type { Party } from '#src/locks/party.ts'
import type { Thing } from '#src/locks/thing.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import type { Glyphs } from '#src/theme/theme.ts'

/** From this depth on a row tells its depth by number: branches would push everything else off the line. */
const DEEPEST = 6

/** Of alike waiters the first is drawn; from so many others on these are drawn as one row. */
const TOGETHER = 3

interface RowBase {
  /** Follows the row across snapshots. */
  readonly key: string
  /** Branches in front of the first column. */
  readonly prefix: SafeText
  /** The tree that it belongs to. */
  readonly tree: Tree | null
}

/** A row of the Locks screen. */
export type LocksTableRow =
  /** A party: at the top, or with the edge by which it hangs. */
  | (RowBase & {
      readonly kind: 'party'
      readonly party: Party
      readonly edge: Edge | null
      /** Rows below that are not drawn. */
      readonly folded: number
      readonly canFold: boolean
      /** Its place in a queue, from 1; null elsewhere. */
      readonly place: number | null
      /** What it holds of the thing above it, strongest first; null where it stands for itself. */
      readonly held: readonly Mode[] | null
    })
  /** Waiters that differ in nothing but who they are. */
  | (RowBase & { readonly kind: 'more'; readonly parties: readonly Party[]; readonly edge: Edge | null })
  /** One shown elsewhere that waits for the party above as well. */
  | (RowBase & { readonly kind: 'also'; readonly party: Party; readonly edge: Edge })
  /** A thing that is waited for, above its holders and its queue. */
  | (RowBase & { readonly kind: 'thing'; readonly thing: Thing; readonly folded: number })

/** What a person has opened and closed, by keys of rows. */
export interface Folding {
  /** Trees and things that show only their top. */
  readonly closed: ReadonlySet<string>
  /** Groups of alike waiters that show each of them. */
  readonly opened: ReadonlySet<string>
}

export const UNFOLDED: Folding = { closed: new Set(), opened: new Set() }

/** The identity of a party: pid and backend start, or the name of a prepared transaction. */
export function keyOf({ id, row }: Party): string {
  return row.pid === null ? id : `${row.pid} ${row.backend_start ?? ''}`
}

/** The forest, from the blockers down to those who wait for them. */
export function treeRows(analysis: LockAnalysis, folding: Folding, glyphs: Glyphs): readonly LocksTableRow[] {
  const also = alsoBlocked(analysis)
  const rows: LocksTableRow[] = []
  for (const tree of analysis.trees) {
    for (const root of tree.roots) {
      addNode(root, { rows, tree, folding, glyphs, also }, { prefix: safe``, below: safe``, depth: 0 })
    }
  }
  return rows
}

/** Every waiter, the longest wait first, with the way up to its root. */
export function waiterRows(analysis: LockAnalysis): readonly LocksTableRow[] {
  return analysis.trees
    .flatMap((tree) => tree.waiting.map((party) => ({ tree, party })))
    .toSorted((a, b) => (b.party.waits[0]?.seconds ?? -1) - (a.party.waits[0]?.seconds ?? -1))
    .map(({ tree, party }) => ({
      kind: 'party',
      key: keyOf(party),
      prefix: safe``,
      tree,
      party,
      edge: analysis.nodeOf(party)?.edge ?? null,
      folded: 0,
      canFold: false,
      place: null,
      held: null,
    }))
}

/** Every thing that is waited for: who holds it, then who stands in its queue, in order. */
export function thingRows(
  analysis: LockAnalysis,
  folding: Folding,
  glyphs: Glyphs,
): readonly LocksTableRow[] {
  const things = [...analysis.dispute.things.values()].toSorted((a, b) => b.queue.length - a.queue.length)
  return things.flatMap((thing) => {
    const key = `thing ${thing.tag}`
    const [front] = thing.queue
    const tree = front === undefined ? null : treeOf(analysis, front.party)
    const rows = [
      ...holderRows(thing, { analysis, tree, glyphs }),
      ...queueRows(thing, { analysis, tree, folding, glyphs }),
    ]
    const isClosed = folding.closed.has(key)
    const head: LocksTableRow = {
      kind: 'thing',
      key,
      prefix: safe``,
      tree,
      thing,
      folded: isClosed ? rows.length : 0,
    }
    return isClosed ? [head] : [head, ...rows]
  })
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
}

function addNode(node: TreeNode, drawing: Drawing, { prefix, below, depth }: Branch): void {
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
        ? { prefix: safe`${glyphs.ellipsis}${depth + 1} `, below, depth: depth + 1 }
        : {
            prefix: safe`${below}${isLast ? glyphs.tree.last : glyphs.tree.branch} `,
            below: safe`${below}${isLast ? safe` ` : glyphs.tree.trunk} `,
            depth: depth + 1,
          }
    if (part.kind === 'one') {
      addNode(part.node, drawing, branch)
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
  | { readonly kind: 'one'; readonly node: TreeNode }
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
    if (first === undefined || rest.length < TOGETHER || folding.opened.has(key)) {
      return group.map((node) => ({ kind: 'one', node }))
    }
    return [
      { kind: 'one', node: first },
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

function treeOf(analysis: LockAnalysis, party: Party): Tree | null {
  return analysis.trees.find(({ waiting }) => waiting.includes(party)) ?? null
}

interface ThingDrawing {
  readonly analysis: LockAnalysis
  readonly tree: Tree | null
  readonly glyphs: Glyphs
}

function holderRows(thing: Thing, { tree, glyphs }: ThingDrawing): readonly LocksTableRow[] {
  return inOrder([...thing.holders.keys()]).map((party) => ({
    kind: 'party',
    key: `${thing.tag} holds ${keyOf(party)}`,
    prefix: safe`${glyphs.tree.branch} `,
    tree,
    party,
    edge: null,
    folded: 0,
    canFold: false,
    place: null,
    held: modesOf(thing.holders.get(party) ?? 0).toReversed(),
  }))
}

/** The queue in its order; neighbours in it who want the same are drawn together. */
function queueRows(
  thing: Thing,
  { analysis, tree, folding, glyphs }: ThingDrawing & { readonly folding: Folding },
): readonly LocksTableRow[] {
  const runs: { readonly mode: string; readonly places: number[] }[] = []
  thing.queue.forEach(({ mode }, index) => {
    const last = runs.at(-1)
    if (last?.mode === mode) last.places.push(index)
    else runs.push({ mode, places: [index] })
  })
  const prefix = safe`${glyphs.tree.branch} `
  return runs.flatMap(({ mode, places: [first = 0, ...rest] }): readonly LocksTableRow[] => {
    const rowAt = (index: number): readonly LocksTableRow[] => {
      const party = thing.queue[index]?.party
      if (party === undefined) return []
      const edge = analysis.nodeOf(party)?.edge ?? null
      const key = `${thing.tag} wants ${keyOf(party)}`
      return [
        {
          kind: 'party',
          key,
          prefix,
          tree,
          party,
          edge,
          folded: 0,
          canFold: false,
          place: index + 1,
          held: null,
        },
      ]
    }
    const parties = rest.flatMap((index) => thing.queue[index]?.party ?? [])
    const head = thing.queue[first]?.party
    const key = `more ${thing.tag} ${mode} ${head === undefined ? '' : keyOf(head)}`
    if (rest.length < TOGETHER || folding.opened.has(key)) return [first, ...rest].flatMap(rowAt)
    const edge = parties[0] === undefined ? null : (analysis.nodeOf(parties[0])?.edge ?? null)
    return [...rowAt(first), { kind: 'more', key, prefix, tree, parties, edge }]
  })
}

/** The nodes of a plan in the order they are printed, with their links and what they were measured at. */
import type { RawNode } from '../plan.ts'
import { type ChildKind, kindOf } from './kind.ts'
import { numberIn, textIn } from './values.ts'

/** A node at its place; everything later in the model is a list beside the list of these. */
export interface TreeNode {
  /** Its place in pre-order. */
  readonly index: number
  /** The place behind its last descendant: the subtree is `index` up to here. */
  readonly end: number
  /** `0` for the root, `0.1` for its second child, … */
  readonly path: string
  readonly depth: number
  readonly kind: ChildKind
  readonly type: string
  readonly raw: RawNode
  readonly parent: TreeNode | null
  readonly children: readonly TreeNode[]
  /** How often it ran, in all processes together; null in a plan that was not executed. */
  readonly loops: number | null
}

/** The tree in pre-order. Without recursion: a plan may be as deep as its author likes. */
export function treeOf(root: RawNode): readonly TreeNode[] {
  const nodes: Growing[] = []
  const open: Planted[] = [{ raw: root, parent: null, path: '0' }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = grow(next, nodes.length)
    nodes.push(node)
    next.parent?.children.push(node)
    for (const [place, raw] of [...node.raw.children.entries()].reverse())
      open.push({ raw, parent: node, path: `${node.path}.${place}` })
  }
  // The text format prints no loops for a node that never ran.
  if (nodes.some(({ loops }) => loops !== null)) for (const node of nodes) node.loops ??= 0
  for (const node of nodes.toReversed()) node.end = node.children.at(-1)?.end ?? node.index + 1
  return nodes
}

/** Whether it ran at all: EXPLAIN says `never executed` of the others, or prints `Actual Loops: 0`. */
export function hasRun(node: TreeNode): boolean {
  return (node.loops ?? 0) > 0
}

export function isWithin(node: TreeNode, ancestor: TreeNode): boolean {
  return node.index >= ancestor.index && node.index < ancestor.end
}

export function isGather({ type }: { readonly type: string }): boolean {
  return type === 'Gather' || type === 'Gather Merge'
}

interface Planted {
  readonly raw: RawNode
  readonly parent: Growing | null
  readonly path: string
}

type Growing = { -readonly [K in keyof TreeNode]: TreeNode[K] } & {
  parent: Growing | null
  children: Growing[]
}

function grow({ raw, parent, path }: Planted, index: number): Growing {
  const { properties } = raw
  return {
    index,
    end: index + 1,
    path,
    depth: parent === null ? 0 : parent.depth + 1,
    kind: parent === null ? 'root' : kindOf(properties),
    type: textIn(properties, 'Node Type') ?? '',
    raw,
    parent,
    children: [],
    loops: loopsOf(raw),
  }
}

/** A node with rows ran at least once, even if some tool dropped its loops. */
function loopsOf({ properties }: RawNode): number | null {
  const loops = numberIn(properties, 'Actual Loops')
  if (loops !== null) return Math.max(0, loops)
  return numberIn(properties, 'Actual Rows') === null ? null : 1
}

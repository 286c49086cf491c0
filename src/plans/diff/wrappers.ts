/** Nodes that name nothing: joins, sorts, aggregates, … told by what lies below them, else by their place. */
import { align, pairByKey, pairEvenly } from './align.ts'
import { type Item, isData, type Outline } from './outline.ts'
import type { Partners } from './partners.ts'
import type { Reach } from './reach.ts'
import { APPEND } from './role.ts'

/** What the nodes of two plans have been found to share so far. */
export interface Shared {
  readonly first: Outline
  readonly second: Outline
  readonly partners: Partners
  readonly reaches: ReadonlyMap<Item, Reach>
}

/**
 * Pairs nodes over the same set of things. Those of one plan over one set stand one above the other, so that whatever
 * was put between them or taken away leaves the others in their order.
 */
export function pairByReach({ first, second, partners, reaches }: Shared): void {
  const chainsOf = (outline: Outline) =>
    Map.groupBy(
      outline.filter((item) => !partners.has(item)),
      (item) => reaches.get(item)?.key ?? null,
    )
  const others = chainsOf(second)
  for (const [key, chain] of chainsOf(first)) {
    if (key !== null) pairInOrder(chain, others.get(key) ?? [], partners, (a, b) => likeness(a, b, reaches))
  }
}

/**
 * Pairs what is left at the top of both plans, and of sub-plans of one name: a table more or a CTE less changes what
 * all nodes above it are over, and still they are the same.
 */
export function pairTops({ first, second, partners, reaches }: Shared): void {
  const isTop = (item: Item) => item.unitRoot === item && !partners.has(item)
  for (const [top, other] of pairEvenly(first.filter(isTop), second.filter(isTop), unitKey)) {
    pairInOrder(spineOf(top, partners), spineOf(other, partners), partners, (a, b) => likeness(a, b, reaches))
  }
}

/** Pairs what has nothing of its own to be told by, where it hangs below the same node. */
export function pairByPlace({ first, second, partners, reaches }: Shared): void {
  const isNameless = (item: Item) => !partners.has(item) && (reaches.get(item)?.size ?? 0) === 0
  const pairBelow = (tops: readonly Item[], others: readonly Item[]) =>
    pairInOrder(
      within(tops.filter(isNameless), isNameless),
      within(others.filter(isNameless), isNameless),
      partners,
      (a, b) => (mayStandFor(a, b) ? likeness(a, b, reaches) : 0),
    )
  const paired = first.filter((item) => partners.has(item))
  pairBelow(first.slice(0, 1), second.slice(0, 1))
  for (const item of paired) pairBelow(item.children, partners.of(item)?.children ?? [])
}

function unitKey({ unit, node }: Item): string {
  return [node.kind, unit].join('\0')
}

/** What is not paired from a top down to where the plan branches. */
function spineOf(top: Item, partners: Partners): readonly Item[] {
  const spine: Item[] = []
  for (let item: Item | undefined = top; item !== undefined && !partners.has(item); ) {
    spine.push(item)
    const children: readonly Item[] = item.children.filter(isData)
    item = children.length === 1 ? children[0] : undefined
  }
  return spine
}

/** Items and all below them that `isIn`, in the order they are printed. */
function within(tops: readonly Item[], isIn: (item: Item) => boolean): readonly Item[] {
  const items: Item[] = []
  const open = tops.toReversed()
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    items.push(item)
    for (const child of item.children.toReversed()) if (isIn(child)) open.push(child)
  }
  return items
}

/** One table in place of another may be what it was replaced by; one partition in place of another is not. */
function mayStandFor(a: Item, b: Item): boolean {
  return a.thing === null || b.thing === null || a.parent?.role !== APPEND || b.parent?.role !== APPEND
}

/** What counts for little; together less than a pair more. */
const PAIR = 16

function likeness(a: Item, b: Item, reaches: ReadonlyMap<Item, Reach>): number {
  if (a.role !== b.role || (a.thing === null) !== (b.thing === null)) return 0
  return (
    PAIR +
    (reaches.get(a)?.isBranch === reaches.get(b)?.isBranch ? 4 : 0) +
    (a.keys === b.keys ? 2 : 0) +
    (a.type === b.type ? 1 : 0) +
    (a.unit === b.unit ? 1 : 0)
  )
}

function pairInOrder(
  items: readonly Item[],
  others: readonly Item[],
  partners: Partners,
  weigh: (a: Item, b: Item) => number,
): void {
  if (items.length === 0 || others.length === 0) return
  partners.pairAll(
    align(items, others, weigh) ??
      pairByKey(items, others, (item) => item.role).filter(([item, other]) => weigh(item, other) > 0),
  )
}

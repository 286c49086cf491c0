/** Which of the things that both plans name lie at or below a node. */
import { type Item, isData, type Outline } from './outline.ts'
import type { Partners } from './partners.ts'

/** Of a sub-plan only what hands its rows on counts: where else it hangs says nothing of what a node reads. */
export interface Reach {
  /**
   * The same number for the same set of things in either plan; null for no thing at all, and in the second plan for a
   * set that no node of the first has.
   */
  readonly key: number | null
  /** How many things. */
  readonly size: number
  /** Whether several of its children have some: it brings things together. */
  readonly isBranch: boolean
}

/**
 * Things are numbered in the order of the first plan, sub-plan by sub-plan, so that whatever a node of it reaches are
 * neighbours: a set is known by its least, its greatest and its size.
 */
export function reachesOf(first: Outline, second: Outline, partners: Partners): ReadonlyMap<Item, Reach> {
  const places = new Map<Item, number>()
  const things = first.filter((item) => item.thing !== null && partners.has(item))
  things.sort((a, b) => a.unitRoot.node.index - b.unitRoot.node.index || a.node.index - b.node.index)
  for (const [place, item] of things.entries()) {
    places.set(item, place)
    places.set(partners.of(item) ?? item, place)
  }
  const reaches = new Map<Item, Reach>()
  for (const outline of [first, second]) addReaches(outline, { places, count: things.length, reaches })
  return reaches
}

interface Counting {
  readonly places: ReadonlyMap<Item, number>
  /** Things in all. */
  readonly count: number
  readonly reaches: Map<Item, Reach>
}

function addReaches(outline: Outline, { places, count, reaches }: Counting): void {
  const spans = new Map<Item, { least: number; greatest: number; size: number; branches: number }>()
  for (const item of outline.toReversed()) {
    const own = spans.get(item) ?? { least: count, greatest: -1, size: 0, branches: 0 }
    const place = places.get(item)
    if (place !== undefined) {
      own.least = Math.min(own.least, place)
      own.greatest = Math.max(own.greatest, place)
      own.size += 1
    }
    const { least, greatest, size, branches } = own
    const isTogether = size > 0 && greatest - least + 1 === size
    reaches.set(item, { key: isTogether ? least * count + greatest : null, size, isBranch: branches > 1 })
    if (item.parent === null || !isData(item) || size === 0) continue
    const above = spans.get(item.parent) ?? { least: count, greatest: -1, size: 0, branches: 0 }
    spans.set(item.parent, {
      least: Math.min(above.least, least),
      greatest: Math.max(above.greatest, greatest),
      size: above.size + size,
      branches: above.branches + 1,
    })
  }
}

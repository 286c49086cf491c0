/** Both plans as one tree. */
import type { PlanNode } from '../model/node.ts'
import type { Compare, Delta } from './deltas.ts'
import { type Match, movedIn } from './match.ts'
import { type Item, isAlike, isData } from './outline.ts'

/** `same`: the same kind of node on the same thing; `changed`: another kind or another index in its place. */
export type Change = 'same' | 'changed' | 'added' | 'removed'

/** A node of either plan, or one of each that are the same one. */
export interface DiffRow extends Delta {
  readonly change: Change
  readonly before: PlanNode | null
  readonly after: PlanNode | null
  /** Whether it is joined to something else than before; what is below it went with it and is not told again. */
  readonly isMoved: boolean
  /** In the drawn tree, which is that of the second plan with what went away put in its old place. */
  readonly depth: number
  readonly isLast: boolean
  readonly parent: DiffRow | null
}

/** The rows from top to bottom. Several have no parent where the plans have no top in common. */
export function rowsOf(match: Match, compare: Compare): readonly DiffRow[] {
  const tree = new MergedTree(match, compare)
  for (const item of match.after) tree.addAfter(item)
  for (const item of match.before) if (!match.partners.has(item)) tree.addRemoved(item)
  return tree.rows()
}

type Growing = { -readonly [K in keyof DiffRow]: DiffRow[K] } & {
  parent: Growing | null
  readonly children: Growing[]
  /** The set of things that it is over, as far as both plans have it. */
  readonly reach: number | null
}

class MergedTree {
  readonly #match: Match
  readonly #compare: Compare
  readonly #moved: ReadonlySet<Item>
  readonly #tops: Growing[] = []
  /** By the nodes of both plans. */
  readonly #rows = new Map<Item, Growing>()

  constructor(match: Match, compare: Compare) {
    this.#match = match
    this.#compare = compare
    this.#moved = movedIn(match)
  }

  /** A node of the second plan, and the one of the first that is the same; after the one above it. */
  addAfter(item: Item): void {
    const former = this.#match.partners.of(item)
    const change = former === null ? 'added' : isAlike(former, item) ? 'same' : 'changed'
    const parent = item.parent === null ? null : (this.#rows.get(item.parent) ?? null)
    const row = this.#rowOf(change, former, item)
    row.parent = parent
    this.#siblings(parent).push(row)
    this.#rows.set(item, row)
    if (former !== null) this.#rows.set(former, row)
  }

  /** A node of the first plan alone, after the one above it: around what it was around, or where it was. */
  addRemoved(item: Item): void {
    const parent = item.parent === null ? null : (this.#rows.get(item.parent) ?? null)
    const row = this.#rowOf('removed', item, null)
    row.parent = parent
    const siblings = this.#siblings(parent)
    const inner = this.#innerOf(item, row)
    if (inner === null) {
      siblings.splice(this.#placeOf(item, siblings, parent), 0, row)
    } else {
      siblings[siblings.indexOf(inner)] = row
      inner.parent = row
      row.children.push(inner)
    }
    this.#rows.set(item, row)
  }

  rows(): readonly DiffRow[] {
    const rows: DiffRow[] = []
    const open = this.#tops.toReversed()
    for (let row = open.pop(); row !== undefined; row = open.pop()) {
      row.depth = row.parent === null ? 0 : row.parent.depth + 1
      row.isLast = this.#siblings(row.parent).at(-1) === row
      rows.push(row)
      for (const child of row.children.toReversed()) open.push(child)
    }
    return rows
  }

  #rowOf(change: Change, before: Item | null, after: Item | null): Growing {
    const reach = this.#match.reaches.get((after ?? before) as Item)
    return {
      change,
      before: before?.node ?? null,
      after: after?.node ?? null,
      isMoved: after !== null && this.#moved.has(after),
      depth: 0,
      isLast: false,
      parent: null,
      children: [],
      reach: reach?.key ?? null,
      ...this.#compare(before?.node ?? null, after?.node ?? null),
    }
  }

  #siblings(parent: Growing | null): Growing[] {
    return parent === null ? this.#tops : parent.children
  }

  /**
   * The row that a removed node was around, right below the row of the node above it: the highest of those over the
   * same things. Null where these are elsewhere now, or nothing of them was kept.
   */
  #innerOf(item: Item, { parent, reach }: Growing): Growing | null {
    let row = reach === null ? null : this.#keptBelow(item, reach)
    while (row !== null && row.reach === reach) {
      if (row.parent === parent) return row
      row = row.parent
    }
    return null
  }

  #keptBelow(item: Item, reach: number): Growing | null {
    for (let below = this.#soleBelow(item, reach); below !== null; below = this.#soleBelow(below, reach)) {
      if (this.#match.partners.has(below)) return this.#rows.get(below) ?? null
    }
    return null
  }

  #soleBelow({ children }: Item, reach: number): Item | null {
    return children.find((child) => isData(child) && this.#match.reaches.get(child)?.key === reach) ?? null
  }

  /** Behind what it came behind before, as far as that is still there. */
  #placeOf(item: Item, siblings: readonly Growing[], parent: Growing | null): number {
    const formerly = item.parent?.children ?? []
    for (let at = formerly.indexOf(item) - 1; at >= 0; at -= 1) {
      const row = this.#rows.get(formerly[at] as Item)
      if (row !== undefined && row.parent === parent) return siblings.lastIndexOf(row) + 1
    }
    return 0
  }
}

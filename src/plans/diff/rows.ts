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
  /** Its place below its parent. */
  slot: Slot
  readonly slots: Slot[]
  /** What was removed in front of all that is there. */
  readonly ahead: Growing[]
  /** The set of things that it is over, as far as both plans have it. */
  readonly reach: number | null
}

/** A place below a parent: what is there, and the list of what was removed behind it. */
interface Slot {
  row: Growing
  readonly behind: Growing[]
}

class MergedTree {
  readonly #match: Match
  readonly #compare: Compare
  readonly #moved: ReadonlySet<Item>
  readonly #top: Pick<Growing, 'slots' | 'ahead'> = { slots: [], ahead: [] }
  /** By the nodes of both plans. */
  readonly #rows = new Map<Item, Growing>()
  /** By the removed nodes: the nearest node below over the same things that is in both plans. */
  readonly #kept = new Map<Item, Item | null>()

  constructor(match: Match, compare: Compare) {
    this.#match = match
    this.#compare = compare
    this.#moved = movedIn(match)
  }

  /** A node of the second plan, and the one of the first that is the same; after the one above it. */
  addAfter(item: Item): void {
    const former = this.#match.partners.of(item)
    const change = former === null ? 'added' : isAlike(former, item) ? 'same' : 'changed'
    const row = this.#rowOf(change, former, item)
    this.#below(row.parent).slots.push(row.slot)
    this.#rows.set(item, row)
    if (former !== null) this.#rows.set(former, row)
  }

  /** A node of the first plan alone, after the one above it: around what it was around, or where it was. */
  addRemoved(item: Item): void {
    const row = this.#rowOf('removed', item, null)
    const inner = this.#innerOf(item, row)
    if (inner === null) {
      const list = this.#listFor(item, row)
      list.push(row)
      row.slot = { row, behind: list }
    } else {
      row.slot = inner.slot
      row.slot.row = row
      inner.slot = { row: inner, behind: [] }
      inner.parent = row
      row.slots.push(inner.slot)
    }
    this.#rows.set(item, row)
  }

  rows(): readonly DiffRow[] {
    const rows: DiffRow[] = []
    const open: Growing[] = []
    const goBelow = (parent: Growing | null) => {
      const children = childrenOf(this.#below(parent)).reverse()
      for (const [at, child] of children.entries()) {
        child.isLast = at === 0
        open.push(child)
      }
    }
    goBelow(null)
    for (let row = open.pop(); row !== undefined; row = open.pop()) {
      row.depth = row.parent === null ? 0 : row.parent.depth + 1
      rows.push(row)
      goBelow(row)
    }
    return rows
  }

  #rowOf(change: Change, before: Item | null, after: Item | null): Growing {
    const item = (after ?? before) as Item
    const row: Omit<Growing, 'slot'> = {
      change,
      before: before?.node ?? null,
      after: after?.node ?? null,
      isMoved: after !== null && this.#moved.has(after),
      depth: 0,
      isLast: false,
      parent: item.parent === null ? null : (this.#rows.get(item.parent) ?? null),
      slots: [],
      ahead: [],
      reach: this.#match.reaches.get(item)?.key ?? null,
      ...this.#compare(before?.node ?? null, after?.node ?? null),
    }
    const placed = row as Growing
    placed.slot = { row: placed, behind: [] }
    return placed
  }

  #below(parent: Growing | null): Pick<Growing, 'slots' | 'ahead'> {
    return parent ?? this.#top
  }

  /**
   * The row that a removed node was around, right below the row of the node above it: the highest of those over the
   * same things. Null where these are elsewhere now, or nothing of them was kept.
   */
  #innerOf(item: Item, { parent, reach }: Growing): Growing | null {
    const kept = reach === null ? null : this.#keptBelow(item, reach)
    let row = kept === null ? null : (this.#rows.get(kept) ?? null)
    while (row !== null && row.reach === reach) {
      if (row.parent === parent) return row
      row = row.parent
    }
    return null
  }

  #keptBelow(item: Item, reach: number): Item | null {
    const isHere = (child: Item) => isData(child) && this.#match.reaches.get(child)?.key === reach
    const passed: Item[] = []
    let below: Item | null = item
    while (below !== null && !this.#match.partners.has(below) && !this.#kept.has(below)) {
      passed.push(below)
      below = below.children.find(isHere) ?? null
    }
    const known = below === null ? null : this.#kept.get(below)
    const kept = known === undefined ? below : known
    for (const each of passed) this.#kept.set(each, kept)
    return kept
  }

  /** Where a removed node is put last: behind what it came behind before, as far as that is still there. */
  #listFor(item: Item, { parent }: Growing): Growing[] {
    const formerly = item.parent?.children ?? []
    for (let place = item.place - 1; place >= 0; place -= 1) {
      const row = this.#rows.get(formerly[place] as Item)
      if (row !== undefined && row.parent === parent) return row.slot.behind
    }
    return this.#below(parent).ahead
  }
}

function childrenOf({ slots, ahead }: Pick<Growing, 'slots' | 'ahead'>): Growing[] {
  const children = [...ahead]
  for (const { row, behind } of slots) {
    children.push(row)
    for (const removed of behind) children.push(removed)
  }
  return children
}

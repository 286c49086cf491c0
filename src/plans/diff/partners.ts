/** Which node of one plan is which of the other; asked from either side. */
import type { Item } from './outline.ts'

export class Partners {
  readonly #of = new Map<Item, Item>()

  pair(item: Item, other: Item): void {
    this.#of.set(item, other)
    this.#of.set(other, item)
  }

  pairAll(pairs: Iterable<readonly [Item, Item]>): void {
    for (const [item, other] of pairs) this.pair(item, other)
  }

  of(item: Item): Item | null {
    return this.#of.get(item) ?? null
  }

  has(item: Item): boolean {
    return this.#of.has(item)
  }
}

/** The indexes of one table that stay, found by the shape that another would need. */
import { covers, type Shape } from './shape.ts'

export class Kept {
  readonly #same = new Map<string, Shape[]>()
  readonly #longer = new Map<string, Shape[]>()

  /** Adds one; longer ones come first, and among equals those that rather stay. */
  add(shape: Shape): void {
    append(this.#same, shape.signature, shape)
    for (const prefix of shape.prefixes.slice(0, -1)) append(this.#longer, prefix, shape)
  }

  /** One that does all the work of another: a twin, or else of the shortest that begin with its columns the first. */
  coverOf(shape: Shape): Shape | null {
    const isOther = (each: Shape) => each.index.oid !== shape.index.oid && covers(each, shape)
    const twin = (this.#same.get(shape.signature) ?? []).find(isOther)
    if (twin !== undefined) return twin
    let found: Shape | null = null
    for (const each of (this.#longer.get(shape.signature) ?? []).toReversed()) {
      if (found !== null && each.prefixes.length > found.prefixes.length) break
      if (isOther(each)) found = each
    }
    return found
  }
}

/** Adds to the list of a key. */
export function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

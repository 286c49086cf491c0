/** The indexes of one table that stay, found by the shape that another would need. */
import { covers, type Shape } from './shape.ts'

export class Kept {
  readonly #all: Shape[] = []
  readonly #same = new Map<string, Shape[]>()
  readonly #shortest = new Map<string, Shape>()

  /** Adds one; longer ones come first, and among equals those that rather stay. */
  add(shape: Shape): void {
    this.#all.push(shape)
    append(this.#same, shape.signature, shape)
    for (const prefix of shape.prefixes) {
      if (prefix === shape.signature) continue
      const shortest = this.#shortest.get(prefix)
      if (shortest === undefined || lengthOf(shape) < lengthOf(shortest)) this.#shortest.set(prefix, shape)
    }
  }

  /** One that does all the work of another: a twin, or else of the shortest that begin with its columns the first. */
  coverOf(shape: Shape): Shape | null {
    const isOther = (each: Shape) => each.index.oid !== shape.index.oid && covers(each, shape)
    const twin = this.#same.get(shape.signature)?.find(isOther)
    if (twin !== undefined) return twin
    const shortest = this.#shortest.get(shape.signature)
    if (shortest === undefined || isOther(shortest)) return shortest ?? null
    // What it INCLUDEs decides whether another does: nothing else tells those apart.
    return shape.index.included.length === 0 ? null : this.#shortestOf(isOther)
  }

  #shortestOf(isOther: (each: Shape) => boolean): Shape | null {
    let found: Shape | null = null
    for (const each of this.#all.toReversed()) {
      if (found !== null && lengthOf(each) > lengthOf(found)) break
      if (isOther(each)) found = each
    }
    return found
  }
}

function lengthOf({ index }: Shape): number {
  return index.keys.length
}

/** Adds to the list of a key. */
export function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

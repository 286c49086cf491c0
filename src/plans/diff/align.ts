/** Two lists side by side, each in its order. */

/** Lists whose lengths multiply to more are not weighed cell by cell. */
const MOST_CELLS = 1_000_000

/**
 * Pairs of members, in the order of both lists, that together weigh most; 0 is no pair. Of equal choices the one
 * nearest to the beginning. Gives null for lists that are too long to be weighed.
 */
export function align<T>(
  before: readonly T[],
  after: readonly T[],
  weigh: (before: T, after: T) => number,
): readonly (readonly [T, T])[] | null {
  if (before.length * after.length > MOST_CELLS) return null
  const columns = after.length + 1
  // What the rest of both lists weighs at most, from each pair of places on.
  const best = new Int32Array((before.length + 1) * columns)
  const bestAt = (row: number, column: number) => best[row * columns + column] ?? 0
  const weights = new Int32Array((before.length + 1) * columns)
  for (let row = before.length - 1; row >= 0; row -= 1)
    for (let column = after.length - 1; column >= 0; column -= 1) {
      const weight = weigh(before[row] as T, after[column] as T)
      const paired = weight === 0 ? 0 : weight + bestAt(row + 1, column + 1)
      weights[row * columns + column] = weight
      best[row * columns + column] = Math.max(paired, bestAt(row + 1, column), bestAt(row, column + 1))
    }
  const pairs: (readonly [T, T])[] = []
  for (let row = 0, column = 0; row < before.length && column < after.length; ) {
    const weight = weights[row * columns + column] ?? 0
    if (weight > 0 && weight + bestAt(row + 1, column + 1) === bestAt(row, column)) {
      pairs.push([before[row] as T, after[column] as T])
      row += 1
      column += 1
    } else if (bestAt(row + 1, column) >= bestAt(row, column + 1)) row += 1
    else column += 1
  }
  return pairs
}

/** Pairs members of one key, in the order they come. */
export function pairByKey<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (each: T) => string | null,
): readonly (readonly [T, T])[] {
  const waiting = new Map<string, T[]>()
  for (const each of before.toReversed()) {
    const key = keyOf(each)
    if (key === null) continue
    const list = waiting.get(key)
    if (list === undefined) waiting.set(key, [each])
    else list.push(each)
  }
  const pairs: (readonly [T, T])[] = []
  for (const each of after) {
    const key = keyOf(each)
    const found = key === null ? undefined : waiting.get(key)?.pop()
    if (found !== undefined) pairs.push([found, each])
  }
  return pairs
}

/** The same for keys that both have as many members of. */
export function pairEvenly<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (each: T) => string | null,
): readonly (readonly [T, T])[] {
  const surplus = new Map<string | null, number>()
  const add = (each: T, count: number) => {
    const key = keyOf(each)
    surplus.set(key, (surplus.get(key) ?? 0) + count)
  }
  for (const each of before) add(each, 1)
  for (const each of after) add(each, -1)
  return pairByKey(before, after, (each) => {
    const key = keyOf(each)
    return surplus.get(key) === 0 ? key : null
  })
}

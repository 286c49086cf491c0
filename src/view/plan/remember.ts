/** Remembers what was worked out of a plan as long as somebody holds the plan. */

/** A function of an object and some words, computed once for each combination. */
export function remember<T extends object, W extends readonly string[], O>(
  compute: (of: T, ...words: W) => O,
): (of: T, ...words: W) => O {
  const known = new WeakMap<T, Map<string, O>>()
  return (of, ...words) => {
    const outputs = known.get(of) ?? new Map<string, O>()
    known.set(of, outputs)
    const key = words.join(' ')
    const before = outputs.get(key)
    if (before !== undefined) return before
    const output = compute(of, ...words)
    outputs.set(key, output)
    return output
  }
}

/** Indexes that come near another without doing the same: whether both are needed is for a person to say. */
import type { Finding, Surroundings } from './finding.ts'
import { whyKept } from './guards.ts'
import { append } from './kept.ts'
import { guards, returnsAll, type Shape } from './shape.ts'

/** Indexes of one table that stay so far. */
export interface Staying {
  readonly weakestFirst: readonly Shape[]
  /** The oids of those that others are covered by: these stay. */
  readonly needed: readonly number[]
  readonly surroundings: Surroundings
}

/** What a person has to compare. One that another is compared with stays, as does one that stays in any case. */
export function reviewNear({ weakestFirst, needed, surroundings }: Staying): ReadonlyMap<number, Finding> {
  const { parts, goes } = surroundings
  if (!weakestFirst.some(isOdd)) return new Map()
  const fixed = new Set(needed)
  const staying = weakestFirst.filter(({ index }) => !goes(index))
  const same = new Map<string, Shape[]>()
  const whole = new Map<string, Shape[]>()
  const longer = new Map<string, Shape[]>()
  for (const shape of staying.toReversed()) {
    append(same, shape.signature, shape)
    if (shape.index.predicate === null) append(whole, shape.looseSignature, shape)
    if (shape.index.method !== 'btree')
      for (const prefix of shape.prefixes) if (prefix !== shape.signature) append(longer, prefix, shape)
  }
  const reviews = new Map<number, Finding>()
  for (const shape of staying) {
    if (fixed.has(shape.index.oid) || whyKept(shape.index, parts) !== null) continue
    const near = nearest(shape)
    if (near === null) continue
    fixed.add(near.by.index.oid)
    reviews.set(shape.index.oid, { structure: 'review', ...near })
  }
  return reviews

  function nearest(shape: Shape): { readonly by: Shape; readonly why: string } | null {
    const groups = [
      [same.get(shape.signature), whyNearTwin],
      [whole.get(shape.looseSignature), whyNearWhole],
      [longer.get(shape.signature), whyNearLonger],
    ] as const
    for (const [candidates = [], whyNear] of groups) {
      for (const by of candidates) {
        if (by.index.oid === shape.index.oid || reviews.has(by.index.oid)) continue
        const why = whyNear(shape, by)
        if (why !== null) return { by, why }
      }
    }
    return null
  }
}

// Two of the most common kind are covered, or do something else.
function isOdd({ index: { method, predicate, included, row } }: Shape): boolean {
  return method !== 'btree' || predicate !== null || included.length > 0 || row.is_immediate === false
}

function whyNearTwin(shape: Shape, by: Shape): string | null {
  const { index } = shape
  const isDeferrable = index.row.is_unique === true && index.row.is_immediate === false
  if (isDeferrable && by.index.row.is_unique === true) {
    return `guards the same uniqueness as ${by.index.name}, but later in a transaction`
  }
  if (!guards(by.index, index)) return null
  return returnsAll(by.index, index)
    ? `the same as ${by.index.name}, of a method that is not known here`
    : `has the same key columns as ${by.index.name}, which INCLUDEs others`
}

function whyNearWhole(shape: Shape, by: Shape): string | null {
  if (!guards(by.index, shape.index) || !returnsAll(by.index, shape.index)) return null
  return shape.index.predicate === null
    ? `the same as ${by.index.name}, with other storage parameters`
    : `has some of the rows of ${by.index.name}, which has the same key columns`
}

function whyNearLonger(shape: Shape, by: Shape): string | null {
  if (!guards(by.index, shape.index)) return null
  return `${by.index.name} begins with the same columns: with ${by.index.method} it may serve as well, or not`
}

/** The shape of an index, made comparable: what it is on, in which order, for which rows. */
import type { IndexFacts } from '../facts.ts'
import { expressionsOf, withoutForms } from './expressions.ts'

export interface Shape {
  readonly index: IndexFacts
  /** Equal for two indexes of the same table, method, condition, key columns and order, which may run backwards. */
  readonly signature: string
  /** The signatures that its leading key columns would have alone, from one column on; the last is `signature`. */
  readonly prefixes: readonly string[]
  /** The same as `signature` without the condition and the storage parameters. */
  readonly looseSignature: string
  /** Whether the first column is DESC: the signature is that of the same order read from the other end. */
  readonly isBackwards: boolean
}

/** Methods of the server itself, whose twins do the same work. */
const OWN_METHODS: ReadonlySet<string> = new Set(['btree', 'hash', 'gist', 'spgist', 'gin', 'brin'])

/** Takes the shapes of many indexes: long texts are compared once. */
export function shapesOf(indexes: readonly IndexFacts[]): readonly Shape[] {
  const numbers = new Map<string, number>()
  return indexes.map((index) => shapeOf(index, numberOf))

  function numberOf(text: string): number {
    const known = numbers.get(text)
    if (known !== undefined) return known
    numbers.set(text, numbers.size)
    return numbers.size - 1
  }
}

function shapeOf(index: IndexFacts, numberOf: (text: string) => number): Shape {
  const { method, keys } = index
  const isBackwards = method === 'btree' && ((keys[0]?.option ?? 0) & 1) === 1
  const expressions = index.expressions === null ? [] : expressionsOf(index.expressions)
  const condition = index.predicate === null ? '' : numberOf(withoutForms(index.predicate))
  const head = `${method} ${condition} ${storageOf(index)}`
  const prefixes: string[] = []
  let columns = ''
  let expressionAt = 0
  for (const { attribute, family, collation, option, classOptions } of keys) {
    // An operator class or an expression that is not known equals no other.
    const expression = attribute === 0 ? expressions[expressionAt++] : undefined
    const what =
      attribute !== 0 ? attribute : expression === undefined ? `?${index.oid}` : `e${numberOf(expression)}`
    const order = (option ?? 0) ^ (isBackwards ? 3 : 0)
    const parameters = classOptions === null ? '' : numberOf(classOptions)
    columns += `,${what}:${family ?? `?${index.oid}`}:${collation}:${order}:${parameters}`
    prefixes.push(head + columns)
  }
  return { index, signature: head + columns, prefixes, looseSignature: method + columns, isBackwards }
}

// BRIN's parameters decide how much a scan reads; of other methods they decide how much a page takes.
function storageOf({ method, row }: IndexFacts): string {
  return method === 'brin' && row.reloptions !== null ? JSON.stringify(row.reloptions) : ''
}

/**
 * Whether `strong` does all that `weak` does, for the same table and rows: every search, every index-only scan and
 * every guard of uniqueness. A deferrable guard is never covered: a person has to compare when it is checked.
 */
export function covers(strong: Shape, weak: Shape): boolean {
  if (!OWN_METHODS.has(weak.index.method)) return false
  if (strong.signature !== weak.signature) {
    const begins = strong.prefixes[weak.prefixes.length - 1] === weak.signature
    if (!begins || weak.index.method !== 'btree' || weak.index.row.is_unique === true) return false
  }
  return guards(strong.index, weak.index) && returnsAll(strong.index, weak.index)
}

/** Whether `strong` guards at least the uniqueness that `weak` does, where both have the same key columns. */
export function guards(strong: IndexFacts, weak: IndexFacts): boolean {
  if (weak.row.is_unique !== true) return true
  return (
    strong.row.is_unique === true &&
    strong.row.is_immediate === true &&
    weak.row.is_immediate === true &&
    (strong.row.nulls_not_distinct === true || weak.row.nulls_not_distinct !== true)
  )
}

/** Whether an index-only scan of `strong` returns all that `weak` INCLUDEs. */
export function returnsAll(strong: IndexFacts, weak: IndexFacts): boolean {
  return weak.included.every(
    ({ attribute }) =>
      isKey(strong, attribute) || strong.included.some((other) => other.attribute === attribute),
  )
}

/** Grows with all that `covers` compares, for indexes of the same signature. */
export function strengthOf(index: IndexFacts): number {
  const { row, included } = index
  const more = included.filter(
    ({ attribute }, at) =>
      !isKey(index, attribute) && included.findIndex((other) => other.attribute === attribute) === at,
  )
  if (row.is_unique !== true) return more.length
  return more.length + 1 + (row.is_immediate === true ? 1 : 0) + (row.nulls_not_distinct === true ? 1 : 0)
}

// What other methods than btree keep of a key column may be less than its value.
function isKey({ method, keys }: IndexFacts, attribute: number): boolean {
  return method === 'btree' && keys.some((key) => key.attribute === attribute)
}

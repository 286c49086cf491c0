/** The shape of an index, made comparable: what it is on, in which order, for which rows. */
import type { IndexFacts } from '../facts.ts'
import { expressionsOf, withoutForms } from './expressions.ts'

export interface Shape {
  readonly index: IndexFacts
  /** Equal for two indexes of the same table, method, condition, key columns and order, which may run backwards. */
  readonly signature: string
  /** The signatures that its leading key columns would have alone, from one column on; the last is `signature`. */
  readonly prefixes: readonly string[]
  /** The same without the condition and the storage parameters. */
  readonly looseSignature: string
  readonly loosePrefixes: readonly string[]
  /** Attribute numbers of the table that an index-only scan can return from it. */
  readonly returns: ReadonlySet<number>
  /** Whether both ends of the order are meant: the first column is DESC. */
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
  const { method, keys, included } = index
  const isBtree = method === 'btree'
  const isBackwards = isBtree && ((keys[0]?.option ?? 0) & 1) === 1
  const expressions = index.expressions === null ? [] : expressionsOf(index.expressions)
  const head = `${index.tableOid} ${method}`
  const condition = index.predicate === null ? '' : numberOf(withoutForms(index.predicate))
  const prefixes: string[] = []
  const loosePrefixes: string[] = []
  let signature = `${head} ${condition} ${storageOf(index)}`
  let looseSignature = head
  let expressionAt = 0
  for (const { attribute, family, collation, option, classOptions } of keys) {
    // An operator class or an expression that is not known equals no other.
    const expression = attribute === 0 ? expressions[expressionAt++] : undefined
    const what =
      attribute !== 0 ? attribute : expression === undefined ? `?${index.oid}` : `e${numberOf(expression)}`
    const order = (option ?? 0) ^ (isBackwards ? 3 : 0)
    const parameters = classOptions === null ? '' : numberOf(classOptions)
    const part = `,${what}:${family ?? `?${index.oid}`}:${collation}:${order}:${parameters}`
    signature += part
    looseSignature += part
    prefixes.push(signature)
    loosePrefixes.push(looseSignature)
  }
  const stored = included.map(({ attribute }) => attribute)
  // What other methods keep of a key column may be less than its value.
  const returned = isBtree ? keys.map(({ attribute }) => attribute).filter((each) => each !== 0) : []
  return {
    index,
    signature,
    prefixes,
    looseSignature,
    loosePrefixes,
    returns: new Set([...stored, ...returned]),
    isBackwards,
  }
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
    if (!begins || weak.index.method !== 'btree') return false
    if (weak.index.row.is_unique === true) return false
  }
  return guards(strong.index, weak.index) && returnsAll(strong, weak)
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

/** Whether `strong` INCLUDEs or has as keys all that `weak` INCLUDEs. */
export function returnsAll(strong: Shape, weak: Shape): boolean {
  return weak.index.included.every(({ attribute }) => strong.returns.has(attribute))
}

/** Grows with all that `covers` compares, for indexes of the same signature. */
export function strengthOf({ index, returns }: Shape): number {
  const { row } = index
  if (row.is_unique !== true) return returns.size
  return returns.size + 1 + (row.is_immediate === true ? 1 : 0) + (row.nulls_not_distinct === true ? 1 : 0)
}

/** How well an index finds the rows of a table that refer to one row. */
import type { IndexFacts, IndexPart } from './facts.ts'
import type { KeyColumn } from './foreign-key.ts'

/**
 * `full`: it finds exactly them; `leading`: it begins with some of the columns and finds more; `other`: of a method
 * that has the columns but may read much (GiST, BRIN and the like).
 */
export type Cover = 'full' | 'leading' | 'other'

/** Null where it is of no use for the key. INCLUDEd columns do not count: nothing is searched by them. */
export function coverOf(index: IndexFacts, columns: readonly KeyColumn[]): Cover | null {
  if (!canBeUsed(index) || columns.length === 0 || !isWhole(index, columns)) return null
  if (index.method === 'btree' || index.method === 'hash') {
    const found = leadingColumns(index, columns)
    if (found === 0) return null
    return found === columns.length ? 'full' : 'leading'
  }
  return index.keys.some((part) => columns.some((column) => serves(part, column))) ? 'other' : null
}

/** Why an index that has to do with the columns does not serve, with its raw name; null where it has not. */
export function whyUseless(index: IndexFacts, columns: readonly KeyColumn[]): string | null {
  const has = (parts: readonly IndexPart[]) =>
    parts.some(({ attribute }) => columns.some((column) => column.attribute === attribute))
  if (!has(index.keys)) return has(index.included) ? `${index.name} only INCLUDEs it` : null
  if (!canBeUsed(index)) return `${index.name} is not valid`
  if (!isWhole(index, columns)) return `${index.name} is partial: it has only the rows of its condition`
  const [first] = index.keys
  const column = columns.find(({ attribute }) => attribute === first?.attribute)
  if (first === undefined || column === undefined)
    return `${index.name} has it, but begins with another column`
  if (first.collation !== column.collation) return `${index.name} has another collation than the column`
  return `${index.name} has an operator class without the comparison of the key`
}

function canBeUsed({ row }: IndexFacts): boolean {
  return row.is_valid === true && row.is_ready === true && row.is_live === true
}

/** How many of the columns, in any order, lead the index before one that is none of them. */
function leadingColumns(index: IndexFacts, columns: readonly KeyColumn[]): number {
  const found = new Set<KeyColumn>()
  for (const part of index.keys) {
    const column = columns.find((each) => serves(part, each))
    if (column === undefined) break
    found.add(column)
  }
  return found.size
}

// An index of another collation is not used (measured, 13 to 18); one of text_pattern_ops is.
function serves(part: IndexPart, column: KeyColumn): boolean {
  const family = Number(part.family?.split('/')[0])
  return (
    part.attribute === column.attribute &&
    part.collation === column.collation &&
    column.families.includes(family)
  )
}

const NOT_NULL = /\{NULLTEST :arg \{VAR [^{}]*? :varattno (\d+) [^{}]*\} :nulltesttype 1 :argisrow false\}/g

/** Whether it has every row that can refer to another: all, or at least those where the columns are not NULL. */
function isWhole({ predicate }: IndexFacts, columns: readonly KeyColumn[]): boolean {
  if (predicate === null) return true
  const rest = predicate
    .replace(NOT_NULL, (test, attribute: string) =>
      columns.some((column) => column.attribute === Number(attribute)) ? '' : test,
    )
    .replace(/^\{BOOLEXPR :boolop and :args \(\s*\)\}$/, '')
  return rest === ''
}

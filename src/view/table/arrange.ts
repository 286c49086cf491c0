/** Rows as a table shows them: filtered, sorted, and found again by their key. */
import { type RowTest, select } from '../select.ts'
import type { Sort, SortValue, TableColumn } from './column.ts'

/** The rows in order. Lookups by key are built when first asked for: at 2000 rows most refreshes need none. */
export class Arrangement<R = unknown> {
  readonly rows: readonly R[]
  /** How many rows there were before the filter. */
  readonly total: number
  readonly #keyOf: (row: R) => string
  #places: ReadonlyMap<string, number> | null = null

  constructor(rows: readonly R[], total: number, keyOf: (row: R) => string) {
    this.rows = rows
    this.total = total
    this.#keyOf = keyOf
  }

  /** The place of the row with this key, or undefined when it is not shown. */
  indexOf(key: string): number | undefined {
    return this.#index().get(key)
  }

  /** The key of the row at `index`, or null when there is none. */
  keyAt(index: number): string | null {
    const row = this.rows[index]
    return row === undefined ? null : this.#keyOf(row)
  }

  /** The same set while all its keys are shown; else one without those that are gone. */
  keepKnown(keys: ReadonlySet<string>): ReadonlySet<string> {
    if (keys.size === 0) {
      return keys
    }
    const index = this.#index()
    const known = [...keys].filter((key) => index.has(key))
    return known.length === keys.size ? keys : new Set(known)
  }

  #index(): ReadonlyMap<string, number> {
    this.#places ??= new Map(this.rows.map((row, place) => [this.#keyOf(row), place]))
    return this.#places
  }
}

/** What `arrange` needs besides the rows. */
export interface Arranging<R> {
  readonly columns: readonly TableColumn<R>[]
  readonly sort: Sort
  readonly keyOf: (row: R) => string
  readonly matches: RowTest<R>
}

/**
 * Filters and sorts; a filter that takes too long hides nothing. Rows that compare equal keep the order of their
 * keys, so that nothing dances.
 */
export function arrange<R>(
  rows: readonly R[],
  { columns, sort, keyOf, matches }: Arranging<R>,
): Arrangement<R> {
  const shown = select(rows, matches) ?? rows
  const column = columns.find(({ id }) => id === sort.column)
  if (column === undefined) {
    return new Arrangement(shown, rows.length, keyOf)
  }
  const sign = sort.direction === 'ascending' ? 1 : -1
  const keyed = shown.map((row) => ({ row, value: column.sortValue(row), key: keyOf(row) }))
  keyed.sort((a, b) => compare(a.value, b.value, sign) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return new Arrangement(
    keyed.map(({ row }) => row),
    rows.length,
    keyOf,
  )
}

/** Null last in both directions: what is not known is never at the top. */
function compare(a: SortValue, b: SortValue, sign: number): number {
  if (a === null || b === null) {
    return a === b ? 0 : a === null ? 1 : -1
  }
  return a === b ? 0 : a < b ? -sign : sign
}

/** What `show` does to rows before it prints them: chosen columns, filter, order, number. */
import type { Column, Entry, Row, Value } from '#queries/define.ts'
import { nearest } from '#src/text/nearest.ts'
import { filterColumns, parseFilter, TOO_SLOW } from '#src/view/filter.ts'
import { select } from '#src/view/select.ts'

/** As on the command line; all optional. */
export interface Arrangement {
  readonly columns?: readonly string[]
  /** A column id, with a `-` before it for the largest first. */
  readonly sort?: string
  readonly filter?: string
  readonly limit?: number
}

/** The columns to print and how to get from the answer to the rows, or what is wrong with the wish. */
export type Arranged =
  | { readonly ok: true; readonly columns: readonly Column[]; arrange(rows: readonly Row[]): ArrangedRows }
  | { readonly ok: false; readonly problem: string }

/** The rows to print, or why there are none. */
export type ArrangedRows =
  | { readonly ok: true; readonly rows: readonly Row[] }
  | { readonly ok: false; readonly problem: string }

/** Nobody waits for a key here, but an interrupt must be heard. */
const FILTER_MS = 2000

/** Understands the wishes for an entry; nothing is asked of a server for it. */
export function arrangeRows(entry: Entry, wishes: Arrangement): Arranged {
  const wanted = wishes.columns ?? entry.columns.map(({ id }) => id)
  const descending = wishes.sort?.startsWith('-') === true
  const sort = descending ? wishes.sort?.slice(1) : wishes.sort
  const unknown = [...wanted, ...(sort === undefined ? [] : [sort])].find(
    (id) => columnOf(entry, id) === undefined,
  )
  if (unknown !== undefined) return { ok: false, problem: unknownColumn(entry, unknown) }
  const filter = parseFilter(wishes.filter ?? '', filterColumns(entry.columns))
  if (!filter.ok) return { ok: false, problem: `filter: ${filter.problem}` }
  return {
    ok: true,
    columns: wanted.map((id) => columnOf(entry, id)).filter((column) => column !== undefined),
    arrange: (rows) => {
      const matching = select(rows, filter.matches, FILTER_MS)
      if (matching === null) return { ok: false, problem: `filter: ${TOO_SLOW}` }
      const sorted = sort === undefined ? matching : matching.toSorted(byColumn(sort, descending))
      return { ok: true, rows: wishes.limit === undefined ? sorted : sorted.slice(0, wishes.limit) }
    },
  }
}

function columnOf(entry: Entry, id: string): Column | undefined {
  return entry.columns.find((column) => column.id === id)
}

function unknownColumn(entry: Entry, id: string): string {
  const ids = entry.columns.map((column) => column.id)
  const near = nearest(id, ids).slice(0, 3)
  const hint = near.length === 0 ? `it has ${ids.join(', ')}` : `did you mean ${near.join(' or ')}?`
  return `${entry.id} has no column ${id}; ${hint}`
}

/** Numbers by size, texts by code point, NULL last either way. */
function byColumn(id: string, descending: boolean): (a: Row, b: Row) => number {
  const sign = descending ? -1 : 1
  return (a, b) => {
    const [left, right] = [comparable(a[id]), comparable(b[id])]
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1
    return left < right ? -sign : left > right ? sign : 0
  }
}

function comparable(value: Value | undefined): number | bigint | string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (Array.isArray(value)) return value.length
  return typeof value === 'object' ? JSON.stringify(value) : value
}

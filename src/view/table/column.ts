/** The columns of a live table: what each shows, how it sorts, and which go first when the line is short. */
import type { SafeText } from '#src/text/safe.ts'
import { cellWidth } from '#src/text/width.ts'
import type { Token } from '#src/theme/theme.ts'

/** One cell: its text, and its meaning where that differs from the rest of the row. */
export interface Cell {
  readonly text: SafeText
  readonly token?: Token
}

export type Direction = 'ascending' | 'descending'

/** What a table is sorted by: a column's id and a direction. */
export interface Sort {
  readonly column: string
  readonly direction: Direction
}

/** What a sort compares: numbers by size, text by code point, null always last. */
export type SortValue = number | bigint | string | null

/** One column of a table over rows of type `R`. */
export interface TableColumn<R> {
  readonly id: string
  readonly label: SafeText
  /** Cells on a terminal of ordinary width; a flexible column takes at least this and all that is left. */
  readonly width: number
  /** The most cells it may grow to when its texts need them and there is room to spare. */
  readonly wideWidth?: number
  readonly align?: 'right'
  readonly flexible?: true
  /** Columns of the highest number leave the line first; 0 stays. */
  readonly priority: number
  /** The cell of a row; `cells` is the room that it got, for texts that shorten themselves other than at their end. */
  readonly cell: (row: R, cells?: number) => Cell
  readonly sortValue: (row: R) => SortValue
  /** Which direction a person wants first: big durations, but names from A. */
  readonly sortsFirst: Direction
}

/** A column with the width and the place that it got on the line. */
export interface PlacedColumn<R> {
  readonly column: TableColumn<R>
  readonly width: number
}

/** The columns that fit a line, in order, and whether more lie to either side. */
export interface ColumnLayout<R> {
  readonly placed: readonly PlacedColumn<R>[]
  readonly moreLeft: boolean
  readonly moreRight: boolean
}

/** Cells between two columns. */
export const GAP = 1

/** Cells that the texts of growing columns need, by column id. */
export type Needs = ReadonlyMap<string, number>

/** What the texts seen so far need: only ever more, so that columns do not breathe with each refresh. */
export function grow<R>(needs: Needs, columns: readonly TableColumn<R>[], rows: readonly R[]): Needs {
  const grown = new Map(needs)
  for (const { id, width, wideWidth, cell } of columns) {
    const most = wideWidth ?? width
    let need = grown.get(id) ?? width
    for (let index = 0; need < most && index < rows.length; index += 1) {
      need = Math.min(most, Math.max(need, cellWidth(cell(rows[index] as R, most).text)))
    }
    grown.set(id, need)
  }
  return [...grown].every(([id, need]) => needs.get(id) === need) ? needs : grown
}

/**
 * Chooses columns for a line of `width` cells. Unscrolled, those of lowest priority leave until the rest fits;
 * scrolled, the first column stays frozen and the line is filled from column `scroll` + 1 on.
 */
export function layoutColumns<R>(
  columns: readonly TableColumn<R>[],
  width: number,
  scroll: number,
  needs: Needs = new Map(),
): ColumnLayout<R> {
  const [frozen, ...rest] = columns
  if (frozen === undefined) {
    return { placed: [], moreLeft: false, moreRight: false }
  }
  const chosen =
    scroll === 0 ? fitting(columns, width) : [frozen, ...from(rest, scroll, width - frozen.width)]
  const last = chosen.at(-1)
  return {
    placed: widen(chosen, width, needs),
    moreLeft: scroll > 0,
    moreRight: scroll === 0 ? chosen.length < columns.length : last !== columns.at(-1),
  }
}

/** The furthest sensible scroll: the last column still on the line. */
export function maximumScroll<R>(columns: readonly TableColumn<R>[]): number {
  return Math.max(0, columns.length - 2)
}

function fitting<R>(columns: readonly TableColumn<R>[], width: number): readonly TableColumn<R>[] {
  let chosen = columns
  while (needed(chosen) > width && chosen.length > 1) {
    const worst = chosen.reduce((a, b) => (b.priority >= a.priority ? b : a))
    chosen = chosen.filter((column) => column !== worst)
  }
  return chosen
}

function from<R>(rest: readonly TableColumn<R>[], scroll: number, width: number): TableColumn<R>[] {
  const chosen: TableColumn<R>[] = []
  let left = width
  for (const column of rest.slice(scroll)) {
    left -= column.width + GAP
    if (left < 0 && chosen.length > 0) {
      break
    }
    chosen.push(column)
  }
  return chosen
}

function needed<R>(columns: readonly TableColumn<R>[]): number {
  return columns.reduce((sum, column) => sum + column.width + GAP, -GAP)
}

/** Cells that the flexible column gets before others get more than they need. */
const COMFORT = 40

/** Gives spare cells first to columns that can use them, in order of priority, then to the flexible one. */
function widen<R>(
  columns: readonly TableColumn<R>[],
  width: number,
  needs: Needs,
): readonly PlacedColumn<R>[] {
  const widths = new Map(columns.map((column) => [column, Math.min(column.width, Math.max(1, width))]))
  const flexible = columns.find((column) => column.flexible === true)
  let spare = width - needed(columns)
  const comfort = flexible === undefined ? 0 : Math.max(0, COMFORT - flexible.width)
  for (const column of columns.toSorted((a, b) => a.priority - b.priority)) {
    const wanted = (needs.get(column.id) ?? column.width) - column.width
    const given = column.flexible === true ? 0 : Math.max(0, Math.min(wanted, spare - comfort))
    if (given > 0) {
      widths.set(column, column.width + given)
      spare -= given
    }
  }
  if (flexible !== undefined) {
    widths.set(flexible, Math.max(1, flexible.width + spare))
  }
  return columns.map((column) => ({ column, width: widths.get(column) ?? column.width }))
}

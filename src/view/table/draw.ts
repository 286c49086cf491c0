/** A table's lines: one of headings and one per row of the window, each exactly as wide as the terminal. */
import { type SafeText, safe } from '#src/text/safe.ts'
import { cut, fit } from '#src/text/width.ts'
import type { StyledText, Theme } from '#src/theme/theme.ts'
import { drawRuns, type Run } from '../run.ts'
import type { Arrangement } from './arrange.ts'
import {
  type ColumnLayout,
  GAP,
  layoutColumns,
  type Needs,
  type PlacedColumn,
  type Sort,
  type TableColumn,
} from './column.ts'
import type { TableState } from './state.ts'

/** Cells in front of the first column: the cursor's mark and the tag's. */
export const MARGIN = 2

export interface TableView<R> {
  readonly columns: readonly TableColumn<R>[]
  readonly arrangement: Arrangement<R>
  readonly state: TableState
  readonly keyOf: (row: R) => string
  readonly width: number
  /** Lines of rows, the headings not counted. */
  readonly height: number
  /** What the texts of growing columns need, see `grow`. */
  readonly needs?: Needs
  readonly theme: Theme
  /** What stands in place of rows when there are none. */
  readonly empty: SafeText
}

/** The headings' line and `height` lines of rows; rows outside the window cost nothing. */
export function drawTable<R>(view: TableView<R>): readonly StyledText[] {
  const { arrangement, state, theme, width, height } = view
  const layout = layoutColumns(view.columns, width - MARGIN, state.scroll, view.needs)
  const lines = [theme.paint('header', headings(layout, state.sort, theme, width))]
  const shown = arrangement.rows.slice(state.top, state.top + height)
  for (const row of shown) {
    lines.push(drawRow(view, layout, row))
  }
  if (shown.length === 0) {
    lines.push(theme.paint('dim', fit(safe`  ${view.empty}`, width)))
  }
  return lines
}

function headings<R>(layout: ColumnLayout<R>, sort: Sort, theme: Theme, width: number): SafeText {
  const cells = layout.placed.map(({ column, width: cells }) => {
    const arrow = sort.direction === 'ascending' ? theme.glyphs.up : theme.glyphs.down
    // The arrow stays when the label is cut: it alone tells what the table is sorted by.
    const sorted = safe`${cut(column.label, cells - 1)}${arrow}`
    return fit(column.id === sort.column ? sorted : column.label, cells, column.align)
  })
  const left = layout.moreLeft ? theme.glyphs.left : safe` `
  const right = layout.moreRight ? theme.glyphs.right : safe``
  const line = fit(safe` ${left}${between(cells)}`, width)
  return right.length === 0 ? line : safe`${cut(line, width - 1)}${right}`
}

function drawRow<R>(view: TableView<R>, layout: ColumnLayout<R>, row: R): StyledText {
  const { state, theme, width } = view
  const key = view.keyOf(row)
  const isChosen = key === state.cursor
  const margin = safe`${isChosen ? theme.glyphs.cursor : safe` `}${state.tags.has(key) ? theme.glyphs.tagged : safe` `}`
  if (isChosen) {
    const cells = layout.placed.map((placed) => fitted(placed, row, theme).text)
    return theme.paint('selected', fit(safe`${margin}${between(cells)}`, width))
  }
  const cells = layout.placed.map((placed) => fitted(placed, row, theme))
  return drawRuns([{ text: margin }, ...spaced(cells)], width, theme)
}

function fitted<R>({ column, width }: PlacedColumn<R>, row: R, theme: Theme): Run {
  const { text, token } = column.cell(row, width)
  const cells = fit(text, width, column.align, theme.glyphs.ellipsis)
  return token === undefined ? { text: cells } : { text: cells, token }
}

const SPACE = ' '.repeat(GAP) as SafeText

function between(cells: readonly SafeText[]): SafeText {
  return cells.join(SPACE) as SafeText
}

function spaced(cells: readonly Run[]): Run[] {
  return cells.flatMap((cell, index) => (index === 0 ? [cell] : [{ text: SPACE }, cell]))
}

/** Tables and lines of plans as a person sees them. */
import { safe } from '#src/text/safe.ts'
import { createTheme, type Drawable, type Theme } from '#src/theme/theme.ts'
import { arrange } from '#src/view/table/arrange.ts'
import { grow, type TableColumn } from '#src/view/table/column.ts'
import { drawTable } from '#src/view/table/draw.ts'
import { openTable } from '#src/view/table/state.ts'

export const mono = createTheme({ colour: 'none', unicode: true })
export const ascii = createTheme({ colour: 'none', unicode: false })

interface Table<R> {
  readonly columns: readonly TableColumn<R>[]
  readonly rows: readonly R[]
  readonly keyOf: (row: R) => string
  readonly width: number
  readonly theme?: Theme
}

/** The lines of a table in the given order of its rows, styled. */
export function tableLines<R>({ columns, rows, keyOf, width, theme = mono }: Table<R>): readonly Drawable[] {
  const arrangement = arrange(rows, {
    columns,
    sort: { column: '', direction: 'ascending' },
    keyOf,
    matches: () => true,
  })
  const needs = grow(new Map(), columns, rows)
  const state = openTable('', 'ascending')
  return drawTable({
    columns,
    arrangement,
    state,
    keyOf,
    width,
    height: 100,
    needs,
    theme,
    empty: safe`none`,
  })
}

/** Without styles and the blanks at the end. */
export function plain(lines: readonly Drawable[]): string {
  return lines.map(strip).join('\n')
}

export function strip(line: Drawable): string {
  return line.replace(/\x1b\[[0-9;]*m/g, '').trimEnd()
}

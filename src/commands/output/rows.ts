/** Rows of an entry in the format that was asked for. */
import type { Column, Row } from '#queries/define.ts'
import { csvDocument, csvLines } from './csv.ts'
import { type DocumentHead, jsonDocument } from './json.ts'
import { cellText, drawRecord, drawTable, headOf } from './table.ts'

export type Format = 'table' | 'json' | 'csv'

/** What to print and how. */
export interface Printing {
  readonly head: DocumentHead
  readonly columns: readonly Column[]
  /** False: a table leaves out columns without any value. */
  readonly chosen: boolean
  /** Cells of a line; for tables only. */
  readonly width: number
  /** An entry of one row is printed as a list of its columns. */
  readonly oneRow: boolean
  /** Goes on after rows that were printed before: CSV has its line of column ids only once. */
  readonly continued?: boolean
}

/** The whole text, ready for standard output. */
export function formatRows(format: Format, rows: readonly Row[], printing: Printing): string {
  const { head, columns, chosen, width, oneRow, continued = false } = printing
  if (format === 'json') return jsonDocument(head, columns, rows)
  if (format === 'csv') return continued ? csvLines(columns, rows) : csvDocument(columns, rows)
  const [first] = rows
  if (oneRow && first !== undefined) return drawRecord(columns, first, width)
  const filled = columns.filter(
    ({ id }) => rows.length === 0 || rows.some((row) => (row[id] ?? null) !== null),
  )
  const shown = chosen ? columns : filled
  return drawTable(
    shown.map(headOf),
    rows.map((row) => shown.map(({ id, kind }) => cellText(kind, row[id] ?? null))),
    width,
  )
}

/** Cells of a line where no terminal says: as wide as most people's, so that a pipe gets tables one can read. */
export const DEFAULT_WIDTH = 160

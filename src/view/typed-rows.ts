/** A line that somebody types, broken into rows: what is drawn is safe, what is kept is what was typed. */
import { characters } from '#src/text/characters.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { cellWidth } from '#src/text/width.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { blank, drawRuns, run } from './run.ts'

/** A stretch of a line, by offsets into it; the next row begins where one ends. */
export interface TypedRow {
  readonly start: number
  readonly end: number
}

/** A tab goes to the next multiple of this, as in every pane. */
const TAB = 4

/**
 * The rows of a line in `width` cells, broken behind a space or a tab where there is one. Nothing is left out, since
 * the cursor can stand anywhere; the space that ends a full row may hang over by its one cell. Never empty.
 */
export function typedRows(line: string, width: number): readonly TypedRow[] {
  const rows: TypedRow[] = []
  let row = { start: 0, cells: 0 }
  let gap = { end: 0, cells: 0 }
  let at = 0
  for (const character of characters(line)) {
    const isGap = character === ' ' || character === '\t'
    let cells = cellsOf(character, row.cells)
    // Twice where the word that goes to the next row leaves no room there either.
    while (row.cells + cells > width + (character === ' ' ? 1 : 0) && at > row.start) {
      const next = gap.end > row.start && !isGap ? gap : { end: at, cells: row.cells }
      rows.push({ start: row.start, end: next.end })
      row = { start: next.end, cells: row.cells - next.cells }
      cells = cellsOf(character, row.cells)
    }
    row.cells += cells
    at += character.length
    if (isGap) gap = { end: at, cells: row.cells }
  }
  return [...rows, { start: row.start, end: at }]
}

/** Where in a row the cell `cell` is: the offset of the character there, or of the last one of the row. */
export function offsetAt(line: string, { start, end }: TypedRow, cell: number): number {
  let at = start
  let cells = 0
  for (const character of characters(line.slice(start, end))) {
    const next = cells + cellsOf(character, cells)
    if (next > cell || (at + character.length === end && end < line.length)) return at
    cells = next
    at += character.length
  }
  return at
}

/** The cell in a row at which the character at an offset begins. */
export function cellAt(line: string, { start }: TypedRow, offset: number): number {
  let cells = 0
  for (const character of characters(line.slice(start, offset))) cells += cellsOf(character, cells)
  return cells
}

/** Draws a row, with the cursor on the character at an offset or behind the last one; null where it is elsewhere. */
export function drawTypedRow(
  line: string,
  { start, end }: TypedRow,
  { cursor, width, theme }: { readonly cursor: number | null; readonly width: number; readonly theme: Theme },
): Drawable {
  let before = safe``
  let under = safe``
  let after = safe``
  let cells = 0
  let at = start
  for (const character of characters(line.slice(start, end))) {
    const shown = shownAs(character, cells)
    const next = at + character.length
    if (cursor !== null && cursor >= at && cursor < next) under = shown
    else if (under === '') before = safe`${before}${shown}`
    else after = safe`${after}${shown}`
    cells += cellWidth(shown)
    at = next
  }
  if (cursor !== null && under === '') under = safe` `
  return drawRuns([blank(1), run(before), run(under, 'selected'), run(after)], width, theme)
}

function cellsOf(character: string, column: number): number {
  return character.length === 1 && character >= ' ' && character <= '~'
    ? 1
    : cellWidth(shownAs(character, column))
}

function shownAs(character: string, column: number): SafeText {
  return toSafeText(character === '\t' ? ' '.repeat(TAB - (column % TAB)) : character)
}

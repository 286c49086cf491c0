/** From the frame on the screen to the next one, in as few bytes as it takes. */
import { type Certainty, certainty, type Row } from './cells.ts'
import { createPen, motion, type Pen } from './pen.ts'
import { SEQUENCE } from './sequences.ts'
import { blankStyle, DEFAULT_STYLE, type Style } from './style.ts'

/** ERASE LINE pays from this many blanks on, ERASE CHARACTERS (and the move behind them) from that many. */
const ERASE_LINE_FROM = 4
const ERASE_CHARACTERS_FROM = 12

/**
 * The bytes that turn the screen from `before` into `after`; '' when they look the same. Both have the same
 * number of rows, each of `columns` cells. The screen must be in the default style, and is left in it.
 */
export function diffFrames(before: readonly Row[], after: readonly Row[], columns: number): string {
  const pen = createPen(columns)
  for (const [index, row] of after.entries()) {
    const old = before[index]
    if (old && old !== row && old.line !== row.line) diffRow(pen, index, old, row)
  }
  pen.setStyle(DEFAULT_STYLE)
  return pen.written()
}

function diffRow(pen: Pen, index: number, old: Row, row: Row): void {
  const erases = old.end - row.end >= ERASE_LINE_FROM
  const end = erases ? row.end : Math.max(old.end, row.end)
  let neighbour = -1
  for (let column = 0; column < end; column += 1) {
    const character = row.characters[column] ?? ' '
    if (character === '' || (column !== neighbour && isSame(old, row, column))) continue
    const blanks = character === ' ' ? blanksToErase(old, row, { column, end }) : 0
    if (blanks > 0) {
      reach(pen, row, { index, column, sureness: 'sure' })
      setBlankStyle(pen, DEFAULT_STYLE)
      pen.control(`\x1b[${blanks}X`)
      column += blanks - 1
    } else {
      const sureness = certainty(character)
      const width = row.characters[column + 1] === '' ? 2 : 1
      reach(pen, row, { index, column, sureness: character === ' ' ? 'drifts' : sureness })
      setCellStyle(pen, character, row.styles[column] ?? DEFAULT_STYLE)
      if (sureness === 'unsettled') {
        putUnsettled(pen, character, { index, column, width, columns: row.characters.length })
        neighbour = column + width
      } else pen.put(character, width, sureness)
    }
  }
  if (!erases) return
  reach(pen, row, { index, column: row.end, sureness: 'sure' })
  setBlankStyle(pen, DEFAULT_STYLE)
  pen.control(SEQUENCE.eraseLine)
}

function isSame(old: Row, row: Row, column: number): boolean {
  return old.characters[column] === row.characters[column] && old.styles[column] === row.styles[column]
}

/** Goes to a cell: by writing the unchanged cells before it once more, where that is no longer than moving. */
function reach(
  pen: Pen,
  row: Row,
  to: { readonly index: number; readonly column: number; readonly sureness: Certainty },
): void {
  const { state } = pen
  if (state.row === to.index && state.column === to.column && (!state.drifts || to.sureness === 'drifts'))
    return
  const gap = to.column - state.column
  const canFill = state.row === to.index && state.column >= 0 && !state.drifts && gap > 0 && gap <= 4
  if (canFill && isPlain(row, state, to.column)) {
    if (gap <= motion(state.row, state.column, to.index, to.column).length) {
      pen.put(row.characters.slice(state.column, to.column).join(''), gap, 'sure')
      return
    }
  }
  pen.moveTo(to.index, to.column)
}

/** Whether the cells up to a column are ASCII that the pen could write without changing its style. */
function isPlain(row: Row, state: Pen['state'], to: number): boolean {
  for (let column = state.column; column < to; column += 1) {
    const character = row.characters[column] ?? ''
    const style = character === ' ' ? blankStyle(state.style) : state.style
    if (character < ' ' || character > '~' || row.styles[column] !== style) return false
  }
  return true
}

/** How many blanks to erase at once, up to the last one that is not there yet; 0 where writing them is shorter. */
function blanksToErase(old: Row, row: Row, range: { readonly column: number; readonly end: number }): number {
  let changed = 0
  let length = 0
  for (let column = range.column; column < range.end; column += 1) {
    if (row.characters[column] !== ' ' || row.styles[column] !== DEFAULT_STYLE) break
    if (isSame(old, row, column)) continue
    changed += 1
    length = column - range.column + 1
  }
  return changed >= ERASE_CHARACTERS_FROM ? length : 0
}

function setCellStyle(pen: Pen, character: string, style: Style): void {
  if (character === ' ') setBlankStyle(pen, style)
  else pen.setStyle(style)
}

/** A blank looks the same in red as in green: the style changes only where it would be seen. */
function setBlankStyle(pen: Pen, style: Style): void {
  if (blankStyle(pen.state.style) !== style) pen.setStyle(style)
}

/**
 * Terminals disagree on how many cells such a character takes: all that we count with are blanked first, so
 * that nothing old stays behind a narrower one, and the position is unknown afterwards. In the last columns
 * a wider one would wrap, and in the last row scroll the screen: it is not drawn there.
 */
function putUnsettled(
  pen: Pen,
  character: string,
  at: { readonly index: number; readonly column: number; readonly width: number; readonly columns: number },
): void {
  if (at.column + 2 >= at.columns) {
    pen.put('?'.repeat(at.width), at.width, 'sure')
    return
  }
  if (at.width > 1) {
    pen.put(' '.repeat(at.width), at.width, 'sure')
    pen.moveTo(at.index, at.column)
  }
  pen.put(character, at.width, 'unsettled')
}

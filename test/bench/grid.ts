/** What a terminal shows, cell by cell, read from the emulator. */
import type { IBufferCell, Terminal } from '@xterm/headless'

/** One cell. `look` is the SGR parameters that make it, as far as they can be seen; the right half of a wide character is ''. */
export interface Cell {
  readonly text: string
  readonly look: string
}

export type Grid = readonly (readonly Cell[])[]

/** The cells of the visible screen. */
export function readGrid(terminal: Terminal): Grid {
  return Array.from({ length: terminal.rows }, (_, row) =>
    Array.from({ length: terminal.cols }, (_, column) => readCell(terminal, row, column)),
  )
}

/** One cell of the visible screen. */
export function readCell(terminal: Terminal, row: number, column: number): Cell {
  const buffer = terminal.buffer.active
  const cell = buffer.getLine(buffer.viewportY + row)?.getCell(column)
  if (cell === undefined) return { text: ' ', look: '' }
  const text = cell.getWidth() === 0 ? '' : cell.getChars() || ' '
  return { text, look: lookOf(cell, text === ' ') }
}

/** The lines of the visible screen, without the blanks at their ends. */
export function readLines(terminal: Terminal): string[] {
  const buffer = terminal.buffer.active
  return Array.from(
    { length: terminal.rows },
    (_, row) => buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? '',
  )
}

/** Of a blank only background, underline, inverse and strike-through are seen, and the colour of the latter three. */
function lookOf(cell: IBufferCell, isBlank: boolean): string {
  const isDrawn = cell.isInverse() || cell.isUnderline() || cell.isStrikethrough()
  const isHidden = isBlank && !isDrawn
  return [
    ...(!isHidden && cell.isBold() ? ['1'] : []),
    ...(!isHidden && cell.isDim() ? ['2'] : []),
    ...(!isHidden && cell.isItalic() ? ['3'] : []),
    ...(cell.isUnderline() ? ['4'] : []),
    ...(cell.isInverse() ? ['7'] : []),
    ...(cell.isStrikethrough() ? ['9'] : []),
    ...(isHidden || cell.isFgDefault() ? [] : [colour(cell.isFgRGB(), cell.getFgColor(), 30)]),
    ...(cell.isBgDefault() ? [] : [colour(cell.isBgRGB(), cell.getBgColor(), 40)]),
  ].join(';')
}

function colour(isRgb: boolean, value: number, base: 30 | 40): string {
  if (isRgb) return `${base + 8};2;${value >> 16};${(value >> 8) & 255};${value & 255}`
  if (value < 8) return String(base + value)
  return value < 16 ? String(base + 52 + value) : `${base + 8};5;${value}`
}

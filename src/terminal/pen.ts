/** Where the terminal's cursor is and how it writes, and the fewest bytes that change either. */
import type { Certainty } from './cells.ts'
import { DEFAULT_STYLE, type Style, transition } from './style.ts'

/** Collects the bytes of one frame. Rows and columns count from 0. */
export interface Pen {
  readonly state: {
    readonly row: number
    /** -1 where it cannot be relied on. */
    readonly column: number
    /** The column is where it should be, unless the terminal draws ambiguous characters wide. */
    readonly drifts: boolean
    readonly style: Style
  }
  /** Everything written so far. */
  written(): string
  moveTo(row: number, column: number): void
  setStyle(style: Style): void
  /** Writes one character, or ASCII, that needs `width` cells. */
  put(characters: string, width: number, sureness: Certainty): void
  /** Writes a sequence that moves nothing. */
  control(sequence: string): void
}

/**
 * A pen in the default style, at an unknown place: the first move of a frame is absolute, which heals
 * whatever another program (`wall`, a kernel message) wrote on the terminal meanwhile.
 */
export function createPen(columns: number): Pen {
  let out = ''
  const state = { row: -1, column: -1, drifts: false, style: DEFAULT_STYLE }
  return {
    state,
    written: () => out,
    moveTo(row, column) {
      out += motion(state.row, state.drifts ? -1 : state.column, row, column)
      Object.assign(state, { row, column, drifts: false })
    },
    setStyle(style) {
      out += transition(state.style, style)
      state.style = style
    },
    put(characters, width, sureness) {
      out += characters
      const column = state.column + width
      // In the last column the cursor waits between this line and the next: only CR and CUP are sure there.
      state.column = sureness === 'unsettled' || column >= columns ? -1 : column
      state.drifts = sureness === 'drifts' || (state.drifts && characters === ' ')
    },
    control(sequence) {
      out += sequence
    },
  }
}

/**
 * The shortest way from one cell to another. Backspace and tabs are left out: the wall would have to let them
 * through. A line feed goes after a carriage return only, since terminals in raw mode may add one (ONLCR).
 */
export function motion(row: number, column: number, toRow: number, toColumn: number): string {
  if (row === toRow && column === toColumn) return ''
  const absolute = cursorPosition(toRow, toColumn)
  if (row < 0) return absolute
  const candidates = [absolute]
  if (row === toRow) {
    candidates.push(step(toColumn + 1, 'G'), `\r${step(toColumn, 'C')}`)
    if (column >= 0) candidates.push(sideways(column, toColumn))
  } else {
    if (toRow > row) candidates.push(`\r${downTo(toRow - row)}${step(toColumn, 'C')}`)
    if (column >= 0) candidates.push(upOrDown(toRow - row) + sideways(column, toColumn))
    if (toColumn === 0) candidates.push(`\r${upOrDown(toRow - row)}`)
  }
  return candidates.reduce((best, candidate) => (candidate.length < best.length ? candidate : best))
}

function cursorPosition(row: number, column: number): string {
  if (column === 0) return row === 0 ? '\x1b[H' : `\x1b[${row + 1}H`
  return `\x1b[${row === 0 ? '' : row + 1};${column + 1}H`
}

/** A line feed may be two bytes on the way (ONLCR), so from two rows on the sequence is no longer. */
function downTo(rows: number): string {
  return rows === 1 ? '\n' : step(rows, 'B')
}

function upOrDown(rows: number): string {
  return rows < 0 ? step(-rows, 'A') : step(rows, 'B')
}

function sideways(from: number, to: number): string {
  return to < from ? step(from - to, 'D') : step(to - from, 'C')
}

function step(count: number, final: string): string {
  if (count === 0) return ''
  return count === 1 ? `\x1b[${final}` : `\x1b[${count}${final}`
}

/** Rows that only moved up or down are moved by the terminal: a list scrolled by a line costs two lines. */
import { blankRow, type Row } from './cells.ts'
import { diffFrames } from './diff.ts'

/** Rows `top` to `bottom` take what was `by` rows below them (above them when negative). */
export interface Scroll {
  readonly top: number
  readonly bottom: number
  readonly by: number
}

/** Below this many bytes a difference is not worth a second look. */
const WORTH_LOOKING = 300
/** So many rows have to move together before it is called scrolling. */
const LEAST_ROWS = 3

/** The bytes from one frame to the next like `diffFrames`, with scrolling where that makes them fewer. */
export function updateScreen(before: readonly Row[], after: readonly Row[], columns: number): string {
  const plain = diffFrames(before, after, columns)
  const scroll = plain.length < WORTH_LOOKING ? null : findScroll(before, after)
  if (!scroll) return plain
  const scrolled = scrollSequence(scroll) + diffFrames(scrollRows(before, scroll, columns), after, columns)
  return scrolled.length < plain.length ? scrolled : plain
}

/** The move that most rows agree on. Lines that appear twice say nothing about where they came from. */
export function findScroll(before: readonly Row[], after: readonly Row[]): Scroll | null {
  const origin = new Map<string, number>()
  for (const [index, { line }] of before.entries()) origin.set(line, origin.has(line) ? -1 : index)
  const moves = new Map<number, { top: number; bottom: number; rows: number }>()
  for (const [index, row] of after.entries()) {
    const from = row.line === before[index]?.line ? -1 : (origin.get(row.line) ?? -1)
    if (from < 0) continue
    const move = moves.get(from - index) ?? { top: index, bottom: index, rows: 0 }
    moves.set(from - index, { top: move.top, bottom: index, rows: move.rows + 1 })
  }
  let best: (Scroll & { readonly rows: number }) | null = null
  for (const [by, move] of moves) {
    if (move.rows >= LEAST_ROWS && move.rows > (best?.rows ?? 0)) best = { ...move, by }
  }
  return best && { top: best.top, bottom: best.bottom, by: best.by }
}

/** The rows as they are on the screen after a scroll, with blank ones where nothing came from. */
export function scrollRows(rows: readonly Row[], scroll: Scroll, columns: number): Row[] {
  const { first, last } = region(scroll)
  return rows.map((row, index) => {
    if (index < first || index > last) return row
    const from = index + scroll.by
    return (from < first || from > last ? undefined : rows[from]) ?? blankRow(columns)
  })
}

/**
 * DELETE LINES at one end and INSERT LINES at the other, which leaves the rows below in their place. Scrolling
 * margins (DECSTBM) would do it as well, but would stay behind if we were killed in between.
 */
export function scrollSequence(scroll: Scroll): string {
  const { first, last } = region(scroll)
  const count = Math.abs(scroll.by)
  const lower = last - count + 1
  const [deleteAt, insertAt] = scroll.by > 0 ? [first, lower] : [lower, first]
  return `\x1b[${deleteAt + 1}H\x1b[${count}M\x1b[${insertAt + 1}H\x1b[${count}L`
}

/** All rows that a scroll touches: where the lines are and where they were. */
function region({ top, bottom, by }: Scroll): { readonly first: number; readonly last: number } {
  return { first: Math.min(top, top + by), last: Math.max(bottom, bottom + by) }
}

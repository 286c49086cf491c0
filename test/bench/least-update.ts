/**
 * The fewest bytes that change only the cells that differ: what an ideal program would have sent. Scrolling and
 * the like are not looked for, so a clever program can send less. Written apart from the program's own.
 */
import type { Cell, Grid } from './grid.ts'

/** A blank run is erased instead of written from this many cells on. */
const ERASE_FROM = 6

interface Place {
  row: number
  /** -1: not known. */
  column: number
  look: string
}

/** The sequence from one screen to another of the same size; '' when they look the same. */
export function leastUpdate(before: Grid, after: Grid): string {
  const pen: Place = { row: -1, column: -1, look: '' }
  let out = ''
  for (const [row, cells] of after.entries()) out += updateRow(pen, row, before[row] ?? [], cells)
  return pen.look === '' ? out : `${out}\x1b[m`
}

function updateRow(pen: Place, row: number, before: readonly Cell[], after: readonly Cell[]): string {
  const plain = { ...pen }
  const written = writeCells(plain, row, before, after, after.length)
  const blankFrom = after.findLastIndex((cell) => cell.text !== ' ' || cell.look !== '') + 1
  const erasing = { ...pen }
  let erased = writeCells(erasing, row, before, after, blankFrom)
  if (before.slice(blankFrom).some((cell) => cell.text !== ' ' || cell.look !== '')) {
    erased += `${moveTo(erasing, row, blankFrom)}${setLook(erasing, '')}\x1b[K`
  }
  const isShorter = erased.length < written.length
  Object.assign(pen, isShorter ? erasing : plain)
  return isShorter ? erased : written
}

function writeCells(
  pen: Place,
  row: number,
  before: readonly Cell[],
  after: readonly Cell[],
  end: number,
): string {
  let out = ''
  for (let column = 0; column < end; column += 1) {
    const cell = after[column]
    if (cell === undefined || !isChanged(before, after, column)) continue
    const blanks = blankRun(after, column, end)
    const changed = blanks < ERASE_FROM ? 0 : lastChange(before, after, column, column + blanks) - column + 1
    out += reach(pen, row, column, after)
    if (changed >= ERASE_FROM) {
      out += `${setLook(pen, '')}\x1b[${changed}X`
      column += changed - 1
    } else out += write(pen, cell, after[column + 1]?.text === '' ? 2 : 1, after.length)
  }
  return out
}

function isChanged(before: readonly Cell[], after: readonly Cell[], column: number): boolean {
  const cell = after[column]
  if (cell === undefined || cell.text === '') return false
  const differs = (at: number) => before[at]?.text !== after[at]?.text || before[at]?.look !== after[at]?.look
  return differs(column) || (after[column + 1]?.text === '' && differs(column + 1))
}

function blankRun(cells: readonly Cell[], from: number, end: number): number {
  let to = from
  while (to < end && cells[to]?.text === ' ' && cells[to]?.look === '') to += 1
  return to - from
}

function lastChange(before: readonly Cell[], after: readonly Cell[], from: number, end: number): number {
  let last = end - 1
  while (last > from && !isChanged(before, after, last)) last -= 1
  return last
}

/** By moving, or by writing the unchanged cells between once more, whichever is shorter. */
function reach(pen: Place, row: number, column: number, cells: readonly Cell[]): string {
  if (pen.row === row && pen.column >= 0 && pen.column < column && column - pen.column <= 8) {
    const between = cells.slice(pen.column, column)
    if (between.every(({ text }) => text.length === 1 && text < '\x7f')) {
      const rewriting = { ...pen }
      const rewritten = between.map((cell) => write(rewriting, cell, 1, cells.length)).join('')
      const target = cells[column]?.look ?? ''
      const detour = rewritten.length + change(rewriting.look, target).length
      if (detour < motion(pen, row, column).length + change(pen.look, target).length) {
        Object.assign(pen, rewriting)
        return rewritten
      }
    }
  }
  return moveTo(pen, row, column)
}

function write(pen: Place, cell: Cell, width: number, columns: number): string {
  const sequence = setLook(pen, cell.look, cell.text === ' ')
  pen.column = pen.column + width >= columns ? -1 : pen.column + width
  return sequence + cell.text
}

function moveTo(pen: Place, row: number, column: number): string {
  const sequence = motion(pen, row, column)
  pen.row = row
  pen.column = column
  return sequence
}

function motion(pen: Place, row: number, column: number): string {
  if (pen.row === row && pen.column === column) return ''
  const absolute =
    column === 0 ? `\x1b[${row === 0 ? '' : row + 1}H` : `\x1b[${row === 0 ? '' : row + 1};${column + 1}H`
  const candidates = [absolute]
  const step = (count: number, letter: string) =>
    count === 0 ? '' : `\x1b[${count === 1 ? '' : count}${letter}`
  if (pen.row >= 0 && row >= pen.row) {
    candidates.push(`\r${step(row - pen.row, 'B')}${step(column, 'C')}`)
    if (pen.column >= 0) {
      const sideways = column - pen.column
      const aside =
        sideways < 0 ? (-sideways <= 3 ? '\b'.repeat(-sideways) : step(-sideways, 'D')) : step(sideways, 'C')
      candidates.push(step(row - pen.row, 'B') + aside)
    }
  }
  return candidates.reduce((best, each) => (each.length < best.length ? each : best))
}

/** On a blank, what cannot be seen there need not be changed. */
function setLook(pen: Place, look: string, isBlank = false): string {
  if (isBlank && look === '' && !/(?:^|;)(?:4|7|9|4\d|48;.*|10\d)(?:;|$)/.test(pen.look)) return ''
  const sequence = change(pen.look, look)
  pen.look = look
  return sequence
}

function change(from: string, to: string): string {
  if (from === to) return ''
  if (to === '') return '\x1b[m'
  if (from === '') return `\x1b[${to}m`
  const [was, will] = [parametersOf(from), parametersOf(to)]
  const off = was.filter((each) => !will.includes(each))
  const on = will.filter((each) => !was.includes(each))
  const isReplaced = (each: string) =>
    /^(?:3[0-8]|9\d)/.test(each) && on.some((one) => /^(?:3[0-8]|9\d)/.test(one))
  const fresh = `\x1b[0;${to}m`
  if (!off.every(isReplaced)) return fresh
  const added = `\x1b[${on.join(';')}m`
  return added.length < fresh.length ? added : fresh
}

/** `1;38;5;33` as `1` and `38;5;33`. */
function parametersOf(look: string): string[] {
  return look.match(/[34]8;5;\d+|[34]8;2;\d+;\d+;\d+|\d+/g) ?? []
}

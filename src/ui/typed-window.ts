/** The part of a typed text that is on screen: rows, the cursor among them, and moves from row to row. */
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { cellAt, drawTypedRow, offsetAt, type TypedRow, typedRows } from '#src/view/typed-rows.ts'
import type { TypedText } from './typed-text.ts'

/** A row by its line and its number within that. */
interface RowPlace {
  readonly line: number
  readonly row: number
}

/** A cell on either side of the text: the one behind it is the cursor's at the end of a full row. */
const MARGINS = 2

/** Follows the cursor of a text. Only lines that are looked at are broken into rows, and those once. */
export class TypedWindow {
  readonly #typed: TypedText
  readonly #theme: Theme
  #width = 80
  #height = 1
  #top: RowPlace = { line: 0, row: 0 }
  /** The cell that moves up and down aim at. */
  #column: number | null = null
  /** The rows of lines drawn last time, and of those looked at since: a megabyte in one line is broken once. */
  #known = new Map<string, readonly TypedRow[]>()
  #used = new Map<string, readonly TypedRow[]>()

  constructor(typed: TypedText, theme: Theme) {
    this.#typed = typed
    this.#theme = theme
  }

  get height(): number {
    return this.#height
  }

  /** The next move up or down starts from the cell where the cursor is. */
  forgetColumn(): void {
    this.#column = null
  }

  /** Moves the cursor by rows, up when negative, as near to its cell as the row there allows. */
  moveRows(by: number): void {
    const { cursor } = this.#typed
    const from = this.#placeOf(cursor.line, cursor.offset)
    const to = this.#step(from, by)
    this.#column ??= cellAt(this.#line(from.line), this.#row(from), cursor.offset)
    this.#typed.moveTo({ line: to.line, offset: offsetAt(this.#line(to.line), this.#row(to), this.#column) })
  }

  /** At most `height` rows, the cursor's among them. */
  draw(width: number, height: number): readonly Drawable[] {
    if (width !== this.#width) {
      this.#known.clear()
      this.#used.clear()
    }
    this.#width = width
    this.#height = height
    const { cursor } = this.#typed
    const at = this.#placeOf(cursor.line, cursor.offset)
    this.#scrollTo(at)
    const drawn: Drawable[] = []
    for (
      let place: RowPlace | null = this.#top;
      place !== null && drawn.length < height;
      place = this.#next(place)
    ) {
      drawn.push(
        drawTypedRow(this.#line(place.line), this.#row(place), {
          cursor: isSame(place, at) ? cursor.offset : null,
          width,
          theme: this.#theme,
        }),
      )
    }
    this.#known = this.#used
    this.#used = new Map()
    return drawn
  }

  /** As little as brings the cursor's row on screen; below the text stays no room that rows above it could have. */
  #scrollTo(at: RowPlace): void {
    const { lines } = this.#typed
    const end = this.#placeOf(lines.length - 1, Number.POSITIVE_INFINITY)
    const lowest = earlier(at, this.#step(end, 1 - this.#height))
    const highest = this.#step(at, 1 - this.#height)
    // Its line may have fewer rows than when it was drawn.
    const { line, row } = this.#top
    const top = { line, row: Math.min(row, this.#rowsOf(line).length - 1) }
    this.#top = earlier(lowest, isBefore(top, highest) ? highest : top)
  }

  #placeOf(line: number, offset: number): RowPlace {
    const rows = this.#rowsOf(line)
    return {
      line,
      row: Math.max(
        0,
        rows.findLastIndex(({ start }) => start <= offset),
      ),
    }
  }

  #step(from: RowPlace, by: number): RowPlace {
    let place = from
    for (let left = Math.abs(by); left > 0; left -= 1) {
      const next = by > 0 ? this.#next(place) : this.#previous(place)
      if (next === null) {
        break
      }
      place = next
    }
    return place
  }

  #next({ line, row }: RowPlace): RowPlace | null {
    if (row + 1 < this.#rowsOf(line).length) {
      return { line, row: row + 1 }
    }
    return line + 1 < this.#typed.lines.length ? { line: line + 1, row: 0 } : null
  }

  #previous({ line, row }: RowPlace): RowPlace | null {
    if (row > 0) {
      return { line, row: row - 1 }
    }
    return line > 0 ? { line: line - 1, row: this.#rowsOf(line - 1).length - 1 } : null
  }

  #line(index: number): string {
    return this.#typed.lines[index] ?? ''
  }

  #row({ line, row }: RowPlace): TypedRow {
    return this.#rowsOf(line)[row] ?? { start: 0, end: 0 }
  }

  #rowsOf(index: number): readonly TypedRow[] {
    const line = this.#line(index)
    const rows =
      this.#used.get(line) ?? this.#known.get(line) ?? typedRows(line, Math.max(1, this.#width - MARGINS))
    this.#used.set(line, rows)
    return rows
  }
}

function isSame(one: RowPlace, other: RowPlace): boolean {
  return one.line === other.line && one.row === other.row
}

function isBefore(one: RowPlace, other: RowPlace): boolean {
  return one.line < other.line || (one.line === other.line && one.row < other.row)
}

function earlier(one: RowPlace, other: RowPlace): RowPlace {
  return isBefore(one, other) ? one : other
}

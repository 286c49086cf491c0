/**
 * Finished lines on their way around Ink. Of every character that Ink draws it makes an object, reads its style and
 * measures it: three quarters of what a refresh cost (measured, 50 rows of 160 columns). So the lines wait at the
 * sink, and Ink lays out a ticket in their place: two private-use characters, which no text of a server holds
 * since `UNSAFE` names them.
 */

const FIRST_SLOT = 0xe000
const SLOTS = 256
const FIRST_VERSION = FIRST_SLOT + SLOTS
const VERSIONS = 4096

/** Where one part of the frame leaves its lines. */
export interface Slot {
  /**
   * Leaves lines in place of those before. Gives the ticket to draw at the left edge, with as many rows for it
   * as there are lines: another one each time, so that Ink sees that something has changed.
   */
  put(lines: readonly string[]): string
}

export class CarriedLines {
  readonly #slots: (readonly string[])[] = []

  /** A slot for as long as the program runs. */
  openSlot(): Slot {
    const number = this.#slots.length
    if (number === SLOTS) throw new Error('A frame has no more than 256 parts')
    this.#slots.push([])
    let version = 0
    return {
      put: (lines) => {
        this.#slots[number] = lines
        version = (version + 1) % VERSIONS
        return String.fromCharCode(FIRST_SLOT + number, FIRST_VERSION + version)
      },
    }
  }

  /** The rows of a frame as Ink gave it, with the lines in the rows of their tickets. */
  unpack(frame: string): string[] {
    const rows = frame.split('\n')
    for (const [index, row] of [...rows.entries()]) {
      const lines = this.#slots[row.charCodeAt(0) - FIRST_SLOT]
      if (lines !== undefined) rows.splice(index, lines.length, ...lines)
    }
    return rows
  }
}

/**
 * Finished lines on their way around Ink. Of every character that Ink draws it makes an object, reads its style and
 * measures it: three quarters of what a refresh cost (measured, 50 rows of 160 columns). So the lines wait at the
 * sink, and Ink lays out a ticket in their place.
 */

/** ASCII: for any other character the measuring of widths, 20 ms at the first use, would be part of every start. */
const TICKET = /^@(\d+)\.\d+$/

/** Where one part of the frame leaves its lines. */
export interface Slot {
  /**
   * Leaves lines in place of those before. Gives the ticket to draw alone on its rows, as many as there are lines:
   * another one each time, so that Ink sees that something has changed.
   */
  put(lines: readonly string[]): string
}

export class CarriedLines {
  readonly #slots: (readonly string[])[] = []

  /** A slot for as long as the program runs. */
  openSlot(): Slot {
    const number = this.#slots.length
    this.#slots.push([])
    let version = 0
    return {
      put: (lines) => {
        this.#slots[number] = lines
        version += 1
        return `@${number}.${version}`
      },
    }
  }

  /** The rows of a frame as Ink gave it, with the lines in the rows of their tickets. */
  unpack(frame: string): readonly string[] {
    const rows = frame.split('\n')
    const unpacked = [...rows]
    for (const [index, row] of rows.entries()) {
      const lines = this.#slots[Number(TICKET.exec(row)?.[1] ?? -1)]
      if (lines !== undefined) unpacked.splice(index, lines.length, ...lines)
    }
    return unpacked
  }
}

/** A text in which places were replaced, with the way back from the new text to the old one. */

/** One replacement; places in UTF-16 units of the old text. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

export interface Rewritten {
  readonly text: string
  /** The place in the old text that a place of the new one comes from; within a replacement, where that begins. */
  originOf(offset: number): number
}

/** Replaces places that do not overlap. */
export function rewrite(text: string, edits: readonly Edit[]): Rewritten {
  const ordered = edits.toSorted((one, other) => one.start - other.start)
  let result = ''
  let from = 0
  for (const edit of ordered) {
    result += text.slice(from, edit.start) + edit.text
    from = edit.end
  }
  return { text: result + text.slice(from), originOf: (offset) => originOf(ordered, offset) }
}

function originOf(edits: readonly Edit[], offset: number): number {
  let shift = 0
  for (const { start, end, text } of edits) {
    if (offset < start + shift) break
    if (offset < start + shift + text.length) return start
    shift += text.length - (end - start)
  }
  return offset - shift
}

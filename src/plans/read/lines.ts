/** Lines of the input that still know where they stood, however much was cut off around them. */

export interface Line {
  readonly text: string
  /** From 1, in the input as it was given. */
  readonly line: number
  /** Where `text` begins, from 1. */
  readonly column: number
  /** The quote that was doubled in the input and is single here. */
  readonly doubled: '"' | "'" | null
}

/** The input as lines, without the byte order mark and with any of the three line ends. */
export function splitLines(input: string): readonly Line[] {
  const text = input.startsWith('\uFEFF') ? input.slice(1) : input
  return text
    .split(/\r\n|\n|\r/)
    .map((content, index) => ({ text: content, line: index + 1, column: 1, doubled: null }))
}

/** A part of a line; what was cut off at the front counts into its column. */
export function cut(line: Line, from: number, to: number = line.text.length): Line {
  return { ...line, text: line.text.slice(from, to), column: columnAt(line, from) }
}

/** A line whose doubled quotes are single again. */
export function undoubled(line: Line, quote: '"' | "'"): Line {
  if (!line.text.includes(quote + quote)) return line
  return { ...line, text: line.text.replaceAll(quote + quote, quote), doubled: quote }
}

/** Where a character of the line stood in the input. */
export function columnAt(line: Line, offset: number): number {
  if (line.doubled === null) return line.column + offset
  const quotes = line.text.slice(0, offset).split(line.doubled).length - 1
  return line.column + offset + quotes
}

/** Where an offset into the lines joined by `\n` stood in the input. */
export function placeOf(lines: readonly Line[], offset: number): { line: number; column: number } {
  let start = 0
  for (const line of lines) {
    if (offset <= start + line.text.length)
      return { line: line.line, column: columnAt(line, Math.max(0, offset - start)) }
    start += line.text.length + 1
  }
  const last = lines.at(-1)
  return last === undefined
    ? { line: 1, column: 1 }
    : { line: last.line, column: columnAt(last, last.text.length) }
}

/** Where a line begins in the lines joined by `\n`. */
export function offsetOf(lines: readonly Line[], index: number): number {
  return lines.slice(0, index).reduce((sum, line) => sum + line.text.length + 1, 0)
}

/** The width of the white space a line begins with; a tab counts as one, as pasted plans mix both. */
export function indentOf(text: string): number {
  return text.length - text.trimStart().length
}

export function isBlank(line: Line): boolean {
  return line.text.trim() === ''
}

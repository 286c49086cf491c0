/** The user-perceived characters of a text that somebody edits: where each begins and ends. */

const segmenter = new Intl.Segmenter()

/** Printable ASCII that nothing behind it joins, which is nearly all of a query or a plan. */
const PLAIN = /[\x20-\x7e]+(?![^\x00-\x7f])/y
const OTHER = /[\x20-\x7e]?[^\x20-\x7e]+/y

/** More code units than any character that is written has; a longer stack of marks is cut. */
const LONGEST = 64

/** The characters of a line in order; a long line of mostly ASCII costs little. */
export function* characters(line: string): Generator<string> {
  for (let at = 0; at < line.length; ) {
    const plain = matchAt(PLAIN, line, at)
    yield* plain
    at += plain.length
    const other = matchAt(OTHER, line, at)
    for (const { segment } of segmenter.segment(other)) yield segment
    at += other.length
  }
}

/** The character that ends at an offset; empty at the start. */
export function characterBefore(line: string, offset: number): string {
  const from = Math.max(0, offset - LONGEST)
  const around = line.slice(from, offset + LONGEST)
  const found = offset === 0 ? undefined : segmenter.segment(around).containing(offset - from - 1)
  return found === undefined ? '' : line.slice(from + found.index, offset)
}

/** The character that begins at an offset; empty at the end. */
export function characterAfter(line: string, offset: number): string {
  const [first] = segmenter.segment(line.slice(offset, offset + LONGEST))
  return first?.segment ?? ''
}

function matchAt(pattern: RegExp, line: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(line)?.[0] ?? ''
}

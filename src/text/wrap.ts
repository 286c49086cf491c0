/** Long text broken into lines of a pane. */
import type { SafeText } from './safe.ts'
import { cellWidth, graphemes } from './width.ts'

/**
 * Breaks a text into lines of at most `width` cells, at spaces where there are any. A word longer than a line
 * is broken; spaces at a break are dropped, spaces at the very start (indented SQL) are kept. One pass, since
 * a query can have a megabyte. Never empty; a wide character in a pane of one cell gets a line all the same.
 */
export function wrap(text: SafeText, width: number): SafeText[] {
  const lines: string[] = []
  let line = { start: 0, cells: 0 }
  let word = { start: 0, cells: 0 }
  let at = 0
  let wordEnd = -1
  let inWord = false
  for (const character of graphemes(text)) {
    const cells = character.length === 1 && character <= '~' ? 1 : cellWidth(character)
    if (character === ' ') {
      if (inWord) wordEnd = at
      inWord = false
    } else if (!inWord) {
      inWord = true
      word = { start: at, cells: line.cells }
      if (wordEnd >= 0 && line.cells + cells > width) {
        lines.push(text.slice(line.start, wordEnd))
        line = { start: at, cells: 0 }
        word = { start: at, cells: 0 }
        wordEnd = -1
      }
    }
    if (inWord && line.cells + cells > width && at > line.start) {
      const breaksAtSpace = wordEnd >= 0
      lines.push(
        breaksAtSpace ? text.slice(line.start, wordEnd) : withoutExcess(text.slice(line.start, at), width),
      )
      line = breaksAtSpace ? { start: word.start, cells: line.cells - word.cells } : { start: at, cells: 0 }
      word = { start: line.start, cells: 0 }
      wordEnd = -1
    }
    line.cells += cells
    at += character.length
  }
  const rest = wordEnd >= 0 && !inWord ? text.slice(line.start, wordEnd) : text.slice(line.start)
  lines.push(withoutExcess(rest, width))
  return lines as SafeText[]
}

/** An indent that is wider than the pane leaves a blank line, not one that is too wide. */
function withoutExcess(line: string, width: number): string {
  return line.trim() === '' ? line.slice(0, width) : line
}

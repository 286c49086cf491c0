import { cut, isBlank, type Line, undoubled } from './lines.ts'

const QUOTES = ['"', "'"] as const

/**
 * Lines without the quotes that pgAdmin and other clients put around each row, or around the whole cell, with the
 * quotes inside doubled.
 */
export function withoutQuotes(lines: readonly Line[]): readonly Line[] {
  const filled = lines.filter((line) => !isBlank(line))
  const [first, last] = [filled[0]?.text.trim() ?? '', filled.at(-1)?.text.trim() ?? '']
  for (const quote of QUOTES) {
    if (!first.startsWith(quote) && !endsWith(last, quote)) continue
    const ends = filled.filter((line) => endsWith(line.text.trimEnd(), quote)).length
    const begins = filled.filter((line) => line.text.trimStart().startsWith(quote)).length
    if (filled.length > 0 && begins === filled.length && ends === filled.length) {
      return lines.map((line) => (isBlank(line) ? line : undoubled(unquoted(line, quote), quote)))
    }
    // A cell of several lines. A fragment of JSON also begins with a quote, but ends otherwise.
    if (begins > 0 && first.startsWith(quote) && last.endsWith(quote) && filled.length > 1) {
      return quotedCell(lines, quote)
    }
    if (filled.length > 1 && ends === filled.length && filled.every((line) => isOdd(line, quote))) {
      return lines.map((line) => (isBlank(line) ? line : cut(line, 0, line.text.lastIndexOf(quote))))
    }
  }
  return lines
}

function endsWith(text: string, quote: string): boolean {
  return text.endsWith(quote) || text.endsWith(`${quote},`) || text.endsWith(`${quote};`)
}

function unquoted(line: Line, quote: string): Line {
  const from = line.text.indexOf(quote) + 1
  return cut(line, from, Math.max(from, line.text.lastIndexOf(quote)))
}

function quotedCell(lines: readonly Line[], quote: '"' | "'"): readonly Line[] {
  const first = lines.findIndex((line) => !isBlank(line))
  const last = lines.findLastIndex((line) => !isBlank(line))
  return lines.map((line, index) => {
    const from = index === first ? line.text.indexOf(quote) + 1 : 0
    const to = index === last ? line.text.lastIndexOf(quote) : line.text.length
    return undoubled(cut(line, from, Math.max(from, to)), quote)
  })
}

/** A lone quote at the end: the one at the beginning got lost in the selection. */
function isOdd(line: Line, quote: string): boolean {
  return line.text.split(quote).length % 2 === 0
}

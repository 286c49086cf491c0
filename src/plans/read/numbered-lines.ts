import { cut, isBlank, type Line } from './lines.ts'

const NUMBER = /^(\s*)(\d+)([.):]?)([ \t|│]+)/

/** Lines without the numbers that some clients put before each, if every line has the next one. */
export function withoutNumbers(lines: readonly Line[]): readonly Line[] {
  const isFilled = (line: Line) => !isBlank(line) && !/^\s*QUERY PLAN\s*$/.test(line.text)
  const first = lines.find(isFilled)
  if (first === undefined) return lines
  const start = Number(NUMBER.exec(first.text)?.[2] ?? Number.NaN)
  if (start > 1 || Number.isNaN(start)) return lines
  const filled = lines.filter(isFilled)
  if (!filled.every((line, index) => numberOf(line) === start + index)) return lines
  const gap = NUMBER.exec(first.text)?.[4]?.length ?? 1
  return lines.map((line) => {
    const found = NUMBER.exec(line.text)
    if (found === null) return isBlank(line) || numberOf(line) === null ? line : cut(line, line.text.length)
    const [whole, , , , space = ''] = found
    return cut(line, whole.length - space.length + Math.min(gap, space.length))
  })
}

function numberOf({ text }: Line): number | null {
  const digits = NUMBER.exec(text)?.[2] ?? /^\s*(\d+)\s*$/.exec(text)?.[1]
  return digits === undefined ? null : Number(digits)
}

/** The plan as it was given. */
import { type SafeText, safe, toSafeLines } from '#src/text/safe.ts'
import { cellWidth } from '#src/text/width.ts'
import { wrap } from '#src/text/wrap.ts'

/** Lines keep their indent, what is wrapped of them too, as far as that leaves room. */
const LEAST_ROOM = 20

/** Every line of the text, wrapped at `width`, safe. */
export function rawLines(text: string, width: number): readonly SafeText[] {
  return toSafeLines(text).flatMap((line) => (cellWidth(line) <= width ? [line] : wrapped(line, width)))
}

function wrapped(line: SafeText, width: number): readonly SafeText[] {
  const text = line.trimStart() as SafeText
  const spaces = line.length - text.length
  const indent = width - spaces >= LEAST_ROOM ? spaces : 0
  return wrap(text, Math.max(1, width - indent)).map((each) => safe`${' '.repeat(indent) as SafeText}${each}`)
}

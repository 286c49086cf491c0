import { cut, indentOf, isBlank, type Line } from './lines.ts'

/** What the lines between the header and the rows, and around the table, consist of. */
const RULE = /^[-─═+┼╪╫╬|│║╔╗╚╝╠╣╟╢┌┐└┘├┤╞╡ ]+$/

/** What a rule may end in; `;` is that of `&zwsp;`. */
const RULE_ENDS: ReadonlySet<string> = new Set('-─═+┼╪╫╬|│║╔╗╚╝╠╣╟╢┌┐└┘├┤╞╡ ;')

const BARS = '|│║'
const MARKS = '+↵'

/** Whether a line only draws; `&zwsp;` breaks such lines in the manual's pages. */
export function isRule(text: string): boolean {
  // Nearly every line of a plan ends in something else, and is asked about several times.
  if (!RULE_ENDS.has(text.at(-1) ?? '')) return false
  const plain = text.replaceAll('&zwsp;', '')
  return RULE.test(plain) && /-{3}|─{3}|═{3}/.test(plain)
}

/**
 * Lines without psql's frame in any of its styles: bars on both sides or only behind, and the `+` or `↵` that
 * says that the row goes on in the next line.
 */
export function withoutFrame(lines: readonly Line[]): readonly Line[] {
  return withoutContinuations(withoutBars(lines))
}

function withoutBars(lines: readonly Line[]): readonly Line[] {
  if (!lines.some((line) => isRule(line.text) && /[+┐╗┘╝┤╡╢╣|]/.test(line.text.trimEnd().slice(-1))))
    return lines
  const both = lines.some((line) => !isRule(line.text) && barred(line.text.trim(), true))
  return lines.map((line) => {
    if (isRule(line.text)) return line
    const text = line.text.trim()
    if (!barred(text, both)) return line
    const start = both ? indentOf(line.text) + 1 : 0
    return cut(line, line.text[start] === ' ' && both ? start + 1 : start, line.text.trimEnd().length - 1)
  })
}

/** Whether a row is closed by a bar, and begun by one where the frame has both. */
function barred(text: string, both: boolean): boolean {
  const last = text.at(-1)
  if (text.length < 2 || last === undefined || !BARS.includes(last)) return false
  return !both || BARS.includes(text[0] ?? ' ')
}

function withoutContinuations(lines: readonly Line[]): readonly Line[] {
  const kept: Line[] = []
  for (let at = 0; at < lines.length; ) {
    let end = at
    while (goesOn(lines[end])) end += 1
    const run = lines.slice(at, end)
    const marked = isRow(run, lines[at - 1], lines[end])
    for (const line of run) kept.push(marked ? cut(line, 0, line.text.trimEnd().length - 1) : line)
    const last = lines[end]
    if (last !== undefined) kept.push(last)
    at = end + 1
  }
  return kept
}

function goesOn(line: Line | undefined): boolean {
  const mark = line?.text.trimEnd().at(-1)
  return line !== undefined && mark !== undefined && MARKS.includes(mark) && !isRule(line.text)
}

/** Whether these lines are one row: it begins below the rule, or its marks stand below each other. */
function isRow(run: readonly Line[], before: Line | undefined, after: Line | undefined): boolean {
  if (run.length > 0 && before !== undefined && isRule(before.text)) return true
  const widths = new Set(run.map((line) => line.text.trimEnd().length))
  return run.length > 1 && widths.size === 1 && after !== undefined && !isBlank(after)
}

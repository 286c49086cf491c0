import { cut, isBlank, type Line, undoubled } from './lines.ts'
import { endOfQuoted } from './quotes.ts'

const INSERT = /^\s*insert\s+into\s[^']*\bvalues\s*\(\s*(?=[en]?')/i

/** Lines of a result that a client copied as INSERT statements: the quoted values, one after the other. */
export function withoutInserts(lines: readonly Line[]): readonly Line[] {
  const first = lines.findIndex((line) => !isBlank(line))
  if (!INSERT.test(statementStart(lines, first))) return lines
  const values: Line[] = []
  let open = false
  for (const line of lines) {
    for (let at = 0; at < line.text.length; ) {
      const from = open ? at : line.text.indexOf("'", at) + 1
      if (!open && from === 0) break
      const to = endOfQuoted(line.text, from, "'")
      values.push(undoubled(cut(line, from, to), "'"))
      open = to === line.text.length
      at = to + 1
    }
    if (open && line.text === '') values.push(line)
  }
  return values
}

/** The names of the table and column may stand on lines of their own. */
function statementStart(lines: readonly Line[], first: number): string {
  return first < 0
    ? ''
    : lines
        .slice(first, first + 4)
        .map((line) => line.text)
        .join(' ')
}

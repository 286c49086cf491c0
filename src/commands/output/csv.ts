/** CSV as RFC 4180 has it, for spreadsheets: text is sanitised and never a formula. */
import type { Column, ColumnKind, Row, Value } from '#queries/define.ts'
import { toSafeText } from '#src/text/safe.ts'
import { jsonText } from './json.ts'

/** A line of column ids, then a line a row; NULL is an empty field, an empty text is `""`. */
export function csvDocument(columns: readonly Column[], rows: readonly Row[]): string {
  return `${columns.map(({ id }) => id).join(',')}\r\n${csvLines(columns, rows)}`
}

/** The lines of the rows alone, for what goes on after a document. */
export function csvLines(columns: readonly Column[], rows: readonly Row[]): string {
  const lines = rows.map((row) => columns.map(({ id, kind }) => field(row[id] ?? null, kind)))
  return lines.map((fields) => `${fields.join(',')}\r\n`).join('')
}

const TEXT_KINDS: ReadonlySet<ColumnKind> = new Set(['name', 'text', 'sql', 'json'])

function field(value: Value, kind: ColumnKind): string {
  if (value === null) return ''
  if (Array.isArray(value) && kind !== 'json') return value.join(' ')
  const text = typeof value === 'object' ? jsonText(value) : String(value)
  return TEXT_KINDS.has(kind) ? quoted(withoutFormula(text)) : quoted(toSafeText(text))
}

/** A spreadsheet runs a field that begins so as a formula, which may call out (OWASP: CSV Injection). */
function withoutFormula(text: string): string {
  return `${/^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) ? "'" : ''}${toSafeText(text)}`
}

function quoted(text: string): string {
  return text === '' || /[",\r\n;]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

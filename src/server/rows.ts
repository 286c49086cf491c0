/** Rows of an entry, from PostgreSQL's texts to the values that the kinds of its columns promise. */
import type { Column, ColumnKind, Entry, Row, Value } from '#queries/define.ts'
import { ServerFault } from './failure.ts'
import { double, exactJson, wholeNumber } from './numbers.ts'
import type { Answer } from './session.ts'
import { isoTime } from './times.ts'

/** The rows of an answer, keyed by column id. Throws for an answer that is not what the entry declares. */
export function rowsOf(entry: Pick<Entry, 'id' | 'columns'>, answer: Answer): readonly Row[] {
  const places = entry.columns.map((column) => {
    const index = answer.fields.indexOf(column.id)
    if (index === -1) throw mismatch(entry.id, column.id, 'is missing in the answer')
    return { column, index }
  })
  return answer.rows.map((texts) => {
    const row: Record<string, Value> = {}
    for (const { column, index } of places) {
      const text = texts[index] ?? null
      row[column.id] = text === null ? null : toValue(entry.id, column, text)
    }
    return row
  })
}

function toValue(entryId: string, column: Column, text: string): Value {
  const value = parsers[column.kind](text)
  if (value === null && column.kind !== 'json')
    throw mismatch(entryId, column.id, `holds "${text.slice(0, 40)}", which is no ${column.kind}`)
  return value
}

/** Null from a parser means: not a text of this kind. */
const parsers: Readonly<Record<ColumnKind, (text: string) => Value>> = {
  pid: double,
  oid: double,
  seconds: double,
  ratio: double,
  pids: (text) => {
    if (!/^\{[-\d,]*\}$/.test(text)) return null
    return text === '{}' ? [] : text.slice(1, -1).split(',').map(Number)
  },
  count: wholeNumber,
  bytes: wholeNumber,
  id: wholeNumber,
  bool: (text) => (text === 't' ? true : text === 'f' ? false : null),
  time: isoTime,
  json: (text) => exactJson(text) as Value,
  xid: (text) => text,
  name: (text) => text,
  text: (text) => text,
  sql: (text) => text,
  lsn: (text) => text,
}

function mismatch(entryId: string, columnId: string, problem: string): ServerFault {
  return new ServerFault({ kind: 'statement', message: `entry ${entryId}: column ${columnId} ${problem}` })
}

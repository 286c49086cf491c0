/** Tables for people, drawn by cli-table3 without colours: they are read in mails and tickets as well. */
import Table from 'cli-table3'
import type { Column, ColumnKind, Row, Value } from '#queries/define.ts'
import { normaliseQuery, type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { bytes, latency, percent, timestamp } from '#src/text/units.ts'
import { cellWidth, cut } from '#src/text/width.ts'
import { jsonText } from './json.ts'

/** One column of a drawn table. */
export interface TableHead {
  readonly label: SafeText
  readonly align?: 'right'
  /** Gives up cells when the line is too long, down to `LEAST_CELLS`. */
  readonly flexible?: boolean
}

const LEAST_CELLS = 20
const GAP = '  '

/**
 * Headings, a rule and the rows. Where lines are longer than `width` cells the flexible columns are cut; other
 * columns never are, so a line may still be longer.
 */
export function drawTable(
  heads: readonly TableHead[],
  rows: readonly (readonly SafeText[])[],
  width: number,
): string {
  const widths = heads.map(({ label }, at) =>
    rows.reduce((most, row) => Math.max(most, cellWidth(row[at] ?? '')), cellWidth(label)),
  )
  const fixed = widths.reduce((sum, each, at) => sum + (heads[at]?.flexible === true ? 0 : each), 0)
  const flexibles = heads.filter(({ flexible }) => flexible === true).length
  const room = Math.floor((width - fixed - GAP.length * (heads.length - 1)) / Math.max(1, flexibles))
  const limit = (at: number) =>
    heads[at]?.flexible === true ? Math.max(LEAST_CELLS, room) : Number.MAX_VALUE
  const table = new Table({
    head: heads.map(({ label, align }) => ({
      content: label,
      hAlign: align ?? 'left',
    })) as unknown as string[],
    chars: BORDERLESS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  })
  table.push(widths.map((each, at) => '-'.repeat(Math.min(each, limit(at)))))
  for (const row of rows) {
    table.push(row.map((text, at) => ({ content: cut(text, limit(at)), hAlign: heads[at]?.align ?? 'left' })))
  }
  return `${table.toString().replace(/ +$/gm, '')}\n`
}

/** A table of one row as a line a column: a row of thirty columns is wider than any terminal. */
export function drawRecord(columns: readonly Column[], row: Row, width: number): string {
  return drawTable(
    [{ label: safe`column` }, { label: safe`value`, flexible: true }],
    columns.map((column) => [toSafeText(column.id), cellText(column.kind, row[column.id] ?? null)]),
    width,
  )
}

/** The heading of a catalog column. */
export function headOf({ id, kind }: Column): TableHead {
  const label = toSafeText(id)
  return NUMERIC.has(kind) ? { label, align: 'right' } : { label, flexible: kind === 'sql' }
}

/** A value as a person reads it; NULL is nothing. Numbers keep all their digits where the unit is one thing. */
export function cellText(kind: ColumnKind, value: Value): SafeText {
  if (value === null) return safe``
  const amount = typeof value === 'number' || typeof value === 'bigint' ? value : null
  if (amount !== null && kind === 'seconds') return latency(amount)
  if (amount !== null && kind === 'bytes') return bytes(amount)
  if (amount !== null && kind === 'ratio') return percent(amount)
  if (typeof value === 'boolean') return value ? safe`yes` : safe`no`
  if (Array.isArray(value) && kind !== 'json') return toSafeText(value.join(' '))
  if (typeof value === 'object') return toSafeText(jsonText(value))
  if (kind === 'time') return timestamp(String(value))
  return kind === 'sql' ? normaliseQuery(String(value), QUERY_CELLS) : toSafeText(String(value))
}

/** What any terminal could show of a query. */
const QUERY_CELLS = 500

const NUMERIC: ReadonlySet<ColumnKind> = new Set([
  'pid',
  'oid',
  'xid',
  'count',
  'bytes',
  'seconds',
  'ratio',
  'id',
])

const BORDERLESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: GAP,
} as const

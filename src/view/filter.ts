/**
 * The filter that a person types: terms between spaces, all of which a row must meet.
 * `text` in any column, without regard to case · `"two words"` · `/regexp/` · `column:text` · `column:/regexp/` ·
 * `column>10` `>=` `<` `<=` `=`, with units (`xact_seconds>5m`, `wal_bytes>1GB`) · `column=` has no value ·
 * `!term` must not be met.
 */
import type { Column, ColumnKind, Row, Value } from '#queries/define.ts'
import { nearest } from '#src/text/nearest.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import type { RowTest } from './select.ts'

/** A column as a filter sees it. */
export interface FilterColumn<R> {
  /** What is typed before the colon: letters, digits and `_`. */
  readonly id: string
  /** Decides which units a number may have. */
  readonly kind: ColumnKind
  readonly value: (row: R) => Value | undefined
  /** Asked only by a term that names the column, not by plain words. */
  readonly isNamedOnly?: boolean
}

/** A test for rows, or what is wrong with the filter. */
export type ParsedFilter<R> =
  | { readonly ok: true; readonly matches: RowTest<R> }
  | { readonly ok: false; readonly problem: SafeText }

/** Filters that `select` gave up on, newest last: each further pass would stand still as long. */
const tooSlow = new Set<string>()
const REMEMBERED = 100

/** Understands a filter as typed; an empty one matches all rows. One that proved to be too slow is refused. */
export function parseFilter<R>(text: string, columns: readonly FilterColumn<R>[]): ParsedFilter<R> {
  if (tooSlow.has(text)) return { ok: false, problem: TOO_SLOW }
  const tests: ((row: R) => boolean)[] = []
  for (const term of termsOf(text)) {
    const isNegated = term.startsWith('!') && term.length > 1
    const test = termTest(isNegated ? term.slice(1) : term, columns)
    if (typeof test !== 'function') return { ok: false, problem: test.problem }
    tests.push(isNegated ? (row) => !test(row) : test)
  }
  const matches = (row: R) => tests.every((test) => test(row))
  return {
    ok: true,
    matches: hasRegexp(text) ? Object.assign(matches, { giveUp: () => refuse(text) }) : matches,
  }
}

/** What is told of a filter whose regular expression did not come to an end. */
export const TOO_SLOW = safe`too slow here: simplify the regular expression (a repetition in a repetition?)`

function refuse(text: string): void {
  tooSlow.add(text)
  const [oldest] = tooSlow
  if (tooSlow.size > REMEMBERED && oldest !== undefined) tooSlow.delete(oldest)
}

/** Whether a term may be a regular expression; words are matched without backtracking. */
function hasRegexp(text: string): boolean {
  return text.includes('/')
}

/** The columns of an entry for `parseFilter` over its rows. */
export function filterColumns(columns: readonly Column[]): readonly FilterColumn<Row>[] {
  return columns.map(({ id, kind }) => ({ id, kind, value: (row) => row[id] }))
}

// A quote or a slash that is opened inside a term holds its spaces together; one that is never closed goes to
// the end, because it is still being typed.
const TERM = /(?:!?(?:[a-z0-9_]+(?::|[<>]=?|=))?(?:"[^"]*(?:"|$)|\/(?:\\.|[^/\\])*(?:\/|$)(?=\s|$))|\S+)/giu

function termsOf(text: string): readonly string[] {
  return text.match(TERM) ?? []
}

type Test<R> = (row: R) => boolean
type Problem = { readonly problem: SafeText }

const COMPARISON = /^(?<name>[a-z_][a-z0-9_]*)(?<operator>:|>=|<=|>|<|=)(?<operand>.*)$/isu

function termTest<R>(term: string, columns: readonly FilterColumn<R>[]): Test<R> | Problem {
  const { name, operator, operand = '' } = COMPARISON.exec(term)?.groups ?? {}
  if (name === undefined || operator === undefined) {
    const pattern = patternOf(term)
    return 'problem' in pattern ? pattern : anywhere(pattern, columns)
  }
  const column = columns.find(({ id }) => id === name.toLowerCase())
  if (column === undefined) return unknownColumn(name, term, columns)
  if (operator === ':') {
    const pattern = patternOf(operand)
    return 'problem' in pattern ? pattern : (row) => contains(column.value(row), pattern)
  }
  return comparison(column, operator, unquoted(operand))
}

function anywhere<R>(pattern: RegExp, columns: readonly FilterColumn<R>[]): Test<R> {
  const open = columns.filter(({ isNamedOnly }) => isNamedOnly !== true)
  return (row) => open.some(({ value }) => contains(value(row), pattern))
}

function contains(value: Value | undefined, pattern: RegExp): boolean {
  return value !== null && value !== undefined && pattern.test(textOf(value))
}

function patternOf(text: string): RegExp | Problem {
  const source = /^\/(?<source>(?:\\.|[^/\\])+)\/?$/su.exec(text)?.groups?.source
  if (source === undefined) return new RegExp(unquoted(text).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'iu')
  try {
    return new RegExp(source, 'iu')
  } catch {
    return { problem: safe`/${toSafeText(source)}/ is no regular expression` }
  }
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1).replace(/"$/, '') : text
}

function comparison<R>(column: FilterColumn<R>, operator: string, operand: string): Test<R> | Problem {
  if (operator === '=') {
    const amount = amountOf(operand, column.kind)
    return (row) => equals(column.value(row), operand, amount)
  }
  if (operand === '') return { problem: safe`${toSafeText(column.id + operator)} needs a value after it` }
  const order = orders[operator]
  if (order === undefined) return { problem: safe`${toSafeText(operator)} is no comparison` }
  if (column.kind === 'time') return (row) => compareTexts(column.value(row), operand, order)
  const amount = amountOf(operand, column.kind)
  if (amount === null) {
    return { problem: safe`${toSafeText(column.id)} is compared with a number, not ${toSafeText(operand)}` }
  }
  return (row) =>
    numbersOf(column.value(row)).some((value) => order(value < amount ? -1 : value > amount ? 1 : 0))
}

const orders: Readonly<Record<string, (sign: number) => boolean>> = {
  '>': (sign) => sign > 0,
  '>=': (sign) => sign >= 0,
  '<': (sign) => sign < 0,
  '<=': (sign) => sign <= 0,
}

function equals(value: Value | undefined, operand: string, amount: number | bigint | null): boolean {
  if (value === null || value === undefined) return operand === ''
  if (amount !== null && numbersOf(value).some((each) => each <= amount && each >= amount)) return true
  return textOf(value).toLowerCase() === operand.toLowerCase()
}

/** ISO times in UTC sort as texts, also by a beginning such as `2026-01-31T10`. */
function compareTexts(value: Value | undefined, operand: string, order: (sign: number) => boolean): boolean {
  if (typeof value !== 'string') return false
  return order(value < operand ? -1 : value > operand ? 1 : 0)
}

function numbersOf(value: Value | undefined): readonly (number | bigint)[] {
  if (typeof value === 'number' || typeof value === 'bigint') return [value]
  if (Array.isArray(value)) return value
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? [Number(value)] : []
}

const UNITS: Readonly<Partial<Record<ColumnKind, Readonly<Record<string, number>>>>> = {
  seconds: { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 },
  bytes: { b: 1, k: 1024, kb: 1024, m: 1024 ** 2, mb: 1024 ** 2, g: 1024 ** 3, gb: 1024 ** 3, tb: 1024 ** 4 },
  count: { k: 1000, m: 1e6, g: 1e9 },
  ratio: { '%': 0.01 },
}

function amountOf(text: string, kind: ColumnKind): number | bigint | null {
  const { digits, unit } = /^(?<digits>-?\d+(?:\.\d+)?) ?(?<unit>[a-z%]*)$/iu.exec(text)?.groups ?? {}
  if (digits === undefined || unit === undefined) return null
  if (unit === '') return /^-?\d{16,}$/.test(digits) ? BigInt(digits) : Number(digits)
  const factor = UNITS[kind]?.[unit.toLowerCase()]
  return factor === undefined ? null : Number(digits) * factor
}

function textOf(value: Value): string {
  if (Array.isArray(value)) return value.join(' ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function unknownColumn<R>(name: string, term: string, columns: readonly FilterColumn<R>[]): Problem {
  const ids = columns.map(({ id }) => id)
  const [guess] = nearest(name, ids)
  const hint = guess === undefined ? safe`` : safe` (${toSafeText(guess)}?)`
  return { problem: safe`no column ${toSafeText(name)}${hint}; for the text itself: "${toSafeText(term)}"` }
}

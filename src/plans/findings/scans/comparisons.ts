/** What the condition of a scan compares, column by column. */
import { endOfQuoted } from '../../read/quotes.ts'
import { columnOf, conjunctsOf } from '../conditions.ts'

/** A column of the scanned table compared with something that does not change while it is scanned. */
export interface Comparison {
  /** As SQL takes it, with its quotes. */
  readonly column: string
  /** `=`, `<`, `~~`, …, seen from the column; `IS NULL` and the like; `IS TRUE` for a boolean on its own. */
  readonly operator: string
  /** Whether the column is cast to text first, as every varchar is; a number that is cast looks the same. */
  readonly isRelabelled: boolean
}

/**
 * A comparison for each part of `(a = 1) AND (b > 2)`, null for each part that is anything else: a function of a
 * column, an OR, a comparison of two columns of the table. A column of another table (a correlated sub-query) is as
 * good as a constant. The alias tells them apart; in a plan of a single table no column has one.
 */
export function comparisonsOf(condition: string, alias: string | null): readonly (Comparison | null)[] {
  if (isTooMuch(condition)) return [null]
  return conjunctsOf(condition).map((part) => comparisonOf(part, alias))
}

/** No one reads a condition of this size, and telling its parts apart costs its length for each level of it. */
const MAX_LENGTH = 100_000
const MAX_DEPTH = 50

function isTooMuch(condition: string): boolean {
  if (condition.length > MAX_LENGTH) return true
  let depth = 0
  for (const char of condition) {
    if (char === '(') depth += 1
    else if (char === ')') depth -= 1
    if (depth > MAX_DEPTH) return true
  }
  return false
}

function comparisonOf(part: string, alias: string | null): Comparison | null {
  const test = /^(.*) (IS (?:NOT )?(?:NULL|TRUE|FALSE|UNKNOWN))$/s.exec(part)
  if (test !== null) return ownColumn(test[1] ?? '', test[2] ?? '', alias)
  const split = splitAtOperator(part)
  if (split === null)
    return part.startsWith('NOT ')
      ? ownColumn(part.slice('NOT '.length), 'IS NOT TRUE', alias)
      : ownColumn(part, 'IS TRUE', alias)
  const { left, operator, right } = split
  const found = isFixed(right, alias) ? ownColumn(left, operator, alias) : null
  return found ?? (isFixed(left, alias) ? flipped(ownColumn(right, operator, alias)) : null)
}

function ownColumn(expression: string, operator: string, alias: string | null): Comparison | null {
  const found = columnOf(expression)
  if (found === null || isOfAnother(found.qualifier, alias)) return null
  return { column: found.column, operator, isRelabelled: expression.includes('::') }
}

function isOfAnother(qualifier: string | null, alias: string | null): boolean {
  return qualifier !== null && unquoted(qualifier) !== alias
}

/** A name without the quotes that SQL needs. */
export function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
}

const FLIPPED: Readonly<Record<string, string>> = { '=': '=', '<': '>', '>': '<', '<=': '>=', '>=': '<=' }

function flipped(comparison: Comparison | null): Comparison | null {
  const operator = comparison === null ? undefined : FLIPPED[comparison.operator]
  return comparison === null || operator === undefined ? null : { ...comparison, operator }
}

const OPERATOR = /^[-+*/<>=~!@#%^&|`?]+$/

/** The two sides of the only operator outside of parentheses and quotes. */
function splitAtOperator(part: string): { left: string; operator: string; right: string } | null {
  let found: { left: string; operator: string; right: string } | null = null
  let depth = 0
  let word = 0
  for (let at = 0; at <= part.length; at += 1) {
    const char = part[at] ?? ' '
    if (char === "'" || char === '"') at = endOfQuoted(part, at + 1, char)
    else if (char === '(' || char === '[') depth += 1
    else if (char === ')' || char === ']') depth -= 1
    else if (char === ' ' && depth === 0) {
      const text = part.slice(word, at)
      if (OPERATOR.test(text)) {
        if (found !== null) return null
        found = { left: part.slice(0, word).trim(), operator: text, right: part.slice(at).trim() }
      }
      word = at + 1
    }
  }
  return found
}

/**
 * What may stand in an expression that has one value for a whole scan: literals, parameters, values of InitPlans,
 * arithmetic, casts, and functions of PostgreSQL that are not volatile. Anything else is in doubt.
 */
const FIXED = new RegExp(
  [
    '\\s+',
    "E?'(?:[^']|'')*'",
    '\\d[\\d.]*(?:e[+-]?\\d+)?',
    '\\$\\d+',
    '\\(InitPlan \\d+\\)(?:\\.col\\d+)?',
    '::(?:"(?:[^"]|"")+"|\\w+)(?:\\.(?:"(?:[^"]|"")+"|\\w+))?(?: varying| precision)?(?:\\([\\d,]+\\))?(?: with(?:out)? time zone)?(?:\\[\\])*',
    '(?:now|statement_timestamp|transaction_timestamp|date_trunc|current_setting)\\(',
    '(?:ANY|ARRAY|NULL|true|false|CURRENT_DATE|CURRENT_TIMESTAMP|LOCALTIMESTAMP|CURRENT_USER)\\b',
    '[()[\\],]',
    '[-+*/]',
  ].join('|'),
  'y',
)

function isFixed(expression: string, alias: string | null): boolean {
  const column = columnOf(expression)
  if (column !== null) return isOfAnother(column.qualifier, alias)
  FIXED.lastIndex = 0
  while (FIXED.lastIndex < expression.length) if (!FIXED.test(expression)) return false
  return true
}

/** Reading of conditions as EXPLAIN prints them (ruleutils.c): in parentheses, columns quoted where SQL needs it. */

/** A column compared with a constant, so that rows are picked by what it equals. */
export interface Equality {
  /** The alias before the column; null where there is none, as in a query over one table. */
  readonly qualifier: string | null
  /** As SQL takes it, with its quotes. */
  readonly column: string
}

/** A condition of a column on another, `a.x = b.y`: what a join compares. */
export interface ColumnPair {
  readonly one: Equality
  readonly other: Equality
}

/** What is nested deeper than this is left as it is: nobody wrote it, and to look at it costs its length each time. */
const MOST_LAYERS = 50

/** The parts of `(a AND (b AND c))`, each without its outer parentheses; the condition itself where it has no AND. */
export function conjunctsOf(condition: string): readonly string[] {
  return conjunctsWithin(condition, MOST_LAYERS)
}

function conjunctsWithin(condition: string, layers: number): readonly string[] {
  const inner = withoutParentheses(condition)
  const parts = splitAt(inner, ' AND ')
  return parts.length > 1 && layers > 0 ? parts.flatMap((part) => conjunctsWithin(part, layers - 1)) : [inner]
}

/** Whether any OR stands in it, at whatever depth, outside of literals and quoted names. */
export function hasOr(condition: string): boolean {
  return tokensOf(condition).some(({ text }) => !isQuoted(text) && / OR(?: |$)/.test(text))
}

/**
 * The column of `status = 'open'::text`, `(name)::text = $1`, `kind = ANY ('{1,2}'::integer[])`, `active` or
 * `NOT active`; null for everything else.
 */
export function equalityOf(conjunct: string): Equality | null {
  const [left, right, ...more] = splitAt(conjunct, ' = ')
  if (left === undefined || more.length > 0) return null
  if (right === undefined) return columnOf(conjunct.replace(/^NOT /, ''))
  if (isConstant(right)) return columnOf(left)
  return isConstant(left) ? columnOf(right) : null
}

/** The columns of `a.x = b.y`; null for everything else. */
export function columnPairOf(conjunct: string): ColumnPair | null {
  const [left, right, ...more] = splitAt(conjunct, ' = ')
  if (left === undefined || right === undefined || more.length > 0) return null
  const [one, other] = [columnOf(left), columnOf(right)]
  return one === null || other === null ? null : { one, other }
}

const NAME = '(?:[a-z_][a-z0-9_]*|"(?:[^"]|"")+")'
const COLUMN = new RegExp(`^(?:(${NAME})\\.)?(${NAME})$`)

/** A plain column, also one that is only relabelled, `(name)::text`, as every varchar is. */
export function columnOf(expression: string): Equality | null {
  const relabelled = /^(\(.*\))::(?:text|bpchar)$/.exec(expression)?.[1] ?? expression
  const [, qualifier = null, column] = COLUMN.exec(withoutParentheses(relabelled)) ?? []
  return column === undefined || column === 'true' || column === 'false' ? null : { qualifier, column }
}

const LITERAL = "(?:-?\\d[\\d.eE+-]*|'(?:[^']|'')*'|true|false)"
const CAST = '(?:::[\\w "]+(?:\\([\\d,]+\\))?(?:\\[\\])?)*'
const VALUE = `(?:\\(?${LITERAL}\\)?${CAST}|\\(?\\$\\d+\\)?${CAST}|\\(InitPlan \\d+\\)\\.col\\d+)`
const CONSTANT = new RegExp(`^(?:${VALUE}|ANY \\(${VALUE}\\))$`)

/** A literal, a parameter, what an InitPlan gave, or a list of literals. */
function isConstant(expression: string): boolean {
  return CONSTANT.test(withoutParentheses(expression))
}

interface Token {
  readonly text: string
  /** How many parentheses are open around it. */
  readonly depth: number
}

const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[()[\]]|[^'"()[\]]+|['"]/g

function tokensOf(text: string): readonly Token[] {
  let depth = 0
  return (text.match(TOKEN) ?? []).map((token) => {
    const closes = token === ')' || token === ']'
    if (closes) depth -= 1
    const found = { text: token, depth }
    if (token === '(' || token === '[') depth += 1
    return found
  })
}

function isQuoted(text: string): boolean {
  return text.startsWith("'") || text.startsWith('"')
}

/** Takes off the parentheses that enclose all of it. */
function withoutParentheses(text: string): string {
  let inner = text.trim()
  for (let layer = 0; layer < MOST_LAYERS; layer += 1) {
    const tokens = tokensOf(inner)
    const end = tokens.findIndex(({ text: token, depth }, index) => index > 0 && token === ')' && depth === 0)
    if (tokens[0]?.text !== '(' || end !== tokens.length - 1) return inner
    inner = inner.slice(1, -1).trim()
  }
  return inner
}

/** Splits where the separator stands outside of parentheses and quotes. */
function splitAt(text: string, separator: string): readonly string[] {
  const parts = ['']
  for (const { text: token, depth } of tokensOf(text)) {
    const [first = '', ...rest] = depth === 0 && !isQuoted(token) ? token.split(separator) : [token]
    parts.push(`${parts.pop() ?? ''}${first}`, ...rest)
  }
  return parts
}

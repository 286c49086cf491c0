/** Which functions a node calls, as far as EXPLAIN prints its expressions (ruleutils.c). */
import { quoteIdentifier } from '#src/text/identifiers.ts'
import type { PlanNode } from '../model/node.ts'
import { isGroup, isList, textIn } from '../model/values.ts'
import type { PlanValue } from '../plan.ts'

/** A function as a plan writes it. */
export interface Call {
  /** With quotes where SQL needs them, and with the schema where the search path does not lead to it. */
  readonly text: string
  /** Null where the plan does not tell it. */
  readonly schema: string | null
  readonly name: string
}

/** The functions and aggregates that a node calls, each once. Without VERBOSE those of target lists are not printed. */
export function callsOf(node: PlanNode): readonly Call[] {
  const calls = new Map<string, Call>()
  for (const call of [...scannedOf(node), ...printedOf(node)]) calls.set(call.text, call)
  return [...calls.values()]
}

/** The functions called in an expression; key words that look like a call are none, nor are types with a length. */
export function callsIn(expression: string): readonly Call[] {
  const calls: Call[] = []
  if (!expression.includes('(')) return calls
  for (const { groups } of expression.matchAll(TOKEN)) {
    const text = groups?.call
    if (text !== undefined) calls.push(callOf(text))
  }
  return calls
}

const IDENTIFIER = String.raw`(?:"(?:[^"]|"")*"|[a-z_\u0080-\uffff][a-z0-9_$\u0080-\uffff]*)`
const NAME = String.raw`${IDENTIFIER}(?:\.${IDENTIFIER})*`

/**
 * What could be taken for a call comes first: literals, casts (`::numeric(10,2)`, `::character varying(20)`), and names
 * that end without a parenthesis. Words with capitals are SQL's own (`COALESCE(`), since names with capitals are quoted.
 */
const TOKEN = new RegExp(
  String.raw`'(?:[^']|'')*'|::(?:(?:character|bit) varying|${NAME})|(?<call>${NAME})\(|${NAME}|[A-Z_]\w*`,
  'g',
)

function callOf(text: string): Call {
  const parts = (text.match(new RegExp(IDENTIFIER, 'g')) ?? []).map(unquoted)
  return { text, schema: parts.at(-2) ?? null, name: parts.at(-1) ?? text }
}

function unquoted(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part
}

/** What a Function Scan reads; VERBOSE prints the call itself too. */
function scannedOf({ raw: { properties } }: PlanNode): readonly Call[] {
  const name = textIn(properties, 'Function Name')
  if (name === null || textIn(properties, 'Function Call') !== null) return []
  const schema = textIn(properties, 'Schema')
  const text = [...(schema === null ? [] : [schema]), name].map(quoteIdentifier).join('.')
  return [{ text, schema, name }]
}

/** Names of things, and texts that are no expressions of this server. */
const NO_EXPRESSIONS: ReadonlySet<string> = new Set([
  'Node Type',
  'Parent Relationship',
  'Subplan Name',
  'Alias',
  'Schema',
  'Relation Name',
  'Index Name',
  'CTE Name',
  'Function Name',
  'Tuplestore Name',
  'Relations',
  'Remote SQL',
])

function* printedOf({ raw: { properties } }: PlanNode): Generator<Call> {
  const open: PlanValue[] = []
  for (const [key, value] of Object.entries(properties)) if (!NO_EXPRESSIONS.has(key)) open.push(value)
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value === 'string') yield* callsIn(value)
    else if (isList(value)) for (const each of value) open.push(each)
    else if (isGroup(value)) for (const each of Object.values(value)) open.push(each)
  }
}

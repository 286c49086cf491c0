/** A text that the server takes as one statement, with what was sent of it. */
import { prepare, prepared, type WithText } from '#queries/explain/statement.ts'
import { backToSavepoint, savepoint } from '#queries/explain/transaction.ts'
import { castTypedLiterals, placeholderNumbers } from '#src/plans/query/placeholders.ts'
import { type Rewritten, rewrite } from '#src/plans/query/rewrite.ts'
import type { Asked } from '#src/server/contract.ts'
import type { Attempt } from './attempt.ts'
import type { Question } from './contract.ts'
import { cutRefusal, isCutError } from './cut.ts'
import { refusalFor } from './failures.ts'
import { codePointAt, offsetOfCodePoint, Refused, refuse } from './refused.ts'
import { PLAN_MS } from './transaction.ts'

const SYNTAX_ERROR = '42601'
const UNDEFINED_OBJECT = '42704'

/** A text that the server takes as one statement. */
export interface Accepted {
  readonly rewritten: Rewritten
  readonly prepare: WithText
  readonly parameterTypes: readonly string[]
  readonly isWithoutRows: boolean
}

/** Prepares the text. */
export async function acceptedPrepared(attempt: Attempt, question: Question): Promise<Accepted> {
  const { text } = question
  const { versionNum } = attempt.facts
  const cast = castTypedLiterals(text, { versionNum })
  const asGiven = rewrite(text, [])
  // Where casts are not what the text meant, it is taken as it is; the failure of that is the one to tell.
  const ways = cast.text === text ? [asGiven] : [cast, asGiven]
  for (const rewritten of ways) {
    const isLast = rewritten === ways.at(-1)
    if (!isLast) await attempt.ask('plan', savepoint)
    const message = prepare(rewritten.text, typesFor(rewritten.text))
    const asked = await attempt.try('parse', message.text, { timeoutMs: PLAN_MS })
    if (asked.ok) return { rewritten, prepare: message, ...(await describe(attempt)) }
    const { sqlstate } = asked.failure
    if (isLast || (sqlstate !== SYNTAX_ERROR && sqlstate !== UNDEFINED_OBJECT))
      throw parseRefusal(asked, message, { rewritten, text, facts: attempt.facts })
    await attempt.ask('plan', backToSavepoint)
  }
  throw new Error('a text has at least one way to be prepared')
}

/** A number that the text leaves out has no type to be found out. */
function typesFor(text: string): readonly (string | null)[] {
  const numbers = placeholderNumbers(text)
  const last = numbers.at(-1) ?? 0
  // More than the protocol can tell: the server refuses it.
  if (last === numbers.length || last > 65_535) return []
  return Array.from({ length: last }, (_none, at) => (numbers.includes(at + 1) ? null : 'pg_catalog.text'))
}

async function describe(attempt: Attempt): Promise<Pick<Accepted, 'parameterTypes' | 'isWithoutRows'>> {
  const [row] = await attempt.ask('parse', prepared(attempt.facts.versionNum))
  return {
    parameterTypes: JSON.parse(row?.[0] ?? '[]'),
    isWithoutRows: row?.[1] === 't',
  }
}

/** Extended protocol alone: one statement, which EXPLAIN does not run. Values are bound, and planned with. */
export async function acceptedUnprepared(attempt: Attempt, { text, values }: Question): Promise<Accepted> {
  const rewritten = castTypedLiterals(text, { versionNum: attempt.facts.versionNum })
  const last = placeholderNumbers(text).at(-1) ?? 0
  if (last > 0 && values.length === 0)
    throw refuse('parse', 'behind a connection pooler a statement with placeholders needs values for them', {
      remedies: ['give the values', 'connect to the server itself, not to the pooler'],
    })
  return {
    rewritten,
    prepare: prepare(rewritten.text, []),
    parameterTypes: Array.from({ length: last }, () => 'unknown'),
    isWithoutRows: false,
  }
}

/** Why the server does not take it, and where in the person's text. */
export function parseRefusal(
  failed: Extract<Asked, { readonly ok: false }>,
  sent: WithText,
  {
    rewritten,
    text,
    facts,
  }: { readonly rewritten: Rewritten; readonly text: string; readonly facts: Attempt['facts'] },
): Refused {
  const { failure } = failed
  const position = positionIn(sent, { rewritten, text }, failed)
  if (isCutError(failure)) return cutRefusal(text, failure, facts)
  if (failure.sqlstate === SYNTAX_ERROR && /multiple commands/.test(failure.message))
    return refuse('parse', 'it holds several statements', {
      remedies: ['give one statement alone'],
      sqlstate: SYNTAX_ERROR,
    })
  if (failure.sqlstate === '42P14')
    return refuse('parse', 'it makes a table or a command of it: that is not explained', {
      sqlstate: '42P14',
    })
  return new Refused({ ...refusalFor('parse', failed), position })
}

/** A place in what was sent as a place in the person's text. */
export function positionIn(
  sent: WithText,
  { rewritten, text }: { readonly rewritten: Rewritten; readonly text: string },
  { position }: Extract<Asked, { readonly ok: false }>,
): number | null {
  if (position === null) return null
  const offset = offsetOfCodePoint(sent.text, position) - sent.prefixLength
  if (offset < 0) return null
  return codePointAt(text, Math.min(rewritten.originOf(offset), text.length))
}

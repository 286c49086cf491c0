/** A statement in its transaction: bounded, accepted by the server as one statement, ready to be planned. */
import {
  deallocate,
  explainPrepared,
  explainText,
  prepare,
  prepared,
  type WithText,
} from '#queries/explain/statement.ts'
import {
  backToSavepoint,
  begin,
  savepoint,
  setBounds,
  setGiven,
  setPlanCacheMode,
} from '#queries/explain/transaction.ts'
import { castTypedLiterals, placeholderNumbers } from '#src/plans/query/placeholders.ts'
import { type Rewritten, rewrite } from '#src/plans/query/rewrite.ts'
import type { Asked } from '#src/server/contract.ts'
import type { Attempt } from './attempt.ts'
import type { PlannedAs, Question, Refusal } from './contract.ts'
import { cutRefusal, isCutError } from './cut.ts'
import { refusalFor } from './failures.ts'
import { codePointAt, offsetOfCodePoint, Refused, refuse } from './refused.ts'

/** Planning alone ends within this, ms. */
export const PLAN_MS = 10_000
/** Below `deadlock_timeout` (1 s): no deadlock check, no autovacuum that gives way to us. */
const LOCK_MS = 500
const IDLE_MS = 10_000
/** What the whole transaction may take beyond its run, ms. */
const AROUND_MS = 60_000

const SYNTAX_ERROR = '42601'
const UNDEFINED_OBJECT = '42704'

export type Access = 'read only' | 'read write'

/** Begins a transaction with the bounds and settings of the question. */
export async function openTransaction(
  attempt: Attempt,
  question: Question,
  { access, runMs = 0 }: { readonly access: Access; readonly runMs?: number },
): Promise<void> {
  attempt.begins()
  await attempt.ask('plan', begin(access))
  await attempt.ask('plan', boundsFor(attempt, PLAN_MS, runMs))
  const given = Object.entries(question.settings)
  if (given.length > 0) await attempt.ask('parse', setGiven(given.length), { values: given.flat() })
}

/** Bounds for what comes next. */
export function boundsFor(attempt: Attempt, statementMs: number, runMs: number): string {
  const bounds = { statementMs, lockMs: LOCK_MS, idleMs: IDLE_MS, transactionMs: runMs + AROUND_MS }
  return setBounds(bounds, attempt.facts.versionNum)
}

/** The statement of a question, in the open transaction. Nothing of it has run. */
export class Statement {
  /** What was sent of it. */
  readonly sentText: string
  /** Of its placeholders, as `regtype` prints them. */
  readonly parameterTypes: readonly string[]
  readonly plannedAs: PlannedAs
  /** It gives no rows by itself (known since 16). */
  readonly isWithoutRows: boolean
  readonly #attempt: Attempt
  readonly #question: Question
  readonly #accepted: Accepted

  private constructor(attempt: Attempt, question: Question, accepted: Accepted) {
    this.#attempt = attempt
    this.#question = question
    this.#accepted = accepted
    this.sentText = accepted.rewritten.text
    this.parameterTypes = accepted.parameterTypes
    this.isWithoutRows = accepted.isWithoutRows
    this.plannedAs = plannedAs(accepted.parameterTypes.length, question, attempt.facts.versionNum)
  }

  /** Has the server accept it. Behind a pooler nothing may be prepared: there planning itself is the check. */
  static async open(attempt: Attempt, question: Question): Promise<Statement> {
    const accepted = attempt.facts.pooled
      ? await acceptedUnprepared(attempt, question)
      : await acceptedPrepared(attempt, question)
    const statement = new Statement(attempt, question, accepted)
    const { length } = question.values
    if (length > 0 && length !== accepted.parameterTypes.length)
      throw refuse(
        'parse',
        `it has ${accepted.parameterTypes.length} placeholders, and ${length} values were given`,
      )
    await statement.#chooseMode()
    return statement
  }

  /** Whether every placeholder has a value: only then it can be run. */
  get isRunnable(): boolean {
    return this.plannedAs === 'itself'
  }

  /** What EXPLAIN prints with these options. */
  async explain(step: 'plan' | 'run', options: readonly string[], timeoutMs: number): Promise<string> {
    const asked = await this.#ask(step, options, timeoutMs)
    if (asked.result.ok) return String(asked.result.rows[0]?.[0] ?? '')
    const texts = { rewritten: this.#accepted.rewritten, text: this.#question.text }
    // A place in EXECUTE and its values is none in the text.
    const position = asked.sent === null ? null : positionIn(asked.sent, texts, asked.result)
    throw new Refused({ ...refusalFor(step, asked.result), position })
  }

  /** Prepares it anew: else the plan of the last look may be kept, and planned in no time. */
  async prepareAgain(): Promise<void> {
    await this.#attempt.ask('plan', deallocate)
    await this.#attempt.ask('plan', this.#accepted.prepare.text)
  }

  async #ask(
    step: Refusal['step'],
    options: readonly string[],
    timeoutMs: number,
  ): Promise<{ readonly result: Asked; readonly sent: WithText | null }> {
    const attempt = this.#attempt
    const { values } = this.#question
    if (attempt.facts.pooled) {
      const sent = explainText(options, this.sentText)
      return { result: await attempt.try(step, sent.text, { timeoutMs, values }), sent }
    }
    if (this.plannedAs === 'generic') {
      // The only message of the simple protocol: PREPARE has taken this text as one statement.
      const sent = explainText([...options, 'GENERIC_PLAN'], this.sentText)
      return { result: await attempt.try(step, sent.text, { timeoutMs, protocol: 'simple' }), sent }
    }
    const given = this.plannedAs === 'itself' ? values : this.parameterTypes.map(() => null)
    const sent = explainPrepared(options, given)
    return { result: await attempt.try(step, sent, { timeoutMs }), sent: null }
  }

  async #chooseMode(): Promise<void> {
    if (this.#attempt.facts.pooled || this.parameterTypes.length === 0 || this.plannedAs === 'generic') return
    const given = Object.keys(this.#question.settings).some(
      (name) => name.toLowerCase() === 'plan_cache_mode',
    )
    if (this.plannedAs === 'itself' && given) return
    const mode = this.plannedAs === 'itself' ? 'force_custom_plan' : 'force_generic_plan'
    await this.#attempt.ask('plan', setPlanCacheMode(mode))
  }
}

/** A text that the server takes as one statement. */
interface Accepted {
  readonly rewritten: Rewritten
  readonly prepare: WithText
  readonly parameterTypes: readonly string[]
  readonly isWithoutRows: boolean
}

function plannedAs(placeholders: number, { values }: Question, versionNum: number): PlannedAs {
  if (placeholders === 0 || values.length > 0) return 'itself'
  return versionNum >= 160000 ? 'generic' : 'generic by prepare'
}

async function acceptedPrepared(attempt: Attempt, question: Question): Promise<Accepted> {
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
async function acceptedUnprepared(attempt: Attempt, { text, values }: Question): Promise<Accepted> {
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

function parseRefusal(
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
function positionIn(
  sent: WithText,
  { rewritten, text }: { readonly rewritten: Rewritten; readonly text: string },
  { position }: Extract<Asked, { readonly ok: false }>,
): number | null {
  if (position === null) return null
  const offset = offsetOfCodePoint(sent.text, position) - sent.prefixLength
  if (offset < 0) return null
  return codePointAt(text, Math.min(rewritten.originOf(offset), text.length))
}

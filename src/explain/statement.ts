/** A statement in its transaction, accepted by the server as one, ready to be planned. */
import { deallocate, explainPrepared, explainText, type WithText } from '#queries/explain/statement.ts'
import { setPlanCacheMode } from '#queries/explain/transaction.ts'
import type { Asked } from '#src/server/contract.ts'
import { type Accepted, acceptedPrepared, acceptedUnprepared, parseRefusal, positionIn } from './accepted.ts'
import type { Attempt } from './attempt.ts'
import type { PlannedAs, Question, Refusal } from './contract.ts'
import { refusalFor } from './failures.ts'
import { Refused, refuse } from './refused.ts'

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
    if (asked.sent === null) throw new Refused(refusalFor(step, asked.result))
    const { facts } = this.#attempt
    if (facts.pooled) throw parseRefusal(asked.result, asked.sent, { ...texts, facts })
    throw new Refused({
      ...refusalFor(step, asked.result),
      position: positionIn(asked.sent, texts, asked.result),
    })
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

function plannedAs(placeholders: number, { values }: Question, versionNum: number): PlannedAs {
  if (placeholders === 0 || values.length > 0) return 'itself'
  return versionNum >= 160000 ? 'generic' : 'generic by prepare'
}

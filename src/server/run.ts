/** Runs entries on a session: parameters, bounds, the second way when the first is blocked. */
import type { Entry, EntryRow, Row, ServerFacts, Value } from '#queries/define.ts'
import { planOnly, STATEMENT_TIMEOUT_MS } from '#queries/session.ts'
import type { Failure, Outcome } from './contract.ts'
import { failureOf, QUERY_CANCELED } from './failure.ts'
import { inlineParameters, parameterText } from './parameters.ts'
import { rowsOf } from './rows.ts'
import type { Answer, Session } from './session.ts'
import { bounded } from './watchdog.ts'

/** How long an entry is asked by its fallback before the first way is tried again. */
const FALLBACK_MS = 10_000

/** What one run needs to know. */
export interface Run {
  readonly session: Session
  readonly facts: ServerFacts
  readonly parameters: readonly Value[]
  /** Aborted when the server is being closed: what is cancelled then must not run again. */
  readonly closing: AbortSignal
}

/** Cancels what runs on a session, by whatever way is open. */
export type Cancel = (session: Session, signal: AbortSignal) => Promise<void>

/** Runs entries, and remembers which of them have to go their second way. */
export class Runner {
  readonly #cancel: Cancel
  readonly #blocked = new Map<string, { readonly failure: Failure; readonly retryAtMs: number }>()

  constructor(cancel: Cancel) {
    this.#cancel = cancel
  }

  /** One run of an entry; never rejects. */
  async run<E extends Entry>(entry: E, run: Run): Promise<Outcome<EntryRow<E>>> {
    // The rows are parsed by the kinds of the very columns that type them.
    return (await this.#run(entry, run)) as Outcome<EntryRow<E>>
  }

  /** Tries the first way of every entry again: another session may not be blocked. */
  forgetBlocked(): void {
    this.#blocked.clear()
  }

  async #run(entry: Entry, run: Run): Promise<Outcome<Row>> {
    const blocked = this.#blocked.get(entry.id)
    if (blocked !== undefined && performance.now() < blocked.retryAtMs)
      return await this.#second(entry, run, blocked.failure)

    const text = entry.sql(run.facts)
    if (typeof text !== 'string')
      return failed({ kind: 'unavailable', message: text.unavailable, hint: text.remedy, sqlstate: null })
    let outcome = await this.#ask(entry, text, run)
    if (isStrayCancel(entry, outcome) && !run.closing.aborted) outcome = await this.#ask(entry, text, run)
    if (outcome.ok) this.#blocked.delete(entry.id)
    if (outcome.ok || entry.fallback === undefined || run.session.gone) return outcome
    const { failure } = outcome
    // Canceled twice before its time is somebody's will, and tells nothing of a lock.
    if (failure.kind !== 'timeout' || isStrayCancel(entry, outcome)) return outcome
    this.#blocked.set(entry.id, { failure, retryAtMs: performance.now() + FALLBACK_MS })
    return await this.#second(entry, run, failure)
  }

  /** Goes the second way of an entry, and says why. */
  async #second(entry: Entry, run: Run, why: Failure): Promise<Outcome<Row>> {
    const { fallback } = entry
    if (fallback === undefined) return failed(why)
    const outcome = await this.#ask(entry, fallback.sql(run.facts), run)
    if (!outcome.ok) return outcome
    const { complete } = fallback
    const rows = complete === undefined ? outcome.rows : outcome.rows.map((row) => complete(row, run.facts))
    return { ...outcome, rows, fallback: why }
  }

  async #ask(entry: Entry, text: string, run: Run): Promise<Outcome<Row>> {
    const timeoutMs = entry.timeoutMs ?? STATEMENT_TIMEOUT_MS
    const startedMs = performance.now()
    const tookMs = (): number => performance.now() - startedMs
    try {
      const answer = await bounded(run.session, statement(entry, text, run), {
        timeoutMs,
        cancel: (signal) => this.#cancel(run.session, signal),
      })
      const took = tookMs()
      return { ok: true, rows: rowsOf(entry, answer), tookMs: took }
    } catch (error) {
      return failed(failureOf(error, 'statement'), tookMs())
    }
  }
}

/**
 * Has a session read every catalog that an entry needs, so that locks on them cannot stop it later. What acts
 * is only planned. Failures do not matter here.
 */
export async function warmUp(session: Session, entry: Entry, facts: ServerFacts): Promise<void> {
  const text = entry.fallback?.sql(facts) ?? entry.sql(facts)
  if (typeof text !== 'string') return
  const { parameters = [], acts } = entry
  const ready = inlineParameters(text, parameters, [])
  const message = acts !== undefined || parameters.length > 0 ? planOnly(ready) : ready
  await session.statement(message).catch(() => {})
}

function statement(entry: Entry, text: string, { session, parameters: values }: Run): Promise<Answer> {
  const { parameters = [], timeoutMs = STATEMENT_TIMEOUT_MS } = entry
  const texts = parameters.map((_parameter, index) => parameterText(values[index]))
  if (session.pooled !== null)
    return session.statement(inlineParameters(text, parameters, texts), { timeoutMs })
  return session.statement(text, { values: texts, timeoutMs })
}

/**
 * A cancel that was meant for the statement before and arrived late (measured: 11 of 200). What acts is never
 * sent twice.
 */
function isStrayCancel(entry: Entry, outcome: Outcome<Row>): boolean {
  if (outcome.ok || entry.acts !== undefined) return false
  const timeoutMs = entry.timeoutMs ?? STATEMENT_TIMEOUT_MS
  return outcome.failure.sqlstate === QUERY_CANCELED && outcome.tookMs < timeoutMs * 0.9
}

function failed(failure: Failure, tookMs = 0): Outcome<never> {
  return { ok: false, failure, tookMs }
}

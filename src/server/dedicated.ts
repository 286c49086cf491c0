/** A connection for one task of the user's, beside the sessions that watch: opened for it, closed after it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Entry, EntryRow, Row, ServerFacts, Value } from '#queries/define.ts'
import { dedicatedStartSettings, STATEMENT_TIMEOUT_MS } from '#queries/session.ts'
import { connectSession } from './connect.ts'
import type { Target } from './conninfo/target.ts'
import type { Asked, AskOptions, Dedicated, DedicatedOptions, Failure, Outcome } from './contract.ts'
import { failureOf, positionOf, ServerFault } from './failure.ts'
import { parameterText } from './parameters.ts'
import { prepareDedicated } from './prepare.ts'
import { rowsOf } from './rows.ts'
import type { Cancel } from './run.ts'
import type { Session } from './session.ts'
import { bounded } from './watchdog.ts'

/** How long the cancelling of a statement may take, ms. */
const CANCEL_MS = 1000
/** At the end nobody waits longer than this for a statement to be cancelled, and for a process to be ended, ms. */
const LAST_CANCEL_MS = 300

/** What the one connection needs of the sessions around it. */
export interface Surroundings {
  readonly target: Target
  readonly plainStart: boolean
  /** Aborted when everything is being closed. */
  readonly closing: AbortSignal
  /** Throws where these facts are not those of the server that is looked at. */
  readonly check: (facts: ServerFacts) => void
  readonly cancel: Cancel
  /** Ends the process on the server from another session. */
  readonly terminate: (pid: number, applicationName: string) => Promise<void>
  readonly factsWithinMs: number
  /** Told when the connection is there, and when it is gone. */
  readonly onChange: () => void
}

/** Room for one connection of its own. */
export class DedicatedSlot {
  #isTaken = false
  #session: Session | null = null
  #current: DedicatedConnection | null = null

  /** Whether it is there, or on its way. */
  get isTaken(): boolean {
    return this.#isTaken
  }

  /** The process that serves it; 0 for none, and where that is not known. */
  get pid(): number {
    return this.#session?.pid ?? 0
  }

  /** Connects. Throws a `ServerFault`. */
  async open(options: DedicatedOptions, around: Surroundings): Promise<Dedicated> {
    if (this.#isTaken)
      throw new ServerFault({ kind: 'unavailable', message: 'another statement is being explained' })
    this.#isTaken = true
    try {
      return await this.#open(options, around)
    } catch (error) {
      this.#leave()
      around.onChange()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#current?.close()
  }

  async #open(options: DedicatedOptions, around: Surroundings): Promise<Dedicated> {
    const { applicationName } = options
    const database = options.database ?? around.target.database
    const connected = await connectSession(
      { ...around.target, database, applicationName },
      {
        plainStart: around.plainStart,
        settings: dedicatedStartSettings,
        signal: AbortSignal.any([around.closing, options.signal]),
      },
    )
    const { session } = connected
    try {
      const facts = await bounded(session, prepareDedicated(connected), {
        timeoutMs: around.factsWithinMs,
        cancel: (signal) => around.cancel(session, signal),
      })
      around.check(facts)
      around.closing.throwIfAborted()
      options.signal.throwIfAborted()
      this.#take(session, around)
      const terminate = (): Promise<void> => around.terminate(session.key.pid, applicationName)
      this.#current = new DedicatedConnection(session, facts, { cancel: around.cancel, terminate })
      return this.#current
    } catch (error) {
      session.drop(failureOf(error, 'refused'))
      throw error
    }
  }

  #take(session: Session, { onChange }: Surroundings): void {
    this.#session = session
    void session.lost.then(() => {
      if (this.#session !== session) return
      this.#leave()
      onChange()
    })
    onChange()
  }

  #leave(): void {
    this.#isTaken = false
    this.#session = null
    this.#current = null
  }
}

class DedicatedConnection implements Dedicated {
  readonly facts: ServerFacts
  readonly #session: Session
  readonly #cancel: Cancel
  readonly #terminate: () => Promise<void>

  constructor(
    session: Session,
    facts: ServerFacts,
    ways: { readonly cancel: Cancel; readonly terminate: () => Promise<void> },
  ) {
    this.#session = session
    this.facts = facts
    this.#cancel = ways.cancel
    this.#terminate = ways.terminate
  }

  async ask(text: string, options: AskOptions = {}): Promise<Asked> {
    const { values = [], protocol = 'extended', timeoutMs = STATEMENT_TIMEOUT_MS } = options
    try {
      const { rows } = await this.#bounded(
        timeoutMs,
        protocol === 'simple' ? this.#simple(text) : this.#session.single(text, values),
      )
      return { ok: true, rows }
    } catch (error) {
      return { ok: false, failure: failureOf(error, 'statement'), position: positionOf(error) }
    }
  }

  async run<E extends Entry>(entry: E, parameters: readonly Value[] = []): Promise<Outcome<EntryRow<E>>> {
    // The rows are parsed by the kinds of the very columns that type them.
    return (await this.#run(entry, parameters)) as Outcome<EntryRow<E>>
  }

  async cancel(): Promise<void> {
    await this.#cancelWithin(CANCEL_MS)
  }

  async drop(failure: Failure): Promise<void> {
    this.#session.drop(failure)
    await this.#end()
  }

  async close(): Promise<void> {
    if (this.#session.busy) await this.#cancelWithin(LAST_CANCEL_MS)
    if (!this.#session.busy) return await this.#session.close()
    await this.drop({ kind: 'lost', message: 'closed by pgtriage', sqlstate: null })
  }

  async #run(entry: Entry, parameters: readonly Value[]): Promise<Outcome<Row>> {
    const text = entry.sql(this.facts)
    if (typeof text !== 'string') {
      const { unavailable: message, remedy: hint } = text
      return { ok: false, failure: { kind: 'unavailable', message, hint, sqlstate: null }, tookMs: 0 }
    }
    const { timeoutMs = STATEMENT_TIMEOUT_MS } = entry
    const values = (entry.parameters ?? []).map((_parameter, index) => parameterText(parameters[index]))
    const startedMs = performance.now()
    const tookMs = (): number => performance.now() - startedMs
    try {
      const answer = await this.#bounded(timeoutMs, this.#session.single(text, values))
      const took = tookMs()
      return { ok: true, rows: rowsOf(entry, answer), tookMs: took }
    } catch (error) {
      return { ok: false, failure: failureOf(error, 'statement'), tookMs: tookMs() }
    }
  }

  async #simple(text: string): ReturnType<Session['single']> {
    const answers = await this.#session.messages(text)
    return answers.at(-1) ?? { fields: [], rows: [] }
  }

  async #bounded<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
    const cancel = (signal: AbortSignal): Promise<void> => this.#cancel(this.#session, signal)
    try {
      return await bounded(this.#session, work, { timeoutMs, cancel })
    } catch (error) {
      // Without us its process may run on for as long as it likes.
      if (this.#session.gone) await this.#end()
      throw error
    }
  }

  /** Ends the process of a connection that was cut; behind a pooler nobody knows which it is. */
  async #end(): Promise<void> {
    if (this.facts.pooled) return
    await Promise.race([this.#terminate().catch(() => {}), sleep(LAST_CANCEL_MS, null, { ref: false })])
  }

  async #cancelWithin(ms: number): Promise<void> {
    if (!this.#session.gone) await this.#cancel(this.#session, AbortSignal.timeout(ms)).catch(() => {})
  }
}

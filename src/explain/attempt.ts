/** One run of EXPLAIN: its connection, the questions on it, its cancelling, and its end in any case. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Entry, EntryRow, ServerFacts, Value } from '#queries/define.ts'
import { releaseAdvisoryLocks, rollbackAll } from '#queries/explain/transaction.ts'
import type { AskOptions, Dedicated, Failure, Outcome, Server } from '#src/server/contract.ts'
import type { Progress, Refusal, Sent } from './contract.ts'
import { canceled, connectionRefusal, refusalFor } from './failures.ts'
import { Refused } from './refused.ts'

/** What a DBA sees of it in pg_stat_activity. */
const APPLICATION_NAME = 'pgtriage-explain'
/** A cancel that arrives before its statement hits nothing: it is sent again this often, ms. */
const CANCEL_AGAIN_MS = 250
/** A statement that heeds no cancel for so long loses its connection, and its process is ended, ms. */
const HEEDLESS_MS = 2000

type Rows = readonly (readonly (string | null)[])[]

export class Attempt {
  readonly #server: Server
  readonly #onProgress: (progress: Progress) => void
  readonly #stopped = new AbortController()
  #connection: Dedicated | null = null
  readonly #messages: string[] = []
  readonly #entries = new Set<Entry>()
  #isOpen = false
  #isOver = false

  constructor(server: Server, onProgress: (progress: Progress) => void) {
    this.#server = server
    this.#onProgress = onProgress
  }

  /** What is known of the server, as its connection sees it. */
  get facts(): ServerFacts {
    if (this.#connection === null) throw new Error('an attempt has facts once it is connected')
    return this.#connection.facts
  }

  /** What was asked so far. */
  get sent(): Sent {
    return { messages: [...this.#messages], entries: [...this.#entries] }
  }

  tell(progress: Progress): void {
    this.#onProgress(progress)
  }

  async connect(database: string | null): Promise<void> {
    this.tell('connecting')
    this.#throwIfStopped('connect')
    const { signal } = this.#stopped
    const outcome = await this.#server.dedicated({ database, applicationName: APPLICATION_NAME, signal })
    if (outcome.ok) this.#connection = outcome.connection
    this.#throwIfStopped('connect')
    if (!outcome.ok) throw new Refused(connectionRefusal(outcome.failure))
  }

  /** Sends one message; throws a `Refused` when that fails, or the run was cancelled. */
  async ask(step: Refusal['step'], text: string, options: AskOptions = {}): Promise<Rows> {
    const asked = await this.try(step, text, options)
    if (!asked.ok) throw new Refused(refusalFor(step, asked))
    return asked.rows
  }

  /** The same where a failure is looked at by the caller; throws only when the run was cancelled. */
  async try(step: Refusal['step'], text: string, options: AskOptions = {}): ReturnType<Dedicated['ask']> {
    const connection = this.#connected(step)
    this.#messages.push(text)
    const asked = await connection.ask(text, options)
    if (!asked.ok) this.#throwIfStopped(step)
    return asked
  }

  /** Runs an entry in the open transaction. */
  readonly run = async <E extends Entry>(
    entry: E,
    parameters: readonly Value[],
  ): Promise<Outcome<EntryRow<E>>> => {
    this.#entries.add(entry)
    return await this.#connected('plan').run(entry, parameters)
  }

  /** Ends the transaction, and goes on with the connection. */
  async rollBack(): Promise<void> {
    this.tell('rolling back')
    this.#isOpen = false
    await this.ask('run', rollbackAll)
  }

  /** Takes note of a transaction, before it is begun. */
  begins(): void {
    this.#isOpen = true
  }

  /** Cancels what is under way, until it is over. */
  async cancel(): Promise<void> {
    this.#stopped.abort(new Error('canceled'))
    const startedMs = performance.now()
    while (!this.#isOver) {
      await this.#connection?.cancel()
      if (this.#isOver) return
      await sleep(CANCEL_AGAIN_MS, null, { ref: false })
      if (performance.now() - startedMs > HEEDLESS_MS) return await this.#connection?.drop(HEEDLESS)
    }
  }

  /**
   * Ends it, whatever has happened. The connection is closed even when nothing else works any more: the server then
   * rolls back by itself.
   */
  async end(): Promise<void> {
    this.#isOver = true
    const connection = this.#connection
    if (connection === null) return
    this.tell('rolling back')
    if (this.#isOpen) await connection.ask(rollbackAll)
    // Behind a pooler others' locks would be released; nothing is run there that takes any.
    if (!connection.facts.pooled) await connection.ask(releaseAdvisoryLocks)
    await connection.close()
  }

  #connected(step: Refusal['step']): Dedicated {
    this.#throwIfStopped(step)
    if (this.#connection === null) throw new Error('an attempt asks once it is connected')
    return this.#connection
  }

  #throwIfStopped(step: Refusal['step']): void {
    if (this.#stopped.signal.aborted) throw new Refused(canceled(step))
  }
}

const HEEDLESS: Failure = {
  kind: 'lost',
  message: 'it heeded no cancel: its connection was cut, and its process ended',
  sqlstate: null,
}

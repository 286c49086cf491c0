/** A named session that comes back by itself: one attempt at a time, one statement at a time. */
import type { Failure, Link } from './contract.ts'
import { failureOf } from './failure.ts'
import type { Session } from './session.ts'

/** What a line is given to do its work. */
export interface LineOptions {
  /** Connects and prepares a session; throws when that does not work. */
  readonly connect: () => Promise<Session>
  /** Ms until the next attempt after this failure; null for none. */
  readonly retryDelayMs: (failure: Failure, attempts: number) => number | null
  readonly onLink: (link: Link) => void
}

/** One of our sessions with its connecting, losing and reconnecting. */
export class Line {
  readonly #options: LineOptions
  #session: Session | null = null
  #link: Link = { status: 'connecting' }
  #attempts = 0
  #attempt: Promise<void> | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #queue: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: LineOptions) {
    this.#options = options
  }

  get link(): Link {
    return this.#link
  }

  /** The session, while it is there. */
  get session(): Session | null {
    return this.#session?.gone === false ? this.#session : null
  }

  /** The attempt that is under way, if there is one; it never rejects. */
  get attempt(): Promise<void> | null {
    return this.#attempt
  }

  /** Connects now, unless an attempt is under way or the session is there. */
  connect(): Promise<void> {
    if (this.#closed || this.#session !== null) return Promise.resolve()
    clearTimeout(this.#timer ?? undefined)
    this.#attempt ??= this.#tryOnce().finally(() => {
      this.#attempt = null
    })
    return this.#attempt
  }

  /** Gives its session away and does not look for another one until the next attempt. */
  release(failure: Failure): Session | null {
    const session = this.#session
    this.#session = null
    this.#plan(failure)
    return session
  }

  /** Runs after everything that was asked before; gets the session of that moment, or why there is none. */
  use<T>(work: (session: Session | Failure) => Promise<T>): Promise<T> {
    const run = this.#queue.then(async () => {
      if (this.#link.status === 'connecting') await this.#attempt
      return await work(this.session ?? this.#failure())
    })
    this.#queue = run.catch(() => {})
    return run
  }

  /** Ends the session and every plan for another one. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer ?? undefined)
    await this.#session?.close()
  }

  async #tryOnce(): Promise<void> {
    try {
      const session = await this.#options.connect()
      if (this.#closed) await session.close()
      else this.#take(session)
    } catch (error) {
      if (!this.#closed) this.#plan(failureOf(error, 'network'))
    }
  }

  #take(session: Session): void {
    this.#session = session
    this.#attempts = 0
    void session.lost.then((failure) => {
      if (this.#session !== session) return
      this.#session = null
      if (!this.#closed) this.#plan(failure)
    })
    this.#tell({ status: 'up' })
  }

  #plan(failure: Failure): void {
    const delayMs = this.#options.retryDelayMs(failure, this.#attempts)
    this.#attempts += 1
    if (delayMs !== null) this.#timer = setTimeout(() => void this.connect(), delayMs)
    const retryAtMs = delayMs === null ? null : performance.now() + delayMs
    this.#tell({ status: 'down', failure, attempts: this.#attempts, retryAtMs })
  }

  #tell(link: Link): void {
    this.#link = link
    this.#options.onLink(link)
  }

  #failure(): Failure {
    if (this.#link.status === 'down') return this.#link.failure
    return { kind: 'lost', message: 'the connection has just been lost', sqlstate: null }
  }
}

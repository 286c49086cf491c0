/** What a fresh session still does after its first answer: late settings, and reading catalogs in advance. */
import type { Entry, ServerFacts } from '#queries/define.ts'
import { roundTrip, STATEMENT_TIMEOUT_MS } from '#queries/session.ts'
import { settleSession } from './prepare.ts'
import { type Cancel, warmUp } from './run.ts'
import type { Session } from './session.ts'
import { bounded } from './watchdog.ts'

/** Knows which sessions are not settled yet. Its failures do not matter, and hold up nothing for long. */
export class Settling {
  readonly #cancel: Cancel
  readonly #unsettled = new WeakSet<Session>()

  constructor(cancel: Cancel) {
    this.#cancel = cancel
  }

  /** Takes note of a session that has just connected, or has got another name. */
  add(session: Session): void {
    this.#unsettled.add(session)
  }

  isPending(session: Session): boolean {
    return this.#unsettled.has(session)
  }

  /** Makes the late settings, once. */
  async settle(session: Session, applicationName: string): Promise<void> {
    if (this.#unsettled.delete(session)) await this.#bounded(session, settleSession(session, applicationName))
  }

  /**
   * How long an answer takes that costs the server nothing, ms; null when none came. Not told by the TCP connect:
   * a tunnel or a proxy takes a connection before anything has gone the whole way.
   */
  async roundTripMs(session: Session): Promise<number | null> {
    const startedMs = performance.now()
    let tookMs: number | null = null
    const asked = session.statements(roundTrip).then(() => {
      tookMs = performance.now() - startedMs
    })
    await this.#bounded(session, asked)
    return tookMs
  }

  /** Reads what entries will need when catalogs are locked. */
  async warm(session: Session, entries: readonly Entry[], facts: ServerFacts): Promise<void> {
    for (const entry of entries)
      if (!session.gone) await this.#bounded(session, warmUp(session, entry, facts))
  }

  async #bounded(session: Session, work: Promise<void>): Promise<void> {
    const cancel = (signal: AbortSignal): Promise<void> => this.#cancel(session, signal)
    await bounded(session, work, { timeoutMs: STATEMENT_TIMEOUT_MS, cancel }).catch(() => {})
  }
}

/** One server, reached by named sessions that reconnect by themselves. */
import type { Entry, EntryRow, ServerFacts } from '#queries/define.ts'
import type { Target } from './conninfo/target.ts'
import type {
  DedicatedOptions,
  DedicatedOutcome,
  Endpoint,
  Failure,
  Link,
  Outcome,
  RunOptions,
  Server,
  ServerEvent,
  SessionName,
} from './contract.ts'
import { endpointOf } from './endpoint.ts'
import { failureOf } from './failure.ts'
import { KnownFacts } from './known-facts.ts'
import type { Line } from './line.ts'
import { Runner } from './run.ts'
import type { Session } from './session.ts'
import { Sessions } from './sessions.ts'
import { Settling } from './settling.ts'

/** What a command chooses. */
export interface ServerOptions {
  /** Told everything from the first moment, before anyone can subscribe. */
  readonly onEvent?: (event: ServerEvent) => void
  /** False for a one-shot command: one connection is enough. */
  readonly control?: boolean
  /** Entries of the emergency path: the control session has read what they need before it is needed. */
  readonly warm?: readonly Entry[]
}

/** Starts to connect and gives the server at once; its link tells how it goes. */
export function openServer(target: Target, options: ServerOptions = {}): Server {
  return new PostgresServer(target, options)
}

/** Waits for the first connect: null when the link is up and the facts are read, else why not. */
export function whenConnected(server: Server): Promise<Failure | null> {
  return new Promise((resolve) => {
    const settle = (link: Link): void => {
      if (link.status !== 'connecting') resolve(link.status === 'up' ? null : link.failure)
    }
    const unsubscribe = server.subscribe((event) => {
      if (event.kind === 'link' && event.link.status !== 'connecting') {
        unsubscribe()
        settle(event.link)
      }
    })
    settle(server.link)
  })
}

class PostgresServer implements Server {
  readonly #target: Target
  readonly #options: ServerOptions
  readonly #listeners = new Set<(event: ServerEvent) => void>()
  readonly #known = new KnownFacts((event) => this.#emit(event))
  readonly #sessions: Sessions
  readonly #runner: Runner
  readonly #settling: Settling
  #endpoint: Endpoint
  #controlDenied = false
  #readsAgain = false
  #roundTripMs = 0

  constructor(target: Target, options: ServerOptions) {
    this.#target = target
    this.#options = options
    this.#endpoint = endpointOf(target, false)
    if (options.onEvent !== undefined) this.#listeners.add(options.onEvent)
    this.#sessions = new Sessions(target, options.control ?? true, {
      onPoll: (link) => this.#onPoll(link),
      onControl: (link) => this.#onControl(link),
      onOpened: (session) => this.#settling.add(session),
      onFacts: (facts, ownPids) => this.#known.learn(facts, ownPids),
      onNotice: (notice) => this.#emit({ kind: 'notice', ...notice }),
      onDedicated: () => this.#known.updateOwnPids(this.#sessions.ownPids()),
    })
    const cancel = (session: Session, signal: AbortSignal): Promise<void> =>
      this.#sessions.cancel(session, signal)
    this.#runner = new Runner(cancel)
    this.#settling = new Settling(cancel)
    this.#sessions.connect()
  }

  get endpoint(): Endpoint {
    const tls = this.#sessions.poll.session?.tls ?? this.#endpoint.tls
    if (tls !== this.#endpoint.tls) this.#endpoint = { ...this.#endpoint, tls }
    return this.#endpoint
  }

  get facts(): ServerFacts | null {
    return this.#known.facts
  }

  get link(): Link {
    return this.#sessions.poll.link
  }

  get hasControl(): boolean {
    return this.#sessions.control?.session != null
  }

  get roundTripMs(): number {
    return this.#roundTripMs
  }

  async run<E extends Entry>(entry: E, options: RunOptions = {}): Promise<Outcome<EntryRow<E>>> {
    const line = await this.#sessions.lineFor(options.session ?? 'poll')
    return await line.use(async (session) => {
      // Nothing was sent yet: what was meant for a control session that is gone may go the other way.
      if ('kind' in session && line === this.#sessions.control)
        return await this.run(entry, { ...options, session: 'poll' })
      if ('kind' in session) return { ok: false, failure: session, tookMs: 0 }
      const { facts } = this
      if (facts === null)
        return { ok: false, failure: { kind: 'lost', message: 'no facts yet', sqlstate: null }, tookMs: 0 }
      const { parameters = [] } = options
      const { closing } = this.#sessions
      const outcome = await this.#runner.run(entry, { session, facts, parameters, closing })
      if (outcome.ok && line === this.#sessions.poll) this.#heedRoundTrip(outcome.tookMs)
      this.#settleLater(line, session)
      if (outcome.ok) this.#heedRole(outcome.rows[0], facts)
      return outcome
    })
  }

  async dedicated(options: DedicatedOptions): Promise<DedicatedOutcome> {
    try {
      return { ok: true, connection: await this.#sessions.openDedicated(options) }
    } catch (error) {
      return { ok: false, failure: failureOf(error, 'network') }
    }
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  reconnectNow(): void {
    const { poll, control } = this.#sessions
    void poll.connect()
    if (poll.session !== null) void control?.connect()
  }

  async close(): Promise<void> {
    await this.#sessions.close()
  }

  #onPoll(link: Link): void {
    // What was true of the last session need not be true of this one, nor of its server.
    if (link.status === 'up') {
      this.#roundTripMs = 0
      this.#runner.forgetBlocked()
    }
    this.#emit({ kind: 'link', link })
  }

  #onControl(link: Link): void {
    this.#known.updateOwnPids(this.#sessions.ownPids())
    this.#tellControl(link)
    if (link.status === 'up') void this.#sessions.control?.use((session) => this.#makeReady(session))
  }

  /** Says once that there is no second connection; one that is lost comes back and is no news. */
  #tellControl(link: Link): void {
    const denied = link.status === 'down' && link.failure.kind !== 'lost' ? link.failure : null
    // While nothing answers, the link says so.
    const alone = denied !== null && this.#sessions.poll.session !== null
    if (alone && !this.#controlDenied)
      this.#emit({
        kind: 'notice',
        severity: 'WARNING',
        sqlstate: denied.sqlstate ?? '',
        message: `only one connection was granted, actions share it with the polling: ${denied.message}`,
      })
    this.#controlDenied = alone
  }

  async #makeReady(session: Session | Failure): Promise<void> {
    if ('kind' in session) return
    await this.#settling.settle(session, this.#nameFor('control'))
    const facts = this.#sessions.factsOf(session)
    if (facts !== undefined) await this.#settling.warm(session, this.#options.warm ?? [], facts)
  }

  /** The first answer does not wait for settings that only matter later. */
  #settleLater(line: Line, session: Session): void {
    if (!this.#settling.isPending(session)) return
    const name = this.#nameFor(this.#sessions.nameOf(line))
    void line.use(async (current) => {
      if (current !== session) return
      await this.#settling.settle(session, name)
      if (line === this.#sessions.poll) this.#heedRoundTrip(await this.#settling.roundTripMs(session))
    })
    this.#known.updateOwnPids(this.#sessions.ownPids())
  }

  /** What a DBA sees in pg_stat_activity. */
  #nameFor(session: SessionName): string {
    return `${this.#target.applicationName} ${session}`
  }

  /** Before 14 a server does not report its promotion: a row that says otherwise than the facts does. */
  #heedRole(row: object | undefined, { inRecovery }: ServerFacts): void {
    const told = row !== undefined && 'in_recovery' in row ? row.in_recovery : null
    if (typeof told !== 'boolean' || told === inRecovery || this.#readsAgain) return
    this.#readsAgain = true
    void this.#sessions.readFactsAgain().finally(() => {
      this.#readsAgain = false
    })
  }

  #heedRoundTrip(ms: number | null): void {
    if (ms !== null) this.#roundTripMs = this.#roundTripMs === 0 ? ms : Math.min(this.#roundTripMs, ms)
  }

  #emit(event: ServerEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

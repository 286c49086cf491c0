/** One server, reached by named sessions that reconnect by themselves. */
import type { Entry, EntryRow, ServerFacts } from '#queries/define.ts'
import { retryDelayMs, spareRetryDelayMs } from './backoff.ts'
import { cancelSession, requestCancelOf } from './cancel.ts'
import { connectSession } from './connect.ts'
import type { Target } from './conninfo/target.ts'
import type {
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
import { failureOf, ServerFault, TOO_MANY_CONNECTIONS } from './failure.ts'
import { isSameServer } from './identity.ts'
import { KnownFacts } from './known-facts.ts'
import { Line } from './line.ts'
import { prepareSession } from './prepare.ts'
import { Runner } from './run.ts'
import type { Session } from './session.ts'
import { Settling } from './settling.ts'
import { bounded } from './watchdog.ts'
import { placeOf } from './wire/place.ts'

/** A fresh session must tell its facts within this. */
const FACTS_MS = 4000
/** The third session goes away when nobody used it for so long. */
const TASK_IDLE_MS = 60_000
/** At the end, what a running statement's cancelling may take. */
const LAST_CANCEL_MS = 500

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
  readonly #runner = new Runner((session, signal) => this.#cancel(session, signal))
  readonly #closing = new AbortController()
  readonly #poll: Line
  readonly #control: Line | null
  readonly #task: Line
  /** The facts that each session read when it connected. */
  readonly #read = new WeakMap<Session, ServerFacts>()
  readonly #settling = new Settling((session, signal) => this.#cancel(session, signal))
  readonly #known = new KnownFacts((event) => this.#emit(event))
  #endpoint: Endpoint
  #plainStart = false
  #controlDenied = false
  #taskTimer: ReturnType<typeof setTimeout> | null = null
  #roundTripMs = 0

  constructor(target: Target, options: ServerOptions) {
    this.#target = target
    this.#endpoint = endpointOf(target, false)
    this.#options = options
    if (options.onEvent !== undefined) this.#listeners.add(options.onEvent)
    this.#control =
      options.control === false
        ? null
        : new Line({
            connect: () => this.#open('control'),
            retryDelayMs: (failure, attempts) => spareRetryDelayMs(failure, attempts, Math.random),
            onLink: (link) => this.#onControl(link),
          })
    this.#poll = new Line({
      connect: () => this.#openPoll(),
      retryDelayMs: (failure, attempts) => retryDelayMs(failure, attempts, Math.random),
      onLink: (link) => this.#emit({ kind: 'link', link }),
    })
    // Opened when asked for, never by itself.
    this.#task = new Line({ connect: () => this.#open('task'), retryDelayMs: () => null, onLink: () => {} })
    // One after the other: the first answer comes sooner, and where one connection is granted it is for polling.
    void this.#poll.connect().then(() => this.#control?.connect())
  }

  get endpoint(): Endpoint {
    const tls = this.#poll.session?.tls ?? this.#endpoint.tls
    if (tls !== this.#endpoint.tls) this.#endpoint = { ...this.#endpoint, tls }
    return this.#endpoint
  }

  get facts(): ServerFacts | null {
    return this.#known.facts
  }

  get link(): Link {
    return this.#poll.link
  }

  get hasControl(): boolean {
    return this.#control?.session != null
  }

  get roundTripMs(): number {
    return this.#roundTripMs
  }

  async run<E extends Entry>(entry: E, options: RunOptions = {}): Promise<Outcome<EntryRow<E>>> {
    const line = await this.#lineFor(options.session ?? 'poll')
    return await line.use(async (session) => {
      const { facts } = this
      // Nothing was sent yet: what was meant for a control session that is gone may go the other way.
      if ('kind' in session && line === this.#control)
        return await this.run(entry, { ...options, session: 'poll' })
      if ('kind' in session) return { ok: false, failure: session, tookMs: 0 }
      if (facts === null)
        return { ok: false, failure: { kind: 'lost', message: 'no facts yet', sqlstate: null }, tookMs: 0 }
      const outcome = await this.#runner.run(entry, {
        session,
        facts,
        parameters: options.parameters ?? [],
        closing: this.#closing.signal,
      })
      if (outcome.ok) this.#heedRoundTrip(outcome.tookMs)
      this.#settleLater(line, session)
      return outcome
    })
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  reconnectNow(): void {
    void this.#poll.connect()
    if (this.#control?.link.status === 'down') void this.#control.connect()
  }

  async close(): Promise<void> {
    this.#closing.abort(new ServerFault({ kind: 'lost', message: 'closed by pgtriage' }))
    clearTimeout(this.#taskTimer ?? undefined)
    const lines = [this.#poll, this.#control, this.#task].filter((line) => line !== null)
    await Promise.all(lines.map((line) => this.#closeLine(line)))
  }

  /** A statement that nobody waits for any more must not run on. */
  async #closeLine(line: Line): Promise<void> {
    const { session } = line
    if (session?.busy)
      await requestCancelOf(this.#target, session, AbortSignal.timeout(LAST_CANCEL_MS)).catch(() => {})
    await line.close()
  }

  async #lineFor(name: SessionName): Promise<Line> {
    if (name === 'control' && this.#control?.session != null) return this.#control
    if (name !== 'task') return this.#poll
    clearTimeout(this.#taskTimer ?? undefined)
    this.#taskTimer = setTimeout(() => this.#endTask(), TASK_IDLE_MS).unref()
    await this.#task.connect()
    const { link } = this.#task
    // Where no third connection is granted the second best is to share the one that there is.
    return link.status === 'down' && link.failure.sqlstate === TOO_MANY_CONNECTIONS ? this.#poll : this.#task
  }

  /** Gives the third connection back when nobody has asked for it for a while. */
  #endTask(): void {
    if (this.#task.session?.busy) this.#taskTimer = setTimeout(() => this.#endTask(), TASK_IDLE_MS).unref()
    else void this.#task.session?.close()
  }

  /** The polling session; when no connection is left for it, the control session takes its place. */
  async #openPoll(): Promise<Session> {
    try {
      return await this.#open('poll')
    } catch (error) {
      const failure = failureOf(error, 'network')
      if (failure.sqlstate !== TOO_MANY_CONNECTIONS) throw error
      await this.#control?.attempt
      const session = this.#control?.release(failure)
      if (session == null) throw error
      this.#settling.add(session)
      this.#becomePoll(session, await this.#prepare(session, false))
      return session
    }
  }

  async #open(name: SessionName): Promise<Session> {
    const options = { plainStart: this.#plainStart, signal: this.#closing.signal }
    const connected = await connectSession(this.#target, options)
    const { session } = connected
    this.#plainStart = connected.settingsRefused
    this.#heedRoundTrip(session.roundTripMs)
    this.#settling.add(session)
    session.onNotice = (notice) => this.#emit({ kind: 'notice', ...notice })
    try {
      const facts = await this.#prepare(session, name !== 'poll', connected.settingsRefused)
      if (name === 'poll') this.#becomePoll(session, facts)
      else this.#checkSameServer(facts)
    } catch (error) {
      session.drop(failureOf(error, 'refused'))
      throw error
    }
    return session
  }

  async #prepare(
    session: Session,
    alone: boolean,
    settingsRefused = session.pooled !== null,
  ): Promise<ServerFacts> {
    const facts = await bounded(session, prepareSession({ session, settingsRefused }, alone), {
      timeoutMs: FACTS_MS,
      cancel: (signal) => requestCancelOf(this.#target, session, signal),
    })
    this.#read.set(session, facts)
    return facts
  }

  #becomePoll(session: Session, facts: ServerFacts): void {
    session.onParameter = (name) => {
      if (name === 'in_hot_standby') void this.#poll.use((current) => this.#readAgain(current))
    }
    // After a failover another session may still be with the old server, where a kill would hit a stranger.
    for (const other of [this.#control?.session, this.#task.session]) {
      const known = other == null ? undefined : this.#read.get(other)
      if (other != null && known !== undefined && !isSameServer(facts, known))
        other.drop({ kind: 'lost', message: 'the polling session reached another server', sqlstate: null })
    }
    this.#known.learn(facts, this.#ownPids(session))
  }

  /** The control session has to act on the server that is looked at. */
  #checkSameServer(facts: ServerFacts): void {
    const polled = this.#poll.session === null ? undefined : this.#read.get(this.#poll.session)
    if (polled === undefined || isSameServer(polled, facts)) return
    throw new ServerFault({
      kind: 'refused',
      message: `${placeOf(this.#target)} leads to several servers: a second connection reached another one`,
    })
  }

  /** A promotion while connected: the server tells of it, the session goes on. */
  async #readAgain(session: Session | Failure): Promise<void> {
    if ('kind' in session) return
    const facts = await this.#prepare(session, false).catch(() => null)
    if (facts !== null) this.#known.learn(facts, this.#ownPids(session))
  }

  /** The processes of the server that serve us; `poll` is given while it is only becoming one of them. */
  #ownPids(poll = this.#poll.session): readonly number[] {
    const sessions = [poll, this.#control?.session, this.#task.session]
    return sessions.map((session) => session?.pid ?? 0).filter((pid) => pid !== 0)
  }

  #onControl(link: Link): void {
    this.#known.updateOwnPids(this.#ownPids())
    this.#tellControl(link)
    if (link.status === 'up' && this.#control !== null)
      void this.#control.use((session) => this.#makeReady(session))
  }

  /** Says once that there is no second connection; one that is lost comes back and is no news. */
  #tellControl(link: Link): void {
    const denied = link.status === 'down' && link.failure.kind !== 'lost' ? link.failure : null
    // While nothing answers, the link says so.
    const alone = denied !== null && this.#poll.session !== null
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
    const facts = this.#read.get(session)
    if (facts !== undefined) await this.#settling.warm(session, this.#options.warm ?? [], facts)
  }

  /** The first answer does not wait for settings that only matter later. */
  #settleLater(line: Line, session: Session): void {
    if (!this.#settling.isPending(session)) return
    const name = line === this.#poll ? 'poll' : line === this.#task ? 'task' : 'control'
    void line.use(async (current) => {
      if (current === session) await this.#settling.settle(session, this.#nameFor(name))
    })
    this.#known.updateOwnPids(this.#ownPids())
  }

  /** What a DBA sees in pg_stat_activity. */
  #nameFor(session: SessionName): string {
    return `${this.#target.applicationName} ${session}`
  }

  async #cancel(session: Session, signal: AbortSignal): Promise<void> {
    const other = session === this.#control?.session ? this.#poll.session : (this.#control?.session ?? null)
    await cancelSession(this.#target, session, { other, signal })
  }

  #heedRoundTrip(ms: number): void {
    this.#roundTripMs = this.#roundTripMs === 0 ? ms : Math.min(this.#roundTripMs, ms)
  }

  #emit(event: ServerEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

/** The sessions of one server, three at most: how each is opened, that all of them lead to the same server, how they end. */
import type { ServerFacts } from '#queries/define.ts'
import { terminateOwn } from '#queries/session.ts'
import { retryDelayMs, spareRetryDelayMs } from './backoff.ts'
import { cancelSession, requestCancelOf } from './cancel.ts'
import { connectSession } from './connect.ts'
import type { Target } from './conninfo/target.ts'
import type { Dedicated, DedicatedOptions, Link, SessionName } from './contract.ts'
import { DedicatedSlot } from './dedicated.ts'
import { failureOf, ServerFault, TOO_MANY_CONNECTIONS } from './failure.ts'
import { isSameServer } from './identity.ts'
import { Line } from './line.ts'
import { prepareSession } from './prepare.ts'
import type { Notice, Session } from './session.ts'
import { bounded } from './watchdog.ts'
import { placeOf } from './wire/place.ts'

/** A fresh session must tell its facts within this. */
const FACTS_MS = 4000
/** The third session goes away when nobody used it for so long. */
const TASK_IDLE_MS = 60_000
/** At the end, what a running statement's cancelling may take. */
const LAST_CANCEL_MS = 500

/** What the sessions tell. */
export interface SessionNews {
  readonly onPoll: (link: Link) => void
  readonly onControl: (link: Link) => void
  /** A session has connected, or has got another task: its late settings are still to be made. */
  readonly onOpened: (session: Session) => void
  /** The polling session has read the facts. */
  readonly onFacts: (facts: ServerFacts, ownPids: readonly number[]) => void
  readonly onNotice: (notice: Notice) => void
  /** The connection of its own has come, or is gone: our pids are others. */
  readonly onDedicated: () => void
}

/** Keeps `poll` and `control` connected, and `task` while it is used. */
export class Sessions {
  readonly poll: Line
  /** Null when one connection is enough. */
  readonly control: Line | null
  readonly #task: Line
  readonly #dedicated = new DedicatedSlot()
  readonly #target: Target
  readonly #news: SessionNews
  readonly #closing = new AbortController()
  /** The facts that each session read when it connected. */
  readonly #read = new WeakMap<Session, ServerFacts>()
  #plainStart = false
  #taskTimer: ReturnType<typeof setTimeout> | null = null

  constructor(target: Target, withControl: boolean, news: SessionNews) {
    this.#target = target
    this.#news = news
    this.poll = new Line({
      connect: () => this.#openPoll(),
      retryDelayMs: (failure, attempts) => retryDelayMs(failure, attempts, Math.random),
      onLink: (link) => this.#onPoll(link),
    })
    this.control = withControl
      ? new Line({
          connect: () => this.#open('control'),
          // While polling has no session either, one attempt at a time is enough: it brings this one along.
          retryDelayMs: (failure, attempts) =>
            this.poll.session === null ? null : spareRetryDelayMs(failure, attempts, Math.random),
          onLink: news.onControl,
        })
      : null
    // Opened when asked for, never by itself.
    this.#task = new Line({ connect: () => this.#open('task'), retryDelayMs: () => null, onLink: () => {} })
  }

  /**
   * Starts with the polling session alone: the first answer comes sooner, where one connection is granted it is
   * for polling, and a wrong password is sent once.
   */
  connect(): void {
    void this.poll.connect()
  }

  /** Aborted when everything is being closed. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** The line for what is asked on a session; another one where that session is not to be had. */
  async lineFor(name: SessionName): Promise<Line> {
    if (name === 'control' && this.control?.session != null) return this.control
    // The connection of its own stands in the place of the third.
    if (name !== 'task' || this.#dedicated.isTaken) return this.poll
    clearTimeout(this.#taskTimer ?? undefined)
    this.#taskTimer = setTimeout(() => this.#endTask(), TASK_IDLE_MS).unref()
    await this.#task.connect()
    const { link } = this.#task
    // Where no third connection is granted the second best is to share the one that there is.
    return link.status === 'down' && link.failure.sqlstate === TOO_MANY_CONNECTIONS ? this.poll : this.#task
  }

  nameOf(line: Line): SessionName {
    return line === this.poll ? 'poll' : line === this.#task ? 'task' : 'control'
  }

  /** The facts that a session read when it connected. */
  factsOf(session: Session): ServerFacts | undefined {
    return this.#read.get(session)
  }

  /** The processes of the server that serve us; `poll` is given while it is only becoming one of them. */
  ownPids(poll = this.poll.session): readonly number[] {
    const sessions = [poll, this.control?.session, this.#task.session]
    const pids = [...sessions.map((session) => session?.pid ?? 0), this.#dedicated.pid]
    return pids.filter((pid) => pid !== 0)
  }

  /** Opens the connection of its own; gives the third session back for it. Throws a `ServerFault`. */
  async openDedicated(options: DedicatedOptions): Promise<Dedicated> {
    if (this.poll.link.status === 'connecting') await this.poll.attempt
    if (this.poll.link.status === 'down') throw new ServerFault(this.poll.link.failure)
    if (this.#task.session?.busy === false) await this.#task.session.close()
    return await this.#dedicated.open(options, {
      target: this.#target,
      plainStart: this.#plainStart,
      closing: this.#closing.signal,
      check: (facts) => this.#checkSameServer(facts),
      cancel: (session, signal) => this.cancel(session, signal),
      terminate: async (pid, applicationName) => {
        const other = this.control?.session ?? this.poll.session
        await other?.messages(terminateOwn(pid, applicationName))
      },
      factsWithinMs: FACTS_MS,
      onChange: this.#news.onDedicated,
    })
  }

  /** Reads the facts anew on the polling session, after what was asked before. */
  async readFactsAgain(): Promise<void> {
    await this.poll.use(async (session) => {
      if ('kind' in session) return
      const facts = await this.#prepare(session, false).catch(() => null)
      if (facts !== null) this.#news.onFacts(facts, this.ownPids(session))
    })
  }

  /** Cancels what runs on a session, by the other one where that is possible. */
  async cancel(session: Session, signal: AbortSignal): Promise<void> {
    const other = session === this.control?.session ? this.poll.session : (this.control?.session ?? null)
    await cancelSession(this.#target, session, { other, signal })
  }

  /** Ends every session; a statement that nobody waits for any more does not run on. */
  async close(): Promise<void> {
    this.#closing.abort(new ServerFault({ kind: 'lost', message: 'closed by pgtriage' }))
    clearTimeout(this.#taskTimer ?? undefined)
    const lines = [this.poll, this.control, this.#task].filter((line) => line !== null)
    // While there are others: one of them may have to end it.
    await this.#dedicated.close()
    await Promise.all(lines.map((line) => this.#closeLine(line)))
  }

  async #closeLine(line: Line): Promise<void> {
    const { session } = line
    if (session?.busy)
      await requestCancelOf(this.#target, session, AbortSignal.timeout(LAST_CANCEL_MS)).catch(() => {})
    await line.close()
  }

  #onPoll(link: Link): void {
    this.#news.onPoll(link)
    const control = this.control?.link
    const waits =
      control?.status === 'connecting' || (control?.status === 'down' && control.retryAtMs === null)
    if (link.status === 'up' && waits) void this.control?.connect()
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
      await this.control?.attempt
      const session = this.control?.release(failure)
      if (session == null) throw error
      this.#news.onOpened(session)
      return await this.#ownOrDrop(session, async () =>
        this.#becomePoll(session, await this.#prepare(session, false)),
      )
    }
  }

  async #open(name: SessionName): Promise<Session> {
    const options = { plainStart: this.#plainStart, signal: this.#closing.signal }
    const { session, settingsRefused } = await connectSession(this.#target, options)
    this.#plainStart = settingsRefused
    session.onNotice = this.#news.onNotice
    this.#news.onOpened(session)
    return await this.#ownOrDrop(session, async () => {
      const facts = await this.#prepare(session, name !== 'poll', settingsRefused)
      if (name === 'poll') this.#becomePoll(session, facts)
      else this.#checkSameServer(facts)
    })
  }

  /** The session, once it is ready. One that does not get ready has no owner who would end it. */
  async #ownOrDrop(session: Session, makeReady: () => Promise<void>): Promise<Session> {
    try {
      await makeReady()
      return session
    } catch (error) {
      session.drop(failureOf(error, 'refused'))
      throw error
    }
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
      // A promotion while connected: the server tells of it (14+), the session goes on.
      if (name === 'in_hot_standby') void this.readFactsAgain()
    }
    // After a failover another session may still be with the old server, where a kill would hit a stranger.
    for (const other of [this.control?.session, this.#task.session]) {
      const known = other == null ? undefined : this.#read.get(other)
      if (other != null && known !== undefined && !isSameServer(facts, known))
        other.drop({ kind: 'lost', message: 'the polling session reached another server', sqlstate: null })
    }
    this.#news.onFacts(facts, this.ownPids(session))
  }

  /** What acts has to act on the server that is looked at. */
  #checkSameServer(facts: ServerFacts): void {
    const polled = this.poll.session === null ? undefined : this.#read.get(this.poll.session)
    if (polled === undefined || isSameServer(polled, facts)) return
    throw new ServerFault({
      kind: 'refused',
      message: `${placeOf(this.#target)} leads to several servers: a second connection reached another one`,
    })
  }
}

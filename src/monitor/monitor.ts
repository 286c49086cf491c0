/** Asks the server what is being looked at, never two questions at once, never more than the budget allows. */
import type { Entry, EntryRow, Row } from '#queries/define.ts'
import type { Outcome, RunOptions, Server } from '#src/server/contract.ts'
import { Cost } from './cost.ts'
import { nextRunAfterMs, stretch } from './pace.ts'
import { type Watch, WatchedEntry } from './watch.ts'

/** What takes so many times longer than usual is waiting, for a lock or a server that stands still: no cost. */
const STALLED = 5

/** A refresh that takes longer than this is shown entry by entry instead of at its end. */
const PUBLISH_AT_LATEST_MS = 150

/**
 * What is due within this share of the interval after a refresh goes along with it: asked apart, entries would be
 * two frames in each interval for ever. At half of it any two come together with the first step.
 */
const TOGETHER = 0.5

export interface MonitorOptions {
  /** Ms between refreshes, as the user chose. */
  readonly intervalMs: number
  /** Our share of one core of the server, 0 to 1; 0.01 unless told. */
  readonly budget?: number
}

/** What the monitor needs of a server. */
export type MonitoredServer = Pick<Server, 'run' | 'link' | 'subscribe' | 'roundTripMs'>

/** Watches catalog entries on one server: schedule, snapshots, rates, own cost. Knows nothing of screens. */
export class Monitor {
  readonly #server: MonitoredServer
  readonly #budget: number
  readonly #entries = new Map<string, WatchedEntry>()
  readonly #cost = new Cost()
  /** The part of it that was asked once: it comes off what the watched entries may cost. */
  readonly #asked = new Cost()
  readonly #listeners = new Set<() => void>()
  readonly #unsubscribe: () => void
  #intervalMs: number
  #paused = false
  #running = false
  #wasFailing = false
  #closed = false
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(server: MonitoredServer, options: MonitorOptions) {
    this.#server = server
    this.#intervalMs = options.intervalMs
    this.#budget = options.budget ?? 0.01
    this.#unsubscribe = server.subscribe((event) => {
      if (event.kind === 'identity') {
        this.#forget()
      }
      if (event.kind === 'link') {
        this.#onLink()
      }
    })
  }

  /** Starts to ask for an entry, at its pace, until every watch of it is stopped. */
  watch<E extends Entry>(entry: E): Watch<EntryRow<E>> {
    const watched = this.#entries.get(entry.id) ?? new WatchedEntry(entry)
    this.#entries.set(entry.id, watched)
    watched.watchers += 1
    if (watched.watchers === 1) {
      watched.nextRunMs = performance.now()
      this.#schedule()
    }
    let stopped = false
    return {
      entry,
      snapshot: watched.snapshot as Watch<EntryRow<E>>['snapshot'],
      subscribe: watched.subscribe,
      stop: () => {
        watched.watchers -= stopped ? 0 : 1
        stopped = true
      },
    }
  }

  get intervalMs(): number {
    return this.#intervalMs
  }

  /** Changes the interval; the next refresh starts at once. */
  set intervalMs(intervalMs: number) {
    this.#intervalMs = intervalMs
    this.refresh()
    this.#announce()
  }

  /** The interval that the budget leaves of the chosen one, ms. */
  get effectiveIntervalMs(): number {
    return this.#intervalMs * this.#stretch()
  }

  /** What our own statements cost the server, as a share of one core (0 to 1), over the last half minute. */
  get ownCost(): number {
    return this.#cost.share()
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Paused, nothing is asked; the snapshots stay and grow old. */
  set paused(paused: boolean) {
    this.#paused = paused
    this.refresh()
    this.#announce()
  }

  /** Asks once for something that is not watched, and counts what it costs. */
  async ask<E extends Entry>(entry: E, options: RunOptions = {}): Promise<Outcome<EntryRow<E>>> {
    const startedMs = performance.now()
    const outcome = await this.#server.run(entry, options)
    this.#charge(startedMs, outcome.tookMs)
    this.#asked.add(startedMs, Math.max(0, outcome.tookMs - this.#server.roundTripMs))
    return outcome
  }

  /** When the oldest of the watched rows arrived (`performance.now()`), null before the first. */
  get oldestMs(): number | null {
    const times = this.#watched().flatMap((watched) => watched.snapshot().atMs ?? [])
    return times.length === 0 ? null : Math.min(...times)
  }

  /** Whether the newest attempt of any watched entry failed: what is shown of it grows old. */
  get isFailing(): boolean {
    return this.#watched().some((watched) => watched.snapshot().failure !== null)
  }

  /** Asks for everything watched now, without waiting for the interval. */
  refresh(): void {
    for (const watched of this.#entries.values()) {
      watched.nextRunMs = performance.now()
    }
    this.#schedule()
  }

  /** Calls back when `paused`, the interval or `isFailing` changed. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Stops asking. Snapshots stay readable. */
  close(): void {
    this.#closed = true
    this.#unsubscribe()
    this.#clearTimer()
  }

  #schedule(): void {
    this.#clearTimer()
    if (this.#closed || this.#paused || this.#running || this.#server.link.status !== 'up') {
      return
    }
    const next = Math.min(...this.#watched().map((watched) => watched.nextRunMs))
    if (Number.isFinite(next)) {
      this.#timer = setTimeout(() => void this.#refreshDue(), Math.max(0, next - performance.now()))
    }
  }

  async #refreshDue(): Promise<void> {
    this.#timer = null
    this.#running = true
    const startedMs = performance.now()
    const settled: WatchedEntry[] = []
    const dueMs = startedMs + this.effectiveIntervalMs * TOGETHER
    for (const watched of this.#watched().filter((each) => each.nextRunMs <= dueMs)) {
      const runStartedMs = performance.now()
      // Planned before the run, so that a `refresh()` called meanwhile is not lost.
      watched.nextRunMs = Number.POSITIVE_INFINITY
      const outcome = (await this.#server.run(watched.entry)) as Outcome<Row>
      watched.settle(outcome)
      this.#charge(runStartedMs, Math.min(outcome.tookMs, watched.usualMs * STALLED))
      watched.nextRunMs = Math.min(watched.nextRunMs, this.#nextRun(watched, startedMs))
      settled.push(watched)
      if (performance.now() - startedMs > PUBLISH_AT_LATEST_MS) {
        publish(settled)
      }
    }
    this.#running = false
    publish(settled)
    this.#heedFailures()
    this.#schedule()
  }

  /** On the grid of the interval, so that the pace does not drift by what the runs take. */
  #nextRun(watched: WatchedEntry, startedMs: number): number {
    const afterMs = nextRunAfterMs({
      pace: watched.entry.pace,
      intervalMs: this.effectiveIntervalMs,
      tookMs: Math.max(0, Math.min(watched.tookMs, watched.usualMs * STALLED) - this.#server.roundTripMs),
      failuresInARow: watched.failuresInARow,
    })
    return Math.max(startedMs + afterMs, performance.now())
  }

  #stretch(): number {
    const perSecond = this.#watched().reduce((sum, { entry, pacedMs }) => {
      const periodMs = nextRunAfterMs({
        pace: entry.pace,
        intervalMs: this.#intervalMs,
        tookMs: 0,
        failuresInARow: 0,
      })
      return sum + (Math.max(0, pacedMs - this.#server.roundTripMs) * 1000) / periodMs
    }, 0)
    return stretch(perSecond + this.#asked.share() * 1000, this.#budget)
  }

  #watched(): WatchedEntry[] {
    return [...this.#entries.values()].filter((watched) => watched.watchers > 0)
  }

  #onLink(): void {
    const { link } = this.#server
    if (link.status === 'up') {
      this.refresh()
      return
    }
    this.#clearTimer()
    if (link.status === 'down') {
      for (const watched of this.#watched()) {
        watched.fail(link.failure)
        watched.publish()
      }
      this.#heedFailures()
    }
  }

  #charge(startedMs: number, tookMs: number): void {
    this.#cost.add(startedMs, Math.max(0, tookMs - this.#server.roundTripMs))
  }

  #heedFailures(): void {
    if (this.isFailing !== this.#wasFailing) {
      this.#wasFailing = this.isFailing
      this.#announce()
    }
  }

  #forget(): void {
    for (const watched of this.#entries.values()) {
      watched.forget()
      watched.publish()
    }
  }

  #announce(): void {
    for (const listener of this.#listeners) {
      listener()
    }
  }

  #clearTimer(): void {
    if (this.#timer !== null) {
      clearTimeout(this.#timer)
      this.#timer = null
    }
  }
}

function publish(settled: WatchedEntry[]): void {
  for (const watched of settled.splice(0)) {
    watched.publish()
  }
}

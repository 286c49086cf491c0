/** One watched entry: its newest snapshot and who wants to hear of the next. */
import type { Entry, EntryRow, Row } from '#queries/define.ts'
import type { Failure, Outcome } from '#src/server/contract.ts'
import { type Baseline, baselineOf, secondsBetween } from './baseline.ts'
import { rates } from './rates.ts'
import { NO_SNAPSHOT, type Snapshot } from './snapshot.ts'

/** What a screen holds of the monitor: a store in the shape that React's `useSyncExternalStore` reads. */
export interface Watch<R = Row> {
  readonly entry: Entry
  snapshot(): Snapshot<R>
  /** Calls back after each new snapshot; gives the function that ends it. */
  subscribe(listener: () => void): () => void
  /** Ends the watching; the entry is no longer asked when its last watcher is gone. */
  stop(): void
}

/** The rows' type of a watch over an entry: `Watch<EntryRow<typeof activity>>`. */
export type WatchOf<E extends Entry> = Watch<EntryRow<E>>

/** Within this time of the baseline, missing rates are due to the haste, not to the clocks. */
const TOO_SOON_MS = 1000

/** Runs that `usualMs` looks back on, and how many of them it takes to know what is usual. */
const RECENT = 7
const ENOUGH = 5

/** The state behind all watches of one entry. */
export class WatchedEntry {
  readonly entry: Entry
  watchers = 0
  /** `performance.now()` of the next run. */
  nextRunMs = 0
  /** How long the last run took, ms. */
  tookMs = 0
  failuresInARow = 0
  #recentMs: readonly number[] = []
  #snapshot: Snapshot = NO_SNAPSHOT
  #baseline: Baseline | null = null
  readonly #listeners = new Set<() => void>()

  constructor(entry: Entry) {
    this.entry = entry
  }

  readonly snapshot = (): Snapshot => this.#snapshot

  /**
   * What a run takes these days, ms: the median, because a server that stood still for a while made us wait and
   * not itself work; of the first few runs, which fill the backend's caches, the shortest.
   */
  get usualMs(): number {
    const sorted = this.#recentMs.toSorted((a, b) => a - b)
    return sorted[sorted.length < ENOUGH ? 0 : Math.floor(sorted.length / 2)] ?? 0
  }

  /** What decides the pace, ms: 0 after a single run, which fills caches and can take ten times the next. */
  get pacedMs(): number {
    return this.#recentMs.length < 2 ? 0 : this.usualMs
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Takes in what a run gave; listeners hear of it at `publish`. */
  settle(outcome: Outcome<Row>): void {
    this.tookMs = outcome.tookMs
    if (outcome.ok) {
      this.#recentMs = [...this.#recentMs, outcome.tookMs].slice(-RECENT)
    }
    if (outcome.ok) {
      this.#succeed(outcome)
      return
    }
    this.failuresInARow += 1
    this.fail(outcome.failure)
  }

  /** Keeps the rows and tells why there are no newer ones. */
  fail(failure: Failure): void {
    this.#snapshot = { ...this.#snapshot, failure }
  }

  /** Forgets the rows and what rates would be measured against: the server is another one now. */
  forget(): void {
    this.#baseline = null
    this.#snapshot = NO_SNAPSHOT
  }

  publish(): void {
    for (const listener of this.#listeners) {
      listener()
    }
  }

  #succeed(outcome: Outcome<Row> & { ok: true }): void {
    const before = this.#snapshot
    this.failuresInARow = 0
    const now = baselineOf(outcome.rows)
    this.#snapshot = {
      rows: outcome.rows,
      sequence: before.sequence + 1,
      atMs: now.monotonicMs,
      wallMs: now.wallMs,
      tookMs: outcome.tookMs,
      failure: null,
      fallback: outcome.fallback ?? null,
      rates: this.#ratesSince(now, before.rates),
    }
  }

  /** After a refresh that came too soon the rates stay, and the next are measured from the same baseline. */
  #ratesSince(now: Baseline, known: Snapshot['rates']): Snapshot['rates'] {
    const before = this.#baseline
    const seconds = before === null ? null : secondsBetween(before, now)
    if (before !== null && seconds === null && now.monotonicMs - before.monotonicMs < TOO_SOON_MS) {
      return known
    }
    this.#baseline = now
    return before === null || seconds === null
      ? NO_SNAPSHOT.rates
      : rates(this.entry, before.rows, now.rows, seconds)
  }
}

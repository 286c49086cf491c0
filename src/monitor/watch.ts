/** One watched entry: its newest snapshot and who wants to hear of the next. */
import type { Entry, EntryRow, Row } from '#queries/define.ts'
import type { Failure, Outcome } from '#src/server/contract.ts'
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

/** What the newest run counts for in the sliding mean. */
const NEWEST_SHARE = 0.1

/** The state behind all watches of one entry. */
export class WatchedEntry {
  readonly entry: Entry
  watchers = 0
  /** `performance.now()` of the next run. */
  nextRunMs = 0
  /** How long the last run took, ms. */
  tookMs = 0
  /** What a run takes these days: a sliding mean, so that one slow run does not change the pace of all. */
  usualMs = 0
  failuresInARow = 0
  #runs = 0
  #snapshot: Snapshot = NO_SNAPSHOT
  readonly #listeners = new Set<() => void>()

  constructor(entry: Entry) {
    this.entry = entry
  }

  readonly snapshot = (): Snapshot => this.#snapshot

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Takes in what a run gave; listeners hear of it at `publish`. */
  settle(outcome: Outcome<Row>): void {
    this.tookMs = outcome.tookMs
    this.#runs += 1
    // The first run fills the backend's caches: it says nothing of the next ones.
    this.usualMs =
      this.#runs <= 2 ? outcome.tookMs : this.usualMs + (outcome.tookMs - this.usualMs) * NEWEST_SHARE
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

  /** Forgets what the next rates would be measured against: the server is another one now. */
  forgetRates(): void {
    this.#snapshot = { ...this.#snapshot, atMs: null, rates: NO_SNAPSHOT.rates }
  }

  publish(): void {
    for (const listener of this.#listeners) {
      listener()
    }
  }

  #succeed(outcome: Outcome<Row> & { ok: true }): void {
    const before = this.#snapshot
    const atMs = performance.now()
    this.failuresInARow = 0
    this.#snapshot = {
      rows: outcome.rows,
      sequence: before.sequence + 1,
      atMs,
      wallMs: Date.now(),
      tookMs: outcome.tookMs,
      failure: null,
      fallback: outcome.fallback ?? null,
      rates:
        before.atMs === null
          ? NO_SNAPSHOT.rates
          : rates(this.entry, before.rows, outcome.rows, (atMs - before.atMs) / 1000),
    }
  }
}

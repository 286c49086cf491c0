/** The numbers of the header and the minutes behind them. */
import type { EntryRow } from '#queries/define.ts'
import { counters, vitals } from '#queries/vitals.ts'
import { History } from '#src/monitor/history.ts'
import type { Monitor } from '#src/monitor/monitor.ts'
import type { Rates } from '#src/monitor/snapshot.ts'
import type { Watch } from '#src/monitor/watch.ts'
import type { Vitals } from '#src/view/header.ts'
import type { LockWatch } from './lock-watch.ts'
import type { ScreenModel } from './screen.ts'
import { Listeners, type Readable } from './store.ts'

/** Half an hour of one sample a second. */
const HISTORY_BYTES = 256 * 1024

/** The row of `counters`, and of `vitals`, which counts the sessions besides. */
type VitalsRow = EntryRow<typeof counters> & Partial<EntryRow<typeof vitals>>

/**
 * Watches the vitals for as long as the program runs; every screen shows them. While the screen lists all
 * sessions, they are counted from its rows: a second listing would double what we cost a full server. Who waits is
 * told by the locks, of which the count in the vitals only says that they are worth asking for.
 */
export class VitalsModel {
  readonly #monitor: Monitor
  readonly #screen: Readable<ScreenModel>
  readonly #locks: LockWatch
  #history = new History(['tps', 'wal'], HISTORY_BYTES)
  readonly #listeners = new Listeners()
  readonly #ends: readonly (() => void)[]
  #watch: Watch<VitalsRow>
  #endWatch: () => void
  #sequence = 0

  /** `locks`: what tells who waits, once this has told it that somebody does. */
  constructor(monitor: Monitor, screen: Readable<ScreenModel>, locks: LockWatch) {
    this.#monitor = monitor
    this.#screen = screen
    this.#locks = locks
    this.#watch = this.#open()
    this.#endWatch = this.#watch.subscribe(this.#onSnapshot)
    this.#ends = [screen.subscribe(() => this.#reopen()), locks.subscribe(this.#listeners.tell)]
  }

  readonly subscribe = this.#listeners.subscribe

  /** The newest row, or null before the first. */
  get row(): VitalsRow | null {
    return this.#watch.snapshot().rows[0] ?? null
  }

  get vitals(): Vitals {
    const { row } = this
    const rates = this.#watch.snapshot().rates.get('') ?? null
    const counted = this.#screen.get().headcount?.()
    return {
      sessions: counted?.sessions ?? numberOf(row?.sessions),
      usable: numberOf(row?.usable_connections),
      active: counted?.active ?? numberOf(row?.active),
      idleInTransaction:
        counted?.idleInTransaction ?? sum(row?.idle_in_transaction, row?.idle_in_transaction_aborted),
      isAtLeast: counted?.isAtLeast ?? Number(row?.hidden ?? 0) > 0,
      waiting: counted?.waiting ?? this.#locks.analysis?.waitingCount ?? numberOf(row?.waiting),
      tps: tpsOf(rates),
      hitRatio: hitRatioOf(rates),
      walBytesPerSecond: rates?.wal_bytes ?? null,
      tempBytesPerSecond: rates?.temp_bytes ?? null,
      deadlocksPerSecond: rates?.deadlocks ?? null,
      tpsHistory: this.#history.latest('tps', SPARK_VALUES),
      walHistory: this.#history.latest('wal', SPARK_VALUES),
    }
  }

  close(): void {
    for (const end of this.#ends) {
      end()
    }
    this.#endWatch()
    this.#watch.stop()
  }

  #open(): Watch<VitalsRow> {
    const listsSessions = this.#screen.get().headcount !== undefined
    return this.#monitor.watch(listsSessions ? counters : vitals) as Watch<VitalsRow>
  }

  #reopen(): void {
    const watch = this.#open()
    this.#endWatch()
    this.#watch.stop()
    this.#watch = watch
    this.#sequence = 0
    this.#endWatch = watch.subscribe(this.#onSnapshot)
  }

  readonly #onSnapshot = (): void => {
    const { sequence, atMs, rates } = this.#watch.snapshot()
    if (sequence < this.#sequence) {
      // Another server, whose past is not this one's.
      this.#sequence = 0
      this.#history = new History(['tps', 'wal'], HISTORY_BYTES)
    }
    if (sequence > this.#sequence && atMs !== null) {
      this.#sequence = sequence
      const rate = rates.get('') ?? null
      this.#history.append(atMs, { tps: tpsOf(rate), wal: rate?.wal_bytes })
      this.#heedWaiting()
    }
    this.#listeners.tell()
  }

  /** `counters` tells nothing of waiters: the screen that lists the sessions has told already. */
  #heedWaiting(): void {
    const waiting = this.row?.waiting
    if (waiting !== undefined) {
      this.#locks.heed(Number(waiting) > 0)
    }
  }
}

/** More than any header is wide. */
const SPARK_VALUES = 60

function tpsOf(rates: Rates | null): number | null {
  return rates?.xact_commit === undefined ? null : rates.xact_commit + (rates.xact_rollback ?? 0)
}

/** Of the blocks asked for in the interval; without any there is no ratio. */
function hitRatioOf(rates: Rates | null): number | null {
  const hit = rates?.blks_hit ?? 0
  const all = hit + (rates?.blks_read ?? 0)
  return all === 0 ? null : hit / all
}

function numberOf(value: number | bigint | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value)
}

function sum(...values: readonly (number | bigint | null | undefined)[]): number | null {
  const numbers = values.map(numberOf).filter((value) => value !== null)
  return numbers.length === 0 ? null : numbers.reduce((a, b) => a + b, 0)
}

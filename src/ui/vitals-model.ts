/** The numbers of the header and the minutes behind them. */
import type { EntryRow } from '#queries/define.ts'
import { vitals } from '#queries/vitals.ts'
import { History } from '#src/monitor/history.ts'
import type { Monitor } from '#src/monitor/monitor.ts'
import type { Rates } from '#src/monitor/snapshot.ts'
import type { WatchOf } from '#src/monitor/watch.ts'
import type { Vitals } from '#src/view/header.ts'

/** A quarter of an hour of one sample a second. */
const HISTORY_BYTES = 256 * 1024

/** Watches the vitals for as long as the program runs; every screen shows them. */
export class VitalsModel {
  readonly subscribe: (listener: () => void) => () => void
  readonly #watch: WatchOf<typeof vitals>
  readonly #history = new History(['tps', 'wal'], HISTORY_BYTES)
  readonly #unsubscribe: () => void
  #sequence = 0

  constructor(monitor: Monitor) {
    this.#watch = monitor.watch(vitals)
    this.subscribe = this.#watch.subscribe
    this.#unsubscribe = this.#watch.subscribe(() => this.#record())
  }

  /** The newest row, or null before the first. */
  get row(): EntryRow<typeof vitals> | null {
    return this.#watch.snapshot().rows[0] ?? null
  }

  get atMs(): number | null {
    return this.#watch.snapshot().atMs
  }

  get vitals(): Vitals {
    const { row } = this
    const rates = this.#watch.snapshot().rates.get('') ?? null
    return {
      sessions: numberOf(row?.sessions),
      usable: numberOf(row?.usable_connections),
      active: numberOf(row?.active),
      idleInTransaction: sum(row?.idle_in_transaction, row?.idle_in_transaction_aborted),
      waiting: numberOf(row?.waiting),
      hidden: numberOf(row?.hidden) ?? 0,
      tps: tpsOf(rates),
      hitRatio: hitRatioOf(rates),
      walBytesPerSecond: rates?.wal_bytes ?? null,
      tempBytesPerSecond: rates?.temp_bytes ?? null,
      deadlocksPerSecond: rates?.deadlocks ?? null,
      tpsHistory: this.#history.latest('tps', 60),
      walHistory: this.#history.latest('wal', 60),
    }
  }

  close(): void {
    this.#unsubscribe()
    this.#watch.stop()
  }

  #record(): void {
    const { sequence, atMs, rates } = this.#watch.snapshot()
    if (sequence > this.#sequence && atMs !== null) {
      this.#sequence = sequence
      const rate = rates.get('') ?? null
      this.#history.append(atMs, { tps: tpsOf(rate), wal: rate?.wal_bytes })
    }
  }
}

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

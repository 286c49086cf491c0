/** Rates per second out of counters that only grow, until somebody resets them. */
import type { Entry, Row, Value } from '#queries/define.ts'
import { type Rates, rowKey } from './snapshot.ts'

/**
 * The growth per second of every counter column, for rows present in both snapshots. A row with any counter
 * that went down, or with another `stats_reset`, gets no rates: after a reset or a crash the difference means
 * nothing (manual: The Cumulative Statistics System), and a zero would be a lie.
 */
export function rates(
  entry: Entry,
  before: readonly Row[],
  now: readonly Row[],
  elapsedSeconds: number,
): ReadonlyMap<string, Rates> {
  const counters = entry.columns.filter((column) => column.counter === true).map((column) => column.id)
  const result = new Map<string, Rates>()
  if (counters.length === 0 || !(elapsedSeconds > 0)) {
    return result
  }
  const earlier = new Map(before.map((row) => [rowKey(entry, row), row]))
  for (const row of now) {
    const key = rowKey(entry, row)
    const previous = earlier.get(key)
    const rate = previous === undefined ? null : rateOf(counters, previous, row, elapsedSeconds)
    if (rate !== null) {
      result.set(key, rate)
    }
  }
  return result
}

function rateOf(counters: readonly string[], before: Row, now: Row, elapsedSeconds: number): Rates | null {
  if (before.stats_reset !== now.stats_reset) {
    return null
  }
  const rate: Record<string, number> = {}
  for (const id of counters) {
    const growth = difference(before[id], now[id])
    if (growth === null) {
      continue
    }
    if (growth < 0) {
      return null
    }
    rate[id] = growth / elapsedSeconds
  }
  return rate
}

/** Exact also where the counters themselves no longer fit a double. */
function difference(before: Value | undefined, now: Value | undefined): number | null {
  if (typeof before === 'number' && typeof now === 'number') {
    return now - before
  }
  if (isInteger(before) && isInteger(now)) {
    return Number(BigInt(now) - BigInt(before))
  }
  return null
}

function isInteger(value: Value | undefined): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))
}

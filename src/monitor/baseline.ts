/** What the next rates are measured against, and how much time has passed since. */
import type { Row } from '#queries/define.ts'

/** Closer together than this, two snapshots make no rate: one commit within 8 ms is not 125 a second. */
const SHORTEST_SECONDS = 0.5
/** The monotonic clock stands still while a machine sleeps; the two clocks then disagree by more than this. */
const CLOCKS_AGREE_SECONDS = 2

/** A snapshot, with its moment on three clocks. */
export interface Baseline {
  readonly rows: readonly Row[]
  readonly monotonicMs: number
  readonly wallMs: number
}

/** A baseline made of the rows that just arrived. */
export function baselineOf(rows: readonly Row[]): Baseline {
  return { rows, monotonicMs: performance.now(), wallMs: Date.now() }
}

/**
 * Seconds between two snapshots: on the server's clock where the rows tell it (`server_time`), since an answer
 * that arrives late would otherwise make the next rate too high. Null when it cannot be known or is too short.
 */
export function secondsBetween(before: Baseline, now: Baseline): number | null {
  const monotonic = (now.monotonicMs - before.monotonicMs) / 1000
  const wall = (now.wallMs - before.wallMs) / 1000
  const seconds =
    serverSeconds(before, now) ?? (Math.abs(wall - monotonic) > CLOCKS_AGREE_SECONDS ? null : monotonic)
  return seconds === null || seconds < SHORTEST_SECONDS ? null : seconds
}

function serverSeconds(before: Baseline, now: Baseline): number | null {
  const from = before.rows[0]?.server_time
  const to = now.rows[0]?.server_time
  return typeof from === 'string' && typeof to === 'string'
    ? (Date.parse(to) - Date.parse(from)) / 1000
    : null
}

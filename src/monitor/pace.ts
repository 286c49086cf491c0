/** When a watched entry is asked next: its pace, the budget of our own cost, and the patience with failures. */
import type { Pace } from '#queries/define.ts'

/** `steady` entries are never asked more often than this. */
const STEADY_MS = 10_000
/** A section that failed this often in a row is only asked every `FAILED_MS`: each try writes to the server's log. */
const FAILURES_TOLERATED = 3
const FAILED_MS = 30_000
/** A statement that takes long is asked at most a quarter of the time, whatever the budget says. */
const REST_FACTOR = 4

/** What decides the wait before an entry's next run. */
export interface PaceInput {
  readonly pace: Pace
  /** What the user chose, ms. */
  readonly intervalMs: number
  /** How long the last run took on our side, ms. */
  readonly tookMs: number
  readonly failuresInARow: number
}

/** Ms from the start of one run to the start of the next. */
export function nextRunAfterMs({ pace, intervalMs, tookMs, failuresInARow }: PaceInput): number {
  const floorMs = pace === 'steady' ? Math.max(STEADY_MS, intervalMs) : intervalMs
  const restedMs = Math.max(floorMs, tookMs * REST_FACTOR)
  return failuresInARow >= FAILURES_TOLERATED ? Math.max(restedMs, FAILED_MS) : restedMs
}

/**
 * The factor by which all intervals stretch so that our own statements stay below `budget` (0.01 is 1 % of one
 * core). `costMsPerSecond` is what the watched entries would cost at the intervals chosen by the user.
 */
export function stretch(costMsPerSecond: number, budget: number): number {
  return Math.max(1, costMsPerSecond / (budget * 1000))
}

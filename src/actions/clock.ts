/** Time, as far as actions need it; tests bring their own. */

/** A monotonic clock that can wait, and the time of day for the audit file. */
export interface Clock {
  nowMs(): number
  sleep(ms: number): Promise<void>
  /** ISO 8601 in UTC. */
  timeOfDay(): string
}

/** The clock of the machine. */
export const machineClock: Clock = {
  nowMs: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  timeOfDay: () => new Date().toISOString(),
}

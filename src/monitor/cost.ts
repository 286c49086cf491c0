/** What our own statements cost, over a sliding window. */

const WINDOW_MS = 30_000

interface Run {
  readonly atMs: number
  readonly costMs: number
}

/**
 * Adds up how long the server worked for us. The time is measured on our side less the network's round trip,
 * so it errs towards too much, never too little.
 */
export class Cost {
  #runs: Run[] = []
  readonly #startedMs = performance.now()

  add(atMs: number, costMs: number): void {
    this.#runs = this.#runs.filter((run) => run.atMs > atMs - WINDOW_MS)
    this.#runs.push({ atMs, costMs })
  }

  /** The share of one core, 0 to 1, over the last half minute or since the start. */
  share(): number {
    const now = performance.now()
    const windowMs = Math.min(WINDOW_MS, Math.max(1000, now - this.#startedMs))
    const spent = this.#runs.reduce((sum, run) => sum + (run.atMs > now - windowMs ? run.costMs : 0), 0)
    return spent / windowMs
  }
}

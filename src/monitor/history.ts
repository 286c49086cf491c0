/** The last minutes in numbers, for sparklines and charts, within a fixed number of bytes. */

/** Bytes that a sample needs besides its values: its time, its array's header and the slot that holds it. */
const SAMPLE_OVERHEAD_BYTES = 120

interface Sample {
  readonly atMs: number
  readonly values: Float64Array
}

/** A ring of samples of named series. The oldest samples go when the budget is used up. */
export class History {
  readonly #series: readonly string[]
  readonly #capacity: number
  readonly #samples: Sample[] = []
  #start = 0

  /** `budgetBytes` bounds the memory of all samples together; at least two samples are always kept. */
  constructor(series: readonly string[], budgetBytes: number) {
    this.#series = series
    this.#capacity = Math.max(2, Math.floor(budgetBytes / (SAMPLE_OVERHEAD_BYTES + 8 * series.length)))
  }

  /** How many samples fit. */
  get capacity(): number {
    return this.#capacity
  }

  /** How many samples are held. */
  get length(): number {
    return this.#samples.length
  }

  /** Adds a sample; a series without a value is a gap (NaN), never a zero. */
  append(atMs: number, values: Readonly<Record<string, number | null | undefined>>): void {
    const sample = { atMs, values: Float64Array.from(this.#series, (name) => values[name] ?? Number.NaN) }
    if (this.#samples.length < this.#capacity) {
      this.#samples.push(sample)
      return
    }
    this.#samples[this.#start] = sample
    this.#start = (this.#start + 1) % this.#capacity
  }

  /** The newest `count` values of a series, oldest first; gaps are NaN. Empty for an unknown series. */
  latest(name: string, count: number): readonly number[] {
    const column = this.#series.indexOf(name)
    const from = Math.max(0, this.#samples.length - count)
    const values: number[] = []
    for (let index = from; column >= 0 && index < this.#samples.length; index += 1) {
      const sample = this.#samples[(this.#start + index) % this.#samples.length]
      values.push(sample?.values[column] ?? Number.NaN)
    }
    return values
  }
}

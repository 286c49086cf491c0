/** What is asked about the rows that are visible, and of no others: exact sizes, names of columns. */
import type { Failure, Outcome } from '#src/server/contract.ts'
import { Listeners } from './store.ts'

/** Scrolling rests so long before anything is asked: a page that is only passed is nobody's question. */
const REST_MS = 120
/** After a question that had no answer. */
const FAILED_MS = 5000

export interface LookedUpOptions<R> {
  /** Asks about several relations at once; never rejects. */
  readonly ask: (oids: readonly number[]) => Promise<Outcome<R>>
  readonly oidOf: (row: R) => number | null
  /** An answer older than this is asked for again while it is looked at, ms; Infinity keeps it. */
  readonly goodForMs: (row: R) => number
}

/** An answer, with the one before it to see what grew. */
export interface LookedUpRow<R> {
  readonly row: R
  readonly atMs: number
  /** The first answer about this relation since it is watched. */
  readonly first: { readonly row: R; readonly atMs: number }
}

/** Answers by oid, asked for in batches. */
export class LookedUp<R> {
  readonly #options: LookedUpOptions<R>
  readonly #listeners = new Listeners()
  readonly #known = new Map<number, LookedUpRow<R>>()
  /** Asked without an answer: dropped meanwhile, or none of this kind. */
  readonly #absent = new Set<number>()
  #wanted: readonly number[] = []
  #timer: ReturnType<typeof setTimeout> | null = null
  #isAsking = false
  #failure: Failure | null = null

  constructor(options: LookedUpOptions<R>) {
    this.#options = options
  }

  readonly subscribe = this.#listeners.subscribe

  /** Why the newest question had no answer. */
  get failure(): Failure | null {
    return this.#failure
  }

  get(oid: number): LookedUpRow<R> | undefined {
    return this.#known.get(oid)
  }

  /** Says what is visible now; what is not known of it is asked in a moment. */
  want(oids: readonly number[]): void {
    this.#wanted = oids
    if (this.#isAsking || this.#missing().length === 0) return
    if (this.#failure === null) this.#plan(REST_MS)
    else if (this.#timer === null) this.#plan(FAILED_MS)
  }

  /** Drops all answers. */
  forget(): void {
    this.#known.clear()
    this.#absent.clear()
    this.close()
  }

  /** Asks nothing more until something is wanted again. */
  close(): void {
    this.#wanted = []
    this.#failure = null
    clearTimeout(this.#timer ?? undefined)
    this.#timer = null
  }

  #plan(afterMs: number): void {
    clearTimeout(this.#timer ?? undefined)
    this.#timer = setTimeout(() => void this.#look(), afterMs)
  }

  #missing(): readonly number[] {
    return this.#wanted.filter((oid) => this.#goodForMs(oid) <= 0)
  }

  /** How long the answer about a relation is still good, ms; 0 and less where it has to be asked for. */
  #goodForMs(oid: number): number {
    const known = this.#known.get(oid)
    if (known === undefined) return this.#absent.has(oid) ? Number.POSITIVE_INFINITY : 0
    return known.atMs + this.#options.goodForMs(known.row) - performance.now()
  }

  async #look(): Promise<void> {
    this.#timer = null
    const oids = this.#missing()
    if (oids.length > 0) {
      this.#isAsking = true
      const outcome = await this.#options.ask(oids)
      this.#isAsking = false
      this.#failure = outcome.ok ? null : outcome.failure
      if (outcome.ok) this.#learn(oids, outcome.rows)
      this.#listeners.tell()
    }
    this.#planNext()
  }

  #planNext(): void {
    if (this.#wanted.length === 0) return
    if (this.#failure !== null) this.#plan(FAILED_MS)
    else {
      const nextMs = Math.min(...this.#wanted.map((oid) => this.#goodForMs(oid)))
      if (Number.isFinite(nextMs)) this.#plan(Math.max(REST_MS, nextMs))
    }
  }

  #learn(oids: readonly number[], rows: readonly R[]): void {
    const atMs = performance.now()
    for (const row of rows) {
      const oid = this.#options.oidOf(row)
      if (oid !== null) {
        const first = this.#known.get(oid)?.first ?? { row, atMs }
        this.#known.set(oid, { row, atMs, first })
      }
    }
    for (const oid of oids) if (!this.#known.has(oid)) this.#absent.add(oid)
  }
}

/** What is read from the catalogs as a whole, again and again while somebody looks at it, but seldom. */
import type { Failure } from '#src/server/contract.ts'
import type { Gap, Read } from './ask.ts'

/** No reading comes sooner after another by itself. */
const AT_MOST_EVERY_MS = 30_000
/** Our statements stay below this share of the time (1 %). */
const REST_FACTOR = 100
/** However long it takes, what is looked at is not older than this. */
const AT_LEAST_EVERY_MS = 15 * 60_000
/** Looks whether it may read again: the program was paused, or the link down. */
const RETRY_MS = 1000

/** The newest reading, and what became of the last attempt. */
export interface Reported<T> {
  /** Null before the first that worked. */
  readonly value: T | null
  readonly gaps: readonly Gap[]
  /** `performance.now()` when `value` arrived; null before the first. */
  readonly atMs: number | null
  /** The wall clock then, ms since the epoch; for display. */
  readonly wallMs: number | null
  readonly tookMs: number
  /** Why the newest attempt gave nothing; null when it did. */
  readonly failure: Failure | null
  readonly isReading: boolean
}

const NOTHING: Reported<never> = {
  value: null,
  gaps: [],
  atMs: null,
  wallMs: null,
  tookMs: 0,
  failure: null,
  isReading: false,
}

export interface ReadingOptions<T> {
  /** One whole reading; never rejects. The first one may tell a part of it before. */
  readonly read: (preview?: (value: T) => void) => Promise<Read<T>>
  /** Whether it may be read now: not while the program is paused or the link is down. */
  readonly mayRead: () => boolean
  /** Reads when opened and when told to, never by itself. */
  readonly isOnce?: true
}

/** Reads when opened, then at a pace of its own until closed. What was read stays. */
export class Reading<T> {
  readonly #options: ReadingOptions<T>
  readonly #listeners = new Set<() => void>()
  #reported: Reported<T> = NOTHING
  #timer: ReturnType<typeof setTimeout> | null = null
  #isOpen = false
  /** Counts what was forgotten: an answer that was asked for before is not about the same server. */
  #era = 0

  constructor(options: ReadingOptions<T>) {
    this.#options = options
  }

  readonly get = (): Reported<T> => this.#reported

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Reads at once what was never read or is due. */
  open(): void {
    this.#isOpen = true
    this.#plan()
  }

  close(): void {
    this.#isOpen = false
    clearTimeout(this.#timer ?? undefined)
  }

  /** Reads now. */
  refresh(): void {
    if (this.#isOpen) void this.#read()
  }

  /** Drops what was read: it was of another server. */
  forget(): void {
    this.#era += 1
    this.#set(NOTHING)
    this.#plan()
  }

  #plan(): void {
    clearTimeout(this.#timer ?? undefined)
    if (!this.#isOpen) return
    if (this.#options.isOnce === true && (this.#reported.atMs !== null || this.#reported.failure !== null))
      return
    const { atMs, tookMs, failure } = this.#reported
    const restMs = Math.min(Math.max(AT_MOST_EVERY_MS, tookMs * REST_FACTOR), AT_LEAST_EVERY_MS)
    const since = failure === null ? atMs : performance.now()
    const dueMs = since === null ? 0 : Math.max(0, since + restMs - performance.now())
    this.#timer = setTimeout(() => void this.#read(), dueMs)
  }

  async #read(): Promise<void> {
    if (this.#reported.isReading) return
    if (!this.#options.mayRead()) {
      clearTimeout(this.#timer ?? undefined)
      this.#timer = setTimeout(() => void this.#read(), RETRY_MS)
      return
    }
    const era = this.#era
    this.#set({ ...this.#reported, isReading: true })
    const startedMs = performance.now()
    const read = await this.#options.read(
      this.#reported.value === null ? (value) => this.#preview(value, era) : undefined,
    )
    if (era !== this.#era) return
    const tookMs = performance.now() - startedMs
    this.#set(
      read.ok
        ? {
            value: read.value,
            gaps: read.gaps,
            atMs: performance.now(),
            wallMs: Date.now(),
            tookMs,
            failure: null,
            isReading: false,
          }
        : { ...this.#reported, failure: read.failure, isReading: false },
    )
    this.#plan()
  }

  #preview(value: T, era: number): void {
    if (era === this.#era)
      this.#set({ ...this.#reported, value, atMs: performance.now(), wallMs: Date.now() })
  }

  #set(reported: Reported<T>): void {
    this.#reported = reported
    for (const listener of this.#listeners) listener()
  }
}

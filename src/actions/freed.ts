/** Counts who stops waiting once the targets are signalled. */
import { blocking } from '#queries/blocking.ts'
import type { Server } from '#src/server/contract.ts'
import { type Waiter, waitersBehind } from './blast-radius.ts'
import type { Clock } from './clock.ts'

/** The waiters behind the targets before, and how many of them wait for no lock any more. */
export interface Freed {
  readonly before: number
  readonly freed: number
  /** From the signal to the last one freed; null when none was. */
  readonly afterMs: number | null
}

/** Every session that waits for a lock now; null when the server did not tell. */
export async function readWaiters(server: Server): Promise<readonly Waiter[] | null> {
  const outcome = await server.run(blocking, { session: 'control' })
  if (!outcome.ok) return null
  return outcome.rows.flatMap(({ pid, blocked_by, wait_seconds }) =>
    pid === null ? [] : [{ pid, blocked_by, wait_seconds }],
  )
}

/** Counts the waiters behind `targets` down; starts its clock when it is made. */
export class FreedCount {
  readonly #server: Server
  readonly #clock: Clock
  readonly #behind: ReadonlySet<number> | null
  readonly #startMs: number
  #waiting: number
  #lastFreedMs: number | null = null

  /** `before`: the waiters before the signal, null when they could not be read. */
  constructor(server: Server, clock: Clock, targets: readonly number[], before: readonly Waiter[] | null) {
    this.#server = server
    this.#clock = clock
    this.#behind = before === null ? null : waitersBehind(targets, before)
    this.#waiting = this.#behind?.size ?? 0
    this.#startMs = clock.nowMs()
  }

  /** Looks once; true while somebody still waits. */
  async look(): Promise<boolean> {
    if (this.#behind === null || this.#waiting === 0) return false
    const now = await readWaiters(this.#server)
    if (now === null) return true
    const waiting = now.filter(({ pid }) => this.#behind?.has(pid)).length
    if (waiting < this.#waiting) this.#lastFreedMs = this.#clock.nowMs() - this.#startMs
    this.#waiting = waiting
    return waiting > 0
  }

  /** What was counted; null when the waiters before could not be read. */
  result(): Freed | null {
    if (this.#behind === null) return null
    const before = this.#behind.size
    return { before, freed: before - this.#waiting, afterMs: this.#lastFreedMs }
  }
}

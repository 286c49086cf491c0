/** Counts who stops waiting once the targets are signalled. */
import { blocking } from '#queries/blocking.ts'
import type { EntryRow } from '#queries/define.ts'
import { lockWaiters } from '#queries/lock-waiters.ts'
import type { Outcome, Server } from '#src/server/contract.ts'
import { type Waiter, waitersBehind } from './blast-radius.ts'
import type { Clock } from './clock.ts'

/** For so long a signal is held back to learn who waits. */
const BEFORE_SIGNAL_MS = 500

/** The waiters behind the targets before, and how many of them wait for no lock any more. */
export interface Freed {
  readonly before: number
  readonly freed: number
  /** From the first signal to the last one freed; null when none was. */
  readonly afterMs: number | null
}

/**
 * Every session that waits for a lock now, and for whom; null when the server did not tell. On the polling
 * session: with many waiters it takes seconds, and the control session must stay free for the signal.
 */
export async function readWaiters(server: Server): Promise<readonly Waiter[] | null> {
  return waitersOf(await server.run(blocking, { session: 'poll' }))
}

/**
 * The pids that wait behind `targets` right before the signal; null when the server did not tell in time.
 * `known`: the waiters that the dialog has shown, null when it could not; of those, who still waits.
 */
export async function waitersBefore(
  server: Server,
  targets: readonly number[],
  known: readonly Waiter[] | null | undefined,
): Promise<ReadonlySet<number> | null> {
  if (known === null) return null
  if (known === undefined) {
    const entry = { ...blocking, timeoutMs: BEFORE_SIGNAL_MS }
    const waiters = waitersOf(await server.run(entry, { session: 'control' }))
    return waiters === null ? null : waitersBehind(targets, waiters)
  }
  const shown = waitersBehind(targets, known)
  if (shown.size === 0) return shown
  // Whoever has left since the dialog was opened was not freed by this action.
  const now = await readWaiting(server, BEFORE_SIGNAL_MS)
  return now === null ? null : common(shown, now)
}

/** Counts the waiters behind the targets down. */
export class FreedCount {
  readonly #server: Server
  readonly #clock: Clock
  readonly #behind: ReadonlySet<number> | null
  #waiting: number
  #lastFreedAtMs: number | null = null

  /** `behind`: the waiters before the signal, null when they could not be read. */
  constructor(server: Server, clock: Clock, behind: ReadonlySet<number> | null) {
    this.#server = server
    this.#clock = clock
    this.#behind = behind
    this.#waiting = behind?.size ?? 0
  }

  /** Looks once; true while somebody still waits. */
  async look(): Promise<boolean> {
    if (this.#behind === null || this.#waiting === 0) return false
    const now = await readWaiting(this.#server)
    if (now === null) return true
    const waiting = common(this.#behind, now).size
    if (waiting < this.#waiting) this.#lastFreedAtMs = this.#clock.nowMs()
    this.#waiting = waiting
    return waiting > 0
  }

  /** What was counted; null when the waiters before could not be read. `sentAtMs`: the first signal's time. */
  result(sentAtMs: number): Freed | null {
    if (this.#behind === null) return null
    const before = this.#behind.size
    const afterMs = this.#lastFreedAtMs === null ? null : this.#lastFreedAtMs - sentAtMs
    return { before, freed: before - this.#waiting, afterMs }
  }
}

async function readWaiting(server: Server, timeoutMs?: number): Promise<ReadonlySet<number> | null> {
  const entry = timeoutMs === undefined ? lockWaiters : { ...lockWaiters, timeoutMs }
  const outcome = await server.run(entry, { session: 'control' })
  return outcome.ok ? new Set(outcome.rows.flatMap(({ pid }) => (pid === null ? [] : [pid]))) : null
}

function common(some: ReadonlySet<number>, others: ReadonlySet<number>): ReadonlySet<number> {
  return new Set([...some].filter((pid) => others.has(pid)))
}

function waitersOf(outcome: Outcome<EntryRow<typeof blocking>>): readonly Waiter[] | null {
  if (!outcome.ok) return null
  return outcome.rows.flatMap(({ pid, blocked_by, wait_seconds }) =>
    pid === null ? [] : [{ pid, blocked_by, wait_seconds }],
  )
}

/** Counts who stops waiting once the targets are signalled. */
import { lockWaiters } from '#queries/lock-waiters.ts'
import { locks } from '#queries/locks.ts'
import { LockAnalysis } from '#src/locks/analysis.ts'
import type { Server, SessionName } from '#src/server/contract.ts'
import type { Clock } from './clock.ts'
import { partiesAimedAt } from './radius.ts'
import type { Target } from './target.ts'

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
 * Who waits for whom now; null when the server did not tell. Unless told otherwise on the polling session: the
 * control session must stay free for the signal.
 */
export async function readLocks(
  server: Server,
  session: SessionName = 'poll',
  timeoutMs?: number,
): Promise<LockAnalysis | null> {
  const outcome = await server.run(timeoutMs === undefined ? locks : { ...locks, timeoutMs }, { session })
  const { facts } = server
  return outcome.ok && facts !== null ? new LockAnalysis(outcome.rows, facts) : null
}

/**
 * The pids that wait behind `targets` right before the signal; null when the server did not tell in time.
 * `known`: the locks that the dialog has shown, null when it could not; of those who waited then, who still waits.
 */
export async function waitersBefore(
  server: Server,
  targets: readonly Target[],
  known: LockAnalysis | null | undefined,
): Promise<ReadonlySet<number> | null> {
  if (known === null) return null
  if (known === undefined) {
    const analysis = await readLocks(server, 'control', BEFORE_SIGNAL_MS)
    return analysis === null ? null : pidsBehind(targets, analysis)
  }
  const shown = pidsBehind(targets, known)
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

/** Who waits for a safe snapshot is left out: it stands in no queue that could be counted down. */
function pidsBehind(targets: readonly Target[], analysis: LockAnalysis): ReadonlySet<number> {
  const behind = analysis.behind(partiesAimedAt(targets, analysis))
  return new Set([...behind].flatMap(({ waits }) => waits.map(({ pid }) => pid)))
}

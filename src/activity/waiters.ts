/** What the sessions need to know of who waits for whom. */
import type { ActivityRow } from './row.ts'

/** The waits of one moment, by pid. Whoever works them out from the locks of the server fills this in. */
export interface Waits {
  /** Whether it, or a parallel worker of it, waits for a lock or a safe snapshot. */
  isWaiting(pid: number): boolean
  /**
   * Whom it waits for, each once: those who hold what is in its way, then those ahead in the queue from the front;
   * 0 is a prepared transaction. Empty where that is not known.
   */
  blockersOf(pid: number): readonly number[]
  /** How many wait for it before all others. */
  direct(pid: number): number
  /** How many wait behind it; of one that waits itself `direct`, since the rest is the fault of the one at the front. */
  behind(pid: number): number
  /** How many wait behind prepared transactions. */
  readonly behindPrepared: number
  /** False when there are more waiters than these: the numbers are then at least so many. */
  readonly isComplete: boolean
}

/** Nobody is known to wait. */
export const NO_WAITS: Waits = {
  isWaiting: () => false,
  blockersOf: () => [],
  direct: () => 0,
  behind: () => 0,
  behindPrepared: 0,
  isComplete: true,
}

/** Whether the row itself tells that it waits for others, for a lock or for a safe snapshot. */
export function tellsWait({ wait_event_type, wait_event }: ActivityRow): boolean {
  return wait_event_type === 'Lock' || wait_event === 'SafeSnapshot'
}

/** Whom a process waits for, see `Waits.blockersOf`; null when it waits for nobody. */
export function blockersOf(row: ActivityRow, waits: Waits): readonly number[] | null {
  const { pid } = row
  return pid === null || !(tellsWait(row) || waits.isWaiting(pid)) ? null : waits.blockersOf(pid)
}

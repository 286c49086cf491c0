/** How many wait for whom, out of the lists of blockers in one snapshot. */
import type { ActivityRow } from './row.ts'

/** The waits of one snapshot. Pid 0 stands for prepared transactions. */
export interface Waits {
  /** How many backends wait directly for a pid. */
  direct(pid: number): number
  /**
   * How many backends wait behind a pid: for one that waits for nobody itself, also those behind its waiters.
   * Whoever waits is only told its direct ones: the rest is the fault of the one at the front.
   */
  behind(pid: number): number
  /** Whether a pid waits for a lock itself. */
  isWaiting(pid: number): boolean
  /** False when it is not known of some whom they wait for: the numbers are then at least so many. */
  readonly isComplete: boolean
}

/** Reads the waits; what a front-most blocker has behind it is counted when asked for. */
export function waitsOf(rows: readonly ActivityRow[]): Waits {
  const waiters = new Map<number, number[]>()
  const waiting = new Set<number>()
  let isComplete = true
  for (const { pid, blocked_by } of rows) {
    if (pid === null || blocked_by === null) {
      continue
    }
    waiting.add(pid)
    isComplete &&= blocked_by.length > 0
    for (const blocker of new Set(blocked_by)) {
      const list = waiters.get(blocker)
      if (list === undefined) {
        waiters.set(blocker, [pid])
      } else {
        list.push(pid)
      }
    }
  }
  const direct = (pid: number) => waiters.get(pid)?.length ?? 0
  return {
    isComplete,
    isWaiting: (pid) => waiting.has(pid),
    direct,
    behind: (pid) => (waiting.has(pid) || direct(pid) === 0 ? direct(pid) : reach(waiters, pid)),
  }
}

/** Each waiter once, however many chains lead to it; a circle of waiters has an end too. */
function reach(waiters: ReadonlyMap<number, readonly number[]>, from: number): number {
  const found = new Set<number>()
  const queue = [from]
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    for (const waiter of waiters.get(pid) ?? []) {
      if (!found.has(waiter)) {
        found.add(waiter)
        queue.push(waiter)
      }
    }
  }
  return found.size
}

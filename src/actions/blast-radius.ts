/** Who is freed when backends go away, computed before anything is sent. */

/** One backend that waits for a heavyweight lock; a row of the `blocking` entry. */
export interface Waiter {
  readonly pid: number
  /** `pg_blocking_pids()`: holders and those ahead in the queue; 0 is a prepared transaction; null or empty: not told. */
  readonly blocked_by: readonly number[] | null
  readonly wait_seconds: number | null
}

/** What becomes of the waiters when the targets end. Pids in the order of the rows. */
export interface BlastRadius {
  /** Waiters with no other blocker than the targets: they get their lock at once. */
  readonly freedDirectly: readonly number[]
  /** These and all whose every blocker is freed in turn: they go on when those before them are done. */
  readonly freedInAll: readonly number[]
  /** The longest that one of the freed has waited, in seconds; null when none is freed or the time unknown. */
  readonly longestWaitSeconds: number | null
  /** Waiters behind the targets that wait on, because something else blocks them as well. */
  readonly stillWaiting: readonly number[]
  /** Who else blocks those: pids that are neither targets nor freed; 0 is a prepared transaction. */
  readonly stillBlockedBy: readonly number[]
  /** Waiters whose blockers the server did not tell; they are in none of the lists above. */
  readonly unknown: number
}

/**
 * The blast radius of ending all `targets` together. A waiter counts as freed only when every one of its
 * blockers goes away, so a deadlock or a prepared transaction in its chain keeps it. Linear in the edges.
 */
export function blastRadius(targets: readonly number[], waiters: readonly Waiter[]): BlastRadius {
  const gone = new Set(targets)
  const others = waiters.filter(({ pid }) => !gone.has(pid))
  const known = others.filter(({ blocked_by }) => blocked_by !== null && blocked_by.length > 0)
  const freed = freedBy(gone, known)
  const affected = behind(gone, known)
  const freedInAll = known.filter(({ pid }) => freed.has(pid))
  const still = known.filter(({ pid }) => affected.has(pid) && !freed.has(pid))
  const waits = freedInAll.flatMap(({ wait_seconds }) => (wait_seconds === null ? [] : [wait_seconds]))
  return {
    freedDirectly: pidsOf(freedInAll.filter(({ blocked_by }) => blocked_by?.every((pid) => gone.has(pid)))),
    freedInAll: pidsOf(freedInAll),
    longestWaitSeconds: waits.reduce<number | null>((longest, wait) => Math.max(longest ?? 0, wait), null),
    stillWaiting: pidsOf(still),
    stillBlockedBy: [
      ...new Set(
        still.flatMap(
          ({ blocked_by }) => blocked_by?.filter((pid) => !gone.has(pid) && !freed.has(pid)) ?? [],
        ),
      ),
    ],
    unknown: others.length - known.length,
  }
}

/** The waiters for which a target stands somewhere in the chain of blockers, whether that frees them or not. */
export function waitersBehind(targets: readonly number[], waiters: readonly Waiter[]): ReadonlySet<number> {
  const gone = new Set(targets)
  return behind(
    gone,
    waiters.filter(({ pid }) => !gone.has(pid)),
  )
}

/** Takes away one blocker after the other; what reaches none is freed, and is then taken away itself. */
function freedBy(gone: ReadonlySet<number>, waiters: readonly Waiter[]): ReadonlySet<number> {
  const remaining = new Map(waiters.map(({ pid, blocked_by }) => [pid, new Set(blocked_by).size]))
  const dependants = dependantsOf(waiters)
  const freed = new Set<number>()
  const queue = [...gone]
  for (let blocker = queue.pop(); blocker !== undefined; blocker = queue.pop()) {
    for (const pid of dependants.get(blocker) ?? []) {
      const left = (remaining.get(pid) ?? 0) - 1
      remaining.set(pid, left)
      if (left > 0) continue
      freed.add(pid)
      queue.push(pid)
    }
  }
  return freed
}

function behind(gone: ReadonlySet<number>, waiters: readonly Waiter[]): ReadonlySet<number> {
  const dependants = dependantsOf(waiters)
  const reached = new Set<number>()
  const queue = [...gone]
  for (let blocker = queue.pop(); blocker !== undefined; blocker = queue.pop()) {
    for (const pid of dependants.get(blocker) ?? []) {
      if (reached.has(pid)) continue
      reached.add(pid)
      queue.push(pid)
    }
  }
  return reached
}

function dependantsOf(waiters: readonly Waiter[]): ReadonlyMap<number, readonly number[]> {
  const dependants = new Map<number, number[]>()
  for (const { pid, blocked_by } of waiters) {
    for (const blocker of new Set(blocked_by)) {
      const list = dependants.get(blocker)
      if (list === undefined) dependants.set(blocker, [pid])
      else list.push(pid)
    }
  }
  return dependants
}

function pidsOf(waiters: readonly Waiter[]): readonly number[] {
  return waiters.map(({ pid }) => pid)
}

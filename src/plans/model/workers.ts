/** What each worker did of a node, as EXPLAIN (VERBOSE) prints it. */
import type { PlanObject, RawNode } from '../plan.ts'
import { numberIn } from './values.ts'

/**
 * One worker. Without VERBOSE only sorts and hash aggregates print workers, with no times nor rows. The node itself
 * prints the leader's `Sort Space Used`, `Peak Memory Usage`, `Cache Hits` and the like, not the sum over all.
 */
export interface WorkerShare {
  readonly number: number
  readonly loops: number | null
  /** Its inclusive time, over all of its loops. */
  readonly sumMs: number | null
  readonly rowsTotal: number | null
  /** All that was printed of it. */
  readonly properties: PlanObject
}

export function workersOf({ workers }: RawNode): readonly WorkerShare[] {
  return workers.map((properties, index) => {
    const loops = numberIn(properties, 'Actual Loops')
    const totalMs = numberIn(properties, 'Actual Total Time')
    const rows = numberIn(properties, 'Actual Rows')
    return {
      number: numberIn(properties, 'Worker Number') ?? index,
      loops,
      sumMs: loops === null || totalMs === null ? null : totalMs * loops,
      rowsTotal: loops === null || rows === null ? null : rows * loops,
      properties,
    }
  })
}

/** The time of the slowest worker; null where no worker tells its time. */
export function slowestWorkerMs(workers: readonly WorkerShare[]): number | null {
  const times = workers.flatMap(({ sumMs }) => sumMs ?? [])
  return times.length === 0 ? null : times.reduce((most, ms) => Math.max(most, ms))
}

/**
 * How many times the mean participant the slowest took: 1 is even, as many as there are participants is one process
 * doing it all. Null where the workers' times are not known.
 */
export function imbalanceOf(
  workers: readonly WorkerShare[],
  leaderMs: number | null,
  wallMs: number,
): number | null {
  const slowest = slowestWorkerMs(workers)
  return slowest === null || wallMs <= 0 ? null : Math.max(slowest, leaderMs ?? 0) / wallMs
}

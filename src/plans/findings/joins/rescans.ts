/** What the inner side of a nested loop costs by being gone through again and again. */
import type { PlanNode } from '../../model/node.ts'
import { sidesOf } from './sides.ts'
import { certainInclusiveMs, certainMs } from './times.ts'

export interface Rescans {
  /** The own time of the join and all runs of its inner side but the first, ms. */
  readonly ms: number
  readonly certainMs: number
}

/** Of a join that is no nested loop, its own time alone. */
export function rescansOf(join: PlanNode): Rescans {
  const inner = join.type === 'Nested Loop' ? sidesOf(join)?.inner : undefined
  const again = inner === undefined ? 0 : 1 - 1 / Math.max(1, (inner.loops ?? 0) / inner.participants)
  return {
    ms: join.exclWallMs + again * (inner?.inclWallMs ?? 0),
    certainMs: certainMs(join) + again * (inner === undefined ? 0 : certainInclusiveMs(inner)),
  }
}

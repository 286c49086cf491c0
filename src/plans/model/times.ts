/** What a node and all below it took. */
import { hasRun, type TreeNode } from './tree.ts'
import { numberIn } from './values.ts'

/** Inclusive times of a node; all 0 where it never ran. */
export interface Inclusive {
  /** Of all processes together. */
  readonly sumMs: number
  /** Its share of the clock on the wall. */
  readonly wallMs: number
  /** Until its first row, likewise a share of the clock on the wall. */
  readonly startupWallMs: number
  /** How far `wallMs` may be off by rounding. */
  readonly roundingMs: number
}

/** EXPLAIN prints times with three decimals of a millisecond, per loop. */
const HALF_A_DIGIT_MS = 0.0005

/**
 * Inclusive times by node. `Actual Total Time` is the average of all loops of all processes (explain.c divides by
 * nloops), so times the loops it is the sum over all processes; divided by the participants it is the share of the
 * clock on the wall. The rounding of the average is multiplied just the same: 0.001 ms in 90 000 loops is 90 ± 45 ms.
 */
export function inclusiveOf(
  nodes: readonly TreeNode[],
  participants: readonly number[],
): readonly Inclusive[] {
  return nodes.map((node) => {
    const { properties } = node.raw
    const loops = hasRun(node) ? (node.loops ?? 0) : 0
    const share = loops / (participants[node.index] ?? 1)
    const totalMs = numberIn(properties, 'Actual Total Time')
    return {
      sumMs: (totalMs ?? 0) * loops,
      wallMs: (totalMs ?? 0) * share,
      startupWallMs: (numberIn(properties, 'Actual Startup Time') ?? 0) * share,
      roundingMs: totalMs === null ? 0 : HALF_A_DIGIT_MS * share,
    }
  })
}

/** Whether any node was timed: TIMING OFF leaves rows and loops. */
export function hasTimes(nodes: readonly TreeNode[]): boolean {
  return nodes.some(({ raw }) => numberIn(raw.properties, 'Actual Total Time') !== null)
}

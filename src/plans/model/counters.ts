/** Blocks, I/O times and WAL: what a node used itself. */
import type { PlanObject } from '../plan.ts'
import { isWithinParent } from './kind.ts'
import type { Settled } from './ledger.ts'
import type { TreeNode } from './tree.ts'
import { numberIn } from './values.ts'

/** By PostgreSQL's own keys; what is 0 is left out. */
export type Counters = Readonly<Record<string, number>>

export type CounterGroup = 'blocks' | 'io' | 'wal'

export interface CountersOfNodes {
  readonly inclusive: readonly Counters[]
  readonly exclusive: readonly Counters[]
  /** What the runs of a CTE used outside of the tree of the root, by the node of the CTE. */
  readonly outside: ReadonlyMap<TreeNode, Counters>
}

const GROUPS: ReadonlyMap<string, CounterGroup> = new Map([
  ...['Shared', 'Local', 'Temp'].flatMap((of) =>
    ['Hit', 'Read', 'Dirtied', 'Written'].map((what) => [`${of} ${what} Blocks`, 'blocks'] as const),
  ),
  // One pair for shared and local up to PostgreSQL 16, one for each from 17 on.
  ...['', 'Shared ', 'Local ', 'Temp '].flatMap((of) =>
    ['Read', 'Write'].map((what) => [`${of}I/O ${what} Time`, 'io'] as const),
  ),
])

/** What a key of a node counts; null for every other key. `Exact Heap Blocks` and the like are no buffers. */
export function counterGroupOf(key: string): CounterGroup | null {
  return GROUPS.get(key) ?? (key.startsWith('WAL ') ? 'wal' : null)
}

/**
 * Counters by node. PostgreSQL adds them up over children, loops and workers before it prints them, so they are never
 * multiplied by loops nor divided by participants. A node's own are what is left after its data children, its
 * SubPlans, and the InitPlans and CTEs that it paid for; I/O times are those of all processes together.
 */
export function countersOf(nodes: readonly TreeNode[], settled: readonly Settled[]): CountersOfNodes {
  const inclusive = nodes.map(({ raw }) => countersIn(raw.properties))
  const own = inclusive.map((counters) => ({ ...counters }))
  for (const { parent, kind, index } of nodes) {
    if (parent === null || !isWithinParent(kind)) continue
    take(inclusive[index], own[parent.index])
  }
  const outside = new Map<TreeNode, Counters>()
  for (const debt of settled) {
    const counters = inclusive[debt.of.index] ?? {}
    const [first] = debt.shares
    if (debt.kind === 'CTE') outside.set(debt.of, withoutZeros(share(counters, debt, own)))
    else if (first !== undefined) take(counters, own[first.payer.index])
  }
  return { inclusive, exclusive: own.map(withoutZeros), outside }
}

/** Whether the plan counts buffers at all: the text format prints none where all are 0. */
export function hasBuffers(nodes: readonly TreeNode[]): boolean {
  return nodes.some(({ raw }) => Object.keys(raw.properties).some((key) => counterGroupOf(key) === 'blocks'))
}

/** The counters among the properties of a node, a worker, `Planning` or `Serialization`. */
export function countersIn(properties: PlanObject): Counters {
  const counters: Record<string, number> = {}
  for (const key in properties) {
    // Most are 0 and most keys count nothing: whatever is cheap to see comes first.
    const value = properties[key] === 0 || counterGroupOf(key) === null ? null : numberIn(properties, key)
    if (value !== null && value !== 0) counters[key] = value
  }
  return counters
}

/** Those of a group; null where there are none. */
export function ofGroup(counters: Counters, group: CounterGroup): Counters | null {
  const found = Object.entries(counters).filter(([key]) => counterGroupOf(key) === group)
  return found.length === 0 ? null : Object.fromEntries(found)
}

type Remaining = Record<string, number>

function take(counters: Counters = {}, from: Remaining = {}): void {
  for (const key in counters) from[key] = (from[key] ?? 0) - (counters[key] ?? 0)
}

/** Lets the scans of a CTE pay for its counters in their order, each what it has of each; gives what is left. */
function share(counters: Counters, { shares }: Settled, own: readonly Remaining[]): Counters {
  const left: Remaining = { ...counters }
  for (const { payer } of shares) {
    const has = own[payer.index] ?? {}
    for (const key of Object.keys(left)) {
      const paid = Math.min(left[key] ?? 0, Math.max(0, has[key] ?? 0))
      left[key] = (left[key] ?? 0) - paid
      has[key] = (has[key] ?? 0) - paid
    }
  }
  return left
}

/** Differences of I/O times leave crumbs of floating point behind: less than a nanosecond is none. */
function withoutZeros(counters: Counters): Counters {
  const left: Record<string, number> = {}
  for (const key in counters) {
    const value = counters[key] ?? 0
    if (value > 1e-6) left[key] = value
  }
  return left
}

/** Plans made by hand, in the keys that PostgreSQL prints. */
import { modelOf, type PlanModel } from '#src/plans/model/model.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import type { PlanObject, RawNode } from '#src/plans/plan.ts'

/** How a node ran: total time of a loop in ms, and loops, startup time and rows where they matter. */
export interface Run {
  readonly ms: number
  readonly loops?: number
  readonly startup?: number
  readonly rows?: number
}

/** A node that ran as told; what else it prints comes in `more`. */
export function ran(
  type: string,
  run: Run,
  more: PlanObject = {},
  children: readonly RawNode[] = [],
): RawNode {
  return {
    properties: {
      'Node Type': type,
      'Parent Relationship': 'Outer',
      'Plan Rows': 1,
      'Actual Startup Time': run.startup ?? 0,
      'Actual Total Time': run.ms,
      'Actual Rows': run.rows ?? 1,
      'Actual Loops': run.loops ?? 1,
      ...more,
    },
    workers: [],
    children,
  }
}

/** A node that never ran, as JSON prints it. */
export function neverRan(type: string, more: PlanObject = {}, children: readonly RawNode[] = []): RawNode {
  return ran(type, { ms: 0, rows: 0, loops: 0 }, more, children)
}

export function initPlan(name: string): PlanObject {
  return { 'Parent Relationship': 'InitPlan', 'Subplan Name': name }
}

export const subPlan: PlanObject = { 'Parent Relationship': 'SubPlan', 'Subplan Name': 'SubPlan 1' }

/** The same node with what its workers printed. */
export function withWorkers(node: RawNode, ...workers: readonly PlanObject[]): RawNode {
  return { ...node, workers: workers.map((worker, index) => ({ 'Worker Number': index, ...worker })) }
}

/** What a worker prints with VERBOSE. */
export function worker(ms: number, loops = 1, rows = 1): PlanObject {
  return { 'Actual Startup Time': 0, 'Actual Total Time': ms, 'Actual Rows': rows, 'Actual Loops': loops }
}

export function modelFrom(root: RawNode, properties: PlanObject = {}): PlanModel {
  return modelOf({ root, properties, withoutPlan: null })
}

/** The node at a path; a test that asks for another than there is fails. */
export function at({ nodes }: PlanModel, path: string): PlanNode {
  const node = nodes.find((each) => each.path === path)
  if (node === undefined) throw new Error(`no node ${path}`)
  return node
}

/** The own time of every node by path, before it is cut off at 0, to a thousandth of a microsecond. */
export function ownTimes({ nodes }: PlanModel): Record<string, number> {
  return Object.fromEntries(nodes.map(({ path, exclWallRawMs }) => [path, rounded(exclWallRawMs)]))
}

export function rounded(ms: number): number {
  return Math.round(ms * 1e6) / 1e6 + 0
}

/** A statement's plan with everything that follows from what was measured. */
import type { RawStatement } from '../plan.ts'
import { type Budget, budgetOf } from './budget.ts'
import { hasBuffers } from './counters.ts'
import type { PlanNode } from './node.ts'
import { nodesOf, type OutsideRoot } from './nodes.ts'
import { hasTimes } from './times.ts'
import { sum } from './values.ts'

export interface PlanModel extends Budget {
  readonly statement: RawStatement
  /** Null for a statement without a plan. */
  readonly root: PlanNode | null
  /** In the order they are printed: every node before its children. */
  readonly nodes: readonly PlanNode[]
  /** ANALYZE: rows and loops were measured. */
  readonly isExecuted: boolean
  /** ANALYZE without TIMING OFF: times were measured. */
  readonly hasTiming: boolean
  readonly hasBuffers: boolean
  readonly outsideRoot: readonly OutsideRoot[]
  /** The own times of all nodes together. */
  readonly sumExclRawMs: number
  /**
   * The proof that no time is counted twice or lost: own times add up to what the root took and what ran outside of
   * it. What is not 0 is the error of floating point alone, whatever the plan.
   */
  readonly identityErrorMs: number
  /** The same on the clock of the leader; null where that is not known. */
  readonly sumLeaderExclRawMs: number | null
  readonly leaderIdentityErrorMs: number | null
}

export function modelOf(statement: RawStatement): PlanModel {
  const { root, properties } = statement
  if (root === null) return withoutPlan(statement)
  const { nodes, tree, outsideRoot, leader } = nodesOf(root, properties)
  const outsideRootMs = sum(outsideRoot.map(({ ms }) => ms))
  const hasTiming = hasTimes(tree)
  const rootMs = nodes[0]?.inclWallMs ?? 0
  const sumExclRawMs = sum(nodes.map(({ exclWallRawMs }) => exclWallRawMs))
  const sumLeaderExclRawMs = leader === null ? null : sum(leader.exclusiveMs)
  return {
    ...budgetOf(properties, {
      tree,
      rootMs: hasTiming ? rootMs : null,
      outsideRootMs,
      knowsWorkers: leader !== null,
    }),
    statement,
    root: nodes[0] ?? null,
    nodes,
    isExecuted: nodes.some(({ loops }) => loops !== null),
    hasTiming,
    hasBuffers: hasBuffers(tree),
    outsideRoot,
    sumExclRawMs,
    identityErrorMs: sumExclRawMs - rootMs - outsideRootMs,
    sumLeaderExclRawMs,
    leaderIdentityErrorMs:
      leader === null || sumLeaderExclRawMs === null
        ? null
        : sumLeaderExclRawMs - (leader.inclusiveMs[0] ?? 0) - leader.outsideMs,
  }
}

function withoutPlan(statement: RawStatement): PlanModel {
  const nothing = { tree: [], rootMs: null, outsideRootMs: 0, knowsWorkers: false }
  return {
    ...budgetOf(statement.properties, nothing),
    statement,
    root: null,
    nodes: [],
    isExecuted: false,
    hasTiming: false,
    hasBuffers: false,
    outsideRoot: [],
    sumExclRawMs: 0,
    identityErrorMs: 0,
    sumLeaderExclRawMs: null,
    leaderIdentityErrorMs: null,
  }
}

/** Where the time of a whole statement went. */
import type { PlanObject } from '../plan.ts'
import { isGather, type TreeNode } from './tree.ts'
import { groupIn, groupsIn, numberIn, sum, textIn } from './values.ts'

export interface Budget {
  readonly planningMs: number | null
  readonly executionMs: number | null
  /** The root with all below it; null without timing. */
  readonly rootMs: number | null
  /** What of CTEs ran after the root was through, or outside of it. */
  readonly outsideRootMs: number
  readonly triggers: readonly Trigger[]
  /** All triggers together, those within the root too; null where none was timed. */
  readonly triggersMs: number | null
  readonly jit: Jit | null
  /** Making the result into what is sent (SERIALIZE, PostgreSQL 17 and later). */
  readonly serializationMs: number | null
  /** What is left of the execution: starting and ending the executor, and sending the result. */
  readonly otherMs: number | null
}

export interface Trigger {
  readonly name: string
  readonly constraint: string | null
  readonly relation: string | null
  readonly ms: number | null
  readonly calls: number | null
}

export interface Jit {
  readonly functions: number | null
  /** Of the leader and all workers together, so it may be more than the execution took. */
  readonly totalMs: number
  /** Of the leader alone: what is part of the execution. Null below a Gather without VERBOSE. */
  readonly leaderMs: number | null
}

/** What the nodes say of the budget. */
export interface BudgetOfNodes {
  readonly tree: readonly TreeNode[]
  readonly rootMs: number | null
  readonly outsideRootMs: number
  /** Whether the workers told what they did. */
  readonly knowsWorkers: boolean
}

/**
 * Execution Time is the start of the executor, the root, CTEs that ran outside of it, AFTER triggers, serialization and
 * the end of the executor.
 */
export function budgetOf(statement: PlanObject, nodes: BudgetOfNodes): Budget {
  const { rootMs, outsideRootMs } = nodes
  const executionMs = numberIn(statement, 'Execution Time')
  const triggers = triggersOf(statement)
  const times = triggers.flatMap(({ ms }) => ms ?? [])
  const serializationMs = numberIn(groupIn(statement, 'Serialization'), 'Time')
  return {
    planningMs: numberIn(statement, 'Planning Time'),
    executionMs,
    rootMs,
    outsideRootMs,
    triggers,
    triggersMs: times.length === 0 ? null : sum(times),
    jit: jitOf(statement, nodes),
    serializationMs,
    otherMs:
      executionMs === null || rootMs === null
        ? null
        : otherThan(executionMs - rootMs - outsideRootMs - (serializationMs ?? 0), sum(times)),
  }
}

/**
 * BEFORE and INSTEAD OF triggers run within their ModifyTable, AFTER triggers and foreign keys after the root, and
 * EXPLAIN does not tell which is which. They are taken to have run outside as far as there is time left for them.
 */
function otherThan(leftMs: number, triggersMs: number): number {
  return Math.max(0, leftMs - triggersMs)
}

function triggersOf(statement: PlanObject): readonly Trigger[] {
  return groupsIn(statement, 'Triggers').map((trigger) => ({
    name: textIn(trigger, 'Trigger Name') ?? '',
    constraint: textIn(trigger, 'Constraint Name'),
    relation: textIn(trigger, 'Relation'),
    ms: numberIn(trigger, 'Time'),
    calls: numberIn(trigger, 'Calls'),
  }))
}

/** The total is the sum over all processes (explain.c adds the workers' JIT to the leader's). */
function jitOf(statement: PlanObject, { tree, knowsWorkers }: BudgetOfNodes): Jit | null {
  const jit = groupIn(statement, 'JIT')
  const totalMs = jitMs(jit)
  if (totalMs === null) return null
  const workersMs = sum(
    tree.flatMap(({ raw }) => raw.workers.flatMap((worker) => jitMs(groupIn(worker, 'JIT')) ?? [])),
  )
  const isTold = knowsWorkers || !tree.some(isGather)
  return {
    functions: numberIn(jit, 'Functions'),
    totalMs,
    leaderMs: isTold ? totalMs - workersMs : null,
  }
}

function jitMs(jit: PlanObject): number | null {
  return numberIn(groupIn(jit, 'Timing'), 'Total')
}

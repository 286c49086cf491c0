/** The model as data for other programs: plain objects with snake_case names, nothing rounded. */
import { type Counters, ofGroup } from './counters.ts'
import type { Estimate } from './estimate.ts'
import type { PlanModel } from './model.ts'
import type { Payment, PlanNode } from './node.ts'

/** What `JSON.stringify` takes; a key that does not apply to a node is left out. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

type JsonObject = Readonly<Record<string, Json>>

/** A statement without a plan is `{ non_plan: why }`. */
export function modelJson(model: PlanModel): JsonObject {
  if (model.root === null) return { non_plan: model.statement.withoutPlan }
  return {
    timed: model.hasTiming,
    nodes: model.nodes.map((node) => nodeJson(node, model)),
    planning_ms: model.planningMs,
    execution_ms: model.executionMs,
    root_incl_ms: model.rootMs,
    outside_root_ms: model.outsideRootMs,
    outside_root: model.outsideRoot.map(({ node, ms, buffers }) => ({
      path: node.path,
      ms,
      ...countersJson('', buffers),
    })),
    triggers: model.triggers.map((trigger) => ({ ...trigger })),
    triggers_total_ms: model.triggersMs,
    jit_total_ms: model.jit?.totalMs ?? null,
    jit_leader_ms: model.jit?.leaderMs ?? null,
    serialization_ms: model.serializationMs,
    other_ms: model.otherMs,
    ...(model.hasTiming && {
      sum_excl_raw_ms: model.sumExclRawMs,
      identity_error_ms: model.identityErrorMs,
      ...given('sum_leader_excl_raw_ms', model.sumLeaderExclRawMs),
      ...given('leader_identity_error_ms', model.leaderIdentityErrorMs),
    }),
  }
}

function nodeJson(node: PlanNode, { hasTiming, hasBuffers }: PlanModel): JsonObject {
  return {
    path: node.path,
    type: node.type,
    subplan: node.subplan,
    // A Bitmap Index Scan knows only its index.
    relation: node.relation ?? node.indexName,
    index: node.indexName,
    loops: node.loops,
    participants: node.participants,
    never_executed: node.neverExecuted,
    rows_total: node.rowsTotal,
    ...Object.fromEntries(node.removed.map(({ key, total }) => [`total ${key}`, total])),
    ...(hasTiming && timesJson(node)),
    ...paymentsJson(node),
    ...(hasBuffers && { excl_buffers: {} }),
    ...countersJson('excl_', node.exclBuffers),
    ...(node.estimate !== null && { estimate: estimateJson(node.estimate) }),
    ...(node.underLimit && { under_limit: true }),
  }
}

function timesJson(node: PlanNode): JsonObject {
  return {
    incl_sum_ms: node.inclSumMs,
    incl_wall_ms: node.inclWallMs,
    excl_wall_raw_ms: node.exclWallRawMs,
    excl_wall_ms: node.exclWallMs,
    excl_sum_ms: node.exclSumMs,
    rounding_eps_ms: node.roundingEpsMs,
    ...given('leader_incl_ms', node.leaderInclMs),
    ...given('leader_excl_raw_ms', node.leaderExclRawMs),
    ...given('slowest_worker_incl_ms', node.slowestWorkerMs),
    ...(node.isAmbiguous && {
      ambiguous: true,
      excl_wall_min_ms: node.exclWallMinMs,
      excl_wall_max_ms: node.exclWallMaxMs,
    }),
  }
}

/** An InitPlan has one payer, a CTE a list of them. */
function paymentsJson({ kind, pays, paidBy }: PlanNode): JsonObject {
  const paths = paidBy.map(({ node }) => node.path)
  return {
    ...(pays.length > 0 && { paid: pays.map(paymentJson) }),
    ...given('paid_by', kind === 'CTE' && paths.length > 0 ? paths : (paths[0] ?? null)),
  }
}

function paymentJson({ node, ms }: Payment): JsonObject {
  return { kind: node.kind, path: node.path, ms }
}

/** Block counters, I/O times and WAL counters apart. */
function countersJson(prefix: string, counters: Counters): JsonObject {
  return {
    ...given(`${prefix}buffers`, ofGroup(counters, 'blocks')),
    ...given(`${prefix}wal`, ofGroup(counters, 'wal')),
    ...given(`${prefix}io_ms`, ofGroup(counters, 'io')),
  }
}

function estimateJson(estimate: Estimate): JsonObject {
  return {
    applicable: estimate.applicable,
    plan_rows: estimate.planRows,
    actual_rows_per_loop: estimate.actualRowsPerLoop,
    ...(estimate.applicable && { direction: estimate.direction, factor: estimate.factor }),
  }
}

function given(key: string, value: Json): JsonObject {
  return value === null ? {} : { [key]: value }
}

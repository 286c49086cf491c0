/** The nodes of a plan: every subject's answers, node by node. */
import type { PlanObject, RawNode } from '../plan.ts'
import { type Counters, type CountersOfNodes, countersOf } from './counters.ts'
import { estimateOf } from './estimate.ts'
import { isWithinParent } from './kind.ts'
import { type LeaderTimes, leaderTimesOf } from './leader.ts'
import type { Ledger } from './ledger.ts'
import { underLimitOf } from './limit.ts'
import type { Payment, PlanNode } from './node.ts'
import { participantsOf } from './participants.ts'
import { ledgerOf } from './payments.ts'
import { removedOf, rowRoundingOf, rowsOf } from './rows.ts'
import { spreadsOf } from './spread.ts'
import { inclusiveOf } from './times.ts'
import { hasRun, type TreeNode, treeOf } from './tree.ts'
import { textIn } from './values.ts'
import { imbalanceOf, slowestWorkerMs, workersOf } from './workers.ts'

export interface PlanNodes {
  readonly nodes: readonly PlanNode[]
  readonly tree: readonly TreeNode[]
  readonly ledger: Ledger
  readonly leader: LeaderTimes | null
  readonly outsideRoot: readonly OutsideRoot[]
}

/** The part of a CTE's run that no CTE Scan within the tree of the root had time for. */
export interface OutsideRoot {
  readonly node: PlanNode
  readonly ms: number
  readonly buffers: Counters
}

/** `statement` is what stands beside the plan. */
export function nodesOf(root: RawNode, statement: PlanObject): PlanNodes {
  const subjects = subjectsOf(root, statement)
  const nodes: Growing[] = []
  for (const at of subjects.tree) {
    const parent = at.parent === null ? null : (nodes[at.parent.index] ?? null)
    const node = { ...placeOf(at, parent), ...measuresOf(at, subjects) }
    nodes.push(node)
    parent?.children.push(node)
  }
  link(nodes, subjects.ledger)
  return { ...subjects, nodes, outsideRoot: outsideRootOf(nodes, subjects) }
}

type Growing = Omit<PlanNode, 'children' | 'pays' | 'paidBy'> & {
  readonly children: PlanNode[]
  readonly pays: Payment[]
  readonly paidBy: Payment[]
}

type Subjects = ReturnType<typeof subjectsOf>

function subjectsOf(root: RawNode, statement: PlanObject) {
  const tree = treeOf(root)
  const participants = participantsOf(tree)
  const inclusive = inclusiveOf(tree, participants)
  const ledger = ledgerOf(tree, inclusive)
  return {
    tree,
    participants,
    inclusive,
    ledger,
    roundings: roundingsOf(tree, ledger),
    leader: leaderTimesOf(tree, inclusive, ledger.settled),
    counters: countersOf(tree, ledger.settled),
    rowRounding: rowRoundingOf(tree),
    spreads: spreadsOf(tree, statement),
    underLimit: underLimitOf(tree),
  }
}

function placeOf(at: TreeNode, parent: PlanNode | null) {
  const { properties } = at.raw
  return {
    index: at.index,
    path: at.path,
    depth: at.depth,
    kind: at.kind,
    parent,
    children: [],
    raw: at.raw,
    type: at.type,
    subplan: textIn(properties, 'Subplan Name'),
    relation: textIn(properties, 'Relation Name') ?? textIn(properties, 'CTE Name'),
    alias: textIn(properties, 'Alias'),
    indexName: textIn(properties, 'Index Name'),
    loops: at.loops,
    neverExecuted: at.loops !== null && !hasRun(at),
    pays: [],
    paidBy: [],
  }
}

function measuresOf(at: TreeNode, subjects: Subjects) {
  const { index } = at
  const { ledger, leader, counters, rowRounding } = subjects
  const participants = subjects.participants[index] ?? 1
  const { sumMs, wallMs } = ledger.inclusiveOf(at)
  const exclWallRawMs = ledger.ownMs(at)
  const exclWallMs = Math.max(0, exclWallRawMs)
  const range = ledger.rangeOf(at)
  const leaderInclMs = leader?.inclusiveMs[index] ?? null
  const workers = workersOf(at.raw)
  const rows = rowsOf(at, rowRounding)
  return {
    participants,
    rowsTotal: rows?.total ?? null,
    rowsRounding: rows?.rounding ?? 0,
    removed: removedOf(at),
    inclSumMs: sumMs,
    inclWallMs: wallMs,
    exclWallRawMs,
    exclWallMs,
    exclSumMs: exclWallMs * participants,
    isAmbiguous: range !== null,
    exclWallMinMs: range?.minMs ?? exclWallMs,
    exclWallMaxMs: range?.maxMs ?? exclWallMs,
    roundingEpsMs: subjects.roundings[index] ?? 0,
    leaderInclMs,
    leaderExclRawMs: leader?.exclusiveMs[index] ?? null,
    buffers: counters.inclusive[index] ?? {},
    exclBuffers: counters.exclusive[index] ?? {},
    estimate: estimateOf(at, { rowRounding, spread: subjects.spreads[index] ?? null }),
    underLimit: subjects.underLimit[index] === true,
    workers,
    slowestWorkerMs: slowestWorkerMs(workers),
    imbalance: imbalanceOf(workers, leaderInclMs, wallMs),
  }
}

/** A node's own time is a difference: its rounding is that of every time it is made of. */
function roundingsOf(tree: readonly TreeNode[], ledger: Ledger): readonly number[] {
  const roundings = tree.map((at) => ledger.inclusiveOf(at).roundingMs)
  const add = (to: TreeNode, of: TreeNode): void => {
    roundings[to.index] = (roundings[to.index] ?? 0) + ledger.inclusiveOf(of).roundingMs
  }
  for (const at of tree) if (at.parent !== null && isWithinParent(at.kind)) add(at.parent, at)
  for (const { of, shares } of ledger.settled) for (const { payer } of shares) add(payer, of)
  return roundings
}

function link(nodes: readonly Growing[], ledger: Ledger): void {
  for (const { of, shares } of ledger.settled)
    for (const { payer, ms } of shares) {
      const [paying, paid] = [nodes[payer.index], nodes[of.index]]
      if (paying === undefined || paid === undefined) continue
      paying.pays.push({ node: paid, ms })
      paid.paidBy.push({ node: paying, ms })
    }
}

function outsideRootOf(
  nodes: readonly PlanNode[],
  { ledger, counters }: { readonly ledger: Ledger; readonly counters: CountersOfNodes },
): readonly OutsideRoot[] {
  return ledger.settled.flatMap(({ of, outsideMs }) => {
    const [node, buffers] = [nodes[of.index], counters.outside.get(of) ?? {}]
    const isNothing = outsideMs === 0 && Object.keys(buffers).length === 0
    return node === undefined || isNothing ? [] : [{ node, ms: outsideMs, buffers }]
  })
}

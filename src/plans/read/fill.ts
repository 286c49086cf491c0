import type { PlanValue } from '../plan.ts'
import { type DraftNode, type Evidence, evidenceOf } from './evidence.ts'
import { type Draft, isObject, put } from './objects.ts'

export type { DraftNode } from './evidence.ts'

const BLOCKS = [
  'Shared Hit Blocks',
  'Shared Read Blocks',
  'Shared Dirtied Blocks',
  'Shared Written Blocks',
  'Local Hit Blocks',
  'Local Read Blocks',
  'Local Dirtied Blocks',
  'Local Written Blocks',
  'Temp Read Blocks',
  'Temp Written Blocks',
] as const

const JOINS: ReadonlySet<PlanValue> = new Set(['Nested Loop', 'Merge Join', 'Hash Join'])
const RECHECKED: ReadonlySet<PlanValue> = new Set(['Index Scan', 'Index Only Scan', 'Bitmap Heap Scan'])
const MEMBERS: ReadonlySet<PlanValue> = new Set(['Append', 'Merge Append', 'BitmapAnd', 'BitmapOr'])

/**
 * Adds what text leaves out and the other formats print, where it follows for sure: counters that are zero, flags
 * that are false, the place of a child. Text says nothing where a counter is zero, so the whole statement tells
 * whether it was counted at all.
 */
export function fillIn(root: DraftNode, statement: Draft, decimals: boolean | null): void {
  const nodes = everyNode(root)
  const evidence = evidenceOf(nodes, statement, decimals)
  renameSharedTimings(nodes, statement, evidence)
  for (const node of nodes) {
    fillNode(node.properties, evidence)
    for (const worker of node.workers) fillWorker(worker, evidence)
    relate(node, evidence)
  }
  if (isObject(statement.Planning)) {
    const planning: Draft = { ...statement.Planning }
    if (evidence.buffers) fillBuffers(planning, evidence)
    put(statement, 'Planning', planning)
  }
  if (isObject(statement.Serialization) && evidence.buffers) {
    const serialization: Draft = { ...statement.Serialization }
    fillBuffers(serialization, evidence)
    put(statement, 'Serialization', serialization)
  }
  if (evidence.analyze && statement['Execution Time'] !== undefined) fill(statement, 'Triggers', [])
}

function everyNode(root: DraftNode): readonly DraftNode[] {
  const nodes = [root]
  for (const node of nodes) for (const child of node.children) nodes.push(child)
  return nodes
}

function fill(draft: Draft, key: string, value: PlanValue): void {
  if (!Object.hasOwn(draft, key)) put(draft, key, value)
}

function fillNode(draft: Draft, evidence: Evidence): void {
  const type = draft['Node Type'] ?? ''
  fill(draft, 'Parallel Aware', false)
  if (evidence.since >= 14) fill(draft, 'Async Capable', false)
  if (evidence.since >= 18) fill(draft, 'Disabled', false)
  if (type === 'Gather') fill(draft, 'Single Copy', false)
  if (JOINS.has(type) && evidence.verbose) fill(draft, 'Inner Unique', false)
  if (type === 'Append' || type === 'Merge Append') fill(draft, 'Subplans Removed', 0)
  if (type === 'Function Scan' && evidence.verbose && draft.Schema === undefined)
    delete draft['Function Name']
  if (type === 'Aggregate' && (draft.Strategy === 'Hashed' || draft.Strategy === 'Mixed')) {
    if (evidence.costs && evidence.since >= 13) fill(draft, 'Planned Partitions', 0)
    if (draft['HashAgg Batches'] !== undefined) fill(draft, 'Disk Usage', 0)
  }
  if (evidence.analyze) fillExecuted(draft, type, evidence)
  if (evidence.buffers) fillBuffers(draft, evidence)
  if (evidence.wal) fillWal(draft, evidence)
}

function fillExecuted(draft: Draft, type: PlanValue, evidence: Evidence): void {
  if (evidence.timing && draft['Actual Loops'] === 0) {
    fill(draft, 'Actual Startup Time', 0)
    fill(draft, 'Actual Total Time', 0)
  }
  if (draft.Filter !== undefined) fill(draft, 'Rows Removed by Filter', 0)
  if (draft['Join Filter'] !== undefined) fill(draft, 'Rows Removed by Join Filter', 0)
  if (draft['Conflict Filter'] !== undefined) fill(draft, 'Rows Removed by Conflict Filter', 0)
  if (RECHECKED.has(type) && (draft['Index Cond'] ?? draft['Recheck Cond']) !== undefined) {
    fill(draft, 'Rows Removed by Index Recheck', 0)
  }
  if (type === 'Bitmap Heap Scan') {
    fill(draft, 'Exact Heap Blocks', 0)
    fill(draft, 'Lossy Heap Blocks', 0)
  }
  if (draft.Operation === 'Merge') {
    for (const what of ['Inserted', 'Updated', 'Deleted', 'Skipped']) fill(draft, `Tuples ${what}`, 0)
  }
}

function fillWorker(worker: Draft, evidence: Evidence): void {
  if (worker['HashAgg Batches'] !== undefined) fill(worker, 'Disk Usage', 0)
  if (worker['Exact Heap Blocks'] !== undefined || worker['Lossy Heap Blocks'] !== undefined) {
    fill(worker, 'Exact Heap Blocks', 0)
    fill(worker, 'Lossy Heap Blocks', 0)
  }
  // Only VERBOSE shows what a worker did, and then all of it.
  if (worker['Actual Loops'] === undefined) return
  if (evidence.buffers) fillBuffers(worker, evidence)
  if (evidence.wal) fillWal(worker, evidence)
}

function fillBuffers(draft: Draft, evidence: Evidence): void {
  for (const key of BLOCKS) fill(draft, key, 0)
  if (!evidence.ioTimings) return
  const scopes = ioScopes(evidence)
  const temp = evidence.since >= 15 ? ['Temp '] : []
  for (const scope of [...scopes, ...temp]) {
    fill(draft, `${scope}I/O Read Time`, 0)
    fill(draft, `${scope}I/O Write Time`, 0)
  }
}

/** Between 16 and 17 the names changed: where either may have printed the plan, the zeros have no sure name. */
function ioScopes({ since, until }: Evidence): readonly string[] {
  if (until <= 16) return ['']
  return since >= 17 ? ['Shared ', 'Local '] : []
}

function fillWal(draft: Draft, evidence: Evidence): void {
  for (const what of ['Records', 'FPI', 'Bytes']) fill(draft, `WAL ${what}`, 0)
  if (evidence.since >= 18) fill(draft, 'WAL Buffers Full', 0)
}

/** 16 prints `shared` for what its other formats, and 17, call differently: only the version tells which. */
function renameSharedTimings(nodes: readonly DraftNode[], statement: Draft, evidence: Evidence): void {
  if (evidence.until > 16) return
  const planning = isObject(statement.Planning) ? [statement.Planning as Draft] : []
  const drafts = nodes.flatMap((node) => [node.properties, ...node.workers])
  for (const draft of [...drafts, ...planning]) {
    for (const what of ['Read', 'Write']) {
      const shared = draft[`Shared I/O ${what} Time`]
      if (shared === undefined) continue
      delete draft[`Shared I/O ${what} Time`]
      put(draft, `I/O ${what} Time`, shared)
    }
  }
}

/** By position: sections name their own relationship, all others follow from the parent's type. */
function relate(node: DraftNode, evidence: Evidence): void {
  const type = node.properties['Node Type'] ?? ''
  const children = node.children.filter(({ properties }) => properties['Parent Relationship'] === undefined)
  for (const [index, { properties }] of children.entries()) {
    let relationship: string | null = index === 0 ? 'Outer' : 'Inner'
    if (MEMBERS.has(type)) relationship = 'Member'
    else if (type === 'Subquery Scan') relationship = 'Subquery'
    else if (type === 'Custom Scan') relationship = 'child'
    else if (type === 'ModifyTable') relationship = ofModifyTable(children.length, evidence)
    if (relationship !== null) put(properties, 'Parent Relationship', relationship)
  }
}

/** Up to 13 a change had one child for each table; which of both ways it was can stay open. */
function ofModifyTable(children: number, evidence: Evidence): string | null {
  if (children > 1) return 'Member'
  return evidence.since >= 14 ? 'Outer' : null
}

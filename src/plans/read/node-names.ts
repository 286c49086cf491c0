import type { PlanObject } from '../plan.ts'

/** What the name of a scan's target is called in the other formats; null for scans that show only an alias. */
export type Target =
  | 'Relation Name'
  | 'Index Name'
  | 'Function Name'
  | 'Table Function Name'
  | 'CTE Name'
  | null

/** How text names a node, and what that says. */
export interface NodeName {
  readonly properties: PlanObject
  /** Undefined for nodes without a target. */
  readonly target?: Target
}

const RELATION_SCANS = [
  'Seq Scan',
  'Sample Scan',
  'Bitmap Heap Scan',
  'Tid Scan',
  'Tid Range Scan',
  'Custom Scan',
] as const

const PLAIN = [
  'Result',
  'ProjectSet',
  'Append',
  'Merge Append',
  'Recursive Union',
  'BitmapAnd',
  'BitmapOr',
  'Gather Merge',
  'Gather',
  'Materialize',
  'Memoize',
  'Sort',
  'Incremental Sort',
  'Group',
  'WindowAgg',
  'Unique',
  'LockRows',
  'Limit',
  'Hash',
  'Named Tuplestore Scan',
] as const

const JOIN_TYPES = ['Left', 'Full', 'Right', 'Semi', 'Anti', 'Right Semi', 'Right Anti'] as const

const AGGREGATES = {
  Aggregate: 'Plain',
  GroupAggregate: 'Sorted',
  HashAggregate: 'Hashed',
  MixedAggregate: 'Mixed',
} as const

const COMMANDS = ['Intersect All', 'Intersect', 'Except All', 'Except'] as const

/** Every name that PostgreSQL 13 to 18 gives a node in text. `Parallel` and `Async` stand before it. */
export const NODE_NAMES: ReadonlyMap<string, NodeName> = new Map([...scans(), ...others()])

/** The most words a name has: `Finalize` and `Right Semi` make them long. */
export const MOST_WORDS = Math.max(...[...NODE_NAMES.keys()].map((name) => name.split(' ').length))

function* scans(): Generator<[string, NodeName]> {
  for (const type of RELATION_SCANS)
    yield [type, { properties: { 'Node Type': type }, target: 'Relation Name' }]
  yield ['Foreign Scan', { properties: foreign('Select'), target: 'Relation Name' }]
  for (const operation of ['Insert', 'Update', 'Delete']) {
    yield [`Foreign ${operation}`, { properties: foreign(operation), target: 'Relation Name' }]
  }
  for (const operation of ['Insert', 'Update', 'Delete', 'Merge']) {
    const properties = { 'Node Type': 'ModifyTable', Operation: operation }
    yield [operation, { properties, target: 'Relation Name' }]
  }
  for (const type of ['Index Scan', 'Index Only Scan']) {
    for (const [suffix, direction] of [
      ['', 'Forward'],
      [' Backward', 'Backward'],
    ]) {
      const properties = { 'Node Type': type, 'Scan Direction': direction ?? '' }
      yield [`${type}${suffix}`, { properties, target: 'Relation Name' }]
    }
  }
  yield ['Bitmap Index Scan', { properties: { 'Node Type': 'Bitmap Index Scan' }, target: 'Index Name' }]
  yield ['Function Scan', { properties: { 'Node Type': 'Function Scan' }, target: 'Function Name' }]
  yield [
    'Table Function Scan',
    { properties: { 'Node Type': 'Table Function Scan' }, target: 'Table Function Name' },
  ]
  for (const type of ['CTE Scan', 'WorkTable Scan']) {
    yield [type, { properties: { 'Node Type': type }, target: 'CTE Name' }]
  }
  for (const type of ['Subquery Scan', 'Values Scan']) {
    yield [type, { properties: { 'Node Type': type }, target: null }]
  }
}

function* others(): Generator<[string, NodeName]> {
  for (const type of PLAIN) yield [type, { properties: { 'Node Type': type } }]
  for (const [name, strategy] of Object.entries(AGGREGATES)) {
    for (const mode of ['Simple', 'Partial', 'Finalize']) {
      const properties = { 'Node Type': 'Aggregate', Strategy: strategy, 'Partial Mode': mode }
      yield [mode === 'Simple' ? name : `${mode} ${name}`, { properties }]
    }
  }
  for (const command of COMMANDS) {
    yield [`SetOp ${command}`, { properties: setOp('Sorted', command) }]
    yield [`HashSetOp ${command}`, { properties: setOp('Hashed', command) }]
  }
  yield ['Nested Loop', { properties: join('Nested Loop', 'Inner') }]
  yield ['Merge Join', { properties: join('Merge Join', 'Inner') }]
  yield ['Hash Join', { properties: join('Hash Join', 'Inner') }]
  for (const type of JOIN_TYPES) {
    yield [`Nested Loop ${type} Join`, { properties: join('Nested Loop', type) }]
    yield [`Merge ${type} Join`, { properties: join('Merge Join', type) }]
    yield [`Hash ${type} Join`, { properties: join('Hash Join', type) }]
  }
}

function foreign(operation: string): PlanObject {
  return { 'Node Type': 'Foreign Scan', Operation: operation }
}

function setOp(strategy: string, command: string): PlanObject {
  return { 'Node Type': 'SetOp', Strategy: strategy, Command: command }
}

function join(type: string, joinType: string): PlanObject {
  return { 'Node Type': type, 'Join Type': joinType }
}

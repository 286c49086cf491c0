/** Plans to be drawn: small, with numbers that real servers gave. */
import type { Finding } from '#src/plans/findings/finding.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import { at, initPlan, modelFrom, neverRan, ran, withWorkers, worker } from '../../plans/model-plans.ts'

const block = 'Shared Hit Blocks'

/** What the index scan touched, in its own node and in all above it. */
const touched = { [block]: 300_372, 'Shared Read Blocks': 1, 'I/O Read Time': 0.03 }

/** A CTE that two scans read; nearly all time is in the index scan below it, and the join was misjudged. */
export function cteReadTwice(): PlanModel {
  const scan = ran(
    'Index Scan',
    { ms: 414.012, startup: 0.038, rows: 300_000 },
    {
      'Index Name': 'orders_customer_idx',
      'Relation Name': 'orders',
      Alias: 'orders',
      'Startup Cost': 0.42,
      'Total Cost': 20_815.68,
      'Plan Rows': 300_000,
      'Plan Width': 10,
      ...touched,
    },
  )
  const cte = ran(
    'Aggregate',
    { ms: 493.399, startup: 0.1, rows: 40_000 },
    {
      Strategy: 'Sorted',
      ...initPlan('CTE c'),
      'Total Cost': 22_809,
      'Plan Rows': 39_426,
      'Group Key': ['orders.customer_id'],
      ...touched,
    },
    [scan],
  )
  const first = ran(
    'Sort',
    { ms: 513.6, startup: 511, rows: 40_000 },
    { 'Total Cost': 3897, 'Plan Rows': 39_426, ...touched },
    [
      ran(
        'CTE Scan',
        { ms: 504.7, startup: 0.105, rows: 40_000 },
        {
          'CTE Name': 'c',
          Alias: 'a',
          'Total Cost': 788.52,
          'Plan Rows': 39_426,
          ...touched,
        },
      ),
    ],
  )
  const second = ran(
    'Sort',
    { ms: 10.7, startup: 8.6, rows: 40_000 },
    { 'Total Cost': 3897, 'Plan Rows': 39_426 },
    [
      ran(
        'CTE Scan',
        { ms: 3.1, startup: 0.002, rows: 40_000 },
        { 'CTE Name': 'c', Alias: 'b', 'Total Cost': 788.52, 'Plan Rows': 39_426 },
      ),
    ],
  )
  const join = ran(
    'Merge Join',
    { ms: 535.508, startup: 520.29, rows: 16_383 },
    {
      'Join Type': 'Inner',
      'Total Cost': 163_332.79,
      'Plan Rows': 2_590_682,
      'Merge Cond': '(a.customer_id = ((b.customer_id + 1)))',
      'Rows Removed by Join Filter': 23_616,
      ...touched,
    },
    [first, second],
  )
  const root = ran(
    'Aggregate',
    { ms: 536.5, startup: 536.5, rows: 1 },
    { Strategy: 'Plain', 'Total Cost': 192_618, ...touched },
    [cte, join],
  )
  return modelFrom(root, { 'Planning Time': 0.55, 'Execution Time': 537.7 })
}

/** An InitPlan that the Gather pays for, three processes, one of which did most, and a branch that never ran. */
export function parallelScan(): PlanModel {
  const scan = withWorkers(
    ran(
      'Seq Scan',
      { ms: 70, loops: 3, rows: 1000 },
      {
        'Parallel Aware': true,
        'Relation Name': 'orders',
        Alias: 'o',
        'Plan Rows': 100,
        'Total Cost': 800,
        Filter: '(total > (InitPlan 1).col1)',
        'Rows Removed by Filter': 500,
        [block]: 4000,
      },
    ),
    worker(54, 1, 500),
    worker(56, 1, 700),
  )
  const never = neverRan('Index Scan', {
    'Index Name': 'orders_pkey',
    'Relation Name': 'orders',
    Alias: 'orders',
    'Scan Direction': 'Backward',
    'Total Cost': 5,
  })
  const append = withWorkers(
    ran(
      'Append',
      { ms: 75, loops: 3, rows: 1000 },
      { 'Parallel Aware': true, 'Plan Rows': 101, 'Total Cost': 810, [block]: 4000 },
      [scan, never],
    ),
    worker(58, 1, 500),
    worker(60, 1, 700),
  )
  const gather = ran(
    'Gather',
    { ms: 140, rows: 3000 },
    { 'Workers Planned': 4, 'Workers Launched': 2, 'Total Cost': 890, 'Plan Rows': 240, [block]: 4010 },
    [append],
  )
  const init = ran('Result', { ms: 20 }, { ...initPlan('InitPlan 1'), 'Total Cost': 10, [block]: 10 })
  const root = ran('Aggregate', { ms: 141 }, { Strategy: 'Plain', 'Total Cost': 900, [block]: 4010 }, [
    init,
    gather,
  ])
  return modelFrom(root, { 'Planning Time': 1.5, 'Execution Time': 142 })
}

/** Ninety thousand runs of a thousandth of a millisecond: what they took is not known to the half. */
export function manyLoops(): PlanModel {
  const root = ran(
    'Nested Loop',
    { ms: 116, rows: 90_000 },
    { 'Join Type': 'Inner', 'Total Cost': 11_435, 'Plan Rows': 90_858 },
    [
      ran(
        'Seq Scan',
        { ms: 21, rows: 90_000 },
        { 'Relation Name': 'lines', Alias: 'l', 'Total Cost': 8573, 'Plan Rows': 90_858 },
      ),
      ran(
        'Memoize',
        { ms: 0.001, startup: 0.001, loops: 90_000, rows: 0 },
        { 'Parent Relationship': 'Inner', 'Total Cost': 0.31, 'Plan Rows': 1 },
      ),
    ],
  )
  return modelFrom(root, { 'Execution Time': 117 })
}

/** A data-modifying CTE that was read only in part, and went on when the plan was through. */
export function afterThePlan(): PlanModel {
  const insert = ran(
    'ModifyTable',
    { ms: 35, startup: 1, rows: 8000 },
    { Operation: 'Insert', 'Relation Name': 'audit', Alias: 'audit', ...initPlan('CTE ins') },
  )
  const root = ran('Limit', { ms: 1.02, startup: 1, rows: 5 }, {}, [
    insert,
    ran('CTE Scan', { ms: 1.015, startup: 1, rows: 5 }, { 'CTE Name': 'ins', Alias: 'ins' }),
  ])
  return modelFrom(root, { 'Execution Time': 35.8 })
}

/** Planned, not executed. */
export function planned(): PlanModel {
  const scan = (relation: string, cost: number, rows: number) => ({
    properties: {
      'Node Type': 'Seq Scan',
      'Parent Relationship': 'Outer',
      'Relation Name': relation,
      'Startup Cost': 0,
      'Total Cost': cost,
      'Plan Rows': rows,
      'Plan Width': 8,
    },
    workers: [],
    children: [],
  })
  const root = {
    properties: {
      'Node Type': 'Hash Join',
      'Join Type': 'Left',
      'Startup Cost': 30,
      'Total Cost': 200,
      'Plan Rows': 1000,
      'Plan Width': 16,
      'Hash Cond': '(a.id = b.id)',
    },
    workers: [],
    children: [scan('a', 100, 1000), scan('b', 30, 10)],
  }
  return modelFrom(root, { 'Planning Time': 0.3 })
}

export function findingsOfCte(model: PlanModel): readonly Finding[] {
  return [
    {
      rule: 'read-efficiency',
      node: at(model, '0.0.0'),
      savesMs: 400,
      share: 0.74,
      severity: 'critical',
      title: 'index scan reads 2.3 GB for 300k rows',
      advice: 'Read the table in its own order.',
      remedy: null,
      evidence: [
        { label: 'blocks', value: 300_372, unit: 'blocks' },
        { label: 'a row', value: 8192, unit: 'bytes' },
      ],
    },
    {
      rule: 'misestimate',
      node: at(model, '0.1'),
      savesMs: null,
      share: null,
      severity: 'notice',
      title: 'planned for 158 times as many rows',
      advice: 'Collect statistics.',
      remedy: 'ANALYZE orders;',
      evidence: [{ label: 'estimate', value: 158.1, unit: 'factor' }],
    },
    {
      rule: 'settings',
      node: null,
      savesMs: null,
      share: null,
      severity: 'warning',
      title: 'planner settings differ from their defaults',
      advice: 'Compare with the defaults.',
      remedy: null,
      evidence: [],
    },
  ]
}

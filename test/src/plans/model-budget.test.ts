import { describe, expect, test } from 'vitest'
import { modelJson } from '#src/plans/model/json.ts'
import { modelOf } from '#src/plans/model/model.ts'
import { modelFrom, ran, withWorkers, worker } from './model-plans.ts'

const trigger = (name: string, ms: number, constraint?: string) => ({
  'Trigger Name': name,
  ...(constraint !== undefined && { 'Constraint Name': constraint }),
  Relation: 'orders',
  Time: ms,
  Calls: 61,
})

describe('the budget of a statement', () => {
  test('is the root, serialization and what is left', () => {
    const model = modelFrom(ran('Seq Scan', { ms: 13 }), {
      'Planning Time': 0.7,
      'Execution Time': 85,
      Serialization: { Time: 68, 'Output Volume': 5886 },
    })
    // 85 - 13 - 68 = 4.
    expect(model).toMatchObject({
      planningMs: 0.7,
      executionMs: 85,
      rootMs: 13,
      serializationMs: 68,
      otherMs: 4,
    })
    expect(model).toMatchObject({ jit: null, triggers: [], triggersMs: null, outsideRootMs: 0 })
  })

  test('counts triggers beside the root as far as there is time left for them', () => {
    const root = ran('ModifyTable', { ms: 1 })
    const after = [trigger('RI_1', 4, 'orders_fkey'), trigger('log', 2)]
    expect(modelFrom(root, { 'Execution Time': 10, Triggers: after })).toMatchObject({
      triggersMs: 6,
      otherMs: 3,
      triggers: [
        { name: 'RI_1', constraint: 'orders_fkey', relation: 'orders', ms: 4, calls: 61 },
        { name: 'log', constraint: null },
      ],
    })
    // A BEFORE trigger of 5 ms ran within the root: there is no room for it in 10 - 7.
    const before = { 'Execution Time': 10, Triggers: [trigger('check', 5)] }
    expect(modelFrom(ran('ModifyTable', { ms: 7 }), before).otherMs).toBe(0)
  })

  describe('with JIT', () => {
    const jit = (ms: number) => ({ Functions: 8, Timing: { Generation: 0.5, Total: ms } })
    const scan = ran('Seq Scan', { ms: 8, loops: 2 })

    test('gives the leader what the workers did not do', () => {
      const told = withWorkers(scan, { ...worker(8), JIT: jit(137) })
      expect(modelFrom(ran('Gather', { ms: 9 }, {}, [told]), { JIT: jit(600) }).jit).toEqual({
        functions: 8,
        totalMs: 600,
        leaderMs: 463,
      })
    })

    test('gives the leader all where nothing is parallel, and is silent where it does not know', () => {
      expect(modelFrom(ran('Seq Scan', { ms: 9 }), { JIT: jit(6) }).jit).toMatchObject({ leaderMs: 6 })
      expect(modelFrom(ran('Gather', { ms: 9 }, {}, [scan]), { JIT: jit(6) }).jit).toMatchObject({
        totalMs: 6,
        leaderMs: null,
      })
    })
  })

  test('is there for a statement without a plan too', () => {
    const statement = { root: null, properties: {}, withoutPlan: 'Utility Statement' }
    expect(modelOf(statement)).toMatchObject({ root: null, nodes: [], executionMs: null, otherMs: null })
    expect(modelJson(modelOf(statement))).toEqual({ non_plan: 'Utility Statement' })
  })
})

describe('the model as JSON', () => {
  test('has the times of a timed node, and leaves out what does not apply', () => {
    const model = modelFrom(
      ran('Seq Scan', { ms: 2.5, loops: 2, rows: 3 }, { 'Relation Name': 't', 'Rows Removed by Filter': 4 }),
      { 'Planning Time': 0.25 },
    )
    expect(modelJson(model)).toEqual({
      timed: true,
      nodes: [
        {
          path: '0',
          type: 'Seq Scan',
          subplan: null,
          relation: 't',
          index: null,
          loops: 2,
          participants: 1,
          never_executed: false,
          rows_total: 6,
          'total Rows Removed by Filter': 8,
          incl_sum_ms: 5,
          incl_wall_ms: 5,
          excl_wall_raw_ms: 5,
          excl_wall_ms: 5,
          excl_sum_ms: 5,
          rounding_eps_ms: 0.001,
          leader_incl_ms: 5,
          leader_excl_raw_ms: 5,
          estimate: {
            applicable: true,
            plan_rows: 1,
            actual_rows_per_loop: 3,
            direction: 'under',
            factor: 3,
          },
        },
      ],
      planning_ms: 0.25,
      execution_ms: null,
      root_incl_ms: 5,
      outside_root_ms: 0,
      outside_root: [],
      triggers: [],
      triggers_total_ms: null,
      jit_total_ms: null,
      jit_leader_ms: null,
      serialization_ms: null,
      other_ms: null,
      sum_excl_raw_ms: 5,
      identity_error_ms: 0,
      sum_leader_excl_raw_ms: 5,
      leader_identity_error_ms: 0,
    })
  })

  test('tells blocks, WAL and I/O apart, and who paid for what', () => {
    const counters = { 'Shared Hit Blocks': 2, 'WAL Records': 1, 'I/O Read Time': 0.5 }
    const cte = { 'Parent Relationship': 'InitPlan', 'Subplan Name': 'CTE c', ...counters }
    const root = ran('Limit', { ms: 3 }, counters, [
      ran('Seq Scan', { ms: 2 }, cte),
      ran('CTE Scan', { ms: 3 }, { 'CTE Name': 'c', ...counters }),
    ])
    expect(modelJson(modelFrom(root))).toMatchObject({
      nodes: [
        { excl_buffers: {} },
        {
          subplan: 'CTE c',
          paid_by: ['0.1'],
          excl_buffers: { 'Shared Hit Blocks': 2 },
          excl_wal: { 'WAL Records': 1 },
          excl_io_ms: { 'I/O Read Time': 0.5 },
        },
        { relation: 'c', paid: [{ kind: 'CTE', path: '0.0', ms: 2 }], excl_buffers: {}, under_limit: true },
      ],
    })
  })
})

import { describe, expect, test } from 'vitest'
import { contextOf } from '#src/plans/findings/context.ts'
import type { PlanFacts } from '#src/plans/findings/facts.ts'
import type { Found } from '#src/plans/findings/finding.ts'
import { statementRules } from '#src/plans/findings/statement/rules.ts'
import type { PlanObject, RawNode } from '#src/plans/plan.ts'
import { modelFrom, ran, withWorkers, worker } from './model-plans.ts'

/** What the test of real plans cannot make: other versions' ways of printing, foreign plans, times to the millisecond. */
function findings(
  rule: string,
  root: RawNode,
  properties: PlanObject = {},
  facts: PlanFacts | null = null,
): readonly Found[] {
  const found = statementRules.find(({ id }) => id === rule)
  if (found === undefined) throw new Error(`no rule ${rule}`)
  return found.find(contextOf(modelFrom(root, properties), facts))
}

describe('JIT', () => {
  const timing = {
    Generation: { Deform: 1, Total: 2 },
    Inlining: 40,
    Optimization: 30,
    Emission: 28,
    Total: 100,
  }
  const jit = { JIT: { Functions: 8, Timing: timing }, 'Execution Time': 300 }

  test('is judged as PostgreSQL 17 prints it', () => {
    const [found] = findings('jit-too-costly', ran('Seq Scan', { ms: 250 }, { 'Total Cost': 123.4 }), jit)
    expect(found).toMatchObject({ savesMs: 100, title: 'JIT takes 100ms of 300ms' })
    expect(found?.advice).toContain('over its cost of 124')
    expect(found?.evidence).toContainEqual({ label: 'generation', value: 2, unit: 'ms' })
  })

  test('is that of the leader where it is known, else the mean of the processes', () => {
    const gather = (child: RawNode) => ran('Gather', { ms: 240 }, {}, [child])
    const told = worker(200)
    const scan = withWorkers(ran('Seq Scan', { ms: 200, loops: 2 }), {
      ...told,
      JIT: { Timing: { Total: 30 } },
    })
    expect(findings('jit-too-costly', gather(scan), { ...jit, 'Execution Time': 250 })).toMatchObject([
      { savesMs: 70 },
    ])
    const [mean] = findings('jit-too-costly', gather(ran('Seq Scan', { ms: 200, loops: 2 })), {
      ...jit,
      'Execution Time': 190,
    })
    expect(mean).toMatchObject({ savesMs: 50, title: 'JIT takes about 50ms of 190ms' })
  })

  test('of less than a quarter is as it should be', () => {
    expect(
      findings('jit-too-costly', ran('Seq Scan', { ms: 450 }), { ...jit, 'Execution Time': 450 }),
    ).toEqual([])
  })
})

describe('a foreign key', () => {
  const trigger = { 'Constraint Name': 'fk', Relation: 'parents', Time: 50, Calls: 10 }
  const firing = (operation: string, more: PlanObject = {}) =>
    [
      ran('ModifyTable', { ms: 10 }, { Operation: operation }),
      { 'Execution Time': 60, Triggers: [{ ...trigger, ...more }] },
    ] as const
  const key = { name: 'fk', onRelation: 'parents', schema: 'public', table: 'kids', columns: ['parent'] }
  const knowing = (more: { isPartitioned: boolean; hasIndex: boolean | null }): PlanFacts => ({
    relations: [],
    functions: [],
    foreignKeys: [{ ...key, ...more }],
  })

  test('is one of the table that refers or of the one referred to, by its name or by what the statement does', () => {
    const checks = { advice: expect.stringContaining('NOT VALID'), remedy: null }
    const acts = { advice: expect.stringContaining('see that an index begins'), remedy: null }
    expect(findings('trigger-time', ...firing('Insert'))).toMatchObject([checks])
    expect(findings('trigger-time', ...firing('Delete'))).toMatchObject([acts])
    const named = { 'Trigger Name': 'RI_ConstraintTrigger_c_1' }
    expect(findings('trigger-time', ...firing('Update', named))).toMatchObject([checks])
    expect(
      findings('trigger-time', ...firing('Update', { 'Trigger Name': 'RI_ConstraintTrigger_a_1' })),
    ).toMatchObject([acts])
  })

  test('of a partitioned table cannot have its index built concurrently', () => {
    const facts = knowing({ isPartitioned: true, hasIndex: false })
    const [found] = findings('trigger-time', ...firing('Delete'), facts)
    expect(found?.remedy).toBe('CREATE INDEX ON public.kids (parent);')
    expect(found?.advice).toContain('blocks writes')
  })

  test('with a partial index may be served by it', () => {
    const facts = knowing({ isPartitioned: false, hasIndex: null })
    const [found] = findings('trigger-time', ...firing('Delete'), facts)
    expect(found).toMatchObject({ remedy: null, advice: expect.stringContaining('only a partial one') })
  })
})

describe('a parallel region', () => {
  const region = (child: RawNode, rows = 10) =>
    ran('Gather', { ms: 110, rows }, { 'Workers Planned': 2, 'Workers Launched': 2 }, [child])
  const whole = { 'Execution Time': 111 }

  test('whose leader only collects is not uneven', () => {
    const child = withWorkers(ran('Seq Scan', { ms: 68, loops: 3 }), worker(101), worker(102))
    expect(findings('parallel-imbalance', region(child), whole)).toEqual([])
    // The leader waits for the rows of the workers, which is no overhead.
    const [found] = findings('parallel-overhead', region(child), whole)
    expect(found?.savesMs).toBeCloseTo(110 - 102, 6)
  })

  test('whose last worker works alone is', () => {
    const child = withWorkers(ran('Seq Scan', { ms: 40, loops: 3 }), worker(10), worker(100))
    const [found] = findings('parallel-imbalance', region(child), whole)
    expect(found?.title).toBe('worker 1 works 1.8 times as long as the mean of 2 processes')
    expect(found?.savesMs).toBeCloseTo(45, 6)
  })

  test('is only judged by a large part of its Gather without the clock of the leader', () => {
    expect(findings('parallel-overhead', region(ran('Seq Scan', { ms: 90, loops: 3 })), whole)).toEqual([])
    expect(findings('parallel-overhead', region(ran('Seq Scan', { ms: 50, loops: 3 })), whole)).toMatchObject(
      [{ title: 'Gather takes 60ms beyond the mean of its processes' }],
    )
  })
})

describe('a disabled node', () => {
  const scan = (cost: number) => ran('Seq Scan', { ms: 5 }, { 'Total Cost': cost })

  test('is known by its cost up to PostgreSQL 17, at the lowest node that has it', () => {
    const root = ran('Sort', { ms: 6 }, { 'Total Cost': 10_000_000_200 }, [scan(10_000_000_100)])
    expect(findings('disabled-node', root)).toMatchObject([{ node: { type: 'Seq Scan' }, remedy: null }])
    const settings = { Settings: { enable_seqscan: 'off' } }
    expect(findings('disabled-node', root, settings)).toMatchObject([{ remedy: 'SET enable_seqscan = on;' }])
  })

  test('is none where the settings tell otherwise, or the cost is a real one', () => {
    expect(findings('disabled-node', scan(10_000_000_100), { Settings: { work_mem: '1MB' } })).toEqual([])
    expect(findings('disabled-node', scan(54_321_000_000))).toEqual([])
  })
})

describe('no rule', () => {
  const plans: readonly (readonly [string, RawNode, PlanObject])[] = [
    ['an empty node', { properties: {}, workers: [], children: [] }, {}],
    [
      'values of the wrong type',
      {
        properties: {
          'Node Type': 'Gather',
          'Actual Loops': 1,
          'Actual Rows': 'many',
          'Actual Total Time': 1,
          'Workers Planned': '2',
          Output: [[1], { a: null }],
          Alias: 7,
        },
        workers: [{ 'Worker Number': 'x' }],
        children: [{ properties: { 'Node Type': 'Append', 'Actual Loops': 0 }, workers: [], children: [] }],
      },
      { Triggers: 'none', JIT: [], Settings: ['a'], Planning: 3, Serialization: null, 'Execution Time': '1' },
    ],
    [
      'a plan that was not executed',
      { properties: { 'Node Type': 'Seq Scan', 'Total Cost': 5 }, workers: [], children: [] },
      {},
    ],
  ]

  test.each(plans)('speaks of %s', (_name, root, properties) => {
    const context = contextOf(modelFrom(root, properties), null)
    for (const { id, find } of statementRules) expect(find(context), id).toEqual([])
  })
})

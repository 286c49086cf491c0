import { describe, expect, test } from 'vitest'
import type { PlanObject, RawNode } from '#src/plans/plan.ts'
import { at, modelFrom, ran } from './model-plans.ts'

describe('rows', () => {
  test('are the average times the loops, off by half a row for each up to PostgreSQL 17', () => {
    const node = at(
      modelFrom(ran('Index Scan', { ms: 1, loops: 1000, rows: 3 }, { 'Rows Removed by Filter': 2 })),
      '0',
    )
    expect(node).toMatchObject({ rowsTotal: 3000, rowsRounding: 500 })
    expect(node.removed).toEqual([{ key: 'Rows Removed by Filter', total: 2000, rounding: 500 }])
  })

  test('are off by half a hundredth from PostgreSQL 18 on, but those removed still by half a row', () => {
    const node = at(
      modelFrom(
        ran(
          'Index Scan',
          { ms: 1, loops: 1000, rows: 3.25 },
          { Disabled: false, 'Rows Removed by Filter': 2 },
        ),
      ),
      '0',
    )
    expect(node).toMatchObject({ rowsTotal: 3250, rowsRounding: 5 })
    expect(node.removed).toMatchObject([{ rounding: 500 }])
  })

  test('of a single loop are exact', () => {
    expect(at(modelFrom(ran('Seq Scan', { ms: 1, rows: 3 })), '0').rowsRounding).toBe(0)
  })
})

describe('an estimate', () => {
  const estimated = (planRows: number, rows: number, loops = 1, more: PlanObject = {}) =>
    at(modelFrom(ran('Seq Scan', { ms: 1, rows, loops }, { 'Plan Rows': planRows, ...more })), '0').estimate

  test.each([
    ['over', 1600, 8000, 5, 1],
    ['under', 3, 100, 300, 7],
    ['exact', 1, 40, 40, 1],
    // The planner never expects less than a row, so none in a single loop is no error.
    ['exact', 1, 1, 0, 1],
    ['over', 2000, 2000, 0, 1],
  ] as const)(
    'is %s by %d with %d expected and %d come of each of %d loops',
    (direction, factor, planRows, rows, loops) => {
      expect(estimated(planRows, rows, loops)).toMatchObject({
        applicable: true,
        direction,
        factor,
        isAtLeast: false,
      })
    },
  )

  test('of many loops that gave nothing is over by at least what rounding can hide', () => {
    // Up to 17 an average of 0 is below 0.5, from 18 on below 0.005.
    expect(estimated(10, 0, 50)).toMatchObject({ direction: 'over', factor: 20, isAtLeast: true })
    expect(estimated(10, 0, 50, { Disabled: false })).toMatchObject({ factor: 2000, isAtLeast: true })
  })

  test.each([
    ['BitmapAnd', { 'Plan Rows': 500 }, 'bitmap'],
    ['BitmapOr', { 'Plan Rows': 500 }, 'bitmap'],
    ['ModifyTable', { 'Plan Rows': 0 }, 'no rows returned'],
  ] as const)('does not apply to a %s', (type, more, reason) => {
    expect(at(modelFrom(ran(type, { ms: 1, rows: 0 }, more)), '0').estimate).toMatchObject({
      applicable: false,
      reason,
    })
  })

  test('is missing with COSTS OFF', () => {
    const { properties } = ran('Seq Scan', { ms: 1 })
    const { 'Plan Rows': _costs, ...more } = properties
    expect(at(modelFrom({ properties: more, workers: [], children: [] }), '0').estimate).toBeNull()
  })

  describe('of rows spread over participants', () => {
    const region = (child: RawNode, settings: PlanObject = {}) =>
      modelFrom(ran('Gather', { ms: 9, rows: 299_880 }, { 'Workers Planned': 2 }, [child]), settings)
    const scan = ran(
      'Seq Scan',
      { ms: 8, loops: 3, rows: 99_960 },
      { 'Plan Rows': 41_667, 'Parallel Aware': true },
    )
    const spread = (model: ReturnType<typeof region>, path: string) => {
      const { estimate } = at(model, path)
      return estimate?.applicable === true ? estimate.spread : undefined
    }

    test('is multiplied by what the planner divided it by', () => {
      // Two workers and a leader with 1 - 2 x 0.3 of his time: 41 667 x 2.4 = 100 000.8 against 3 x 99 960.
      const model = region(scan)
      expect(at(model, '0.0').estimate).toMatchObject({ direction: 'under', factor: 99_960 / 41_667 })
      expect(spread(model, '0.0')).toMatchObject({ divisor: 2.4, actualRows: 299_880, direction: 'under' })
      expect(spread(model, '0.0')?.factor).toBeCloseTo(299_880 / 100_000.8, 9)
      expect(spread(model, '0')).toBeNull()
    })

    test('counts no leader who was told to keep out', () => {
      const model = region(scan, { Settings: { parallel_leader_participation: 'off' } })
      expect(spread(model, '0.0')).toMatchObject({ divisor: 2, planRows: 83_334 })
    })

    test('includes what reads them, but no private Hash', () => {
      const hash = ran('Hash', { ms: 1, loops: 3 }, { 'Parent Relationship': 'Inner' }, [
        ran('Seq Scan', { ms: 1, loops: 3 }),
      ])
      const model = region(ran('Hash Join', { ms: 8, loops: 3 }, {}, [scan, hash]))
      const divisors = model.nodes.map(({ path }) => spread(model, path)?.divisor ?? null)
      expect(divisors).toEqual([null, 2.4, 2.4, null, null])
    })
  })
})

describe('the reach of a Limit', () => {
  const under = (root: RawNode) => modelFrom(root).nodes.map(({ underLimit }) => underLimit)

  test('goes through nodes that hand on rows as they come', () => {
    const join = ran('Merge Join', { ms: 1 }, {}, [
      ran('Index Scan', { ms: 1 }),
      ran('Materialize', { ms: 1 }),
    ])
    expect(under(ran('Limit', { ms: 1 }, {}, [join]))).toEqual([false, true, true, true])
  })

  test.each([
    ['Sort', {}],
    ['Hash', {}],
    ['Bitmap Heap Scan', {}],
    ['ModifyTable', {}],
    ['Recursive Union', {}],
    ['Aggregate', { Strategy: 'Hashed' }],
    ['Aggregate', { Strategy: 'Plain' }],
  ] as const)('ends below a %s %o, which reads all before it hands on', (type, more) => {
    const reading = ran(type, { ms: 1 }, more, [ran('Seq Scan', { ms: 1 })])
    expect(under(ran('Limit', { ms: 1 }, {}, [reading]))).toEqual([false, true, false])
  })

  test('goes on below a sorted Aggregate, and ends at a sub-plan', () => {
    const sorted = ran('Aggregate', { ms: 1 }, { Strategy: 'Sorted' }, [ran('Index Scan', { ms: 1 })])
    expect(under(ran('Limit', { ms: 1 }, {}, [sorted]))).toEqual([false, true, true])
    const sub = ran('Seq Scan', { ms: 1 }, { 'Parent Relationship': 'SubPlan', 'Subplan Name': 'SubPlan 1' })
    expect(under(ran('Limit', { ms: 1 }, {}, [ran('Seq Scan', { ms: 1 }, {}, [sub])]))).toEqual([
      false,
      true,
      false,
    ])
  })
})

import { describe, expect, test } from 'vitest'
import type { PlanObject } from '#src/plans/plan.ts'
import { at, initPlan, modelFrom, neverRan, ownTimes, ran } from './model-plans.ts'

const inner: PlanObject = { 'Parent Relationship': 'Inner' }

describe('an InitPlan', () => {
  const spellings = [
    ['up to PostgreSQL 16', 'InitPlan 1 (returns $0)', '(total > $0)'],
    ['from PostgreSQL 17 on', 'InitPlan 1', '(total > (InitPlan 1).col1)'],
  ] as const

  test.each(spellings)('is paid by the node that needs its value, as written %s', (_since, name, filter) => {
    // The InitPlan's 25 ms lie within the scan's 30, and so within the Sort's 33.
    const model = modelFrom(
      ran('Sort', { ms: 33 }, {}, [
        ran('Result', { ms: 25 }, initPlan(name)),
        ran('Seq Scan', { ms: 30 }, { Filter: filter }),
      ]),
    )
    expect(ownTimes(model)).toEqual({ '0': 3, '0.0': 25, '0.1': 5 })
    expect(at(model, '0.1').pays.map(({ node, ms }) => [node.path, ms])).toEqual([['0.0', 25]])
    expect(at(model, '0.0').paidBy.map(({ node, ms }) => [node.path, ms])).toEqual([['0.1', 25]])
    // The rounding of two times.
    expect(at(model, '0.1').roundingEpsMs).toBe(0.001)
  })

  test('is paid by its owner where nobody is seen to need it', () => {
    const model = modelFrom(
      ran('Seq Scan', { ms: 30 }, {}, [ran('Result', { ms: 25 }, initPlan('InitPlan 1 (returns $0)'))]),
    )
    expect(ownTimes(model)).toEqual({ '0': 5, '0.0': 25 })
  })

  test('is not paid by a node that never ran', () => {
    const model = modelFrom(
      ran('Append', { ms: 30 }, {}, [
        ran('Result', { ms: 25 }, initPlan('InitPlan 1 (returns $0)')),
        neverRan('Seq Scan', { Filter: '(a = $0)' }),
      ]),
    )
    expect(ownTimes(model)).toEqual({ '0': 5, '0.0': 25, '0.1': 0 })
  })

  test('owes nothing where it never ran', () => {
    const model = modelFrom(
      ran('Seq Scan', { ms: 30 }, { Filter: '(a = $0)' }, [
        neverRan('Result', initPlan('InitPlan 1 (returns $0)')),
      ]),
    )
    expect(at(model, '0').pays).toEqual([])
  })

  test('is paid by the Gather when its value is needed below it', () => {
    // 127 of the Gather hold the workers' 90 and the InitPlan's 25, which the leader ran before it started them.
    const model = modelFrom(
      ran('Aggregate', { ms: 128 }, {}, [
        ran('Result', { ms: 25 }, initPlan('InitPlan 1')),
        ran('Gather', { ms: 127 }, {}, [
          ran('Seq Scan', { ms: 90, loops: 3 }, { Filter: '(total > (InitPlan 1).col1)' }),
        ]),
      ]),
    )
    expect(ownTimes(model)).toEqual({ '0': 1, '0.0': 25, '0.1': 12, '0.1.0': 90 })
  })

  test('of a Gather is paid by it when its own region needs the value', () => {
    const model = modelFrom(
      ran('Gather', { ms: 127 }, {}, [
        ran('Result', { ms: 25 }, initPlan('InitPlan 1 (returns $0)')),
        ran('Seq Scan', { ms: 90, loops: 3 }, { Filter: '(total > $0)' }),
      ]),
    )
    expect(ownTimes(model)).toEqual({ '0': 12, '0.0': 25, '0.1': 90 })
    expect(at(model, '0.0').participants).toBe(1)
  })

  test('shared by two is paid once, by the one that waited for it', () => {
    // Only the first scan took as long to start as the InitPlan did; the other finished in 0.34 ms.
    const model = modelFrom(
      ran('Append', { ms: 402 }, {}, [
        ran('Result', { ms: 333 }, initPlan('InitPlan 1 (returns $0)')),
        ran('Seq Scan', { ms: 0.34 }, { Filter: '(a = $0)' }),
        ran('Seq Scan', { ms: 401, startup: 333.1 }, { Filter: '(b = $0)' }),
      ]),
    )
    const own = ownTimes(model)
    expect(own['0.1']).toBe(0.34)
    expect(own['0.2']).toBe(68)
    expect(at(model, '0.1')).toMatchObject({ isAmbiguous: true, exclWallMinMs: 0, exclWallMaxMs: 0.34 })
    expect(at(model, '0.2')).toMatchObject({ isAmbiguous: true, exclWallMinMs: 68, exclWallMaxMs: 401 })
    expect(at(model, '0')).toMatchObject({ isAmbiguous: false })
  })

  test('is not what $1 means inside of a literal, nor $10 anywhere', () => {
    const model = modelFrom(
      ran('Append', { ms: 30 }, {}, [
        ran('Result', { ms: 5 }, initPlan('InitPlan 2 (returns $1)')),
        ran('Seq Scan', { ms: 9 }, { Filter: "(note = 'it''s $1'::text)" }),
        ran('Seq Scan', { ms: 9 }, { Filter: '(a = $10)' }),
        ran('Seq Scan', { ms: 9 }, { Output: ['a', '($1 + b)'] }),
      ]),
    )
    expect(ownTimes(model)).toMatchObject({ '0.1': 9, '0.2': 9, '0.3': 4 })
  })
})

describe('a CTE', () => {
  const cte = (name: string): PlanObject => initPlan(`CTE ${name}`)
  const scan = (name: string): PlanObject => ({ 'CTE Name': name })

  test('is paid by the scan that reads it first, and the other keeps its own', () => {
    const model = modelFrom(
      ran('Hash Join', { ms: 510 }, {}, [
        ran('Aggregate', { ms: 490, startup: 400 }, cte('c')),
        ran('CTE Scan', { ms: 3, startup: 0 }, scan('c')),
        ran('CTE Scan', { ms: 505, startup: 400.1 }, { ...scan('c'), ...inner }),
      ]),
    )
    // 510 - 3 - 505 = 2 for the join, 505 - 490 = 15 for the scan that waited.
    expect(ownTimes(model)).toEqual({ '0': 2, '0.0': 490, '0.1': 3, '0.2': 15 })
    expect(at(model, '0.0').paidBy.map(({ node }) => node.path)).toEqual(['0.2', '0.1'])
    expect(at(model, '0.1')).toMatchObject({ isAmbiguous: true, exclWallMinMs: 0, exclWallMaxMs: 3 })
    expect(model.outsideRootMs).toBe(0)
  })

  test('that changes data goes on after the root, which pays only what it waited for', () => {
    const model = modelFrom(
      ran('Limit', { ms: 1 }, {}, [
        ran('ModifyTable', { ms: 35, startup: 0.9 }, { ...cte('ins'), 'Shared Hit Blocks': 800 }),
        ran('CTE Scan', { ms: 0.95, startup: 0.9 }, { ...scan('ins'), 'Shared Hit Blocks': 20 }),
      ]),
      { 'Execution Time': 36 },
    )
    expect(ownTimes(model)).toEqual({ '0': 0.05, '0.0': 35, '0.1': 0 })
    // 35 - 0.95 = 34.05 ms and 800 - 20 = 780 blocks; 36 - 1 - 34.05 = 0.95 ms are left.
    expect(model.outsideRoot.map(({ node, buffers }) => [node.path, buffers])).toEqual([
      ['0.0', { 'Shared Hit Blocks': 780 }],
    ])
    expect(model.outsideRootMs).toBeCloseTo(34.05, 9)
    expect(model.otherMs).toBeCloseTo(0.95, 9)
    expect(model.identityErrorMs).toBeCloseTo(0, 9)
  })

  test('that nobody reads ran outside of the root altogether', () => {
    const model = modelFrom(ran('Result', { ms: 0.1 }, {}, [ran('ModifyTable', { ms: 7 }, cte('del'))]))
    expect(model.outsideRootMs).toBe(7)
    expect(at(model, '0.0').paidBy).toEqual([])
  })

  test('is that of the nearest owner where names repeat, and never itself', () => {
    const model = modelFrom(
      ran('Append', { ms: 100 }, {}, [
        ran('Seq Scan', { ms: 10 }, cte('x')),
        ran('Result', { ms: 50 }, {}, [
          ran('Sort', { ms: 30 }, cte('x'), [ran('CTE Scan', { ms: 12 }, scan('x'))]),
          ran('CTE Scan', { ms: 40 }, scan('x')),
        ]),
      ]),
    )
    // The scan within the inner x reads the outer one: 12 - 10; the scan beside it reads the inner: 40 - 30.
    expect(ownTimes(model)).toEqual({ '0': 50, '0.0': 10, '0.1': 10, '0.1.0': 18, '0.1.0.0': 2, '0.1.1': 10 })
  })

  test('may be paid by the scan of an InitPlan, which another node pays in turn', () => {
    const model = modelFrom(
      ran('Index Scan', { ms: 80 }, { Filter: '(a > $1)' }, [
        ran('Aggregate', { ms: 60 }, cte('c')),
        ran('Aggregate', { ms: 70 }, initPlan('InitPlan 2 (returns $1)'), [
          ran('CTE Scan', { ms: 66 }, scan('c')),
        ]),
      ]),
    )
    expect(ownTimes(model)).toEqual({ '0': 10, '0.0': 60, '0.1': 4, '0.1.0': 6 })
  })
})

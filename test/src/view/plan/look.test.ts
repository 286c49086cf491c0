import { describe, expect, test } from 'vitest'
import { costsOf } from '#src/plans/costs.ts'
import { inclusiveOf, type Look, lensesOf, metricsOf, selfOf, shareOf, wholeOf } from '#src/view/plan/look.ts'
import { foldCold, hottest, planRows } from '#src/view/plan/rows.ts'
import { at, modelFrom, ran, subPlan } from '../../plans/model-plans.ts'
import { mono } from './draw.ts'
import { cteReadTwice, manyLoops, parallelScan, planned } from './plans.ts'

const wall: Look = { lens: 'wall', metric: 'time' }

describe('ways to look at a plan', () => {
  test('are those that differ and that the plan has numbers for', () => {
    expect(lensesOf(parallelScan())).toEqual(['wall', 'leader', 'cpu'])
    expect(lensesOf(cteReadTwice())).toEqual(['wall'])
    expect(metricsOf(cteReadTwice())).toEqual(['time', 'rows', 'buffers', 'io', 'cost'])
    expect(metricsOf(planned())).toEqual(['cost'])
  })

  test('never offer the clock of the leader where the workers told no times', () => {
    const scan = ran('Seq Scan', { ms: 20, loops: 2 })
    const model = modelFrom(ran('Gather', { ms: 21 }, { 'Workers Planned': 1 }, [scan]))
    expect(lensesOf(model)).toEqual(['wall', 'cpu'])
    expect(selfOf(at(model, '0.0'), { lens: 'leader', metric: 'time' })).toBeNull()
  })

  test.each(['wall', 'leader', 'cpu'] as const)('share out the whole on the %s clock', (lens) => {
    const model = parallelScan()
    const look: Look = { lens, metric: 'time' }
    const shares = model.nodes.reduce((sum, node) => sum + (shareOf(node, model, look) ?? 0), 0)
    // What is missing is the millisecond of the executor's start and end.
    expect(shares).toBeCloseTo(1 - 1 / wholeOf(model, look), 6)
  })
})

describe('costs of nodes on their own', () => {
  const costs = (root: Parameters<typeof modelFrom>[0]) =>
    costsOf(modelFrom(root).nodes).map((cost) => Math.round((cost?.own ?? -1) * 100) / 100)
  const of = (type: string, cost: number, more = {}, children: readonly ReturnType<typeof ran>[] = []) =>
    ran(type, { ms: 1 }, { 'Total Cost': cost, ...more }, children)

  test('count the inner side of a nested loop as often as it is expected to run', () => {
    const root = of('Nested Loop', 400, {}, [of('Seq Scan', 100, { 'Plan Rows': 25 }), of('Index Scan', 8)])
    expect(costs(root)).toEqual([100, 100, 200])
  })

  test('never count more than the node above pays', () => {
    const limited = of('Limit', 10, {}, [of('Sort', 50, {}, [of('Seq Scan', 40)])])
    expect(costs(limited)).toEqual([0, 2, 8])
    const cached = of('Nested Loop', 150, {}, [of('Seq Scan', 100, { 'Plan Rows': 1000 }), of('Memoize', 8)])
    expect(costs(cached)).toEqual([0, 100, 50])
  })

  test('count a hashed subplan once and another for each row', () => {
    const scan = (filter: string) =>
      of('Seq Scan', 100, { 'Plan Rows': 10, Filter: filter }, [of('Seq Scan', 6, subPlan)])
    expect(costs(scan('(NOT (hashed SubPlan 1))'))).toEqual([94, 6])
    expect(costs(scan('(a = (SubPlan 1))'))).toEqual([40, 60])
  })

  test('are told of all loops, so that a node with all below it never costs less than itself', () => {
    const root = of('Nested Loop', 400, {}, [of('Seq Scan', 100, { 'Plan Rows': 25 }), of('Index Scan', 8)])
    const { nodes } = modelFrom(root)
    const look: Look = { lens: 'wall', metric: 'cost' }
    expect(nodes.map((node) => inclusiveOf(node, look))).toEqual([400, 100, 200])
  })

  test('are not known where none were printed', () => {
    expect(costsOf(modelFrom(ran('Result', { ms: 1 })).nodes)).toEqual([null])
  })
})

describe('the hottest nodes', () => {
  test('are ranked by what they took for certain', () => {
    // 90 ms give or take 45 against 21: and the join may have taken nothing at all.
    expect(hottest(manyLoops(), wall).map(({ type }) => type)).toEqual(['Memoize', 'Seq Scan'])
  })
})

describe('cold branches', () => {
  const branch = (ms: number) => ran('Sort', { ms }, {}, [ran('Seq Scan', { ms: ms / 2 })])
  const append = (branches: number) =>
    modelFrom(
      ran('Append', { ms: 1000 }, {}, [branch(900), ...Array.from({ length: branches }, () => branch(1))]),
    )

  test('are folded in a plan that is too long for a screen', () => {
    const model = append(30)
    const closed = foldCold(model, wall)
    expect(closed.size).toBe(30)
    const rows = planRows(model, closed, mono.glyphs)
    expect(rows.map(({ foldedCount }) => foldedCount).slice(0, 4)).toEqual([0, 0, 0, 1])
    expect(rows).toHaveLength(33)
  })

  test('stay open in a short one', () => {
    expect(foldCold(append(3), wall).size).toBe(0)
  })
})

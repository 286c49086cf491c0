import { describe, expect, test } from 'vitest'
import { diffPlans } from '#src/plans/diff/diff.ts'
import type { Finding } from '#src/plans/findings/finding.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { diffOf, indexScan, node, scan, sketch } from './diff-support.ts'
import { at, initPlan, modelFrom, ran } from './model-plans.ts'

describe('what is the same', () => {
  test('is a table that is read in another way', () => {
    const diff = diffOf(
      node('Sort', indexScan('orders', 'orders_customer_idx')),
      node('Sort', scan('orders')),
    )
    expect(sketch(diff)).toEqual(['= Sort', '~ . Index Scan orders orders_customer_idx > Seq Scan orders'])
  })

  test('is a join in another way, though the sides swap and are wrapped otherwise', () => {
    const diff = diffOf(
      node('Merge Join', node('Sort', scan('orders')), node('Sort', scan('customers'))),
      node('Hash Join', scan('customers'), node('Hash', scan('orders'))),
    )
    expect(sketch(diff)).toEqual([
      '~ Merge Join > Hash Join',
      '- . Sort',
      '= . . Seq Scan customers',
      '- . Sort',
      '+ . . Hash',
      '= . . . Seq Scan orders',
    ])
  })

  test('is an aggregate, whose work may be spread over processes', () => {
    const diff = diffOf(
      node('Aggregate', { Strategy: 'Plain' }, scan('orders')),
      node(
        'Aggregate',
        { Strategy: 'Plain', 'Partial Mode': 'Finalize' },
        node('Gather', node('Aggregate', { Strategy: 'Plain', 'Partial Mode': 'Partial' }, scan('orders'))),
      ),
    )
    expect(sketch(diff)).toEqual([
      '~ Aggregate > Aggregate',
      '+ . Gather',
      '+ . . Aggregate',
      '= . . . Seq Scan orders',
    ])
  })

  test('is the top of both, though one reads a table more', () => {
    const diff = diffOf(
      node('Limit', node('Sort', node('Hash Join', scan('a'), node('Hash', scan('b'))))),
      node(
        'Limit',
        node('Sort', node('Nested Loop', node('Hash Join', scan('a'), node('Hash', scan('b'))), scan('c'))),
      ),
    )
    expect(sketch(diff)).toEqual([
      '= Limit',
      '= . Sort',
      '+ . . Nested Loop',
      '= . . . Hash Join',
      '= . . . . Seq Scan a',
      '= . . . . Hash',
      '= . . . . . Seq Scan b',
      '+ . . . Seq Scan c',
    ])
  })

  test('is one partition of many that were read before', () => {
    const partition = (number: number, alias: string) => scan(`events_2024_${number}`, alias)
    const diff = diffOf(
      node(
        'Hash Join',
        node('Append', ...[1, 2, 3].map((number) => partition(number, `events_${number}`))),
        node('Hash', scan('customers')),
      ),
      node('Hash Join', partition(2, 'events'), node('Hash', scan('customers'))),
    )
    expect(sketch(diff)).toEqual([
      '= Hash Join',
      '- . Append',
      '- . . Seq Scan events_1',
      '= . . Seq Scan events',
      '- . . Seq Scan events_3',
      '= . Hash',
      '= . . Seq Scan customers',
    ])
  })

  test('is what was a CTE and is a part of the query now', () => {
    const inner = node('Aggregate', { Strategy: 'Hashed' }, scan('orders'))
    const cte = { ...inner, properties: { ...inner.properties, ...initPlan('CTE c') } }
    const diff = diffOf(
      node('Limit', cte, node('Sort', node('CTE Scan', { 'CTE Name': 'c', Alias: 'c' }))),
      node('Limit', node('Sort', inner)),
    )
    expect(sketch(diff)).toEqual([
      '= Limit',
      '= . Sort',
      '- . . CTE Scan c',
      '= . . Aggregate moved',
      '= . . . Seq Scan orders',
    ])
  })

  test('is an InitPlan by the name that newer versions give it, and what has no name by its place', () => {
    const result = (name: string) => node('Result', initPlan(name))
    const diff = diffOf(
      node('Aggregate', result('InitPlan 1 (returns $0)'), scan('orders')),
      node('Aggregate', result('InitPlan 1'), scan('orders')),
    )
    expect(sketch(diff)).toEqual(['= Aggregate', '= . Result', '= . Seq Scan orders'])
  })

  test('is not one partition in place of another', () => {
    const diff = diffOf(
      node('Append', scan('events_1'), scan('events_2')),
      node('Append', scan('events_1'), scan('events_3')),
    )
    expect(sketch(diff)).toEqual([
      '= Append',
      '= . Seq Scan events_1',
      '- . Seq Scan events_2',
      '+ . Seq Scan events_3',
    ])
  })
})

describe('what moved', () => {
  test('is told of tables that are joined in another order', () => {
    const diff = diffOf(
      node('Nested Loop', node('Nested Loop', scan('a'), scan('b')), scan('c')),
      node('Nested Loop', node('Nested Loop', scan('a'), node('Memoize', scan('c'))), scan('b')),
    )
    expect(sketch(diff)).toEqual([
      '= Nested Loop',
      '- . Nested Loop',
      '+ . Nested Loop',
      '= . . Seq Scan a moved',
      '+ . . Memoize',
      '= . . . Seq Scan c moved',
      '= . Seq Scan b moved',
    ])
  })

  test('is not told of what went along', () => {
    const inner = node('Hash', node('Sort', scan('c')))
    const diff = diffOf(
      node('Hash Join', node('Hash Join', scan('a'), scan('b')), inner),
      node('Hash Join', node('Hash Join', scan('a'), inner), scan('b')),
    )
    expect(sketch(diff).filter((line) => line.endsWith('moved'))).toEqual([
      '= . . Seq Scan a moved',
      '= . . Hash moved',
      '= . Seq Scan b moved',
    ])
  })
})

describe('a removed node', () => {
  test('stands around what it was around, and a whole branch where it was', () => {
    const diff = diffOf(
      node(
        'Append',
        scan('a'),
        node('Sort', node('Materialize', scan('b'))),
        node('Limit', scan('x')),
        scan('c'),
      ),
      node('Append', scan('a'), scan('b'), scan('c')),
    )
    expect(sketch(diff)).toEqual([
      '= Append',
      '= . Seq Scan a',
      '- . Sort',
      '- . . Materialize',
      '= . . . Seq Scan b',
      '- . Limit',
      '- . . Seq Scan x',
      '= . Seq Scan c',
    ])
  })
})

describe('plans of different statements', () => {
  test('have nothing in common, whatever stands on top', () => {
    const diff = diffOf(node('Limit', scan('a')), node('Limit', scan('b')))
    expect(diff.nothingMatches).toBe(true)
    expect(sketch(diff)).toEqual(['- Limit', '- . Seq Scan a', '+ Limit', '+ . Seq Scan b'])
  })

  test('may have no plan at all', () => {
    const empty = { ...modelFrom(scan('a')), root: null, nodes: [] }
    const diff = diffPlans(empty, modelFrom(scan('a')))
    expect({ lines: sketch(diff), measure: diff.measure }).toEqual({
      lines: ['+ Seq Scan a'],
      measure: 'time',
    })
  })
})

describe('differences', () => {
  const deltaOf = (before: Parameters<typeof ran>[1], after: Parameters<typeof ran>[1]) => {
    const table = { 'Relation Name': 't', Alias: 't' }
    const [row] = diffOf(ran('Seq Scan', before, table), ran('Seq Scan', after, table)).rows
    return { delta: row?.delta, isNoise: row?.isNoise }
  }

  test('are the own time after less that before', () => {
    expect(deltaOf({ ms: 100 }, { ms: 60 })).toEqual({ delta: -40, isNoise: false })
  })

  test('are noise up to a twentieth of the greater time', () => {
    expect(deltaOf({ ms: 100 }, { ms: 95 })).toEqual({ delta: -5, isNoise: true })
    expect(deltaOf({ ms: 94 }, { ms: 100 })).toEqual({ delta: 6, isNoise: false })
  })

  test('are noise where rounding may have made them', () => {
    // A thousandth of a millisecond in 90 000 loops is 90 ± 45 ms, and a difference of two such times ± 90 ms.
    expect(deltaOf({ ms: 0.001, loops: 90_000 }, { ms: 0.002, loops: 90_000 })).toMatchObject({
      isNoise: true,
    })
    expect(deltaOf({ ms: 0.001, loops: 90_000 }, { ms: 0.0021, loops: 90_000 })).toMatchObject({
      isNoise: false,
    })
  })

  test('are those of costs where one of the plans was not timed', () => {
    const priced = (cost: number) => ({
      properties: { 'Node Type': 'Seq Scan', 'Relation Name': 't', Alias: 't', 'Total Cost': cost },
      workers: [],
      children: [],
    })
    const diff = diffOf(priced(155), priced(105))
    expect(diff).toMatchObject({ measure: 'cost', rows: [{ delta: -50, isNoise: false }] })
    const bare = { properties: { 'Node Type': 'Result' }, workers: [], children: [] }
    expect(diffOf(bare, bare)).toMatchObject({ measure: null, rows: [{ delta: null, isNoise: true }] })
  })
})

describe('settings', () => {
  const settingsOf = (before: object, after: object) =>
    diffPlans(modelFrom(scan('t'), { ...before }), modelFrom(scan('t'), { ...after })).settings

  test('are told where they differ, with those that went back to their default', () => {
    expect(
      settingsOf(
        { Settings: { work_mem: '4MB', jit: 'off' } },
        { Settings: { work_mem: '64MB', jit: 'off', enable_hashjoin: 'off' } },
      ),
    ).toEqual([
      { name: 'enable_hashjoin', before: { kind: 'default' }, after: { kind: 'value', value: 'off' } },
      {
        name: 'work_mem',
        before: { kind: 'value', value: '4MB' },
        after: { kind: 'value', value: '64MB' },
      },
    ])
  })

  test('are not known of a plan that tells none', () => {
    expect(settingsOf({}, { Settings: { work_mem: '64MB' } })).toEqual([
      { name: 'work_mem', before: { kind: 'not told' }, after: { kind: 'value', value: '64MB' } },
    ])
    expect(settingsOf({}, {})).toEqual([])
  })
})

describe('findings', () => {
  const found = (rule: string, of: PlanNode | null): Finding => ({
    rule,
    node: of,
    severity: 'warning',
    share: null,
    savesMs: null,
    title: rule,
    advice: '',
    remedy: null,
    evidence: [],
  })

  test('are new or resolved by rule and node, wherever the node is now', () => {
    const before = modelFrom(node('Sort', node('Materialize', scan('a'))))
    const after = modelFrom(node('Sort', scan('a')))
    const shared = found('slow-scan', at(before, '0.0.0'))
    const whole = found('planning', null)
    const gone = found('materialize', at(before, '0.0'))
    const fresh = found('slow-scan', at(after, '0'))
    const diff = diffPlans(before, after, {
      before: [shared, whole, gone],
      after: [found('slow-scan', at(after, '0.0')), fresh, { ...whole }],
    })
    expect(diff.newFindings).toEqual([fresh])
    expect(diff.resolvedFindings).toEqual([gone])
  })

  test('of one rule on one node count one by one', () => {
    const plan = modelFrom(scan('a'))
    const two = [found('x', at(plan, '0')), found('x', at(plan, '0'))]
    expect(diffPlans(plan, plan, { before: two.slice(0, 1), after: two }).newFindings).toHaveLength(1)
  })
})

import { describe, expect, test } from 'vitest'
import { documentOf, nodeAt, rootOf, statementOf } from './read-support.ts'

const COST = '(cost=0.00..1.00 rows=1 width=4)'
const RUN = `${COST} (actual time=0.010..0.020 rows=3 loops=1)`

describe('the first line of a node', () => {
  test('tells name, target and numbers by the keys of JSON', () => {
    const line =
      'Seq Scan on public.orders o  (cost=0.00..12.50 rows=10 width=4) (actual time=0.100..0.200 rows=3 loops=2)'
    expect(rootOf(line).properties).toEqual({
      'Node Type': 'Seq Scan',
      'Parallel Aware': false,
      'Relation Name': 'orders',
      Schema: 'public',
      Alias: 'o',
      'Startup Cost': 0,
      'Total Cost': 12.5,
      'Plan Rows': 10,
      'Plan Width': 4,
      'Actual Startup Time': 0.1,
      'Actual Total Time': 0.2,
      'Actual Rows': 3,
      'Actual Loops': 2,
    })
  })

  test.each([
    ['Hash Right Anti Join', { 'Node Type': 'Hash Join', 'Join Type': 'Right Anti' }],
    ['Nested Loop', { 'Node Type': 'Nested Loop', 'Join Type': 'Inner' }],
    ['Merge Full Join', { 'Node Type': 'Merge Join', 'Join Type': 'Full' }],
    ['Merge Append', { 'Node Type': 'Merge Append' }],
    ['Partial HashAggregate', { 'Node Type': 'Aggregate', Strategy: 'Hashed', 'Partial Mode': 'Partial' }],
    ['GroupAggregate', { 'Node Type': 'Aggregate', Strategy: 'Sorted', 'Partial Mode': 'Simple' }],
    ['HashSetOp Except All', { 'Node Type': 'SetOp', Strategy: 'Hashed', Command: 'Except All' }],
    ['Parallel Append', { 'Node Type': 'Append', 'Parallel Aware': true }],
    [
      'Async Foreign Scan on ft',
      { 'Node Type': 'Foreign Scan', Operation: 'Select', 'Async Capable': true, Alias: 'ft' },
    ],
    ['Foreign Delete on ft', { 'Node Type': 'Foreign Scan', Operation: 'Delete' }],
    ['Insert on audit', { 'Node Type': 'ModifyTable', Operation: 'Insert', 'Relation Name': 'audit' }],
    [
      'Index Only Scan Backward using i on t',
      { 'Node Type': 'Index Only Scan', 'Scan Direction': 'Backward', 'Index Name': 'i', Alias: 't' },
    ],
    ['Bitmap Index Scan on "I x"', { 'Node Type': 'Bitmap Index Scan', 'Index Name': 'I x' }],
    ['CTE Scan on c a', { 'Node Type': 'CTE Scan', 'CTE Name': 'c', Alias: 'a' }],
    ['Values Scan on "*VALUES*"', { 'Node Type': 'Values Scan', Alias: '*VALUES*' }],
    ['Function Scan on generate_series g', { 'Function Name': 'generate_series', Alias: 'g' }],
    [
      'Custom Scan (ChunkAppend) on btest',
      { 'Node Type': 'Custom Scan', 'Custom Plan Provider': 'ChunkAppend', 'Relation Name': 'btest' },
    ],
    ['Warp Scan on t', { 'Node Type': 'Warp Scan', 'Relation Name': 't' }],
  ])('%s', (name, expected) => {
    expect(rootOf(`${name}  ${COST}`).properties).toMatchObject(expected)
  })

  test('takes names in quotes whole, whatever they look like', () => {
    const root = rootOf(
      `Index Scan using "a -> (cost=1.00..2.00 rows=3 width=4)" on "S 1"."t ""x"" ->" "W "  ${COST}`,
    )
    expect(root.properties).toMatchObject({
      'Index Name': 'a -> (cost=1.00..2.00 rows=3 width=4)',
      Schema: 'S 1',
      'Relation Name': 't "x" ->',
      Alias: 'W ',
      'Total Cost': 1,
    })
  })

  test('has no execution where it says so, and times of zero like JSON', () => {
    const root = rootOf(
      `Nested Loop  ${RUN}\n  ->  Seq Scan on a  ${RUN}\n  ->  Seq Scan on b  ${COST} (never executed)`,
    )
    expect(nodeAt(root, 1).properties).toMatchObject({
      'Actual Loops': 0,
      'Actual Rows': 0,
      'Actual Startup Time': 0,
      'Actual Total Time': 0,
      'Parent Relationship': 'Inner',
    })
  })

  test('keeps what is no number as text', () => {
    expect(rootOf('Seq Scan on t  (cost=N.N..N.N rows=7 width=N)').properties).toMatchObject({
      'Startup Cost': 'N.N',
      'Plan Rows': 7,
    })
  })
})

describe('lines of several values', () => {
  test.each([
    [
      'Buffers: shared hit=3 read=2, temp written=1',
      { 'Shared Hit Blocks': 3, 'Shared Read Blocks': 2, 'Temp Written Blocks': 1, 'Local Hit Blocks': 0 },
    ],
    ['I/O Timings: read=0.014 write=0.005', { 'I/O Read Time': 0.014, 'I/O Write Time': 0.005 }],
    [
      'I/O Timings: shared/local read=1.5, temp read=2.5',
      { 'I/O Read Time': 1.5, 'Temp I/O Read Time': 2.5 },
    ],
    [
      'I/O Timings: shared read=1.5, local write=2.5',
      { 'Shared I/O Read Time': 1.5, 'Local I/O Write Time': 2.5 },
    ],
    [
      'WAL: records=2 fpi=1 bytes=18446744073709551615 buffers full=4',
      { 'WAL Records': 2, 'WAL FPI': 1, 'WAL Bytes': 18446744073709551615n, 'WAL Buffers Full': 4 },
    ],
    [
      'Sort Method: external merge  Disk: 22064kB',
      { 'Sort Method': 'external merge', 'Sort Space Used': 22064, 'Sort Space Type': 'Disk' },
    ],
    [
      'Buckets: 16384 (originally 1024)  Batches: 32 (originally 1)  Memory Usage: 791kB',
      {
        'Hash Buckets': 16384,
        'Original Hash Buckets': 1024,
        'Hash Batches': 32,
        'Original Hash Batches': 1,
        'Peak Memory Usage': 791,
      },
    ],
    ['Buckets: 1024  Batches: 1  Memory Usage: 9kB', { 'Hash Buckets': 1024, 'Original Hash Buckets': 1024 }],
    [
      'Planned Partitions: 4  Batches: 5  Memory Usage: 4153kB  Disk Usage: 31752kB',
      { 'Planned Partitions': 4, 'HashAgg Batches': 5, 'Disk Usage': 31752 },
    ],
    [
      'Hits: 5  Misses: 2  Evictions: 0  Overflows: 1  Memory Usage: 204kB',
      { 'Cache Hits': 5, 'Cache Misses': 2, 'Cache Overflows': 1, 'Peak Memory Usage': 204 },
    ],
    ['Heap Blocks: lossy=525', { 'Lossy Heap Blocks': 525 }],
    ['Tuples: inserted=500 skipped=7', { 'Tuples Inserted': 500, 'Tuples Skipped': 7 }],
    ['Storage: Memory  Maximum Storage: 17kB', { Storage: 'Memory', 'Maximum Storage': 17 }],
    [
      `Sampling: bernoulli ('50'::real) REPEATABLE ('1'::double precision)`,
      {
        'Sampling Method': 'bernoulli',
        'Sampling Parameters': [`'50'::real`],
        'Repeatable Seed': `'1'::double precision`,
      },
    ],
    [
      'Pre-sorted Groups: 5  Sort Methods: top-N heapsort, quicksort  Average Memory: 4kB  Peak Memory: 5kB  Average Disk: 6kB  Peak Disk: 7kB',
      {
        'Pre-sorted Groups': {
          'Group Count': 5,
          'Sort Methods Used': ['top-N heapsort', 'quicksort'],
          'Sort Space Memory': { 'Average Sort Space Used': 4, 'Peak Sort Space Used': 5 },
          'Sort Space Disk': { 'Average Sort Space Used': 6, 'Peak Sort Space Used': 7 },
        },
      },
    ],
    [
      'Output: a, f(b, c), \'x, y\'::text, "d, e", ARRAY[1, 2]',
      { Output: ['a', 'f(b, c)', "'x, y'::text", '"d, e"', 'ARRAY[1, 2]'] },
    ],
    ['Filter: false', { Filter: 'false' }],
    ['Foreign File Size: 12 b', { 'Foreign File Size': 12 }],
    ['Shiny New Thing: 7', { 'Shiny New Thing': 7 }],
    ['Shiny New Flag: true', { 'Shiny New Flag': true }],
  ])('%s', (line, expected) => {
    expect(rootOf(`Seq Scan on t  ${COST}\n  ${line}`).properties).toMatchObject(expected)
  })
})

describe('a literal that goes on in the next line', () => {
  const plan = `Seq Scan on t  ${COST}
  Filter: ((name <> 'it''s
  ->  Seq Scan on fake  (cost=0.00..1.00 rows=1 width=1)
Planning Time: 9.9 ms
  Filter: x'::text) AND (cat = 3))
Planning Time: 0.5 ms`

  test('is no node and no property', () => {
    const { root, properties } = statementOf(plan)
    expect(root?.children).toEqual([])
    expect(root?.properties.Filter).toMatch(/^\(\(name <> 'it''s\n {2}->.*AND \(cat = 3\)\)$/s)
    expect(properties['Planning Time']).toBe(0.5)
  })

  test('ends with its line where its quote never closes', () => {
    const root = rootOf(`Sort  ${COST}\n  Sort Key: it's\n  ->  Seq Scan on t  ${COST}`)
    expect(root.properties['Sort Key']).toEqual(["it's"])
    expect(root.children).toHaveLength(1)
  })
})

describe('workers', () => {
  test('keep their lines to themselves', () => {
    const root = rootOf(`Sort  ${RUN}
  Output: a
  Sort Method: quicksort  Memory: 25kB
  Buffers: shared hit=3126
  Worker 0:  actual time=68.314..68.318 rows=17 loops=1
    Sort Method: external merge  Disk: 90kB
    Buffers: shared hit=783
    JIT:
      Functions: 4
      Options: Inlining false, Optimization false, Expressions true, Deforming true
      Timing: Generation 1.000 ms, Inlining 0.000 ms, Optimization 0.100 ms, Emission 0.200 ms, Total 1.300 ms
  ->  Seq Scan on t  ${RUN}`)
    expect(root.properties).toMatchObject({ 'Sort Space Used': 25, 'Shared Hit Blocks': 3126 })
    expect(root.properties).not.toHaveProperty('JIT')
    expect(root.workers).toHaveLength(1)
    expect(root.workers[0]).toMatchObject({
      'Worker Number': 0,
      'Actual Total Time': 68.318,
      'Sort Method': 'external merge',
      'Shared Hit Blocks': 783,
      'Shared Read Blocks': 0,
      JIT: {
        Functions: 4,
        Options: { Inlining: false, Optimization: false, Expressions: true, Deforming: true },
        Timing: { Generation: 1, Inlining: 0, Optimization: 0.1, Emission: 0.2, Total: 1.3 },
      },
    })
  })

  test('may tell only how they sorted', () => {
    const root = rootOf(
      `Sort  ${RUN}\n  Worker 0:  Sort Method: quicksort  Memory: 50kB\n  Worker 1:  Sort Method: quicksort  Memory: 51kB`,
    )
    expect(root.workers.map((worker) => worker['Sort Space Used'])).toEqual([50, 51])
  })
})

describe('sections', () => {
  test('name the plan below them', () => {
    const root = rootOf(`Result  ${RUN}
  CTE the 'x
    ->  Result  ${RUN}
          Filter: (a = 1)
  InitPlan 2 (returns $1)
    ->  Limit  ${RUN}
          InitPlan 1 (returns $0)
            ->  Result  ${RUN}
          ->  Result  ${RUN}
  ->  CTE Scan on x  ${RUN}
  SubPlan 3
    ->  Result  ${RUN}`)
    expect(
      root.children.map(({ properties }) => [properties['Parent Relationship'], properties['Subplan Name']]),
    ).toEqual([
      ['InitPlan', "CTE the 'x"],
      ['InitPlan', 'InitPlan 2 (returns $1)'],
      ['Outer', undefined],
      ['SubPlan', 'SubPlan 3'],
    ])
    expect(nodeAt(root, 0).properties).toMatchObject({ Filter: '(a = 1)', 'Rows Removed by Filter': 0 })
    expect(nodeAt(root, 1).children).toHaveLength(2)
  })
})

describe('what follows although text leaves it out', () => {
  test('are zero counters where the statement counted', () => {
    const root = rootOf(
      `Limit  ${RUN}\n  Buffers: shared hit=1\n  ->  Bitmap Heap Scan on t  ${RUN}\n        Recheck Cond: (a = 1)`,
    )
    expect(nodeAt(root, 0).properties).toMatchObject({
      'Shared Hit Blocks': 0,
      'Temp Written Blocks': 0,
      'Exact Heap Blocks': 0,
      'Rows Removed by Index Recheck': 0,
    })
    expect(nodeAt(root, 0).properties).not.toHaveProperty('WAL Records')
  })

  test('are the places of children', () => {
    const root = rootOf(
      `Append  ${COST}\n  ->  Subquery Scan on s  ${COST}\n        ->  Result  ${COST}\n  ->  Result  ${COST}`,
    )
    expect(nodeAt(root, 0).properties['Parent Relationship']).toBe('Member')
    expect(nodeAt(root, 0, 0).properties['Parent Relationship']).toBe('Subquery')
  })

  test('is the name of a time that 16 and 17 print alike', () => {
    const timings = '  Buffers: shared read=1\n  I/O Timings: shared read=1.5'
    const sixteen = rootOf(`Gather  ${RUN}\n  Params Evaluated: $0\n${timings}`)
    expect(sixteen.properties).toMatchObject({ 'I/O Read Time': 1.5, 'I/O Write Time': 0 })
    const later = rootOf(`Gather  (actual time=0.1..0.2 rows=1.00 loops=1)\n${timings}`)
    expect(later.properties).toMatchObject({
      'Shared I/O Read Time': 1.5,
      'Local I/O Read Time': 0,
      Disabled: false,
    })
  })
})

describe('the keys of an aggregate', () => {
  test('are a list', () => {
    expect(rootOf(`HashAggregate  ${COST}\n  Group Key: a, f(b, c)`).properties['Group Key']).toEqual([
      'a',
      'f(b, c)',
    ])
  })

  test('are sets where there are several lines', () => {
    const root = rootOf(`MixedAggregate  ${COST}
  Hash Key: c
  Group Key: a, b
  Group Key: a
  Group Key: ()
  Sort Key: b
    Group Key: b`)
    expect(root.properties['Grouping Sets']).toEqual([
      { 'Hash Keys': [['c']] },
      { 'Group Keys': [['a', 'b'], ['a'], []] },
      { 'Sort Key': ['b'], 'Group Keys': [['b']] },
    ])
    expect(root.properties).not.toHaveProperty('Sort Key')
  })
})

describe('a change', () => {
  test('lists its tables, each with the lines below it', () => {
    const root = rootOf(`Update on parent  ${COST}
  Update on public.child1 parent_1
  Foreign Update on ft parent_2
    Remote SQL: UPDATE public.t SET a = $2 WHERE ctid = $1
  ->  Append  ${COST}`)
    expect(root.properties['Target Tables']).toEqual([
      { 'Relation Name': 'child1', Schema: 'public', Alias: 'parent_1' },
      {
        'Relation Name': 'ft',
        Alias: 'parent_2',
        'Remote SQL': 'UPDATE public.t SET a = $2 WHERE ctid = $1',
      },
    ])
    expect(root.children).toHaveLength(1)
  })
})

describe('beside the plan', () => {
  test('stand settings, planning, triggers, JIT and serialization', () => {
    const { properties } = statementOf(`Seq Scan on t  ${RUN}
Settings: search_path = '"$user", public', work_mem = '64kB'
Query Identifier: -4029575649008686784
Planning:
  Buffers: shared hit=8, local read=1
  Memory: used=13kB  allocated=32kB
Planning Time: 0.485 ms
Trigger for constraint o_fk on customers: time=5.798 calls=61
Trigger RI_x for constraint o_fk: time=1.000 calls=2
Trigger it's: calls=3
JIT:
  Functions: 8
  Timing: Generation 0.780 ms (Deform 0.200 ms), Inlining 1.000 ms, Optimization 2.000 ms, Emission 3.000 ms, Total 6.780 ms
Serialization: time=58.068 ms  output=5886kB  format=text
  Buffers: shared hit=2
Execution Time: 77.239 ms`)
    expect(properties).toMatchObject({
      Settings: { search_path: '"$user", public', work_mem: '64kB' },
      'Query Identifier': -4029575649008686784n,
      Planning: { 'Shared Hit Blocks': 8, 'Local Read Blocks': 1, 'Memory Used': 13, 'Temp Read Blocks': 0 },
      'Planning Time': 0.485,
      Triggers: [
        { 'Constraint Name': 'o_fk', Relation: 'customers', Time: 5.798, Calls: 61 },
        { 'Trigger Name': 'RI_x', 'Constraint Name': 'o_fk', Time: 1, Calls: 2 },
        { 'Trigger Name': "it's", Calls: 3 },
      ],
      JIT: { Functions: 8, Timing: { Generation: { Deform: 0.2, Total: 0.78 }, Total: 6.78 } },
      Serialization: { Time: 58.068, 'Output Volume': 5886, Format: 'text', 'Shared Hit Blocks': 2 },
      'Execution Time': 77.239,
    })
  })
})

describe('several plans', () => {
  test('are as many statements, with costs and without', () => {
    const two = `Insert on a  ${RUN}\n  ->  Result  ${RUN}\nExecution Time: 1.0 ms\n\nUpdate on b  ${RUN}\nExecution Time: 2.0 ms`
    expect(documentOf(two).statements.map(({ properties }) => properties['Execution Time'])).toEqual([1, 2])
    const plain = 'Insert on a\n  ->  Result\n\nUpdate on b\n  ->  Seq Scan on b\n'
    expect(documentOf(plain).statements.map(({ root }) => root?.children.length)).toEqual([1, 1])
  })

  test('may have none', () => {
    expect(statementOf('Utility statements have no plan structure')).toEqual({
      root: null,
      properties: {},
      withoutPlan: 'Utility Statement',
    })
    expect(statementOf('Query rewrites to nothing').withoutPlan).toBe('Query rewrites to nothing')
  })
})

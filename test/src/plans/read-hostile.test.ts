import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPlan } from '#src/plans/read/read.ts'
import { documentOf, refusalOf } from './read-support.ts'

const NODE = 'Seq Scan on t  (cost=0.00..1.00 rows=1 width=1)\n'

describe('input that no server printed', () => {
  test.each([
    ['brackets', '['.repeat(1_000_000)],
    ['braces', '{"a":'.repeat(200_000)],
    ['plans in plans', `{"Plan":${'{"Node Type":"X","Plans":['.repeat(100_000)}`],
    ['elements', `<explain>${'<a>'.repeat(300_000)}`],
    ['brackets in YAML', `- Plan: \n    x: ${'['.repeat(1_000_000)}`],
  ])('is refused where it nests too deep: %s', (_what, text) => {
    expect(refusalOf(text).reason).toMatch(/nested more than 10000 deep/)
  })

  test('is read as deep as plans may go', () => {
    const depth = 4_000
    const { statements } = documentOf(
      `{"Plan":${'{"Node Type":"Limit","Plans":['.repeat(depth)}{"Node Type":"Result"}${']}'.repeat(depth)}}`,
    )
    let deepest = statements[0]?.root
    for (let level = 0; level < depth; level += 1) deepest = deepest?.children[0]
    expect(deepest?.properties).toEqual({ 'Node Type': 'Result' })
  })

  test.each([
    ['blanks', `Sort${' '.repeat(1_000_000)}(`],
    ['a rule', `${'-'.repeat(1_000_000)}x`],
    ['quotes', '"'.repeat(1_000_000)],
    ['quotes that never close', NODE + "  Filter: (a = 'x\n".repeat(50_000)],
    ['lines that go on', `${NODE}  Filter: a\n${'bbb\n'.repeat(200_000)}`],
    ['empty lines', `${NODE}${'\n'.repeat(500_000)}x`],
    ['roots cut off', 'Sort  (cost\n'.repeat(50_000)],
    [
      'workers',
      NODE + Array.from({ length: 50_000 }, (_, n) => `  Worker ${n}:  actual rows=1 loops=1\n`).join(''),
    ],
    ['triggers', `${NODE}${'Trigger a: time=1.0 calls=1\n'.repeat(50_000)}`],
    ['counters without numbers', `${NODE}  WAL: ${'a '.repeat(500_000)}`],
    ['digits', `Seq Scan on t  (cost=0.00..1.00 rows=${'9'.repeat(1_000_000)} width=1)`],
    ['queries without a plan', 'Query Text: \n'.repeat(50_000)],
  ])('takes no longer than it is long: %s', (_what, text) => {
    const begin = performance.now()
    readPlan(text)
    expect(performance.now() - begin).toBeLessThan(5_000)
  })

  test.each([
    '{"Plan": {"Node Type": "x", "n": 1e999}}',
    `{"Plan": {"Node Type": "x", "n": ${'9'.repeat(1_000)}}}`,
  ])('has numbers that are none: %.50s', (text) => {
    expect(refusalOf(text).reason).toMatch(/^Expected a number/)
  })

  test('never throws', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...' \n\t"\'[]{}()<>:|+,-=',
        '->  ',
        NODE,
        '  Filter: ',
        'Worker 0: ',
        '- Plan: \n',
        '<explain>',
        '</a>',
        '"Plan"',
        'duration: 1.0 ms  plan:',
        'QUERY PLAN\n---\n',
        'INSERT INTO t VALUES (',
        '│',
        '╔═══╗',
        'CTE x',
        'JIT:\n',
      ),
      fc.string({ maxLength: 5 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const read = readPlan(pieces.join(''))
        if (!read.ok)
          expect(read.unreadable).toMatchObject({ line: expect.any(Number), reason: expect.any(String) })
      }),
      { numRuns: 2_000 },
    )
  })
})

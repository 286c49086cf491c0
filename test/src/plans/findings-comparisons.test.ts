import { describe, expect, test } from 'vitest'
import { comparisonsOf } from '#src/plans/findings/scans/comparisons.ts'

/** `column operator` of each part, null of what cannot be read. */
function read(condition: string, alias: string | null = null): readonly (string | null)[] {
  return comparisonsOf(condition, alias).map((each) =>
    each === null ? null : `${each.column} ${each.operator}`,
  )
}

describe('a condition', () => {
  test.each([
    ['(a = 1)', ['a =']],
    ['((a = 1) AND (b > 2))', ['a =', 'b >']],
    [`((a = 'x AND (b = 2)'::text) AND ("b ""AND" <= '-5'::integer))`, ['a =', '"b ""AND" <=']],
    [`(a = ANY ('{1,2}'::integer[]))`, ['a =']],
    [`((code)::text = 'x'::text)`, ['code =']],
    [`(at > (now() - '7 days'::interval))`, ['at >']],
    [`(at >= '2024-01-01 00:00:00+00'::timestamp with time zone)`, ['at >=']],
    [`(at < date_trunc('day'::text, CURRENT_TIMESTAMP))`, ['at <']],
    [`(total > '10'::numeric(10,2))`, ['total >']],
    [`(kind = 'x'::"My"."Type")`, ['kind =']],
    ['(a = $1)', ['a =']],
    ['(a = (InitPlan 1).col1)', ['a =']],
    ['(5 < a)', ['a >']],
    ['(a IS NULL)', ['a IS NULL']],
    ['(flag AND (NOT other))', ['flag IS TRUE', 'other IS NOT TRUE']],
    [`(name ~~ 'a%'::text)`, ['name ~~']],
    [`(name = E'it\\\\''s')`, ['name =']],
  ])('is read: %s', (condition, parts) => {
    expect(read(condition)).toEqual(parts)
  })

  test.each([
    '((a = 1) OR (b = 2))',
    '(lower(a) = 1)',
    '(a = b)',
    '((a + 1) = 2)',
    '(a = (b + 1))',
    '(a = random())',
    '(NOT (hashed SubPlan 1))',
    '(a = ANY (b))',
    '(ROW(a, b) > ROW(1, 2))',
    '((a = 1) = (b = 2))',
    'CASE WHEN (a = 1) THEN true ELSE false END',
    `(a = 'x`,
    '',
    '(',
  ])('is left alone: %s', (condition) => {
    expect(read(condition)).toEqual([null])
  })

  test('knows its table by the alias', () => {
    expect(read('(o.customer = c.id)', 'o')).toEqual(['customer ='])
    expect(read('(o.customer = c.id)', 'c')).toEqual(['id ='])
    expect(read('("O o"."x" = 1)', 'O o')).toEqual(['"x" ='])
    expect(read('(o.customer = o.id)', 'o')).toEqual([null])
    expect(read('(p.customer = 5)', 'o')).toEqual([null])
  })

  test('tells a column that is cast to text', () => {
    expect(comparisonsOf(`((code)::text = 'x'::text)`, null)).toMatchObject([{ isRelabelled: true }])
    expect(comparisonsOf(`(code = 'x'::text)`, null)).toMatchObject([{ isRelabelled: false }])
  })

  test('of any depth and length is answered at once', () => {
    const begin = performance.now()
    for (const condition of [
      `${'('.repeat(50_000)}a = 1${')'.repeat(50_000)}`,
      `(a = ANY ('{${'1,'.repeat(1_000_000)}1}'::integer[]))`,
      `(${Array.from({ length: 5_000 }, () => '(a = 1)').join(' AND ')})`,
      `(a = '${"''".repeat(40_000)}'::text)`,
    ])
      comparisonsOf(condition, null)
    expect(performance.now() - begin).toBeLessThan(2_000)
  })
})

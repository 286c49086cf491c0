import { describe, expect, test } from 'vitest'
import { readShown } from '#screens/explain/shown-plan.ts'

const kindOf = (text: string) => readShown(text, 'typed', new Date(0)).kind

describe('a text that was pasted', () => {
  test.each([
    ['Seq Scan on t  (cost=0.00..1.01 rows=1 width=4)'],
    [
      '                 QUERY PLAN\n----------------\n Seq Scan on t  (cost=0.00..1.01 rows=1 width=4)\n(1 row)',
    ],
    ['Sort\n  Sort Key: a\n  ->  Seq Scan on t'],
    ['[{"Plan": {"Node Type": "Result"}}]'],
    [
      '2026-01-01 UTC LOG:  duration: 1.2 ms  plan:\n\tQuery Text: SELECT 1\n\tResult  (cost=0.00..0.01 rows=1 width=4)',
    ],
  ])('is a plan: %s', (text) => {
    expect(kindOf(text)).toBe('plan')
  })

  test.each([
    ['SELECT 1'],
    ['select * from t where (cost=5)'],
    ["-- a comment\nSELECT 'Seq Scan on t (cost=1)'"],
    ['WITH plan AS (SELECT 1) TABLE plan'],
    ['VALUES (1)'],
  ])('is a query: %s', (text) => {
    expect(kindOf(text)).toBe('query')
  })

  test.each([['[{"Plan": '], ['{"Plan": {"Node Type": 3'], ['->  (cost=1..2']])(
    'is a plan that cannot be read: %s',
    (text) => {
      expect(kindOf(text)).toBe('unreadable')
    },
  )
})

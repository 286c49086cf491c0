import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defineEntry, type Row } from '#queries/define.ts'
import { rates } from '#src/monitor/rates.ts'

const databases = defineEntry({
  id: 'databases',
  title: 'Databases',
  about: 'Counters of each database.',
  reads: [],
  pace: 'live',
  waits: 'nothing',
  columns: [
    { id: 'datid', label: 'oid', kind: 'oid', meaning: 'The database.' },
    { id: 'commits', label: 'commits', kind: 'count', meaning: 'Commits.', counter: true },
    { id: 'reads', label: 'reads', kind: 'count', meaning: 'Reads.', counter: true },
    { id: 'stats_reset', label: 'reset', kind: 'time', meaning: 'Last reset.' },
  ],
  identity: ['datid'],
  sql: () => '',
})

const row = (commits: number | bigint, reads: number | bigint | null, stats_reset = 'a'): Row => ({
  datid: 1,
  commits,
  reads,
  stats_reset,
})

describe('rates', () => {
  test('are the growth per second of each counter', () => {
    expect(rates(databases, [row(10, 0)], [row(30, 5)], 2).get('1')).toEqual({ commits: 10, reads: 2.5 })
  })

  test('are not told for a row that was not there before', () => {
    expect(rates(databases, [], [row(30, 5)], 2).size).toBe(0)
  })

  test('are not told for the whole row when one counter went down', () => {
    expect(rates(databases, [row(10, 9)], [row(30, 5)], 1).size).toBe(0)
  })

  test('are not told across a reset that the counters have already outgrown', () => {
    expect(rates(databases, [row(10, 1, 'a')], [row(30, 5, 'b')], 1).size).toBe(0)
  })

  test('leave out a counter that is NULL', () => {
    expect(rates(databases, [row(10, null)], [row(30, 5)], 1).get('1')).toEqual({ commits: 20 })
  })

  test('stay exact for counters beyond 2^53', () => {
    const base = 2n ** 60n
    expect(rates(databases, [row(base, 0)], [row(base + 7n, 0)], 1).get('1')?.commits).toBe(7)
  })

  test('are never negative', () => {
    const counter = fc.oneof(fc.nat(), fc.bigInt(0n, 2n ** 63n))
    fc.assert(
      fc.property(
        counter,
        counter,
        counter,
        counter,
        fc.double({ min: 0.1, max: 60 }),
        (a, b, c, d, seconds) => {
          const [rate] = rates(databases, [row(a, b)], [row(c, d)], seconds).values()
          expect(Object.values(rate ?? {}).every((each) => each >= 0)).toBe(true)
        },
      ),
    )
  })
})

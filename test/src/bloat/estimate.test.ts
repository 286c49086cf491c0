import { describe, expect, test } from 'vitest'
import { bloatOf, doubtOfAge, doubtOfSize, isWorthAReport, unknownBloat } from '#src/bloat/estimate.ts'

const MB = 1024 * 1024
const fresh = { changedRows: 0, exactBytes: null }

describe('bloat', () => {
  test('is what is there beside what should be, and never below nothing', () => {
    expect(bloatOf(100 * MB, 75 * MB, [])).toMatchObject({
      bytes: 25 * MB,
      ratio: 0.25,
      confidence: 'high',
    })
    expect(bloatOf(100 * MB, 110 * MB, [])).toMatchObject({ bytes: 0, ratio: 0, confidence: 'high' })
    expect(bloatOf(0, 0, [])).toMatchObject({ bytes: 0, ratio: 0 })
  })

  test('of something smaller than its rows should be is a guess', () => {
    expect(bloatOf(100 * MB, 140 * MB, [])).toMatchObject({ confidence: 'low', bytes: 0 })
  })

  test('is as sure as its worst doubt', () => {
    const some = { confidence: 'medium', caveat: 'one' } as const
    const much = { confidence: 'low', caveat: 'two' } as const
    expect(bloatOf(2, 1, [null, some])).toMatchObject({ confidence: 'medium', caveats: ['one'] })
    expect(bloatOf(2, 1, [some, much])).toMatchObject({ confidence: 'low', caveats: ['one', 'two'] })
  })

  test.each([
    [0, null],
    [50, null],
    [150, 'medium'],
    [500, 'low'],
    [null, 'medium'],
  ])('with %s of 1000 rows changed since the ANALYZE is doubted: %s', (changedRows, confidence) => {
    expect(doubtOfAge({ ...fresh, changedRows }, 1000)?.confidence ?? null).toBe(confidence)
  })

  test('of a few pages is a guess', () => {
    expect(doubtOfSize(8192)).toMatchObject({ confidence: 'low' })
    expect(doubtOfSize(MB)).toBeNull()
  })

  test.each([
    [400, 250, true],
    [400, 310, false],
    [120, 30, false],
    [4000, 3800, false],
  ])('of %s MB that should be %s is worth a report: %s', (actual, expected, worth) => {
    expect(isWorthAReport(bloatOf(actual * MB, expected * MB, []))).toBe(worth)
  })

  test('that is not known is not reported', () => {
    expect(isWorthAReport(unknownBloat('why'))).toBe(false)
  })
})

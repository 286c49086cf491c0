import { describe, expect, test } from 'vitest'
import { History } from '#src/monitor/history.ts'

describe('the history ring', () => {
  test('gives the newest values of a series, oldest first', () => {
    const history = new History(['tps', 'wal'], 10_000)
    for (const value of [1, 2, 3]) {
      history.append(value, { tps: value, wal: value * 10 })
    }
    expect(history.latest('tps', 2)).toEqual([2, 3])
    expect(history.latest('wal', 9)).toEqual([10, 20, 30])
  })

  test('drops the oldest samples when its bytes are used up', () => {
    const history = new History(['tps'], 128 * 4)
    for (let value = 0; value < 100; value += 1) {
      history.append(value, { tps: value })
    }
    expect(history.capacity).toBe(4)
    expect(history.latest('tps', 10)).toEqual([96, 97, 98, 99])
  })

  test('keeps a missing value as a gap, not as a zero', () => {
    const history = new History(['tps'], 10_000)
    history.append(1, { tps: null })
    history.append(2, {})
    expect(history.latest('tps', 2)).toEqual([Number.NaN, Number.NaN])
  })

  test('gives nothing for a series it does not hold', () => {
    expect(new History(['tps'], 10_000).latest('wal', 3)).toEqual([])
  })
})

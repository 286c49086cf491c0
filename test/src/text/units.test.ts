import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  byteRate,
  bytes,
  clock,
  count,
  duration,
  latency,
  percent,
  rate,
  timestamp,
} from '#src/text/units.ts'

const examples = (format: (value: number) => string, pairs: readonly (readonly [number, string])[]) =>
  expect(pairs.map(([value]) => [value, format(value)])).toEqual(pairs.map(([value, text]) => [value, text]))

/** The number a short form stands for, in the smallest unit, to compare two of them. */
function worth(text: string, units: Readonly<Record<string, number>>): number {
  if (text.startsWith('<')) return Number.MIN_VALUE
  return [...text.matchAll(/([\d.]+)\s?([a-zA-Z%]*)/g)].reduce(
    (sum, [, digits, unit]) => sum + Number(digits) * (units[unit ?? ''] ?? Number.NaN),
    0,
  )
}

const TIME = { s: 1, m: 60, h: 3600, d: 86_400, ms: 0.001 }
const SIZE = Object.fromEntries(
  ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'].map((unit, power) => [unit, 1024 ** power]),
)
const COUNT = Object.fromEntries(
  ['', 'k', 'M', 'G', 'T', 'P', 'E'].map((unit, power) => [unit, 1000 ** power]),
)

describe.each([
  { name: 'duration', format: duration, units: TIME, most: 8e8, cells: 7 },
  { name: 'latency', format: latency, units: TIME, most: 8e6, cells: 7 },
  { name: 'bytes', format: bytes, units: SIZE, most: 2 ** 63, cells: 7 },
  { name: 'count', format: count, units: COUNT, most: 2 ** 63, cells: 4 },
  { name: 'percent', format: percent, units: { '%': 1 }, most: 99, cells: 5 },
])('$name', ({ format, units, most, cells }) => {
  const value = fc.oneof(
    fc.double({ min: 0, max: most, noNaN: true }),
    fc.double({ min: 0, max: 10_000, noNaN: true }).map((small) => Math.min(small, most)),
  )

  test(`needs at most ${cells} cells`, () => {
    fc.assert(
      fc.property(value, (amount) => {
        expect(format(amount).length).toBeLessThanOrEqual(cells)
      }),
      { numRuns: 2000 },
    )
  })

  test('never shows the greater of two as the smaller', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a]
        expect(worth(format(less), units)).toBeLessThanOrEqual(worth(format(more), units))
      }),
      { numRuns: 2000 },
    )
  })

  test('tells what is not known, not a number, and negative', () => {
    expect([format(null), format(Number.NaN), format(Number.POSITIVE_INFINITY)]).toEqual(['-', '?', 'inf'])
    expect(format(-5)).toBe(`-${format(5)}`)
    expect(format(-0)).toBe(format(0))
    expect(format(3n)).toBe(format(3))
  })
})

test('durations are cut, never rounded up', () => {
  examples(duration, [
    [0, '0.0s'],
    [0.29, '0.2s'],
    [16.1, '16.1s'],
    [59.99, '59.9s'],
    [60, '1m00s'],
    [847, '14m07s'],
    [3599.9, '59m59s'],
    [7380, '2h03m'],
    [86_399, '23h59m'],
    [41 * 86_400 + 3 * 3600, '41d 3h'],
    [400 * 86_400, '400d'],
  ])
})

test('latencies keep two or three digits', () => {
  examples(latency, [
    [0, '0ms'],
    [0.000001, '<0.01ms'],
    [0.00004, '0.04ms'],
    [0.0012, '1.2ms'],
    [0.1239, '123ms'],
    [1.239, '1.23s'],
    [9.999, '9.99s'],
    [61, '1m01s'],
  ])
})

test("sizes have PostgreSQL's units", () => {
  examples(bytes, [
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 kB'],
    [12_288, '12 kB'],
    [1023.6 * 1024, '1.0 MB'],
    [3.4 * 1024 ** 3, '3.4 GB'],
  ])
  expect(bytes(9_223_372_036_854_775_807n)).toBe('8.0 EB')
  expect(byteRate(3 * 1024 ** 2)).toBe('3.0 MB/s')
})

test('counts and rates are short', () => {
  examples(count, [
    [999, '999'],
    [999.6, '1.0k'],
    [1234, '1.2k'],
    [12_345, '12k'],
    [3_400_000, '3.4M'],
  ])
  examples(rate, [
    [0, '0/s'],
    [0.01, '<0.1/s'],
    [0.34, '0.3/s'],
    [2, '2/s'],
    [1234, '1.2k/s'],
  ])
})

test('only what is complete is a hundred percent', () => {
  examples(percent, [
    [0, '0%'],
    [0.0001, '<0.1%'],
    [0.29, '29.0%'],
    [0.9999, '99.9%'],
    [1 - Number.EPSILON, '99.9%'],
    [1, '100%'],
    [1.5, '150%'],
  ])
})

test('times are told in UTC, and what is no time is not shown', () => {
  expect(clock('2026-01-31T23:59:59.123456Z')).toBe('23:59:59')
  expect(clock(new Date('2026-01-31T23:59:59Z'))).toBe('23:59:59')
  expect(timestamp('2026-01-31T23:59:59.123456Z')).toBe('2026-01-31 23:59:59')
  expect(timestamp('12026-01-31T23:59:59Z')).toBe('12026-01-31 23:59:59')
  expect(clock('12026-01-31T23:59:59Z')).toBe('23:59:59')
  expect([clock(null), clock('infinity'), clock('\x1b[2J'), clock(new Date(Number.NaN))]).toEqual([
    '-',
    'infinity',
    '?',
    '?',
  ])
})

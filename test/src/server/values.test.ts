import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Column, ColumnKind } from '#queries/define.ts'
import { double, exactJson, wholeNumber } from '#src/server/numbers.ts'
import { rowsOf } from '#src/server/rows.ts'
import { isoTime } from '#src/server/times.ts'

describe('whole numbers', () => {
  it('is a number while it is exact and a bigint beyond', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }), (value) => {
        const parsed = wholeNumber(String(value))
        const safe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
        expect(parsed).toBe(safe ? Number(value) : value)
      }),
    )
  })

  it('reads the texts of numeric and float8 when they are whole', () => {
    expect(wholeNumber('42.00')).toBe(42)
    expect(wholeNumber('1e+06')).toBe(1_000_000)
    expect(wholeNumber('1.5e+01')).toBe(15)
    expect(wholeNumber('1.2345678901234567e+20')).toBe(123_456_789_012_345_670_000n)
    expect(wholeNumber('-1')).toBe(-1)
    expect(wholeNumber('0.0')).toBe(0)
    expect(wholeNumber('100e-02')).toBe(1)
  })

  it('takes nothing that is not whole', () => {
    for (const text of ['1.5', '15e-01', 'NaN', 'Infinity', '', 'x', '1 2', '0x10'])
      expect(wholeNumber(text)).toBeNull()
  })
})

describe('doubles', () => {
  it('survive the way through text', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(double(String(value))).toBe(value + 0)
      }),
    )
    expect(double('-Infinity')).toBe(Number.NEGATIVE_INFINITY)
    expect(double('x')).toBeNull()
    expect(double('')).toBeNull()
  })
})

describe('JSON', () => {
  it('is parsed when every number in it is exact, and left as text otherwise', () => {
    expect(exactJson('{"a": [1, 2.5, "9007199254740993"]}')).toEqual({ a: [1, 2.5, '9007199254740993'] })
    expect(exactJson('{"a": 9007199254740991}')).toEqual({ a: 9_007_199_254_740_991 })
    expect(exactJson('{"a": 9007199254740993}')).toBe('{"a": 9007199254740993}')
    expect(exactJson('[0.12345678901234567890]')).toBe('[0.12345678901234567890]')
    expect(exactJson('[1e400]')).toBe('[1e400]')
    expect(exactJson('null')).toBeNull()
  })
})

describe('timestamps', () => {
  it('is ISO 8601 in UTC with six digits, whatever the offset', () => {
    expect(isoTime('2026-01-31 23:59:59.123456+00')).toBe('2026-01-31T23:59:59.123456Z')
    expect(isoTime('2026-01-31 23:59:59+00')).toBe('2026-01-31T23:59:59.000000Z')
    expect(isoTime('2026-01-31 23:59:59.1+00')).toBe('2026-01-31T23:59:59.100000Z')
    expect(isoTime('2026-01-01 00:30:00+02')).toBe('2025-12-31T22:30:00.000000Z')
    expect(isoTime('2024-02-28 23:30:00-00:45:10')).toBe('2024-02-29T00:15:10.000000Z')
  })

  it('knows years that Date does not, and none at all', () => {
    expect(isoTime('294276-12-31 23:59:59.999999+00')).toBe('+294276-12-31T23:59:59.999999Z')
    expect(isoTime('0001-01-01 00:00:00+00')).toBe('0001-01-01T00:00:00.000000Z')
    expect(isoTime('0001-12-31 23:00:00+00 BC')).toBe('0000-12-31T23:00:00.000000Z')
    expect(isoTime('4714-11-24 00:00:00+00 BC')).toBe('-004713-11-24T00:00:00.000000Z')
    expect(isoTime('infinity')).toBe('infinity')
    expect(isoTime('-infinity')).toBe('-infinity')
  })

  it('takes no time without a zone and no other style', () => {
    for (const text of ['2026-01-31 23:59:59', '31.01.2026 23:59:59 CET', '2026-01-31', '', 'now'])
      expect(isoTime(text)).toBeNull()
  })

  it('agrees with Date wherever Date can tell', () => {
    const instant = fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
    const offsetMinutes = fc.integer({ min: -899, max: 899 })
    fc.assert(
      fc.property(instant, offsetMinutes, fc.integer({ min: 0, max: 999 }), (date, offset, micros) => {
        const local = new Date(date.getTime() + offset * 60_000).toISOString()
        const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60]
        const zone = `${offset < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`
        const tail = String(micros).padStart(3, '0')
        const text = `${local.slice(0, 10)} ${local.slice(11, 23)}${tail}${zone}`
        expect(isoTime(text)).toBe(`${date.toISOString().slice(0, 23)}${tail}Z`)
      }),
    )
  })
})

describe('rows', () => {
  const column = (id: string, kind: ColumnKind): Column => ({ id, label: id, kind, meaning: 'of a test' })

  it('follow the kinds of the columns, by name and not by place', () => {
    const columns = [column('n', 'count'), column('t', 'time'), column('b', 'bool'), column('p', 'pids')]
    const answer = { fields: ['p', 'b', 'n', 't'], rows: [['{1,22}', 't', '9007199254740993', null]] }
    expect(rowsOf({ id: 'x', columns }, answer)).toEqual([
      { n: 9_007_199_254_740_993n, t: null, b: true, p: [1, 22] },
    ])
  })

  it('says which column of which entry is not what it promises', () => {
    const answer = { fields: ['n'], rows: [['1.5']] }
    expect(() => rowsOf({ id: 'x', columns: [column('n', 'count')] }, answer)).toThrow(
      /entry x: column n holds "1.5"/,
    )
    expect(() => rowsOf({ id: 'x', columns: [column('m', 'count')] }, answer)).toThrow(/column m is missing/)
  })
})

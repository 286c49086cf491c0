import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Column, Row } from '#queries/define.ts'
import { filterColumns, parseFilter, TOO_SLOW } from '#src/view/filter.ts'
import { select } from '#src/view/select.ts'

const columns = filterColumns([
  { id: 'pid', label: '', kind: 'pid', meaning: '' },
  { id: 'state', label: '', kind: 'text', meaning: '' },
  { id: 'usename', label: '', kind: 'name', meaning: '' },
  { id: 'xact_seconds', label: '', kind: 'seconds', meaning: '' },
  { id: 'wal_bytes', label: '', kind: 'bytes', meaning: '' },
  { id: 'query_id', label: '', kind: 'id', meaning: '' },
  { id: 'blocked_by', label: '', kind: 'pids', meaning: '' },
  { id: 'backend_start', label: '', kind: 'time', meaning: '' },
  { id: 'query', label: '', kind: 'sql', meaning: '' },
] as const satisfies readonly Column[])

const row: Row = {
  pid: 4711,
  state: 'idle in transaction',
  usename: 'Billing',
  xact_seconds: 847.5,
  wal_bytes: 3_000_000_000,
  query_id: 9_007_199_254_740_993n,
  blocked_by: [12, 4802],
  backend_start: '2026-01-31T10:00:00.000001Z',
  query: 'UPDATE orders SET total = 1 WHERE id = $1 -- a:b (x)',
}
const blank: Row = { ...row, state: null, xact_seconds: null, blocked_by: null, query: null }

function matches(text: string, of: Row = row): boolean {
  const parsed = parseFilter(text, columns)
  if (!parsed.ok) throw new Error(parsed.problem)
  return parsed.matches(of)
}

describe('a filter', () => {
  test.each([
    ['', 'empty'],
    ['ORDERS', 'plain text without regard to case'],
    ['orders billing', 'two terms, both met'],
    ['"set total"', 'a quoted text with a space'],
    ['"a:b"', 'a quoted text with a colon'],
    ['(x)', 'characters special to regular expressions'],
    ['/set\\s+total/', 'a regular expression with a space in it'],
    ['/set total/', 'a regular expression with a blank'],
    ['state:idle', 'a column'],
    ['state:"idle in"', 'a column and a quoted text'],
    ['state:/^idle in trans/', 'a column and a regular expression'],
    ['state="idle in transaction"', 'the whole value'],
    ['STATE:Idle', 'a column in capitals'],
    ['!state:active', 'what is not so'],
    ['!/select/', 'no regular expression'],
    ['pid=4711', 'an equal number'],
    ['pid>4710 pid<4712', 'a range'],
    ['pid>=4711 pid<=4711', 'a closed range'],
    ['xact_seconds>14m', 'minutes'],
    ['xact_seconds<1h', 'hours'],
    ['wal_bytes>2GB', 'gigabytes'],
    ['query_id=9007199254740993', 'a number beyond 2^53'],
    ['blocked_by=4802', 'one of several pids'],
    ['backend_start>2026-01-31T09', 'the beginning of a time'],
    ['$1', 'a dollar sign'],
  ])('matches %s (%s)', (text) => {
    expect(matches(text)).toBe(true)
  })

  test.each([
    ['orders customers', 'one of two terms'],
    ['state:active', 'another value'],
    ['state=idle', 'a part of the value only'],
    ['!orders', 'what is there'],
    ['pid>4711', 'a number that is not above itself'],
    ['query_id=9007199254740992', 'the neighbour that a double cannot tell apart'],
    ['blocked_by=480', 'a part of a pid'],
    ['xact_seconds>15m', 'fewer minutes'],
    ['state=', 'a value where there is one'],
  ])('does not match %s (%s)', (text) => {
    expect(matches(text)).toBe(false)
  })

  test('finds what has no value, and leaves it out of comparisons', () => {
    expect(matches('state=', blank)).toBe(true)
    expect(matches('xact_seconds>0', blank)).toBe(false)
    expect(matches('xact_seconds<1h', blank)).toBe(false)
    expect(matches('state:idle', blank)).toBe(false)
    expect(matches('!state:idle', blank)).toBe(true)
  })

  test.each([
    ['stat:idle', 'no column stat (state?); for the text itself: "stat:idle"'],
    ['/a(b/', '/a(b/ is no regular expression'],
    ['xact_seconds>long', 'xact_seconds is compared with a number, not long'],
    ['pid>', 'pid> needs a value after it'],
    ['pid>5m', 'pid is compared with a number, not 5m'],
  ])('tells what is wrong with %s', (text, problem) => {
    expect(parseFilter(text, columns)).toEqual({ ok: false, problem })
  })

  test('understands or refuses whatever is typed, without a throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const parsed = parseFilter(text, columns)
        if (parsed.ok) parsed.matches(row)
      }),
    )
  })

  test('finds every quoted text in the row that has it', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('"')),
        (text) => {
          expect(matches(`"${text}"`, { ...blank, query: `<${text}>` })).toBe(true)
        },
      ),
    )
  })
})

describe('a regular expression that would take hours', () => {
  const rows: readonly Row[] = [row, { ...row, query: `${'a'.repeat(40)}!` }, row]

  test.each(['query:/(a+)+$/', '/^(a|aa)+$/', '!query:/(.*a){12}$/', 'pid>0 query:/(a+)+$/'])(
    'is given up, and %s refused from then on',
    (text) => {
      const parsed = parseFilter(text, columns)
      if (!parsed.ok) throw new Error(parsed.problem)
      expect(select(rows, parsed.matches)).toBeNull()
      expect(parseFilter(text, columns)).toEqual({ ok: false, problem: TOO_SLOW })
    },
  )

  test('does not keep a sound one from its rows', () => {
    const parsed = parseFilter('query:/SET\\s+total/', columns)
    if (!parsed.ok) throw new Error(parsed.problem)
    expect(select(rows, parsed.matches)).toEqual([row, row])
  })

  test('hides no fault of the test itself', () => {
    const faulty = Object.assign(
      () => {
        throw new RangeError('a bug')
      },
      { giveUp: () => {} },
    )
    expect(() => select(rows, faulty)).toThrow(new RangeError('a bug'))
  })
})

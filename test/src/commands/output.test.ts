import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Column, Row } from '#queries/define.ts'
import { factsFor } from '#queries/server-version.ts'
import { csvDocument } from '#src/commands/output/csv.ts'
import { jsonDocument } from '#src/commands/output/json.ts'
import { formatRows } from '#src/commands/output/rows.ts'
import { cellText, drawTable } from '#src/commands/output/table.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import { UNSAFE } from '#src/text/unsafe.ts'

const columns = [
  { id: 'pid', label: 'pid', kind: 'pid', meaning: '' },
  { id: 'calls', label: 'calls', kind: 'count', meaning: '' },
  { id: 'visible', label: 'visible', kind: 'bool', meaning: '' },
  { id: 'blocked_by', label: 'blocked by', kind: 'pids', meaning: '' },
  { id: 'query', label: 'query', kind: 'sql', meaning: '' },
] as const satisfies readonly Column[]

const head = {
  command: 'show',
  entry: 'test',
  endpoint: { host: 'db1', port: 5432, database: 'orders', user: 'me', label: 'orders@db1:5432', tls: true },
  facts: factsFor(170005),
  takenAt: new Date('2026-01-31T10:00:00.123Z'),
}

function row(query: string | null, more: Row = {}): Row {
  return { pid: 1, calls: 2, visible: true, blocked_by: [3, 4], query, ...more }
}

const hostile = [
  '\x1b[2J',
  '\x9b31m',
  '\u202e',
  '\u200b',
  '\u2028',
  '\u{e0041}',
  '\r\n\t',
  '\ud800',
  '\u0000',
  '⠀',
]
const UNSAFE_BUT_LINES = new RegExp(`(?![\\r\\n])[${UNSAFE}]`, 'u')

describe('JSON', () => {
  test('is one document that says what it is, of which server and when', () => {
    const document = JSON.parse(jsonDocument(head, columns, [row('SELECT 1')]))
    expect(document).toEqual({
      pgtriage: expect.any(String),
      command: 'show',
      entry: 'test',
      server: {
        host: 'db1',
        port: 5432,
        database: 'postgres',
        role: 'postgres',
        version: '17.5',
        version_num: 170005,
        system_identifier: null,
        in_recovery: false,
        started_at: '',
      },
      takenAt: '2026-01-31T10:00:00.123Z',
      rows: [{ pid: 1, calls: 2, visible: true, blocked_by: [3, 4], query: 'SELECT 1' }],
    })
  })

  test('has a row a line, in the order of the columns, with null where a value is missing', () => {
    const text = jsonDocument(head, columns, [{ query: 'b', pid: 7 }, row('c')])
    expect(text.split('\n')[1]).toBe('{"pid":7,"calls":null,"visible":null,"blocked_by":null,"query":"b"},')
    expect(JSON.parse(jsonDocument(head, columns, [])).rows).toEqual([])
  })

  test('keeps every digit: whole numbers beyond 2^53 are strings', () => {
    const calls = 9_007_199_254_740_993n
    expect(JSON.parse(jsonDocument(head, columns, [row('', { calls })])).rows[0].calls).toBe(
      '9007199254740993',
    )
  })

  test('writes what could steer a terminal as escapes, and loses nothing of it', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...hostile))), (parts) => {
        const query = parts.join('')
        const text = jsonDocument(head, columns, [row(query)])
        expect(text).not.toMatch(UNSAFE_BUT_LINES)
        expect(JSON.parse(text).rows[0].query).toBe(query)
      }),
    )
  })
})

describe('CSV', () => {
  test('is RFC 4180 with a line of column ids', () => {
    expect(csvDocument(columns, [row('SELECT "a", \'b\''), row(null), row('')])).toBe(
      'pid,calls,visible,blocked_by,query\r\n' +
        '1,2,true,3 4,"SELECT ""a"", \'b\'"\r\n' +
        '1,2,true,3 4,\r\n' +
        '1,2,true,3 4,""\r\n',
    )
  })

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '\r=1', '＝1'])(
    'lets no text be a formula: %j',
    (query) => {
      const [, line = ''] = csvDocument([columns[4]], [row(query)]).split('\r\n')
      expect(line.replace(/^"/, '')).toMatch(/^'/)
    },
  )

  test('leaves negative numbers alone', () => {
    expect(csvDocument([columns[1]], [row('', { calls: -5 })])).toBe('calls\r\n-5\r\n')
  })

  test('keeps one line a row and no control character, whatever a query holds', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...hostile))), (parts) => {
        const text = csvDocument(columns, [row(parts.join(''))])
        expect(text).not.toMatch(UNSAFE_BUT_LINES)
        expect(text.split('\r\n')).toHaveLength(3)
      }),
    )
  })
})

describe('a table', () => {
  test('aligns numbers to the right and has no blanks at the end of a line', () => {
    const table = drawTable(
      [{ label: safe`pid`, align: 'right' }, { label: safe`state` }, { label: safe`query`, flexible: true }],
      [
        [safe`1`, safe`idle`, safe`SELECT 1`],
        [safe`12345`, safe``, safe`x`],
      ],
      80,
    )
    expect(table).toBe(
      ['  pid  state  query', '-----  -----  --------', '    1  idle   SELECT 1', '12345         x', ''].join(
        '\n',
      ),
    )
  })

  test('cuts flexible columns to the line, and no others', () => {
    const table = drawTable(
      [{ label: safe`name` }, { label: safe`query`, flexible: true }],
      [[toSafeText('n'.repeat(30)), toSafeText('q'.repeat(200))]],
      60,
    )
    const [, , line = ''] = table.split('\n')
    expect(line).toHaveLength(60)
    expect(line.startsWith('n'.repeat(30))).toBe(true)
  })

  test('leaves out columns without a value unless they were chosen', () => {
    const printing = { head, columns, chosen: false, width: 80, oneRow: false }
    const rows = [row('x', { blocked_by: null })]
    expect(formatRows('table', rows, printing)).not.toContain('blocked_by')
    expect(formatRows('table', rows, { ...printing, chosen: true })).toContain('blocked_by')
  })

  test('prints an entry of one row as a list of its columns', () => {
    const text = formatRows('table', [row('x')], { head, columns, chosen: false, width: 80, oneRow: true })
    expect(text).toContain('blocked_by  3 4\n')
  })

  test('draws nothing of what a query smuggles in', () => {
    for (const query of hostile) expect(cellText('sql', query)).not.toMatch(UNSAFE_BUT_LINES)
  })

  test.each([
    ['seconds', 847.5, '14m07s'],
    ['seconds', 0.0012, '1.2ms'],
    ['bytes', 3_221_225_472n, '3.0 GB'],
    ['count', 1_234_567, '1234567'],
    ['ratio', 0.991, '99.1%'],
    ['bool', false, 'no'],
    ['pids', [1, 2], '1 2'],
    ['time', '2026-01-31T23:59:59.123456Z', '2026-01-31 23:59:59'],
    ['id', -558875425249273113n, '-558875425249273113'],
    ['name', null, ''],
  ] as const)('shows %s %s as %s', (kind, value, text) => {
    expect(cellText(kind, value)).toBe(text)
  })
})

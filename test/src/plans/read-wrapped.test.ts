import { describe, expect, test } from 'vitest'
import { refusalOf, rootOf, statementOf } from './read-support.ts'

const TEXT = [
  'Sort  (cost=1.00..2.00 rows=3 width=4) (actual time=0.010..0.020 rows=3 loops=1)',
  '  Sort Key: a, ("B"), \'x\'::text',
  '  ->  Seq Scan on t  (cost=0.00..1.00 rows=3 width=4) (actual time=0.001..0.002 rows=3 loops=1)',
  'Planning Time: 0.100 ms',
  'Execution Time: 0.300 ms',
]
const JSON_LINES = [
  '[',
  '  {',
  '    "Plan": {',
  '      "Node Type": "Result",',
  '      "Filter": "(a -> \'+\')"',
  '    }',
  '  }',
  ']',
]

const WIDTH = Math.max(...TEXT.map((line) => line.length))

/** Rows in one of psql's frames. */
function framed(lines: readonly string[], left: string, right: string, rule: string): string {
  const rows = lines.map((line) => `${left} ${line.padEnd(WIDTH)} ${right}`)
  return [rule, `${left} ${'QUERY PLAN'.padEnd(WIDTH)} ${right}`, rule, ...rows, rule, '(5 rows)', ''].join(
    '\n',
  )
}

const DASHES = '-'.repeat(WIDTH + 2)

describe('the same plan', () => {
  const plain = statementOf(TEXT.join('\n'))

  test.each([
    ['with CRLF and a byte order mark', `\uFEFF${TEXT.join('\r\n')}\r\n`],
    [
      'below prose and SQL',
      `-- see (cost=…) below\nEXPLAIN ANALYZE SELECT * FROM t\nWHERE a = 1;\n${TEXT.join('\n')}`,
    ],
    [
      'below a header, with a margin',
      ` QUERY PLAN\n${DASHES}\n ${TEXT.join('\n ')}\n(5 rows)\n\nTime: 0.5 ms`,
    ],
    ['below a header of another language', `QUERY PLAN\n──────\n${TEXT.join('\n')}\n(5 lignes)`],
    ['unaligned', `QUERY PLAN\n${TEXT.join('\n')}\n(5 rows)`],
    ['in bars', framed(TEXT, '|', '|', `+${DASHES}+`)],
    ['in single lines', framed(TEXT, '│', '│', `├${'─'.repeat(WIDTH + 2)}┤`)],
    ['in double lines', framed(TEXT, '║', '║', `╠${'═'.repeat(WIDTH + 2)}╣`)],
    [
      'with bars behind only',
      ['QUERY PLAN|', `${DASHES}+`, ...TEXT.map((line) => `${line.padEnd(WIDTH)}|`)].join('\n'),
    ],
    [
      'in one cell of several lines',
      ` explain\n${DASHES}\n ${TEXT.map((line) => line.padEnd(WIDTH)).join('+\n ')}\n(1 row)`,
    ],
    [
      'with every line in quotes',
      ['"QUERY PLAN"', ...TEXT.map((line) => `"${line.replaceAll('"', '""')}"`)].join('\n'),
    ],
    ['with every line in single quotes', TEXT.map((line) => `'${line.replaceAll("'", "''")}'`).join('\n')],
    ['in one quoted cell', `"${TEXT.join('\n').replaceAll('"', '""')}"`],
    ['with numbered lines', TEXT.map((line, index) => `${index + 1}\t${line}`).join('\n')],
    ['with numbers that have a point', TEXT.map((line, index) => `  ${index + 1}. ${line}`).join('\n')],
    [
      'as INSERT statements',
      TEXT.map((line) => `INSERT INTO "T" ("QUERY PLAN") VALUES ('${line.replaceAll("'", "''")}');`).join(
        '\n',
      ),
    ],
    [
      'as one INSERT of one cell',
      `INSERT INTO t (plan)\nVALUES ('${TEXT.join('\n').replaceAll("'", "''")}');`,
    ],
    ['with an empty line after each', TEXT.join('\n\n')],
    ['with capitals of PostgreSQL 9', TEXT.join('\n').replace('Planning Time', 'Planning time')],
  ])('is read %s', (_how, text) => {
    expect(statementOf(text)).toEqual(plain)
  })

  test('is read although a terminal broke its lines', () => {
    const broken = ` QUERY PLAN\n${DASHES}\n ${TEXT.join('\n ').replace('rows=3 width=4) (actual time=0.010', 'rows=3 wi\ndth=4) (actual time=0.0\n10')}`
    expect(statementOf(broken)).toEqual(plain)
    const inName = ` QUERY PLAN\n${DASHES}\n ${TEXT.join('\n ').replace('Seq Scan on t', 'Seq Sc\nan on t')}`
    expect(statementOf(inName)).toEqual(plain)
    const wrapped = TEXT.join('\n')
      .replace(/^Sort {2}\(cost/, 'Sort  (co\nst')
      .replace('loops=1)\nPlan', 'loo\nps=1)\nPlan')
    expect(statementOf(wrapped)).toEqual(plain)
  })
})

describe('JSON', () => {
  test.each([
    [
      'in psql’s frame',
      ` QUERY PLAN\n-----------\n ${JSON_LINES.map((line) => line.padEnd(40)).join('+\n ')}\n(1 row)\n`,
    ],
    [
      'with arrows for the lines that go on',
      framed(
        JSON_LINES.map((line) => `${line.padEnd(WIDTH - 1)}↵`),
        '│',
        '│',
        `├${'─'.repeat(WIDTH + 2)}┤`,
      ),
    ],
    ['with its quotes doubled', `"${JSON_LINES.join('\n').replaceAll('"', '""')}"`],
    ['with every line in quotes', JSON_LINES.map((line) => `"${line.replaceAll('"', '""')}"`).join('\n')],
    [
      'as an INSERT statement',
      `INSERT INTO "T"("QUERY PLAN") VALUES ('${JSON_LINES.join('\n').replaceAll("'", "''")}');`,
    ],
    ['on one line', JSON_LINES.join(' ')],
  ])('is read %s', (_how, text) => {
    expect(rootOf(text).properties).toEqual({ 'Node Type': 'Result', Filter: "(a -> '+')" })
  })
})

describe('what is no plan', () => {
  test.each([
    ['', 1],
    [' \n\t\n', 1],
    ['\n\nSELECT 1;', 3],
    ['ERROR:  relation "t" does not exist', 1],
    ['[14003](2038152)postgres@db=# SELECT 1;', 1],
    ['Sort', null],
  ])('%j', (text, line) => {
    if (line === null) expect(rootOf(text).properties['Node Type']).toBe('Sort')
    else
      expect(refusalOf(text)).toMatchObject({
        line,
        column: 1,
        reason: expect.stringMatching(/^Expected a plan, got/),
      })
  })
})

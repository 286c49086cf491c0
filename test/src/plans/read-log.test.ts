import { describe, expect, test } from 'vitest'
import { documentOf, refusalOf, statementOf } from './read-support.ts'

const PREFIX = '2026-03-01 10:00:00.123 UTC [4711] app@shop LOG:  '
const NODE = 'Seq Scan on t  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..0.020 rows=3 loops=1)'
const PLAN = ['duration: 3.651 ms  plan:', 'Query Text: SELECT *', '  FROM t', NODE, '  Filter: (a = 1)']

describe('auto_explain', () => {
  const expected = {
    root: { properties: expect.objectContaining({ 'Node Type': 'Seq Scan', Filter: '(a = 1)' }) },
    properties: { 'Query Text': 'SELECT *\n  FROM t', Duration: 3.651 },
  }

  test.each([
    ['from the log of the server', `${PREFIX}${PLAN.join('\n\t')}\n${PREFIX}connection closed`],
    ['without a prefix', PLAN.join('\n')],
    ['from the messages of psql', `LOG:  ${PLAN.join('\n')}\nCONTEXT:  SQL function "f" statement 1`],
    [
      'from csvlog',
      `2026-03-01,"app","shop",4711,LOG,00000,"${PLAN.join('\n').replaceAll('"', '""')}",,,"psql"`,
    ],
    ['from jsonlog', JSON.stringify({ timestamp: '2026-03-01', pid: 4711, message: PLAN.join('\n') })],
  ])('is read %s', (_how, text) => {
    expect(statementOf(text)).toMatchObject(expected)
  })

  test('is read as often as it logged, in between other messages', () => {
    const log = [1, 2].map(
      (n) => `${PREFIX}duration: ${n}.000 ms  plan:\n\tQuery Text: SELECT ${n}\n\t${NODE}`,
    )
    const { statements } = documentOf(log.join(`\n${PREFIX}checkpoint starting: time\n`))
    expect(statements.map(({ properties }) => [properties['Query Text'], properties.Duration])).toEqual([
      ['SELECT 1', 1],
      ['SELECT 2', 2],
    ])
  })

  test('logs JSON, YAML and XML too', () => {
    const entry = (lines: string) => `${PREFIX}duration: 1.500 ms  plan:\n${lines.replaceAll(/^/gm, '\t')}`
    const json = '{\n  "Query Text": "SELECT 1",\n  "Plan": {\n    "Node Type": "Result"\n  }\n}'
    const yaml = 'Query Text: "SELECT 1"\nPlan: \n  Node Type: "Result"'
    const xml =
      '<explain xmlns="http://www.postgresql.org/2009/explain">\n  <Query-Text>SELECT 1</Query-Text>\n  <Plan>\n    <Node-Type>Result</Node-Type>\n  </Plan>\n</explain>'
    for (const text of [json, yaml, xml]) {
      expect(statementOf(entry(text))).toEqual({
        root: { properties: { 'Node Type': 'Result' }, workers: [], children: [] },
        properties: { 'Query Text': 'SELECT 1', Duration: 1.5 },
        withoutPlan: null,
      })
    }
  })

  test('tells the parameters, and a query with lines that look like a plan', () => {
    const query = `SELECT 'it''s\n${NODE}\n' -- don't\n  || $tag$\n${NODE}$tag$`
    const { properties, root } = statementOf(
      `duration: 1.0 ms  plan:\nQuery Text: ${query}\nQuery Parameters: $1 = '77'\n${NODE}\n  Filter: (b = 2)`,
    )
    expect(properties).toMatchObject({ 'Query Text': query, 'Query Parameters': "$1 = '77'" })
    expect(root?.properties.Filter).toBe('(b = 2)')
  })

  test('tells the line of the log where an entry breaks', () => {
    const refused = refusalOf(
      `${PREFIX}hello\n${PREFIX}duration: 1.0 ms  plan:\n\t{\n\t  "Plan": {"Node Type": x}\n\t}`,
    )
    expect(refused).toEqual({ line: 4, column: 26, reason: 'Expected a number, got `x`.' })
    expect(refusalOf('Query Text: SELECT 1\n')).toMatchObject({
      reason: 'Expected a plan below the query text.',
    })
  })
})

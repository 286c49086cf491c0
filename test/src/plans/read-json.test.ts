import { describe, expect, test } from 'vitest'
import { documentOf, nodeAt, refusalOf, rootOf, statementOf } from './read-support.ts'

describe('JSON', () => {
  test('keeps whole numbers exact', () => {
    const { root, properties } = statementOf(
      '[{"Plan": {"Node Type": "Result", "Plan Rows": 9007199254740993, "Total Cost": 1e3}, "Query Identifier": -4029575649008686784}]',
    )
    expect(root?.properties).toEqual({
      'Node Type': 'Result',
      'Plan Rows': 9007199254740993n,
      'Total Cost': 1000,
    })
    expect(properties).toEqual({ 'Query Identifier': -4029575649008686784n })
  })

  test('has its children and workers apart, and unknown keys kept', () => {
    const root = rootOf(
      '{"Plan": {"Node Type": "New", "New": {"a": [1, null]}, "Workers": [{"Worker Number": 0}], "Plans": [{"Node Type": "Result", "Parent Relationship": "Outer"}]}}',
    )
    expect(root.properties).toEqual({ 'Node Type': 'New', New: { a: [1, null] } })
    expect(root.workers).toEqual([{ 'Worker Number': 0 }])
    expect(nodeAt(root, 0).properties['Parent Relationship']).toBe('Outer')
  })

  test('of PostgreSQL up to 12 tells of each worker twice', () => {
    const root = rootOf(
      '{"Plan": {"Node Type": "Sort", "Workers": [{"Worker Number": 0, "Sort Method": "quicksort"}], "Workers": [{"Worker Number": 0, "Actual Loops": 1}]}}',
    )
    expect(root.workers).toEqual([{ 'Worker Number': 0, 'Sort Method': 'quicksort', 'Actual Loops': 1 }])
  })

  test.each([
    ['[]', 'Query rewrites to nothing'],
    ['["Utility Statement"]', 'Utility Statement'],
    ['["CREATE TABLE AS"]', 'CREATE TABLE AS'],
  ])('%s is a statement without a plan', (text, withoutPlan) => {
    expect(statementOf(text)).toEqual({ root: null, properties: {}, withoutPlan })
  })

  test.each([
    ['an object alone', '{"Query Text": "SELECT 1", "Plan": {"Node Type": "Result"}}'],
    ['a node alone', '{"Node Type": "Result"}'],
    ['what lost its brackets', '     "Plan": {\n  "Node Type": "Result"\n     },\n "Planning Time": 1.0'],
    ['a row of a client', '[{"QUERY PLAN": [{"Plan": {"Node Type": "Result"}}]}]'],
    ['a row of a client, as text', '[{"QUERY PLAN": "[{\\"Plan\\": {\\"Node Type\\": \\"Result\\"}}]"}]'],
    ['a string broken by a terminal', '[{"Plan": {"Node Type": "Res\nult"}}]'],
  ])('is read from %s', (_what, text) => {
    expect(rootOf(text).properties['Node Type']).toBe('Result')
  })

  test('is read several times in one input, whatever stands between', () => {
    const one = '[{"Plan": {"Node Type": "Result"}}]'
    expect(documentOf(`EXPLAIN SELECT 1;\n${one}\n(1 row)\n\nagain:\n${one}`).statements).toHaveLength(2)
    expect(
      documentOf('[{"Plan": {"Node Type": "A"}}, {"Plan": {"Node Type": "B"}}]').statements,
    ).toHaveLength(2)
  })

  test('may name a key like what objects have of their own', () => {
    const { properties } = rootOf('[{"Plan": {"Node Type": "Result", "__proto__": 1, "constructor": 2}}]')
    expect(Object.entries(properties)).toEqual([
      ['Node Type', 'Result'],
      ['__proto__', 1],
      ['constructor', 2],
    ])
  })

  test.each([
    ['[\n  {\n    "Plan": {\n      "Startup Cost": N.N\n', 4, 23, 'Expected a number, got `N.N`.'],
    ['[{"Plan": {"Node Type": "Result"', 1, 33, 'got the end of the input'],
    ['[{"Plan": {"Node Type": "Res', 1, 25, 'Expected the end of this string'],
    ['[{"Plan": {"Node Type" "Result"}}]', 1, 24, 'Expected `:`, got `"`.'],
    [
      'prose\n\n[{"Planning Time": 1}]',
      3,
      1,
      'Expected an object with `Plan`, got one with `Planning Time`.',
    ],
    ['"[{""Plan"": {""Node Type"": nix}}]"', 1, 30, 'Expected a number, got `nix`.'],
  ])('tells where it breaks: %j', (text, line, column, reason) => {
    expect(refusalOf(text)).toEqual({ line, column, reason: expect.stringContaining(reason) })
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  parseSettings,
  parseValues,
  settingsText,
  valuesText,
  withoutExplain,
} from '#screens/explain/typed.ts'

describe('settings as they are typed', () => {
  test('are names and values between spaces', () => {
    expect(parseSettings(" work_mem=64MB enable_hashjoin = off  search_path='app, public'")).toEqual({
      ok: true,
      value: { work_mem: '64MB', enable_hashjoin: 'off', search_path: 'app, public' },
    })
  })

  test('may be none', () => {
    expect(parseSettings('  ')).toEqual({ ok: true, value: {} })
  })

  test('are refused where a value is missing, with the place', () => {
    expect(parseSettings('work_mem=64MB jit')).toEqual({ ok: false, problem: 'expected name=value at jit' })
  })

  test('come back as they were told', () => {
    const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,12}(\.[a-z]{1,5})?$/)
    fc.assert(
      fc.property(fc.dictionary(name, fc.string({ minLength: 1 }), { noNullPrototype: true }), (settings) => {
        expect(parseSettings(settingsText(settings))).toEqual({ ok: true, value: settings })
      }),
    )
  })
})

describe('values as they are typed', () => {
  test('are texts and null between commas', () => {
    expect(parseValues("42, 'it''s', null, 2024-01-31,'null'")).toEqual({
      ok: true,
      value: ['42', "it's", null, '2024-01-31', 'null'],
    })
  })

  test.each(['1,', '1,,2', ', 1'])('must not be left out: %s', (text) => {
    expect(parseValues(text)).toMatchObject({ ok: false })
  })

  test('come back as they were told', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string())), (values) => {
        expect(parseValues(valuesText(values))).toEqual({ ok: true, value: values })
      }),
    )
  })
})

test.each([
  ['EXPLAIN SELECT 1', 'SELECT 1'],
  ['explain analyze verbose delete from t', 'delete from t'],
  ['EXPLAIN (ANALYZE, BUFFERS) SELECT 1', 'SELECT 1'],
  ['  EXPLAIN(FORMAT JSON)SELECT (1)', 'SELECT (1)'],
  ['SELECT explain FROM t', 'SELECT explain FROM t'],
  ['explained', 'explained'],
])('takes the EXPLAIN in front of a query away: %s', (text, query) => {
  expect(withoutExplain(text)).toBe(query)
})

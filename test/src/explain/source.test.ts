import { describe, expect, test } from 'vitest'
import { type FunctionSource, namesInSource, ownEffects } from '#src/explain/dangers/source.ts'

const effects = (body: string, more: Partial<FunctionSource> = {}) =>
  ownEffects({
    language: 'plpgsql',
    isTrusted: true,
    isVolatile: true,
    isBuiltin: false,
    source: `\n${body}`,
    writes: false,
    ...more,
  }).map(({ says, isUndone }) => `${isUndone ? '' : 'STAYS '}${says.split(' ').slice(0, 4).join(' ')}`)

const WRITES = 'tables may be written;'
const UNSEEN = 'STAYS SQL may run that'

describe('what a function does by itself', () => {
  test.each([
    ['BEGIN RETURN 1; END', []],
    ['BEGIN INSERT INTO t VALUES (1); END', [WRITES]],
    ['BEGIN -- INSERT INTO t\n /* DELETE */ RETURN 1; END', []],
    ["BEGIN EXECUTE 'SELECT 1'; END", [UNSEEN]],
    ["BEGIN PERFORM q('DELETE FROM t'); END", [WRITES]],
    ["BEGIN COPY t TO PROGRAM 'x'; END", ['STAYS a file or a']],
    ["BEGIN PERFORM set_config('search_path', 'evil', true); END", [UNSEEN]],
    ['BEGIN SET LOCAL search_path = evil; END', [UNSEEN]],
    ['BEGIN PERFORM U&"\\0064b"(); END', [UNSEEN]],
    ["BEGIN LOAD 'lib'; END", [UNSEEN]],
    ['BEGIN RETURN NEW.load; END', []],
  ])('is told by its source: %s', (body, expected) => {
    expect(effects(body)).toEqual(expected)
  })

  test('is no writing when it is not volatile, as the server refuses that', () => {
    expect(effects('INSERT INTO t VALUES (1)', { isVolatile: false })).toEqual([])
    expect(effects("EXECUTE 'x'", { isVolatile: false })).toEqual([UNSEEN])
  })

  test('is not known in other languages', () => {
    expect(effects('spi_exec_query("…")', { language: 'plperl' })).toEqual([UNSEEN])
    expect(effects('import os', { language: 'plpython3u', isTrusted: false })).toEqual([
      'STAYS plpython3u code runs: what',
    ])
    expect(effects('', { language: 'c', source: null })).toEqual(['STAYS c code runs: what'])
    expect(effects('', { language: 'c', source: null, isVolatile: false })).toEqual([])
    expect(effects('', { language: 'internal', source: null, isVolatile: false })).toHaveLength(1)
  })
})

test('names are also found in literals, and in the settings of a function', () => {
  const names = namesInSource("search_path=app, other\nBEGIN PERFORM q('SELECT f(1) FROM t'); END")
  expect(names.calls.map(({ name }) => name)).toEqual(['q', 'f'])
  expect([...names.words]).toContain('t')
  expect([...names.qualifiers]).toEqual(['search_path', 'app', 'other'])
})

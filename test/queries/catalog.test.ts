import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { catalog, entryById } from '#queries/catalog.ts'
import type { Entry, ServerFacts } from '#queries/define.ts'
import { factsFor, parseServerVersion } from '#queries/server-version.ts'
import { catalogPage } from '../../docs/generate-catalog.ts'

const majors = [13, 14, 15, 16, 17, 18]

/** Every text that an entry can become: versions, rights, first and second way. */
function textsOf(entry: Entry): readonly string[] {
  return majors.flatMap((major) => {
    const all = factsFor(major * 10_000)
    const plain: ServerFacts = { ...all, role: { ...all.role, superuser: false, readsAllStats: false } }
    return [all, plain].flatMap((facts) => {
      const text = entry.sql(facts)
      const second = entry.fallback?.sql(facts)
      return [text, second].filter((each) => typeof each === 'string')
    })
  })
}

describe('the catalog', () => {
  test('has each id once', () => {
    const ids = catalog.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.every((id) => /^[a-z]+(-[a-z]+)*$/.test(id))).toBe(true)
  })

  test('finds an entry by its id, and none by another word', () => {
    expect(entryById('activity')?.id).toBe('activity')
    expect(entryById('toString')).toBeUndefined()
  })

  test('is documented as it is', () => {
    expect(readFileSync('docs/catalog.md', 'utf8')).toBe(catalogPage())
  })
})

describe.each(catalog.map((entry) => [entry.id, entry] as const))('entry %s', (_id, entry) => {
  test('has each column once and is identified by columns it has', () => {
    const ids: string[] = entry.columns.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(entry.identity.every((id) => ids.includes(id))).toBe(true)
  })

  test('begins with its id, selects its columns by name and is bounded', () => {
    for (const text of textsOf(entry)) {
      expect(text.startsWith(`/* pgtriage:${entry.id} */\n`)).toBe(true)
      for (const { id } of entry.columns) expect(text).toMatch(new RegExp(`\\bAS ${id}\\b`))
      if (entry.acts === undefined && entry.identity.length > 0) expect(text).toMatch(/\nLIMIT \d+$/)
    }
  })

  test('qualifies every function, relation and type, so that no schema of a user can get in between', () => {
    for (const text of textsOf(entry)) {
      expect(unqualified(text)).toEqual([])
    }
  })

  test('names its parameters without a gap, and live entries have none', () => {
    const { parameters = [] } = entry
    for (const text of textsOf(entry)) {
      const numbers = new Set([...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)))
      expect([...numbers].toSorted((a, b) => a - b)).toEqual(parameters.map((_, at) => at + 1))
    }
    if (entry.pace === 'live') expect(parameters).toEqual([])
  })

  test('can answer while catalogs are locked, if it is live', () => {
    if (entry.pace === 'live') expect(entry.fallback?.waits ?? entry.waits).toBe('nothing')
  })
})

/** Function calls, sources and casts without a schema; SQL's own keywords that look like calls are let be. */
function unqualified(text: string): readonly string[] {
  const bare = text.replace(/\/\*.*?\*\//gs, '').replace(/'(?:[^']|'')*'/g, "''")
  const keywords =
    /^(?:IN|ANY|ALL|ARRAY|AS|AND|OR|NOT|WHERE|FROM|OVER|FILTER|VALUES|greatest|nullif|coalesce|CASE|WHEN|THEN|ELSE|JOIN|LATERAL|DISTINCT|SELECT|wanted|MATERIALIZED|OPERATOR|EXISTS)$/
  const calls = [...bare.matchAll(/(?<![.\w])(\w+)\s*\(/g)].map(([, name]) => name ?? '')
  const sources = [...bare.matchAll(/\b(?:FROM|JOIN|LATERAL)\s+(\w+)(?=[\s(.])(?!\.)/g)].map(
    ([, name]) => name ?? '',
  )
  const casts = [...bare.matchAll(/::(\w+)(?!\w*\.)/g)].map(([, name]) => name ?? '')
  const local = new Set([...bare.matchAll(/(?:WITH|,)\s+(\w+) AS MATERIALIZED/g)].map(([, name]) => name))
  return [
    ...calls.filter((name) => !keywords.test(name)),
    ...sources.filter((name) => !keywords.test(name) && !local.has(name)),
    ...casts,
  ]
}

describe('a server version', () => {
  test.each([
    ['16', 160000],
    ['16.4', 160004],
    ['160004', 160004],
    ['18.10', 180010],
    ['13', 130000],
  ])('is understood: %s', (text, versionNum) => {
    expect(parseServerVersion(text)).toBe(versionNum)
  })

  test.each(['12', '19', '9.6', '', 'sixteen', '16.4.1', '160004.1', '1600', '16.400'])(
    'is refused: %s',
    (text) => {
      expect(parseServerVersion(text)).toBeNull()
    },
  )
})

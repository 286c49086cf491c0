import { describe, expect, test } from 'vitest'
import { catalog as entries } from '#queries/catalog.ts'
import { type CatalogRequest, catalog } from '#src/commands/catalog.ts'

async function run(request: CatalogRequest) {
  const out: string[] = []
  const err: string[] = []
  const code = await catalog(request, { out: (text) => out.push(text), err: (line) => err.push(line) })
  return { code, out: out.join(''), err }
}

describe('pgtriage catalog', () => {
  test('lists every entry', async () => {
    const { code, out } = await run({})
    expect(code).toBe(0)
    for (const { id, about } of entries)
      expect(out).toMatch(new RegExp(`^${id} .*${about.slice(0, 20)}`, 'm'))
  })

  test('tells the columns of an entry, what they mean, and what an act does', async () => {
    expect((await run({ entry: 'activity' })).out).toMatch(
      /^wait_event_type +text +What it waits for, by kind/m,
    )
    expect((await run({ entry: 'cancel' })).out).toContain('It cancels the statement that a backend runs.')
  })

  test('prints the SQL of the newest version, or of the one asked for', async () => {
    expect((await run({ entry: 'activity', sql: true })).out).toContain('a.query_id AS query_id')
    const old = await run({ entry: 'activity', sql: true, serverVersion: '13.4' })
    expect(old.out).toContain('NULL::pg_catalog.int8 AS query_id')
    expect(old.out.startsWith('/* pgtriage:activity */')).toBe(true)
  })

  test.each([
    [{ entry: 'activty' }, 'no entry is called activty; did you mean activity?'],
    [{ entry: 'qqqqqqqqqqqq' }, 'no entry is called qqqqqqqqqqqq; `pgtriage catalog` lists them'],
    [
      { entry: 'activity', sql: true, serverVersion: '12' },
      '12 is no server version from 13 to 18: write 16, 16.4 or 160004',
    ],
    [{ sql: true }, 'which entry? `pgtriage catalog` lists them'],
  ] as const)('refuses %o in one line', async (request, line) => {
    expect(await run(request)).toEqual({ code: 2, out: '', err: [line] })
  })
})

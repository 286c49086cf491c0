import { describe, expect, test } from 'vitest'
import { namesIn } from '#src/explain/dangers/names.ts'

describe('the names of a piece of SQL', () => {
  test('are what is called, with its schema, and all other words', () => {
    const names = namesIn(`SELECT app."Fn" (x), now(), (r).member -- drop()\nFROM a.t WHERE a === 'no()'`)
    expect(names.calls).toEqual([
      { schema: 'app', name: 'Fn' },
      { schema: null, name: 'now' },
    ])
    expect([...names.words]).toEqual(expect.arrayContaining(['member', 't', 'a']))
    expect([...names.words]).not.toContain('drop')
    expect([...names.qualifiers]).toEqual(['app', 'a'])
    expect([...names.operators]).toEqual(['==='])
    expect(names.escapedAt).toBeNull()
  })

  test('are cut where the server cuts them, within no character', () => {
    const long = `${'x'.repeat(62)}é`
    expect(namesIn(`SELECT ${long}()`).calls).toEqual([{ schema: null, name: 'x'.repeat(62) }])
    expect(namesIn(`SELECT ${'x'.repeat(70)}()`).calls).toEqual([{ schema: null, name: 'x'.repeat(63) }])
  })

  test('are told to be unreadable where they are written with escapes', () => {
    expect(namesIn('SELECT U&"d\\0061t"()').escapedAt).toBe(7)
  })
})

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { conflicts } from '#src/keys/conflicts.ts'
import { openApp } from '#test/support/app.tsx'
import { keysPage } from '../../docs/generate-keys.ts'

describe('docs/keys.md', () => {
  test('tells the keys as they are (`npm run docs` writes it)', () => {
    expect(readFileSync('docs/keys.md', 'utf8')).toBe(keysPage())
  })
})

describe('the keys', () => {
  test('have one meaning in each scope', async () => {
    const { app } = await openApp()
    expect(conflicts(app.situation().bindings)).toEqual([])
  })

  test('never act in lower case', async () => {
    const { app } = await openApp()
    const dangerous = app.situation().bindings.filter(({ danger }) => danger !== undefined)
    expect(dangerous.flatMap(({ keys }) => keys)).toEqual(['C', 'K'])
  })
})

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { copySequence } from '#src/terminal/clipboard.ts'
import { page, pagerCommands } from '#src/terminal/pager.ts'
import { safe } from '#src/text/safe.ts'

const decode = (sequence: string) =>
  Buffer.from(/52;c;([A-Za-z0-9+/=]*)/.exec(sequence)?.[1] ?? '', 'base64').toString()

describe('copying', () => {
  test('gives the text as OSC 52, without a line break at its end', () => {
    expect(copySequence('SELECT 1;\n', null)).toEqual({
      ok: true,
      sequence: `\x1b]52;c;${Buffer.from('SELECT 1;').toString('base64')}\x07`,
      bytes: 9,
    })
  })

  test('copies what is shown of hostile text, not the text', () => {
    const copied = copySequence('a\x1b[2J\n\tb\u202e', null)
    expect(copied.ok && decode(copied.sequence)).toBe('a\\x1b[2J\n    b\\u{202e}')
  })

  test('goes through tmux both ways, and through screen in pieces that it takes', () => {
    const inTmux = copySequence('x', 'tmux')
    expect(inTmux.ok && inTmux.sequence).toBe('\x1b]52;c;eA==\x07\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\')
    const inScreen = copySequence('x'.repeat(2000), 'screen')
    const pieces = inScreen.ok ? inScreen.sequence.split('\x1b\\').slice(0, -1) : []
    expect(pieces.length).toBeGreaterThan(1)
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(768)
    expect(pieces.every((piece) => piece.startsWith('\x1bP'))).toBe(true)
    expect(decode(pieces.map((piece) => piece.slice(2)).join(''))).toBe('x'.repeat(2000))
  })

  test('says when a text is too long for terminals', () => {
    expect(copySequence('x'.repeat(80_000), null)).toEqual({
      ok: false,
      reason: '80000 bytes are more than the 74994 that terminals copy',
    })
  })
})

test.each([
  [{}, [['less'], ['more']]],
  [{ PAGER: '' }, [['less'], ['more']]],
  [{ PAGER: 'less -S' }, [['less', '-S']]],
  [{ PAGER: 'less', PGTRIAGE_PAGER: 'bat --plain' }, [['bat', '--plain']]],
  [{ PAGER: "vim -R -c 'set ft=sql' -" }, [['/bin/sh', '-c', "vim -R -c 'set ft=sql' -"]]],
])('the pager of %j', (env, commands) => {
  expect(pagerCommands(env)).toEqual(commands)
})

test('the pager does not get the password of the server', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pager-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const told = join(directory, 'environment')
  const env = { PATH: process.env.PATH, PGHOST: 'db1', PGPASSWORD: 'hunter2', PAGER: `env > ${told}` }
  const loan = { signal: new AbortController().signal, usedBy: () => {} }
  expect(await page({ suspend: (work) => work(loan) }, [safe`a line`], env)).toEqual({ ok: true })
  const seen = readFileSync(told, 'utf8')
  expect(seen).toContain('PGHOST=db1')
  expect(seen).toContain('LESSSECURE=1')
  expect(seen).not.toContain('hunter2')
})

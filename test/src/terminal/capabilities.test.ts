import { expect, test } from 'vitest'
import { readCapabilities } from '#src/terminal/capabilities.ts'

const tty = { isTTY: true, columns: 120, rows: 40 }
const read = (env: Record<string, string>) => readCapabilities(env, { stdin: tty, stdout: tty })

test.each([
  [{ TERM: 'xterm-256color', COLORTERM: 'truecolor' }, 'truecolor'],
  [{ TERM: 'xterm-256color' }, '256'],
  [{ TERM: 'alacritty' }, '256'],
  [{ TERM: 'xterm' }, '16'],
  [{ TERM: 'linux' }, '16'],
  [{ TERM: 'vt220' }, 'none'],
  [{ TERM: 'dumb', COLORTERM: 'truecolor' }, 'none'],
  [{}, 'none'],
  [{ TERM: 'xterm-256color', NO_COLOR: '1' }, 'none'],
  [{ TERM: 'xterm-256color', NO_COLOR: '' }, '256'],
  [{ TERM: 'xterm', FORCE_COLOR: '3' }, '16'],
  [{ TERM: 'xterm', CI: 'true' }, '16'],
])('%j has colours: %s', (env, colour) => {
  expect(read(env).colour).toBe(colour)
})

test.each([
  [{ LANG: 'de_DE.UTF-8' }, true],
  [{ LANG: 'de_DE.UTF-8', LC_ALL: 'C' }, false],
  [{ LANG: 'C', LC_CTYPE: 'en_US.utf8' }, true],
  [{ LC_ALL: '', LANG: 'C.UTF-8' }, true],
  [{ LANG: 'de_DE.ISO-8859-1' }, false],
  [{}, false],
])('%j speaks UTF-8: %s', (env, unicode) => {
  expect(read(env).unicode).toBe(unicode)
})

test('knows a terminal that cannot move its cursor, and what multiplexes it', () => {
  expect([read({}).dumb, read({ TERM: 'dumb' }).dumb, read({ TERM: 'xterm' }).dumb]).toEqual([
    true,
    true,
    false,
  ])
  expect(read({ TERM: 'screen-256color', TMUX: '/tmp/tmux' }).multiplexer).toBe('tmux')
  expect(read({ TERM: 'screen' }).multiplexer).toBe('screen')
  expect(read({ TERM: 'xterm', STY: '1.pts' }).multiplexer).toBe('screen')
  expect(read({ TERM: 'xterm' }).multiplexer).toBeNull()
})

test('needs both ends to be a terminal, and a size', () => {
  expect(read({ TERM: 'xterm' })).toMatchObject({ isTerminal: true, columns: 120, rows: 40 })
  expect(readCapabilities({}, { stdin: {}, stdout: tty }).isTerminal).toBe(false)
  expect(readCapabilities({}, { stdin: tty, stdout: {} }).isTerminal).toBe(false)
  expect(readCapabilities({}, { stdin: tty, stdout: { isTTY: true, columns: 0, rows: 0 } })).toMatchObject({
    columns: 80,
    rows: 24,
  })
})

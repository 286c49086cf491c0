import { spawnSync } from 'node:child_process'
import { afterEach, expect, test } from 'vitest'
import { type Session, startSession } from './pty.ts'

const ASK = 'test/src/terminal/fixture-password.ts'
const open: Session[] = []

afterEach(() => {
  for (const session of open.splice(0)) session.end()
})

/** Standard input and output are elsewhere: the question goes to the terminal all the same. */
async function ask(): Promise<Session> {
  const session = startSession([
    'sh',
    '-c',
    `${process.execPath} ${ASK} </dev/null | cat; echo done; stty -a`,
  ])
  open.push(session)
  await session.shows('Password for \\x1b[2J: ')
  return session
}

test.each([
  ['secret\r', '"secret"'],
  ['wrong\x15pä漢ss\r', '"pä漢ss"'],
  ['ab\x7fc\r', '"ac"'],
  ['a\x1b[Ab\r', '"ab"'],
  ['\r', '""'],
  ['\x04', 'null'],
])('takes %j as %s without showing it', { timeout: 20_000 }, async (typed, got) => {
  const session = await ask()
  session.type(typed)
  await session.shows('done')
  expect(session.raw()).toContain(`got ${got}`)
  expect(session.raw().split('got')[0]).toBe('Password for \\x1b[2J: \r\n')
  await session.shows(' icanon')
  expect(session.raw()).toMatch(/ echo /)
})

test('gives the terminal back and ends at Ctrl-C', { timeout: 20_000 }, async () => {
  const session = await ask()
  session.type('half\x03')
  await session.shows(' icanon')
  expect(session.raw()).toMatch(/ echo /)
  expect(session.raw()).not.toContain('got')
})

test('gives nothing where there is no terminal', { timeout: 20_000 }, () => {
  const { stdout } = spawnSync('setsid', ['-w', process.execPath, ASK], { encoding: 'utf8' })
  expect(stdout).toBe('got null\n')
})

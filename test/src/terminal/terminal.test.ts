import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { findForbidden } from '#src/terminal/wall.ts'
import { type Session, startSession } from './pty.ts'
import { createScreen } from './screen.ts'

const APP = 'test/src/terminal/fixture-app.ts'
const RESTORED = '\x1b[?25h\x1b[?1049l'
const open: Session[] = []

afterEach(() => {
  for (const session of open.splice(0)) session.end()
})

function start(...args: Parameters<typeof startSession>): Session {
  const session = startSession(...args)
  open.push(session)
  return session
}

async function startApp(...flags: string[]): Promise<Session> {
  const session = start([process.execPath, APP, ...flags])
  if (flags.length === 0) await session.shows('seen: nothing')
  return session
}

/** Whether the kernel echoes and buffers lines, as a shell wants it. */
function isCooked(session: Session): boolean {
  const { pty } = session
  const name = execFileSync('ls', ['-l', `/proc/${pty.pid}/fd/0`], { encoding: 'utf8' })
    .trim()
    .split(' ')
    .at(-1)
  const modes = execFileSync('stty', ['-a', '-F', String(name)], { encoding: 'utf8' })
  return / icanon/.test(modes) && / echo /.test(modes)
}

function isStopped(pid: number): boolean {
  return / \(.*\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

function childOf(pid: number, name: string): number {
  return Number(execFileSync('pgrep', ['-P', String(pid), '-f', name], { encoding: 'utf8' }).trim())
}

/** Waits until a program that writes all the time does not get rid of anything any more. */
async function untilStalled(pid: number): Promise<void> {
  const written = () => /wchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]
  let before = ''
  let same = 0
  await until(() => {
    const now = written() ?? ''
    same = now === before ? same + 1 : 0
    before = now
    return same > 20
  })
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 15_000
  while (!condition()) {
    if (Date.now() > end) throw new Error('It did not happen')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('a program on a real terminal', { timeout: 40_000 }, () => {
  test('takes the terminal, shows keys, and gives it back', async () => {
    const session = await startApp()
    expect(session.raw().startsWith('\x1b[?1049h\x1b[?25l')).toBe(true)
    session.type('jk')
    await session.shows('jk')
    session.type('q')
    await session.shows('goodbye')
    expect(await session.exit).toMatchObject({ exitCode: 0 })
    expect(session.raw()).toContain(RESTORED)
    expect(findForbidden(session.raw())).toEqual([])
  })

  test.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGQUIT', 131],
    ['SIGTERM', 143],
  ])('is restored at %s and exits %i', async (signal, code) => {
    const session = await startApp()
    session.pty.kill(signal)
    expect(await session.exit).toMatchObject({ exitCode: code })
    expect(session.raw()).toContain(RESTORED)
  })

  test('ends at SIGTERM although nobody reads what it writes', async () => {
    const session = await startApp('--busy')
    await session.shows('\x1b[?2026l')
    session.pty.pause()
    await untilStalled(session.pty.pid)
    session.pty.kill('SIGTERM')
    await until(() => !isAlive(session.pty.pid))
    session.pty.resume()
    expect(await session.exit).toMatchObject({ exitCode: 143 })
  })

  test.each(['q', 't', 'SIGTERM', 'SIGHUP'])(
    'leaves a terminal that echoes and edits lines after %s',
    async (end) => {
      const session = start(['sh', '-c', `${process.execPath} ${APP}; echo done; sleep 60`])
      await session.shows('seen: nothing')
      expect(isCooked(session)).toBe(false)
      if (end.length === 1) session.type(end)
      else process.kill(childOf(session.pty.pid, 'fixture-app'), end as NodeJS.Signals)
      await session.shows('done')
      expect(isCooked(session)).toBe(true)
    },
  )

  test('says one clean line at a fault of its own and exits 70', async () => {
    const session = await startApp()
    session.type('t')
    expect(await session.exit).toMatchObject({ exitCode: 70 })
    const [, after = ''] = session.raw().split(RESTORED)
    expect(after).toMatch(/^pgtriage: internal error: Error: thrown \\x1b\[2J on purpose \(at [^\n]+\)\r\n$/)
  })

  test('ends when the terminal is closed', async () => {
    const session = await startApp()
    const { pid } = session.pty
    // The pseudo-terminal's own end goes away, as when a window is closed or a link is lost.
    Reflect.get(session.pty, 'destroy')?.call(session.pty)
    await until(() => !isAlive(pid))
  })

  test('opens no inspector at SIGUSR1', async () => {
    const session = await startApp()
    session.pty.kill('SIGUSR1')
    session.type('j')
    await session.shows('j\x1b[K')
    expect(session.raw()).not.toContain('Debugger')
  })

  test('keeps the console off the screen', async () => {
    const session = await startApp()
    session.type('c')
    await session.shows('c\x1b[K')
    session.type('t')
    await session.exit
    const [before = '', after = ''] = session.raw().split(RESTORED)
    expect(before).not.toContain('said over the screen')
    expect(after).toContain('said over the screen')
    const other = await startApp()
    other.type('c')
    await other.shows('c\x1b[K')
    other.type('q')
    await other.exit
    expect(other.raw().split(RESTORED)[1]).toBe('said over the screen\r\ngoodbye\r\n')
  })

  test('follows the size of the terminal through a storm of changes', async () => {
    const session = await startApp()
    for (let size = 1; size <= 60; size += 1) session.pty.resize(size, 1 + (size % 30))
    session.pty.resize(40, 8)
    session.clear()
    session.type('x')
    await session.shows('x')
    session.clear()
    session.type('\x0c')
    await session.shows('row 6 of 40x8')
    const screen = createScreen(40, 8)
    await screen.write(session.raw())
    expect(screen.text()[0]).toMatch(/^seen: (x|ctrl-l)$/)
    expect(screen.text()[7]).toBe('row 6 of 40x8')
  })

  test('lends the terminal to a pager, which gets every key, and draws again', async () => {
    const session = await startApp()
    session.type('p')
    await session.shows('line 8')
    session.type('G')
    await session.shows('line 299')
    session.clear()
    session.type('q')
    await session.shows('aged {"ok":true}')
    session.type('j')
    await session.shows('j\x1b[K')
  })

  test('says why when there is no pager', async () => {
    const session = start([process.execPath, APP], { columns: 100, env: { PAGER: 'no-such-pager' } })
    await session.shows('seen: nothing')
    session.type('p')
    await session.shows('no-such-pager ENOENT')
  })

  test('ends the pager too when it has to exit', async () => {
    const session = await startApp()
    session.type('p')
    await session.shows('line 8')
    const pager = childOf(session.pty.pid, 'less')
    session.pty.kill('SIGTERM')
    expect(await session.exit).toMatchObject({ exitCode: 143 })
    await until(() => !isAlive(pager))
  })

  test('lends the terminal to an editor, takes what it wrote, and draws again', async () => {
    const session = start([process.execPath, APP], { columns: 100, env: { VISUAL: 'vi -u NONE' } })
    await session.shows('seen: nothing')
    session.type('e')
    await session.shows('statement.sql')
    session.type('A + q\x1b:wq\r')
    await session.shows('dited {"ok":true,"text":"SELECT 1 + q","isChanged":true}')
    session.type('j')
    await session.shows('j\x1b[K')
  })

  test('leaves no text behind when a signal ends it below an editor', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'ended-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const session = start([process.execPath, APP], { env: { TMPDIR: directory, VISUAL: 'vi -u NONE' } })
    await session.shows('seen: nothing')
    session.type('e')
    await session.shows('statement.sql')
    expect(readdirSync(directory)).toHaveLength(1)
    session.pty.kill('SIGTERM')
    expect(await session.exit).toMatchObject({ exitCode: 143 })
    expect(readdirSync(directory)).toEqual([])
  })

  test('copies by OSC 52 only when asked', async () => {
    const session = await startApp()
    expect(session.raw()).not.toContain('\x1b]52')
    session.type('y')
    await session.shows(`\x1b]52;c;${Buffer.from('SELECT 1').toString('base64')}\x07`)
  })
})

describe('job control under a shell', { timeout: 40_000 }, () => {
  async function startShell(env: Record<string, string> = {}): Promise<{ session: Session; pid: number }> {
    const session = start(['bash', '--norc', '--noprofile', '-i'], { env: { PS1: 'ready$ ', ...env } })
    await session.shows('ready$ ')
    session.type(`${process.execPath} ${APP}\r`)
    await session.shows('seen: nothing')
    return { session, pid: childOf(session.pty.pid, 'fixture-app') }
  }

  test.each(['Ctrl-Z', 'SIGTSTP', 'SIGSTOP'])('stops at %s and draws afresh at fg', async (way) => {
    const { session, pid: app } = await startShell()
    session.clear()
    if (way === 'Ctrl-Z') session.type('\x1a')
    else process.kill(app, way as NodeJS.Signals)
    await session.shows('ready$ ')
    expect(isStopped(app)).toBe(true)
    if (way !== 'SIGSTOP') expect(session.raw()).toContain(RESTORED)
    session.clear()
    session.type('fg\r')
    await session.shows('row 8 of 60x10')
    expect(session.raw()).toContain('\x1b[?1049h')
    session.type('j')
    await session.shows('j')
    session.clear()
    session.type('q')
    await session.shows('goodbye')
  })

  test('stops and goes on together with a pager that stops', async () => {
    const { session, pid } = await startShell({ PAGER: 'cat; read answer </dev/tty' })
    session.type('p')
    await session.shows('line 8')
    session.clear()
    session.type('\x1a')
    await session.shows('ready$ ')
    await until(() => isStopped(pid))
    session.type('fg\r')
    await until(() => !isStopped(pid))
    session.type('\r')
    await session.shows('aged {"ok":true}')
    session.type('q')
    await session.shows('goodbye')
  })

  test('goes on with a pager that does not stop, as less in secure mode', async () => {
    const { session } = await startShell()
    session.type('p')
    await session.shows('line 8')
    session.type('\x1a')
    session.type('G')
    await session.shows('line 299')
    session.type('q')
    await session.shows('aged {"ok":true}')
    expect(session.raw()).not.toContain('Stopped')
  })
})

function isAlive(pid: number): boolean {
  try {
    return !/ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

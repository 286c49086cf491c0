import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { connect, eventually, sharedCluster } from '#test/support/cluster.ts'
import { isAlive, LIVE, launch, launchCommand, PROGRAM, type Robot } from '#test/support/robot.ts'

/** A program whose sessions can be told from those of others by `name`. */
async function open(name: string, env: Record<string, string> = {}): Promise<Robot> {
  const top = launch({ args: [sharedCluster().uri], env: { ...env, PGAPPNAME: name } })
  await top.ready()
  return top
}

/** Waits until the server has no session of that name any more. */
async function untilGone(name: string): Promise<void> {
  const admin = await connect()
  const sessions = `SELECT FROM pg_stat_activity WHERE application_name LIKE $1 || '%'`
  await eventually(async () => (await admin.query(sessions, [name])).rowCount === 0)
}

describe('the terminal is given back, and the sessions are closed,', () => {
  test.each([
    ['after q', 'q', 0],
    ['after Ctrl-C', 'ctrl-c', 0],
    ['at SIGTERM', 'SIGTERM', 143],
    ['at SIGHUP', 'SIGHUP', 129],
    ['at SIGINT', 'SIGINT', 130],
    ['at SIGQUIT', 'SIGQUIT', 131],
  ])('%s', async (when, how, code) => {
    const name = `ending ${when}`
    const top = await open(name)
    if (how.startsWith('SIG')) await top.kill(how as NodeJS.Signals)
    else top.press(how)
    expect(await top.exit).toBe(code)
    expect(await top.leftovers()).toEqual([])
    await untilGone(name)
  })

  test('with a dialog, a prompt or the help open', async () => {
    for (const key of ['?', '/', ':', '@']) {
      const top = await open('ending open')
      top.press(key)
      await top.unsee('q quit')
      await top.kill('SIGTERM')
      expect(await top.exit).toBe(143)
      expect(await top.leftovers()).toEqual([])
    }
  })

  test('at a fault of our own, which is told in one clean line', async () => {
    const top = await open('ending fault', {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
        `process.on('SIGUSR2', () => { throw new Error('on purpose \\x1b[2J') })`,
      )}`,
    })
    await top.kill('SIGUSR2')
    expect(await top.exit).toBe(70)
    expect(await top.leftovers()).toEqual([])
    expect(top.screen().filter((line) => line.startsWith('pgtriage: '))).toEqual([
      expect.stringMatching(/^pgtriage: internal error: Error: on purpose \\x1b\[2J/),
    ])
    await untilGone('ending fault')
  })
})

test('polls go on while the terminal does not read, and SIGTERM ends the program at once', async () => {
  const name = 'ending frozen'
  const top = await open(name)
  top.freeze()
  await untilStalled(top)
  const admin = await connect()
  const polls = async () => {
    const { rows } = await admin.query(
      'SELECT max(query_start)::text AS newest FROM pg_stat_activity WHERE application_name LIKE $1',
      [`${name}%`],
    )
    return rows[0].newest
  }
  const before = await polls()
  await eventually(async () => (await polls()) !== before)
  const pid = await top.pid()
  await top.kill('SIGTERM')
  await eventually(async () => !isAlive(pid))
  await untilGone(name)
  top.thaw()
  expect(await top.exit).toBe(143)
})

test('Ctrl-Z stops the job, and fg draws the screen again with new data', async () => {
  const shell = launchCommand(['bash', '--norc', '--noprofile', '-i'], { env: { PS1: 'ready$ ' } })
  await shell.see('ready$')
  shell.press(`${PROGRAM.join(' ')} '${sharedCluster().uri}'`, 'enter')
  await shell.see(LIVE)
  const clock = /\d\d:\d\d:\d\d UTC/.exec(shell.text())?.[0] ?? 'no clock'
  shell.press('ctrl-z')
  await shell.see('Stopped')
  expect(shell.text()).not.toMatch(LIVE)
  shell.press('fg', 'enter')
  await shell.see(LIVE)
  await shell.unsee(clock)
  shell.press('?')
  await shell.see('Keys of Activity')
  shell.press('q')
  await shell.see('q quit')
  shell.press('q')
  await shell.see('ready$')
  shell.press('stty -a | tr " " "\\n" | grep -x -e echo -e icanon -e -echo -e -icanon | xargs', 'enter')
  await shell.see(/^icanon echo$/m)
  shell.press('exit', 'enter')
  expect(await shell.exit).toBe(0)
})

/** Presses what draws everything anew until the program no longer gets rid of what it writes. */
async function untilStalled(top: Robot): Promise<void> {
  const file = `/proc/${await top.pid()}/io`
  let before = ''
  let same = 0
  await eventually(async () => {
    top.press('ctrl-l')
    const now = /^wchar: (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? ''
    same = now === before ? same + 1 : 0
    before = now
    return same > 25
  })
}

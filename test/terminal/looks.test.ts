import { expect, test } from 'vitest'
import { sharedCluster } from '#test/support/cluster.ts'
import { type LaunchOptions, launch, type Robot } from '#test/support/robot.ts'
import { queue } from './sessions.ts'

/** Goes through what can be seen, on sessions that block each other. */
async function lookAround(name: string, options: LaunchOptions): Promise<Robot> {
  const { root } = await queue(name)
  const top = launch({ args: [sharedCluster().uri], columns: 120, rows: 30, ...options })
  await top.ready()
  // Once it is known who blocks whom, the root is on top; each set of glyphs marks it in its own way.
  await top.see(new RegExp(`[^\\d ]${root.pid} `))
  top.press('/', name, 'enter')
  await top.see('3 of ')
  top.press('enter')
  await top.see('last query')
  await top.see('RowExclusiveLock')
  top.press('K')
  await top.see('Terminate the session')
  top.press('escape')
  await top.unsee('Terminate the session')
  top.press('?')
  await top.see('Keys of Activity')
  top.press('q')
  await top.unsee('Keys of Activity')
  return top
}

/** The parameters of every SGR sequence that was written. */
function looks(raw: string): Set<string> {
  return new Set([...raw.matchAll(/\x1b\[([\d;]*)m/g)].flatMap(([, list = '']) => list.split(';')))
}

test('NO_COLOR leaves attributes, and no colour', async () => {
  const top = await lookAround('without_colour', { env: { NO_COLOR: '1', COLORTERM: 'truecolor' } })
  expect([...looks(top.raw().toString())].filter((each) => Number(each) >= 30)).toEqual([])
  expect(looks(top.raw().toString())).toContain('7')
})

test('there is colour otherwise', async () => {
  const top = await lookAround('with_colour', {})
  expect(looks(top.raw().toString())).toContain('38')
})

test.each([{ TERM: 'xterm' }, { TERM: 'linux' }])(
  'with %o the 16 colours of old terminals are enough',
  async (env) => {
    const top = await lookAround('few_colours', { env })
    expect([...looks(top.raw().toString())].filter((each) => each === '38' || each === '48')).toEqual([])
    expect(looks(top.raw().toString())).toContain('36')
  },
)

test.each([{ LANG: 'C' }, { LC_ALL: 'POSIX' }])('with %o nothing but ASCII is written', async (env) => {
  const top = await lookAround('in_ascii', { env })
  expect([...top.raw()].filter((byte) => byte > 0x7e)).toEqual([])
  expect(top.text()).toContain('* live')
  top.press('escape')
  await top.see(/^> /m)
})

test('with TERM=dumb it says in one line why there is no screen', async () => {
  const top = launch({ args: [sharedCluster().uri], columns: 160, env: { TERM: 'dumb' } })
  expect(await top.exit).toBe(2)
  expect(top.raw().toString()).not.toContain('\x1b')
  const said = top.screen().filter((line) => line !== '' && !/^(before|pid|after) /.test(line))
  expect(said).toEqual([
    expect.stringMatching(/^pgtriage: TERM is dumb, and the screens need one; .*activity/),
  ])
})

test('CI in the environment of a person changes nothing', async () => {
  const top = launch({ args: [sharedCluster().uri], env: { CI: 'true' } })
  await top.ready()
  top.press('q')
  expect(await top.exit).toBe(0)
})

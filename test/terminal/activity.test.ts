import { describe, expect, test } from 'vitest'
import { sharedCluster } from '#test/support/cluster.ts'
import { LIVE, launch, type Robot } from '#test/support/robot.ts'
import { queue, working } from './sessions.ts'

const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 160, rows: 45 },
]

/** The pids in the table, from top to bottom. */
function pids(lines: readonly string[]): number[] {
  return lines.flatMap((line) => /^[▶ ][• ] *(\d+) /.exec(line)?.[1] ?? []).map(Number)
}

function cursorLine(top: Robot): string {
  return top.screen().find((line) => line.startsWith('▶')) ?? ''
}

describe.each(SIZES)('the program on a real server at $columns x $rows', (size) => {
  const name = `storm_${size.columns}`
  const open = async (...args: string[]) => {
    const top = launch({ ...size, args: [...args, sharedCluster().uri] })
    await top.ready()
    return top
  }

  test('shows who blocks first, then the queue behind it, and each view by its key', async () => {
    const { root, alter, reader } = await queue(name)
    const top = await open()
    const mine = (lines: string[]) =>
      pids(lines).filter((pid) => [root.pid, alter.pid, reader.pid].includes(pid))
    top.press('/', name, 'enter')
    await top.until('the queue in its order', (lines) =>
      isEqual(mine(lines), [root.pid, alter.pid, reader.pid]),
    )
    await top.see(`⧗${root.pid}`)
    top.press('w')
    await top.until('the waiting ones', (lines) => isEqual(mine(lines), [alter.pid, reader.pid]))
    top.press('t')
    await top.until('the idle one', (lines) => isEqual(mine(lines), [root.pid]))
    top.press('i')
    await top.see(`none of `)
    top.press('A')
    await top.until('all of them', (lines) => mine(lines).length === 3)
    expect(top.screen().length).toBe(size.rows)
    expect(Math.max(...top.screen().map((line) => line.length))).toBeLessThanOrEqual(size.columns)
  })

  test('sorts, tags, opens the detail and comes back', async () => {
    const { root, alter } = await queue(name)
    const top = await open()
    // The locks are asked when somebody was seen to wait: only then is it known who is to be on top.
    await top.see(`⧗${root.pid}`)
    top.press('/', name, 'enter')
    await top.until('the cursor on the root', () => cursorLine(top).includes(` ${root.pid} `))
    await top.see('state▼')
    top.press('s')
    await top.see('lock▼')
    top.press('S')
    await top.see('lock▲')
    await top.until('the cursor still on the root', () => cursorLine(top).includes(` ${root.pid} `))
    top.press('space')
    await top.see('1 tagged')
    top.press('U')
    await top.unsee('1 tagged')
    top.press('enter')
    await top.see(`pid ${root.pid}`)
    await top.see(`UPDATE ${name} SET paid = true`)
    await top.see('1 directly, 2 wait behind it')
    await top.pressUntil('G', /RowExclusiveLock/)
    top.press('q')
    await top.see('lock▲')
    top.press('g')
    top.press(':', String(alter.pid), 'enter')
    await top.until('the cursor on the migration', () => cursorLine(top).includes(String(alter.pid)))
  })

  test('shows its keys and its SQL', async () => {
    const top = await open()
    top.press('?')
    await top.see('Keys of Activity')
    await top.see('Show sessions that wait for a lock')
    top.press('G')
    await top.see('Go back, then quit')
    top.press('q')
    await top.unsee('Keys of Activity')
    top.press('@')
    await top.see('/* pgtriage:activity */')
    await top.see(/FROM|SELECT/)
    top.press('q')
    await top.unsee('pgtriage:activity')
  })

  test('shows nothing new while it is paused, and says so', async () => {
    const first = await working(`${name}_first`)
    const top = await open()
    top.press('/', `${name}_`, 'enter')
    await top.until('the first one', (lines) => isEqual(pids(lines), [first.pid]))
    top.press('p')
    await top.see('PAUSED')
    const second = await working(`${name}_second`)
    await top.see(/PAUSED ([2-9]|\d\d)/)
    expect(pids(top.screen())).toEqual([first.pid])
    top.press('p')
    await top.until('both', (lines) => pids(lines).length === 2)
    expect(pids(top.screen())).toContain(second.pid)
    await top.see(LIVE)
  })
})

test('refreshes at the interval that was asked for, and steps it', async () => {
  const top = launch({ args: ['--interval', '2', sharedCluster().uri] })
  await top.see('live 2s')
  top.press('+')
  await top.see('refresh every 1 s')
  top.press('-', '-')
  await top.see('refresh every 5 s')
  await top.see('live 5s')
})

test('moves once for each key of a burst, as a slow link delivers it', async () => {
  const names = ['a', 'b', 'c', 'd']
  for (const each of names) await working(`burst_${each}`)
  const top = launch({ columns: 120, args: [sharedCluster().uri] })
  await top.ready()
  top.press('/', 'burst_', 'enter')
  await top.until('four rows', (lines) => pids(lines).length === 4)
  top.press('g')
  top.press('j', 'j', 'j')
  await top.until('the cursor on the last row', (lines) =>
    cursorLine(top).includes(String(pids(lines).at(-1))),
  )
})

test('does nothing that is pasted outside of a prompt', async () => {
  const victim = await working('pasted_at')
  const top = launch({ columns: 120, args: [sharedCluster().uri] })
  await top.ready()
  top.press('/', 'pasted_at', 'enter')
  await top.until('the cursor on it', () => cursorLine(top).includes(String(victim.pid)))
  top.paste('K\ry')
  top.paste('SELECT 1;\nq\nC')
  // What comes after the pastes proves that they were read.
  top.press('T')
  await top.see('xact')
  expect(top.text()).not.toMatch(/Terminate|Cancel the/)
  top.press('/')
  await top.see('words, column:value')
  top.paste('pasted_\nat')
  await top.see('/pasted_atpasted_ at')
  top.press('escape')
  await top.unsee('words, column:value')
})

test('takes no answer of the terminal for a key', async () => {
  const victim = await working('answered')
  const top = launch({ columns: 120, args: [sharedCluster().uri] })
  await top.ready()
  top.press('/', 'answered', 'enter')
  await top.until('the cursor on it', () => cursorLine(top).includes(String(victim.pid)))
  // Cursor position, device attributes, colours, clipboard, focus: nobody asked, a multiplexer may have.
  for (const answer of [
    '\x1b[12;40R',
    '\x1b[?62;4;22c',
    '\x1b[>41;354;0c',
    '\x1b]11;rgb:KKKK/CCCC/0000\x07',
    '\x1b]10;rgb:CCCC/KKKK/0000\x1b\\',
    '\x1bP1+r544e=KC\x1b\\',
    '\x1b[I',
    '\x1b[O',
    '\x1b[<0;10;10M',
  ])
    top.press(answer)
  top.press('T')
  await top.see('xact')
  expect(top.text()).not.toMatch(/Terminate|Cancel the/)
  expect(cursorLine(top)).toContain(String(victim.pid))
})

test('is whole after a storm of resizes', async () => {
  const top = launch({ args: [sharedCluster().uri] })
  await top.ready()
  for (let step = 0; step < 100; step += 1) top.resize(1 + ((step * 37) % 240), 1 + ((step * 13) % 80))
  top.resize(110, 30)
  await top.until('every part in its place', (lines) => {
    return (
      /^ pgtriage .* UTC$/.test(lines[0] ?? '') &&
      lines[3] === '─'.repeat(110) &&
      /^ A all \d+/.test(lines[4] ?? '') &&
      / q quit$/.test(lines[29] ?? '')
    )
  })
  top.press('p')
  await top.see('PAUSED')
  const before = top.screen().slice(2)
  const seen = top.raw().length
  top.press('ctrl-l')
  await top.until('a redraw', () => top.raw().subarray(seen).includes('\x1b[H\x1b[J'))
  await top.see('PAUSED')
  expect(top.screen().slice(2)).toEqual(before)
})

function isEqual(one: readonly number[], other: readonly number[]): boolean {
  return one.join() === other.join()
}

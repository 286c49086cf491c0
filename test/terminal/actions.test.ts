import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connect, sharedCluster, withRoles } from '#test/support/cluster.ts'
import { type LaunchOptions, LIVE, launch, type Robot } from '#test/support/robot.ts'
import { idleInTransaction, queue, working } from './sessions.ts'

/** Opens the program with the cursor on the session of that name. */
async function aimedAt(name: string, pid: number, options: LaunchOptions = {}): Promise<Robot> {
  const top = launch({ args: [sharedCluster().uri], columns: 130, rows: 40, ...options })
  await top.ready()
  top.press('/', `app:${name}`, 'enter')
  await top.until(`the cursor on ${name}`, (lines) =>
    lines.some((line) => line.startsWith('▶') && line.includes(` ${pid} `)),
  )
  return top
}

/** Answers the open dialog, which for a moment takes no key. */
async function sayYes(top: Robot): Promise<void> {
  await top.pressUntil('x', 'only y confirms')
  top.press('y')
}

describe.each([
  { columns: 80, rows: 24 },
  { columns: 160, rows: 45 },
])('a session at $columns x $rows', (size) => {
  test('is terminated after a question, with proof and a record of it', async () => {
    const name = `killed_${size.columns}`
    const { root, alter, reader } = await queue(name)
    const top = await aimedAt(`${name}-root`, root.pid, size)
    top.press('K')
    await top.see(`Terminate the session of pid ${root.pid}?`)
    await top.see('frees: 1 at once, 2 in all')
    await sayYes(top)
    await top.see(`${root.pid} is gone`)
    await top.see('freed 2 of 2 waiters')
    expect(await root.fate).toBe('57P01')
    expect(await alter.fate).toBe(null)
    expect(await reader.fate).toBe(null)
    const audit = readFileSync(join(top.home, '.local/state/pgtriage/actions.jsonl'), 'utf8')
    const records = audit
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(records.length).toBe(2)
    expect(audit).toContain(String(root.pid))
    expect(audit).not.toContain(sharedCluster().password)
  })
})

test('a statement is cancelled, and its session lives on', async () => {
  const victim = await working('cancelled')
  const top = await aimedAt('cancelled', victim.pid)
  top.press('C')
  await top.see(`Cancel the running statement of pid ${victim.pid}?`)
  await sayYes(top)
  await top.see(`the statement of ${victim.pid} ended`)
  expect(await victim.fate).toBe('57014')
  expect((await victim.client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('an idle transaction is not cancelled but explained', async () => {
  const victim = await idleInTransaction('explained', ['SELECT 1'])
  const top = await aimedAt('explained', victim.pid)
  top.press('C')
  await top.see('No statement runs: cancel would do nothing')
  top.press('y', 'y')
  top.press('escape')
  await top.unsee('No statement runs')
  expect((await victim.client.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }])
})

test('several tagged sessions need their number', async () => {
  const one = await working('tagged_1')
  const two = await working('tagged_2')
  const top = launch({ args: [sharedCluster().uri], columns: 130, rows: 40 })
  await top.ready()
  top.press('/', 'app:tagged_', 'enter')
  await top.see('2 of ')
  top.press('g', 'space')
  await top.see('1 tagged')
  top.press('j', 'space')
  await top.see('2 tagged')
  top.press('K')
  await top.see('Terminate 2 sessions?')
  await top.pressUntil('x', 'type 2, then y')
  top.press('3', 'y')
  await top.see('the number is 2')
  top.press('2', 'y')
  await top.see('2 gone')
  expect([await one.fate, await two.fate]).toEqual(['57P01', '57P01'])
})

test('nothing is hit by keys typed ahead, by Enter, by n, or by Escape', async () => {
  const victim = await working('spared')
  const top = await aimedAt('spared', victim.pid)
  const question = 'Terminate the session'
  top.press('K', 'y', 'y', 'y', 'enter')
  await top.see(question)
  await top.pressUntil('x', 'only y confirms')
  top.press('enter')
  await top.unsee(question)
  top.press('K')
  await top.see(question)
  await top.pressUntil('x', 'only y confirms')
  top.press('n')
  await top.unsee(question)
  top.press('K')
  await top.see(question)
  top.press('escape')
  await top.unsee(question)
  top.press('K')
  await top.see(question)
  await top.pressUntil('x', 'only y confirms')
  top.paste('y')
  top.press('x', 'escape')
  await top.unsee(question)
  const admin = await connect()
  const { rows } = await admin.query('SELECT state FROM pg_stat_activity WHERE pid = $1', [victim.pid])
  expect(rows).toEqual([{ state: 'active' }])
})

test('a stale row hits nobody: the session that is gone is told to be gone', async () => {
  const victim = await working('stale')
  const top = await aimedAt('stale', victim.pid)
  top.press('p')
  await top.see('PAUSED')
  const admin = await connect()
  await admin.query('SELECT pg_terminate_backend($1)', [victim.pid])
  expect(await victim.fate).toBe('57P01')
  top.press('K')
  await top.see(`Terminate the session of pid ${victim.pid}?`)
  await sayYes(top)
  await top.see(`${victim.pid}: not signalled, it was gone already`)
})

test('a statement that is over already is not mistaken for the next one', async () => {
  const victim = await working('moved_on', 'SELECT pg_sleep(300), 1')
  const top = await aimedAt('moved_on', victim.pid)
  top.press('p')
  await top.see('PAUSED')
  const admin = await connect()
  await admin.query('SELECT pg_cancel_backend($1)', [victim.pid])
  expect(await victim.fate).toBe('57014')
  const next = victim.client.query('SELECT pg_sleep(1), 2')
  top.press('C')
  await top.see(`Cancel the running statement of pid ${victim.pid}?`)
  await sayYes(top)
  await top.see(`${victim.pid}: not signalled`)
  expect((await next).rowCount).toBe(1)
})

test('our own sessions are refused', async () => {
  const top = launch({ args: [sharedCluster().uri], columns: 130, rows: 40 })
  await top.ready()
  top.press('o')
  await top.see('o own shown')
  top.press('/', 'app:pgtriage', 'enter')
  await top.until('the cursor on one of them', (lines) => lines.some((line) => line.startsWith('▶')))
  top.press('K')
  await top.see("is this program's own session")
  top.press('y', 'y', 'escape')
  await top.see(LIVE)
})

test('there are no actions in read-only mode', async () => {
  const victim = await working('untouchable')
  const top = await aimedAt('untouchable', victim.pid, { args: ['--read-only', sharedCluster().uri] })
  await top.see('read-only')
  top.press('K')
  await top.see('K does nothing here')
  top.press('C')
  await top.see('C does nothing here')
  expect(top.text()).not.toMatch(/Terminate|C cancel|K terminate/)
  top.press('?', 'G')
  await top.see('then quit')
  expect(top.text()).not.toContain('Terminate the session')
})

test('a role without rights is told what it cannot see, and what the server says when it tries', async () => {
  const { plain } = await withRoles()
  const victim = await working('of_another')
  const top = await aimedAt('of_another', victim.pid, { args: [plain] })
  await top.see(/\d+ of \d+ sessions hidden: GRANT pg_read_all_stats TO "plain"/)
  await top.see('(hidden from this')
  top.press('K')
  await top.see('This role does not see')
  await sayYes(top)
  // The words before 16 and since.
  await top.see(/not signalled: .*(must be a superuser|permission denied)/)
  const admin = await connect()
  const { rows } = await admin.query('SELECT state FROM pg_stat_activity WHERE pid = $1', [victim.pid])
  expect(rows).toEqual([{ state: 'active' }])
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connect, sharedCluster } from '#test/support/cluster.ts'
import { type LaunchOptions, launch, type Robot } from '#test/support/robot.ts'
import { working } from './sessions.ts'

/** The Explain screen, with a table of 200 000 rows to read in the shared database. */
async function onExplain(options: LaunchOptions = {}): Promise<Robot> {
  const admin = await connect()
  await admin.query(`CREATE TABLE IF NOT EXISTS explained AS
    SELECT g AS id, g % 1000 AS kind, md5(g::text) AS note FROM generate_series(1, 200000) AS g`)
  // One process: with workers the hottest node may as well be the Gather that starts them.
  await admin.query('ALTER TABLE explained SET (parallel_workers = 0)')
  await admin.query('ANALYZE explained')
  const top = launch({ args: ['--screen', 'explain', sharedCluster().uri], ...options })
  await top.see('Nothing is explained yet.')
  return top
}

/** Types a query into the input and accepts it. */
async function explain(top: Robot, query: string): Promise<void> {
  top.press('i')
  await top.see('a query is only planned')
  top.paste(query)
  await top.until('the query', () => top.text().replace(/\s+/g, ' ').includes(query.slice(-20)))
  top.press('ctrl-d')
}

async function runIt(top: Robot): Promise<void> {
  top.press('A')
  await top.see('Run it?')
  // The dialog is deaf at first: `y` is pressed until it is heard.
  await top.pressUntil('y', 'EXPLAIN ANALYZE: typed in')
}

describe.each([
  { columns: 80, rows: 24 },
  { columns: 160, rows: 45 },
])('a slow query at $columns x $rows', (size) => {
  test('is planned, run after consent, and its hot node found with one key', async () => {
    const top = await onExplain(size)
    await explain(top, "SELECT count(*) FROM explained WHERE kind = 7 AND note LIKE 'a%'")
    await top.see('EXPLAIN: typed in')
    await top.see('Seq Scan on')
    await runIt(top)
    await top.see('execution')
    top.press('n')
    await top.until('the cursor on the scan', (lines) =>
      lines.some((line) => line.startsWith('▶') && line.includes('Seq Scan')),
    )
    expect(top.text()).toMatch(/CREATE INDEX|index/)
  })
})

test('a DELETE is told as such before it runs, and is rolled back', async () => {
  const top = await onExplain({ columns: 120, rows: 40 })
  await explain(top, 'DELETE FROM explained WHERE id <= 10')
  await top.see('EXPLAIN: typed in')
  top.press('A')
  await top.see(/deletes|DELETE/)
  await top.see('Run it?')
  await top.pressUntil('y', 'EXPLAIN ANALYZE: typed in')
  const admin = await connect()
  const { rows } = await admin.query('SELECT count(*)::int AS kept FROM explained WHERE id <= 10')
  expect(rows).toEqual([{ kept: 10 }])
})

test('a run is cancelled by Esc, and its session is gone from the server', async () => {
  const top = await onExplain()
  await explain(top, 'SELECT pg_sleep(600) FROM generate_series(1, 2)')
  await top.see('EXPLAIN: typed in')
  top.press('A')
  await top.see('Run it?')
  await top.pressUntil('y', 'EXPLAIN ANALYZE: running')
  top.press('escape')
  await top.see('rolled back')
  const admin = await connect()
  const left = await admin.query(
    "SELECT count(*)::int AS left FROM pg_stat_activity WHERE application_name LIKE 'pgtriage-explain%'",
  )
  expect(left.rows).toEqual([{ left: 0 }])
})

test('leaving the program ends a run on the server', async () => {
  const top = await onExplain()
  await explain(top, 'SELECT pg_sleep(600)')
  await top.see('EXPLAIN: typed in')
  top.press('A')
  await top.see('Run it?')
  await top.pressUntil('y', 'EXPLAIN ANALYZE: running')
  top.press('ctrl-c')
  expect(await top.exit).toBe(0)
  const admin = await connect()
  await expect
    .poll(async () => {
      const { rows } = await admin.query(
        "SELECT count(*)::int AS left FROM pg_stat_activity WHERE application_name LIKE 'pgtriage-explain%'",
      )
      return rows
    })
    .toEqual([{ left: 0 }])
})

test('what is not accepted is shown with its place', async () => {
  const top = await onExplain()
  await explain(top, 'SELECT id FROM explained WHERE kond = 7')
  await top.see('column "kond" does not exist')
  await top.see('Nothing was run')
  await top.see('^')
})

test('the query of a session that is chosen on Activity is planned in its database', async () => {
  const admin = await connect()
  await admin.query('CREATE TABLE IF NOT EXISTS explained_session (id int)')
  await working('reader', 'SELECT pg_sleep(300), id FROM (SELECT 1 AS id) AS one -- chosen')
  const top = launch({ args: ['--screen', 'activity', sharedCluster().uri], columns: 130, rows: 40 })
  await top.see('reader')
  top.press('/')
  top.press(...'app:reader')
  top.press('enter')
  await top.until('a cursor', (lines) => lines.some((line) => line.startsWith('▶')))
  top.press('e')
  await top.see(/EXPLAIN: pid \d+/)
  await top.see('Result')
})

test('a query is written in $EDITOR', async () => {
  const script = join(await homeless(), 'editor.sh')
  writeFileSync(script, '#!/bin/sh\necho "SELECT count(*) FROM explained" > "$1"\n', { mode: 0o755 })
  const top = await onExplain({ env: { EDITOR: script, VISUAL: undefined } })
  top.press('E')
  await top.see('EXPLAIN: from the editor')
  await top.see('Aggregate')
})

test('settings are changed and the two plans compared', async () => {
  const top = await onExplain({ columns: 120, rows: 40 })
  await explain(top, 'SELECT * FROM explained ORDER BY note')
  await top.see('EXPLAIN: typed in')
  top.press('x')
  await top.see('settings')
  top.press(...'enable_seqscan=off work_mem=64MB')
  top.press('enter')
  await top.see('2 of 2')
  top.press('d')
  await top.see('work_mem')
})

async function homeless(): Promise<string> {
  const { mkdtemp } = await import('node:fs/promises')
  const { tmpdir } = await import('node:os')
  return mkdtemp(join(tmpdir(), 'pgtriage-editor-'))
}

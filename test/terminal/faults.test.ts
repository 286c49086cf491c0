import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '#src/demo/cluster.ts'
import { connect } from '#test/support/cluster.ts'
import { LIVE, launch, type Robot } from '#test/support/robot.ts'
import { idleInTransaction, working } from './sessions.ts'

// What happens here happens to a whole server, so it is one of our own.
let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster.stop())

async function open(): Promise<Robot> {
  const top = launch({ args: [cluster.uri], columns: 140, rows: 30 })
  await top.ready()
  return top
}

describe.each(['fast', 'immediate'] as const)('when the server is restarted (%s)', (mode) => {
  test('the last rows stay with their age and the reason, then live data comes again', async () => {
    await working('before', 'SELECT pg_sleep(300)', cluster.uri)
    const top = await open()
    await top.see('before')
    const restarted = cluster.restart(mode)
    await top.see(/data \S+ old[\s\S]*before/)
    await restarted
    await working('after', 'SELECT pg_sleep(300)', cluster.uri)
    await top.see('after')
    await top.see(LIVE)
    await top.unsee('before')
    top.press('q')
    expect(await top.exit).toBe(0)
    expect(await top.leftovers()).toEqual([])
  })
})

test.each(['pg_database', 'pg_authid'])(
  'the screen goes on and a kill works while somebody holds a lock on %s',
  async (catalog) => {
    const holder = await connect(cluster.uri, 'holder')
    const { rows } = await holder.query('SELECT pg_backend_pid() AS pid')
    const sleeper = await idleInTransaction('bystander', ['SELECT 1'], cluster.uri)
    const top = await open()
    await top.see('bystander')
    await holder.query('BEGIN')
    await holder.query(`LOCK TABLE pg_catalog.${catalog} IN ACCESS EXCLUSIVE MODE`)
    await top.see('pg_stat_activity waits for a lock on a shared catalog')
    await top.see('bystander')
    await top.see(LIVE)
    await holder.query('SELECT 1 AS still_at_it')
    await top.see('still_at_it')
    top.press(':', String(rows[0].pid), 'enter')
    await top.see(new RegExp(`^▶ +${rows[0].pid} `, 'm'))
    top.press('K')
    await top.see(`Terminate the session of pid ${rows[0].pid}?`)
    await top.pressUntil('x', 'only y confirms')
    top.press('y')
    await top.see(`${rows[0].pid} is gone`)
    expect((await sleeper.client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  },
)

test('its own session is terminated by somebody: it says so and is back', async () => {
  const top = await open()
  const admin = await connect(cluster.uri)
  await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pgtriage%'`,
  )
  await top.see(/57P01|administrator command/)
  await working('newcomer', 'SELECT pg_sleep(300)', cluster.uri)
  await top.see('newcomer')
  await top.see(LIVE)
})

test('q quits at once although the server does not answer', async () => {
  const top = await open()
  process.kill(cluster.pid(), 'SIGSTOP')
  try {
    const admin = top.text()
    expect(admin).toMatch(LIVE)
    top.press('q')
    expect(await top.exit).toBe(0)
    expect(await top.leftovers()).toEqual([])
  } finally {
    process.kill(cluster.pid(), 'SIGCONT')
  }
})

test('when the server stays away, it says when it tries again, and q still quits', async () => {
  const top = await open()
  await cluster.stop()
  await top.see('retry in ')
  await top.see(/no server at .*connection refused/)
  top.press('?')
  await top.see('Keys of Activity')
  top.press('q')
  await top.unsee('Keys of Activity')
  top.press('q')
  expect(await top.exit).toBe(0)
  expect(await top.leftovers()).toEqual([])
})

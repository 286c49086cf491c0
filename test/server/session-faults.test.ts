import { createServer, connect as dial } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Cluster, startCluster } from '#src/demo/cluster.ts'
import type { ServerEvent } from '#src/server/contract.ts'
import { connect, eventually } from '#test/support/cluster.ts'
import { asking, connected, firstValue, nextEvent, targetOf, withControl } from './connect-support.ts'

let cluster: Cluster

beforeAll(async () => {
  cluster = await startCluster({ settings: { max_connections: '20', superuser_reserved_connections: '0' } })
})

afterAll(async () => await cluster.stop())

const pidOf = async (
  ...[server, session]: [Parameters<typeof firstValue>[0], 'poll' | 'control']
): Promise<number> => Number(await firstValue(server, 'SELECT pg_backend_pid()::text AS v', session))

describe('a lost connection', () => {
  it('comes back by itself, says why it was lost, and is the same server', async () => {
    const { server, events } = await withControl(targetOf(cluster.uri))
    const pid = await pidOf(server, 'poll')
    const down = nextEvent(server, (event) => event.kind === 'link' && event.link.status === 'down')
    const up = nextEvent(server, (event) => event.kind === 'link' && event.link.status === 'up')
    await firstValue(server, `SELECT pg_terminate_backend(${pid})::text AS v`, 'control')
    expect(await down).toMatchObject({
      link: {
        failure: {
          kind: 'lost',
          sqlstate: '57P01',
          message: 'the server ended the connection: terminating connection due to administrator command',
        },
      },
    })
    await up
    expect(await pidOf(server, 'poll')).not.toBe(pid)
    expect(events.filter((event) => event.kind === 'identity')).toEqual([])
  })

  it('fails the statement under way with the reason, and the next ones at once', async () => {
    const { server } = await withControl(targetOf(cluster.uri))
    const pid = await pidOf(server, 'poll')
    const running = server.run(asking('SELECT pg_sleep(1.9)::text AS v'))
    await firstValue(server, `SELECT pg_terminate_backend(${pid})::text AS v`, 'control')
    expect(await running).toMatchObject({ ok: false, failure: { kind: 'lost', sqlstate: '57P01' } })
  })

  it('survives a restart of the server, and tells that it was started again', async () => {
    const { server, events } = await withControl(targetOf(cluster.uri))
    const identity = nextEvent(server, (event) => event.kind === 'identity')
    await cluster.restart('fast')
    expect(await identity).toMatchObject({
      message: expect.stringMatching(/^the server changed: it was started again at 2/),
    })
    await eventually(async () => server.link.status === 'up' && server.hasControl)
    expect(events.filter((event) => event.kind === 'identity')).toHaveLength(1)
  })

  it('tells a crash of another backend as the reason', async () => {
    const { server } = await withControl(targetOf(cluster.uri))
    const victim = await connect(cluster.uri)
    const pid = (await victim.query('SELECT pg_backend_pid() AS pid')).rows[0].pid
    const down = nextEvent(server, (event) => event.kind === 'link' && event.link.status === 'down')
    process.kill(pid, 'SIGKILL')
    expect(await down).toMatchObject({
      link: {
        failure: { sqlstate: '57P02', message: expect.stringMatching(/crash of another server process/) },
      },
    })
    await eventually(async () => server.link.status === 'up')
  })
})

describe('a frozen backend', () => {
  it('is left behind by the watchdog, while the control session goes on answering', async () => {
    const { server } = await withControl(targetOf(cluster.uri))
    await firstValue(server, "SELECT 'its settings follow the first answer' AS v")
    const pid = await pidOf(server, 'poll')
    onTestFinished(() => void process.kill(pid, 'SIGCONT'))
    process.kill(pid, 'SIGSTOP')
    const stuck = server.run(asking('SELECT 1::text AS v'))
    expect(await firstValue(server, "SELECT 'alive' AS v", 'control')).toBe('alive')
    expect(await stuck).toMatchObject({
      ok: false,
      failure: {
        kind: 'timeout',
        message: expect.stringMatching(/^no answer within 2.5 s.*connection dropped/),
      },
    })
    await eventually(async () => server.link.status === 'up')
    expect(await pidOf(server, 'poll')).not.toBe(pid)
  })
})

describe('a statement that takes too long', () => {
  it('ends on the server, and the session stays', async () => {
    const { server } = await withControl(targetOf(cluster.uri))
    const pid = await pidOf(server, 'poll')
    expect(await server.run(asking('SELECT pg_sleep(9)::text AS v', { timeoutMs: 100 }))).toMatchObject({
      ok: false,
      failure: { kind: 'timeout', sqlstate: '57014' },
    })
    expect(await pidOf(server, 'poll')).toBe(pid)
  })

  it('is cancelled from outside when its own bound does not hold', async () => {
    for (const control of [true, false]) {
      const { server } = control
        ? await withControl(targetOf(cluster.uri))
        : await connected(targetOf(cluster.uri), { control: false })
      const pid = await pidOf(server, 'poll')
      const unbound = "SELECT set_config('statement_timeout', '0', false) AS v"
      await firstValue(server, unbound)
      // A new bound counts from the next statement: this one runs without any.
      expect(await server.run(asking('SELECT pg_sleep(20)::text AS v'))).toMatchObject({
        ok: false,
        failure: { kind: 'timeout', message: 'no answer within 2.5 s: cancelled' },
      })
      expect(await pidOf(server, 'poll')).toBe(pid)
    }
  })

  it('is asked again once when the cancel was not meant for it', async () => {
    const { server } = await withControl(targetOf(cluster.uri))
    const client = await connect(cluster.uri)
    const pid = await pidOf(server, 'poll')
    const running = server.run(asking("SELECT pg_sleep(0.7)::text || 'done' AS v"))
    await eventually(async () => {
      const found = await client.query(
        "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'",
        [pid],
      )
      return found.rowCount === 1
    })
    await client.query('SELECT pg_cancel_backend($1)', [pid])
    expect(await running).toMatchObject({ ok: true, rows: [{ v: 'done' }] })
  })
})

describe('an entry behind a lock', () => {
  const guarded = asking('SELECT count(*)::text AS v FROM pg_catalog.pg_stat_activity', {
    fallback: {
      waits: 'nothing',
      sql: () => "SELECT 'second way' AS v FROM pg_catalog.pg_stat_get_activity(NULL) LIMIT 1",
      complete: (row, facts) => ({ v: `${row.v}, ${facts.databaseNames.size > 0}` }),
    },
  })

  it.each(['pg_database', 'pg_authid'])(
    'answers by its fallback while %s is locked, and says why',
    async (catalog) => {
      const { server } = await withControl(targetOf(cluster.uri), { warm: [guarded] })
      expect((await server.run(guarded)).ok).toBe(true)
      const locker = await connect(cluster.uri)
      await locker.query(`BEGIN; LOCK TABLE ${catalog} IN ACCESS EXCLUSIVE MODE`)
      const first = await server.run(guarded)
      expect(first).toMatchObject({
        ok: true,
        rows: [{ v: 'second way, true' }],
        fallback: { sqlstate: '55P03' },
      })
      expect(await server.run(guarded)).toMatchObject({ ok: true, fallback: { sqlstate: '55P03' } })
      expect(await server.run(guarded, { session: 'control' })).toMatchObject({ ok: true })
      await locker.query('ROLLBACK')
    },
  )
})

describe('an entry that goes its second way', () => {
  const answered = (sql: string, second: string, timeoutMs = 300) =>
    asking(sql, {
      id: second,
      timeoutMs,
      fallback: { waits: 'nothing', sql: () => `SELECT '${second}' AS v` },
    })

  it('tells a statement that was too slow, by the server or by our watch, from a lock', async () => {
    const { server } = await withControl(targetOf(cluster.uri))
    expect(await server.run(answered('SELECT pg_sleep(9)::text AS v', 'slow'))).toMatchObject({
      rows: [{ v: 'slow' }],
      fallback: { kind: 'timeout', sqlstate: '57014' },
    })
    const { server: unbound } = await withControl(targetOf(cluster.uri))
    const endless = answered('SELECT pg_sleep(20)::text AS v', 'silent', 2000)
    await firstValue(unbound, "SELECT set_config('statement_timeout', '0', false) AS v")
    expect(await unbound.run(endless)).toMatchObject({
      rows: [{ v: 'silent' }],
      fallback: { kind: 'timeout', sqlstate: null, message: 'no answer within 2.5 s: cancelled' },
    })
  })

  it('tries the first way at once on a new connection', async () => {
    const { server } = await withControl(targetOf(cluster.uri))
    await (await connect(cluster.uri)).query('CREATE TABLE IF NOT EXISTS public.contended ()')
    const entry = answered('SELECT count(*)::text AS v FROM public.contended', 'second way', 2000)
    const locker = await connect(cluster.uri)
    await locker.query('BEGIN; LOCK TABLE public.contended IN ACCESS EXCLUSIVE MODE')
    expect(await server.run(entry)).toMatchObject({ fallback: { kind: 'timeout', sqlstate: '55P03' } })
    await locker.query('ROLLBACK')
    expect(await server.run(entry)).toMatchObject({ rows: [{ v: 'second way' }] })
    const up = nextEvent(server, (event) => event.kind === 'link' && event.link.status === 'up')
    await locker.query('SELECT pg_terminate_backend($1)', [await pidOf(server, 'poll')])
    await up
    expect(await server.run(entry)).toMatchObject({ rows: [{ v: '0' }] })
  })
})

describe('a promotion that the server does not report (before 14)', () => {
  it('is seen by a row that says otherwise than the facts', async () => {
    const { server } = await connected(targetOf(cluster.uri), { control: false })
    const says = (inRecovery: boolean) =>
      asking(`SELECT ${inRecovery} AS in_recovery`, {
        columns: [{ id: 'in_recovery', label: 'standby', kind: 'bool', meaning: 'The value.' }],
      })
    const told: ServerEvent[] = []
    onTestFinished(server.subscribe((event) => void told.push(event)))
    await server.run(says(false))
    await firstValue(server, 'SELECT 1::text AS v')
    const before = server.facts
    expect(told.filter(({ kind }) => kind === 'facts')).toEqual([])
    const facts = nextEvent(server, (event) => event.kind === 'facts')
    await server.run(says(true))
    await facts
    expect(server.facts).not.toBe(before)
    expect(server.facts).toEqual(before)
  })
})

describe('an address that leads to several servers', () => {
  /** One address in front of servers; `to` says which of them the next connection reaches. */
  async function balancer(to: () => Cluster): Promise<string> {
    const server = createServer((client) => {
      const upstream = dial(to().port, '127.0.0.1')
      for (const socket of [client, upstream]) socket.on('error', () => {})
      client.pipe(upstream).pipe(client)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    return `host=127.0.0.1 port=${typeof address === 'object' ? address?.port : 0} user=same password=same dbname=postgres`
  }
  const system = 'SELECT system_identifier::text AS v FROM pg_control_system()'

  async function twoServers(): Promise<Cluster> {
    const other = await startCluster()
    onTestFinished(async () => await other.stop())
    for (const { uri } of [cluster, other]) {
      const client = await connect(uri)
      await client.query("DROP ROLE IF EXISTS same; CREATE ROLE same SUPERUSER LOGIN PASSWORD 'same'")
    }
    return other
  }

  it('never acts on another one than the one that is looked at', async () => {
    const other = await twoServers()
    const order = [cluster]
    const { server, events } = await connected(targetOf(await balancer(() => order.shift() ?? other)))
    await eventually(async () => events.some((event) => event.kind === 'notice'))
    expect(events.find((event) => event.kind === 'notice')).toMatchObject({
      message: expect.stringMatching(/leads to several servers/),
    })
    expect(await firstValue(server, system, 'control')).toBe(await firstValue(server, system, 'poll'))
  })

  it('moves every session when the address moves, and says that another server answers', async () => {
    const other = await twoServers()
    let now = cluster
    const { server } = await withControl(targetOf(await balancer(() => now)))
    const [before, pid] = [await firstValue(server, system), await pidOf(server, 'poll')]
    now = other
    const identity = nextEvent(server, (event) => event.kind === 'identity')
    const admin = await connect(cluster.uri)
    await admin.query('SELECT pg_terminate_backend($1)', [pid])
    expect(await identity).toMatchObject({ message: expect.stringMatching(/^another server answers now/) })
    await eventually(
      async () => server.hasControl && (await firstValue(server, system, 'control')) !== before,
    )
    expect(await firstValue(server, system, 'control')).toBe(await firstValue(server, system, 'poll'))
  })
})

describe('when connections are short', () => {
  it('drops the control session that was to take over the polling, when it cannot tell its facts', async () => {
    const admin = await connect(cluster.uri)
    await admin.query("DROP ROLE IF EXISTS heir; CREATE ROLE heir LOGIN PASSWORD 'heir' CONNECTION LIMIT 2")
    onTestFinished(
      async () =>
        void (await admin.query('GRANT EXECUTE ON FUNCTION pg_catalog.pg_postmaster_start_time() TO PUBLIC')),
    )
    const { server } = await withControl(targetOf(cluster.uri.replace(/\/\/postgres:[^@]*@/, '//heir:heir@')))
    const [poll, control] = [await pidOf(server, 'poll'), await pidOf(server, 'control')]
    await admin.query(`
      ALTER ROLE heir CONNECTION LIMIT 1;
      REVOKE EXECUTE ON FUNCTION pg_catalog.pg_postmaster_start_time() FROM PUBLIC`)
    await admin.query('SELECT pg_terminate_backend($1)', [poll])
    await eventually(async () => {
      const found = await admin.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [control])
      return found.rowCount === 0
    })
    await admin.query('GRANT EXECUTE ON FUNCTION pg_catalog.pg_postmaster_start_time() TO PUBLIC')
    server.reconnectNow()
    await eventually(async () => server.link.status === 'up')
  })

  it('shares the one that was granted, says so, and takes a second one when there is room', async () => {
    const admin = await connect(cluster.uri)
    await admin.query(
      "DROP ROLE IF EXISTS single; CREATE ROLE single LOGIN PASSWORD 'single' CONNECTION LIMIT 1",
    )
    const uri = cluster.uri.replace(/\/\/postgres:[^@]*@/, '//single:single@')
    const { server, events } = await connected(targetOf(uri))
    await eventually(async () => events.some((event) => event.kind === 'notice'))
    expect(events.find((event) => event.kind === 'notice')).toMatchObject({
      sqlstate: '53300',
      message: expect.stringMatching(/^only one connection was granted/),
    })
    expect(server.hasControl).toBe(false)
    expect(await firstValue(server, "SELECT 'shared' AS v", 'control')).toBe('shared')
    expect(await firstValue(server, "SELECT 'shared' AS v", 'task')).toBe('shared')
    await admin.query('ALTER ROLE single CONNECTION LIMIT 2')
    server.reconnectNow()
    await eventually(async () => server.hasControl)
  })

  it('keeps polling on the control session when the polling one is lost and no other is granted', async () => {
    const admin = await connect(cluster.uri)
    await admin.query("DROP ROLE IF EXISTS pair; CREATE ROLE pair LOGIN PASSWORD 'pair' CONNECTION LIMIT 2")
    const { server } = await withControl(targetOf(cluster.uri.replace(/\/\/postgres:[^@]*@/, '//pair:pair@')))
    const [poll, control] = [await pidOf(server, 'poll'), await pidOf(server, 'control')]
    await admin.query('ALTER ROLE pair CONNECTION LIMIT 1')
    const up = nextEvent(server, (event) => event.kind === 'link' && event.link.status === 'up')
    await admin.query('SELECT pg_terminate_backend($1)', [poll])
    await up
    expect(await pidOf(server, 'poll')).toBe(control)
    expect(server.hasControl).toBe(false)
    expect(server.facts?.ownPids).toEqual([control])
  })
})

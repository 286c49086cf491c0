import { writeFileSync } from 'node:fs'
import { createServer, connect as dial } from 'node:net'
import { join } from 'node:path'
import type pg from 'pg'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startCluster } from '#src/demo/cluster.ts'
import type { Explainer, Progress } from '#src/explain/contract.ts'
import { connect, eventually, sharedCluster, uriAs, withRoles } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { connected, targetOf } from './connect-support.ts'
import { consentTo, expectNothingLeft, explainerOn, fine, question } from './explain-support.ts'

const DATABASE = 'explain_run'
const at = (version: number) => sharedCluster().versionNum >= version

beforeAll(async () => {
  await makeDatabase(DATABASE, [
    'CREATE TABLE orders (id int PRIMARY KEY, customer int, placed timestamptz, note text)',
    "INSERT INTO orders SELECT g, g % 100, '2026-01-01'::timestamptz + g * interval '1 h', repeat('x', 100) FROM generate_series(1, 5000) AS g",
    'CREATE INDEX ON orders (customer)',
    'ANALYZE orders',
    'CREATE TABLE parted (a int, b int) PARTITION BY RANGE (a)',
    ...[0, 1, 2].map(
      (n) => `CREATE TABLE parted_${n} PARTITION OF parted FOR VALUES FROM (${n * 10}) TO (${n * 10 + 10})`,
    ),
    'CREATE SCHEMA app',
    'CREATE TABLE app.hidden (a int)',
    'CREATE TABLE wide (t text)',
  ])
  await makeDatabase('explain_other', ['CREATE TABLE only_here (a int)'])
})

async function started(): Promise<{ explainer: Explainer; client: pg.Client }> {
  const client = await connect(uriOf(DATABASE))
  const { explainer } = await explainerOn(uriOf(DATABASE))
  return { explainer, client }
}

describe('a plan', () => {
  test('comes with what the server knows, and nothing stays', async () => {
    const { explainer, client } = await started()
    const told: Progress[] = []
    const plan = fine(
      await explainer.plan(question('SELECT * FROM orders WHERE customer = 7;'), (step) => told.push(step)),
    )
    expect(plan).toMatchObject({
      database: DATABASE,
      plannedAs: 'itself',
      parameterTypes: [],
      writes: false,
      dangers: [],
      warnings: [],
      document: { format: 'json', statements: [{ withoutPlan: null }] },
      facts: { relations: [{ schema: 'public', name: 'orders', tuples: 5000 }] },
    })
    expect(plan.planText).toContain('orders_customer_idx')
    expect(plan.sent.messages.join('\n')).toMatch(
      /BEGIN .*READ ONLY[\s\S]*PREPARE .* AS SELECT \* FROM orders WHERE customer = 7[\s\S]*EXPLAIN \(VERBOSE, .*EXECUTE/,
    )
    expect(plan.sent.entries.map(({ id }) => id)).toContain('plan-relations')
    expect(told).toEqual(['connecting', 'checking', 'planning', 'rolling back'])
    await expectNothingLeft(client)
  })

  test('is that of the sessions of the role, and not of ours', async () => {
    const { explainer, client } = await started()
    await client.query(`ALTER ROLE postgres IN DATABASE ${DATABASE} SET search_path = app`)
    await client.query(`ALTER DATABASE ${DATABASE} SET enable_seqscan = off`)
    onTestFinished(async () => {
      await client.query(`ALTER ROLE postgres IN DATABASE ${DATABASE} RESET ALL`)
      await client.query(`ALTER DATABASE ${DATABASE} RESET ALL`)
    })
    const plan = fine(await explainer.plan(question('SELECT * FROM hidden')))
    expect(plan.document.statements[0]?.root?.properties).toMatchObject({ Schema: 'app' })
    const settings = plan.document.statements[0]?.properties.Settings
    expect(settings).toMatchObject({ enable_seqscan: 'off' })
    expect(Object.keys(settings ?? {})).not.toContain('jit')
    expect(Object.keys(settings ?? {})).not.toContain('max_parallel_workers_per_gather')
  })

  test('heeds given settings, the search path among them, for itself alone', async () => {
    const { explainer } = await started()
    const settings = { enable_indexscan: 'off', enable_bitmapscan: 'off', search_path: 'app, public' }
    const plan = fine(
      await explainer.plan(question('SELECT * FROM hidden JOIN orders ON id = a', { settings })),
    )
    expect(plan.document.statements[0]?.properties.Settings).toMatchObject({ enable_indexscan: 'off' })
    expect(await explainer.plan(question('SELECT * FROM hidden'))).toMatchObject({ ok: false, step: 'parse' })
  })

  test('may be that of another role, with its rights', async () => {
    await withRoles()
    const { explainer } = await started()
    const asked = question('SELECT * FROM orders', { settings: { role: 'plain' } })
    expect(await explainer.plan(asked)).toMatchObject({ ok: false, failure: { sqlstate: '42501' } })
    expect(await explainer.plan({ ...asked, text: 'SELECT 1' })).toMatchObject({ ok: true })
  })

  test('may be of another database', async () => {
    const { explainer, client } = await started()
    const asked = question('SELECT * FROM only_here', { database: 'explain_other' })
    expect(fine(await explainer.plan(asked))).toMatchObject({ database: 'explain_other' })
    expect(await explainer.plan(question('SELECT 1', { database: 'nowhere' }))).toMatchObject({
      ok: false,
      step: 'connect',
      failure: { sqlstate: '3D000' },
    })
    await expectNothingLeft(client)
  })

  test('of a text that a database stores in another encoding is of that text', async () => {
    const { explainer, client } = await started()
    await client.query('DROP DATABASE IF EXISTS explain_latin')
    await client.query(
      "CREATE DATABASE explain_latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'",
    )
    onTestFinished(async () => void (await client.query('DROP DATABASE explain_latin WITH (FORCE)')))
    const asked = question("SELECT relname FROM pg_class WHERE relname = 'é' || 'ü'", {
      database: 'explain_latin',
    })
    expect(fine(await explainer.plan(asked)).planText).toContain('éü')
    expect(await explainer.plan({ ...asked, text: "SELECT 'é' FORM x" })).toMatchObject({ position: 17 })
  })

  test.each([
    ['SELECT * FROM nothing', 15, '42P01'],
    ['SELECT note FROM orders WHERE nothing = 1', 31, '42703'],
    ["SELECT '💥💥', nothing FROM orders", 14, '42703'],
    ['SELECT now() - interval $1, nothing FROM orders', 29, '42703'],
    ['SELECT * FROM orders WHERE customer = = 1', 39, '42601'],
  ])('that is not to be had points at the place: %s', async (text, position, sqlstate) => {
    const { explainer } = await started()
    expect(await explainer.plan(question(text))).toMatchObject({
      ok: false,
      step: 'parse',
      position,
      failure: { sqlstate },
    })
  })

  test('of a text that ends too early is none', async () => {
    const { explainer } = await started()
    const kept = 1023
    const cut = `SELECT * FROM orders WHERE note = 'a' AND id IN (${'1,'.repeat(600)}`.slice(0, kept)
    for (const text of [
      cut,
      "SELECT * FROM orders WHERE note = 'a",
      'SELECT * FROM orders WHERE',
      'SELECT 1 /* a',
    ])
      expect(await explainer.plan(question(text))).toMatchObject({ ok: false, step: 'parse' })
    const whole = `SELECT ${'1 + '.repeat(400)}`
    const exact = `${whole.slice(0, kept - 1)}1`.replace(/\+1$/, '1')
    expect(await explainer.plan(question(exact.padEnd(kept, '1')))).toMatchObject({
      ok: false,
      failure: { message: expect.stringContaining('as much as this server keeps') },
    })
    expect(await explainer.plan(question(`SELECT '${'é'.repeat(400)}'`))).toMatchObject({ ok: true })
  })

  test('waits no longer than half a second for a lock', async () => {
    const { explainer, client } = await started()
    await client.query('BEGIN')
    await client.query('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE')
    const startedMs = performance.now()
    const plan = await explainer.plan(question('SELECT * FROM orders'))
    expect(performance.now() - startedMs).toBeLessThan(2500)
    expect(plan).toMatchObject({
      ok: false,
      failure: { sqlstate: '55P03' },
      remedies: expect.arrayContaining([expect.stringContaining('Locks')]),
    })
    await client.query('ROLLBACK')
    await expectNothingLeft(client)
  })
})

describe('placeholders', () => {
  test('without values give a plan for any value', async () => {
    const { explainer } = await started()
    const plan = fine(await explainer.plan(question('SELECT * FROM parted WHERE a = $1 AND b > $2')))
    expect(plan).toMatchObject({
      plannedAs: at(160000) ? 'generic' : 'generic by prepare',
      parameterTypes: ['integer', 'integer'],
      warnings: at(160000) ? [] : [expect.stringContaining('NULLs')],
    })
    const seen = at(160000) ? ['parted_0', 'parted_1', 'parted_2', '$1'] : ['"Subplans Removed": 3']
    for (const each of seen) expect(plan.planText).toContain(each)
    const consent = consentTo(plan)
    expect(await explainer.analyze(plan.question, consent)).toMatchObject({ ok: false, step: 'parse' })
  })

  test('with values are planned for those', async () => {
    const { explainer } = await started()
    const asked = question('SELECT * FROM parted WHERE a = $1 AND b > $2', { values: ['15', null] })
    const plan = fine(await explainer.plan({ ...asked, values: ['15', '1'] }))
    expect(plan.plannedAs).toBe('itself')
    expect(plan.planText).toContain('parted_1')
    expect(plan.planText).not.toContain('parted_2')
    const run = fine(await explainer.analyze(plan.question, consentTo(plan)))
    expect(run.planText).toContain('"Actual Rows"')
    expect(fine(await explainer.plan(asked)).planText).toContain('One-Time Filter')
    expect(await explainer.plan({ ...asked, values: ['15'] })).toMatchObject({ ok: false, step: 'parse' })
    expect(await explainer.plan({ ...asked, values: ['fifteen', '1'] })).toMatchObject({
      ok: false,
      step: 'plan',
      failure: { sqlstate: '22P02' },
    })
  })

  test('in place of typed literals are cast', async () => {
    const { explainer } = await started()
    const text =
      'SELECT extract($1 FROM placed), placed AT TIME ZONE $2 FROM orders WHERE placed > timestamptz $3 - interval $4 day'
    const plan = fine(await explainer.plan(question(text)))
    expect(plan.parameterTypes).toEqual(['text', 'text', 'timestamp with time zone', 'interval'])
    expect(plan.sentText).toContain('($4::interval day)')
    const values = ['year', 'UTC', '2026-01-02 00:00:00+00', '1 day']
    const run = fine(await explainer.analyze({ ...plan.question, values }, consentTo(plan)))
    expect(run.plannedAs).toBe('itself')
  })

  test('may leave numbers out', async () => {
    const { explainer } = await started()
    const plan = fine(await explainer.plan(question('SELECT * FROM orders WHERE id = $3')))
    expect(plan.parameterTypes).toEqual(['text', 'text', 'integer'])
  })
})

describe('a run', () => {
  test('tells what was measured, and which options made it so', async () => {
    const { explainer, client } = await started()
    const plan = fine(await explainer.plan(question('UPDATE orders SET note = note WHERE id < 10')))
    const run = fine(await explainer.analyze(plan.question, consentTo(plan, { timing: false })))
    expect(run.options).toEqual([
      ...['ANALYZE', 'VERBOSE', 'BUFFERS', 'SETTINGS', 'WAL'],
      ...(at(170000) ? ['SERIALIZE TEXT', 'MEMORY'] : []),
      'TIMING OFF',
    ])
    expect(run.planText).toContain('"WAL Records"')
    expect(run.planText).not.toContain('"Actual Total Time"')
    expect(run.writes).toBe(true)
    expect(run.facts?.relations[0]?.name).toBe('orders')
    await expectNothingLeft(client)
  })

  test('is planned for itself: its planning takes time', async () => {
    const { explainer } = await started()
    const run = fine(
      await explainer.analyze(
        question('SELECT count(*) FROM orders a JOIN orders b USING (customer)'),
        consentTo({ dangers: [] }),
      ),
    )
    expect(Number(run.document.statements[0]?.properties['Planning Time'])).toBeGreaterThan(0.05)
  })

  test('ends in time', async () => {
    const { explainer, client } = await started()
    const startedMs = performance.now()
    const run = await explainer.analyze(
      question('SELECT pg_sleep(30)'),
      consentTo({ dangers: [] }, { timeoutMs: 300 }),
    )
    expect(performance.now() - startedMs).toBeLessThan(2000)
    expect(run).toMatchObject({ ok: false, step: 'run', failure: { sqlstate: '57014' } })
    expect(run.ok || run.remedies).toHaveLength(3)
    await expectNothingLeft(client)
  })

  test('is cancelled within a second, at any step', async () => {
    const { explainer, client } = await started()
    for (const when of ['connecting', 'checking', 'planning', 'running'] as const) {
      let cancelledMs = 0
      const run = await explainer.analyze(
        question('SELECT pg_sleep(30)'),
        consentTo({ dangers: [] }, { timeoutMs: 60_000 }),
        (step) => {
          if (step !== when) return
          cancelledMs = performance.now()
          void explainer.cancel()
        },
      )
      expect(performance.now() - cancelledMs).toBeLessThan(1000)
      expect(run).toMatchObject({ ok: false, failure: { sqlstate: '57014', message: 'canceled' } })
      await expectNothingLeft(client)
    }
    expect(await explainer.plan(question('SELECT 1'))).toMatchObject({ ok: true })
  })

  test('that heeds no cancel is ended with its process', async () => {
    const { explainer, client } = await started()
    await client.query(`CREATE OR REPLACE FUNCTION heedless() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
      LOOP BEGIN PERFORM pg_sleep(10); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$`)
    const plan = fine(await explainer.plan(question('SELECT heedless()')))
    const running = explainer.analyze(plan.question, consentTo(plan, { timeoutMs: 60_000 }), (step) => {
      if (step === 'running') setTimeout(() => void explainer.cancel(), 100)
    })
    expect(await running).toMatchObject({ ok: false })
    await expectNothingLeft(client)
    expect(await explainer.analyze(plan.question, consentTo(plan, { timeoutMs: 200 }))).toMatchObject({
      ok: false,
      step: 'run',
    })
    await expectNothingLeft(client)
  })

  test('of a large result moves none of it', async () => {
    const { explainer } = await started()
    const text = "SELECT repeat('x', 1000000 + g) FROM generate_series(1, 200) AS g"
    expect(
      fine(await explainer.analyze(question(text), consentTo({ dangers: [] }))).planText.length,
    ).toBeLessThan(10_000)
  })

  test('waits for no row lock longer than half a second', async () => {
    const { explainer, client } = await started()
    await client.query('BEGIN')
    await client.query('DELETE FROM orders WHERE id = 1')
    const plan = fine(await explainer.plan(question('UPDATE orders SET note = note WHERE id = 1')))
    expect(await explainer.analyze(plan.question, consentTo(plan))).toMatchObject({
      ok: false,
      step: 'run',
      failure: { sqlstate: '55P03' },
    })
    await client.query('ROLLBACK')
  })

  test('is refused when it would do what was not agreed to, and tells what', async () => {
    const { explainer } = await started()
    const plan = fine(await explainer.plan(question('SELECT * FROM orders')))
    const run = await explainer.analyze(question('DELETE FROM orders'), consentTo(plan))
    expect(run).toMatchObject({ ok: false, step: 'consent', dangers: [{ kind: 'writes' }] })
  })

  test('may take long, and says so beforehand', async () => {
    const { explainer } = await started()
    const plan = fine(await explainer.plan(question('SELECT count(*) FROM orders a, orders b, orders c')))
    expect(plan.dangers).toMatchObject([{ kind: 'costly', isUndone: true }])
    expect(await explainer.analyze(plan.question, consentTo({ dangers: [] }))).toMatchObject({
      ok: false,
      step: 'consent',
    })
  })
})

describe('the connection of its own', () => {
  test('is one of ours, and one at a time', async () => {
    const { server } = await connected(targetOf(uriOf(DATABASE)))
    const { signal } = new AbortController()
    const options = { database: null, applicationName: 'pgtriage-explain', signal }
    const one = await server.dedicated(options)
    expect(await server.dedicated(options)).toMatchObject({ ok: false, failure: { kind: 'unavailable' } })
    if (!one.ok) throw new Error(one.failure.message)
    const asked = await one.connection.ask('SELECT pg_backend_pid()')
    const pid = Number(asked.ok && asked.rows[0]?.[0])
    expect(server.facts?.ownPids).toContain(pid)
    await one.connection.close()
    await eventually(async () => !server.facts?.ownPids.includes(pid))
    expect(await server.dedicated({ ...options, signal: AbortSignal.abort() })).toMatchObject({ ok: false })
  })

  test('ends with the program', async () => {
    const client = await connect(uriOf(DATABASE))
    const { server, explainer } = await explainerOn(uriOf(DATABASE))
    const running = explainer.analyze(
      question('SELECT pg_sleep(30)'),
      consentTo({ dangers: [] }, { timeoutMs: 60_000 }),
    )
    await eventually(
      async () =>
        (
          await client.query(
            "SELECT FROM pg_stat_activity WHERE application_name = 'pgtriage-explain' AND query LIKE '%ANALYZE%'",
          )
        ).rowCount === 1,
    )
    const startedMs = performance.now()
    await server.close()
    expect(performance.now() - startedMs).toBeLessThan(1500)
    expect(await running).toMatchObject({ ok: false })
    await expectNothingLeft(client)
    await explainer.close()
    expect(await explainer.plan(question('SELECT 1'))).toMatchObject({ ok: false, step: 'connect' })
  })

  test('is not to be had where no connection is left, and says so', async () => {
    const { plain } = await withRoles()
    const client = await connect()
    await client.query('ALTER ROLE plain CONNECTION LIMIT 2')
    onTestFinished(async () => void (await client.query('ALTER ROLE plain CONNECTION LIMIT -1')))
    const { explainer } = await explainerOn(uriAs(plain, 'plain'))
    expect(await explainer.plan(question('SELECT 1'))).toMatchObject({
      ok: false,
      step: 'connect',
      failure: { sqlstate: '53300' },
    })
  })
})

describe('elsewhere', () => {
  test('on a standby nothing that writes is run', async () => {
    const cluster = await startCluster({ binaries: sharedCluster().binaries })
    onTestFinished(() => cluster.stop())
    const client = await connect(cluster.uri)
    await client.query('CREATE TABLE t (a int)')
    await client.end()
    writeFileSync(join(cluster.dataDirectory, 'standby.signal'), '')
    await cluster.restart()
    const { explainer } = await explainerOn(cluster.uri)
    const plan = fine(await explainer.plan(question('DELETE FROM t')))
    expect(plan.dangers.map(({ kind }) => kind)).toEqual(['standby', 'writes'])
    expect(await explainer.analyze(plan.question, consentTo(plan))).toMatchObject({
      ok: false,
      step: 'consent',
    })
    expect(
      await explainer.analyze(question('SELECT count(*) FROM t'), consentTo({ dangers: [] })),
    ).toMatchObject({ ok: true })
  })

  test('behind a pooler it is planned with nothing set or prepared, and not run', async () => {
    const { uri, messages } = await pooler()
    const { server } = await connected(targetOf(uri), { control: false })
    expect(server.facts?.pooled).toBe(true)
    const { createExplainer } = await import('#src/explain/explainer.ts')
    const explainer = createExplainer(server)
    messages.length = 0
    const plan = fine(
      await explainer.plan(
        question('SELECT * FROM orders WHERE id = $1', { values: ['7'], database: DATABASE }),
      ),
    )
    expect(plan.planText).toContain('(orders.id = 7)')
    expect(plan.warnings).toEqual([expect.stringContaining('pooler')])
    expect(
      await explainer.plan(question('SELECT 1; DROP TABLE orders', { database: DATABASE })),
    ).toMatchObject({ ok: false, failure: { sqlstate: '42601' } })
    expect(
      await explainer.plan(question('SELECT * FROM orders WHERE id = $1', { database: DATABASE })),
    ).toMatchObject({ ok: false })
    expect(await explainer.analyze(plan.question, consentTo(plan))).toMatchObject({
      ok: false,
      step: 'consent',
      failure: { message: expect.stringContaining('pooler') },
    })
    const left = messages.join('\n').replace(/SET LOCAL|pgtriage:session-settings/g, '')
    expect(left).not.toMatch(/\bPREPARE\b|\bSET \w+ =|set_config\([^()]*, false\)|advisory/)
    await expectNothingLeft(await connect())
  })
})

/** A stand-in for a pooler: it drops settings of the startup packet, and tells a process number of its own. */
async function pooler(): Promise<{ uri: string; messages: string[] }> {
  const { port, uri } = sharedCluster()
  const messages: string[] = []
  const server = createServer((client) => {
    const upstream = dial(port, '127.0.0.1')
    for (const socket of [client, upstream]) socket.on('error', () => {})
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    client.once('data', (startup) => {
      if (startup.readInt32BE(4) === 80_877_102) return void client.end()
      const words = startup.subarray(8).toString('latin1').split('\0')
      const kept = ['user', 'database', 'application_name'].flatMap((name) => [
        name,
        words[words.indexOf(name) + 1] ?? '',
      ])
      const body = Buffer.from(`${kept.join('\0')}\0\0`)
      const head = Buffer.alloc(8)
      head.writeInt32BE(body.length + 8, 0)
      head.writeInt32BE(196_608, 4)
      upstream.write(Buffer.concat([head, body]))
      client.on('data', (bytes) => {
        messages.push(bytes.toString('latin1'))
        upstream.write(bytes)
      })
      upstream.on('data', (bytes) => {
        const key = bytes.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]))
        if (key !== -1) bytes.writeInt32BE(-1_765_040_564, key + 5)
        client.write(bytes)
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const own = new URL(uri)
  own.port = String(typeof address === 'object' ? address?.port : 0)
  return { uri: `${own.href}?sslmode=disable`, messages }
}

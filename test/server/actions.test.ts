import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { activity } from '#queries/activity.ts'
import { openAudit } from '#src/actions/audit.ts'
import { machineClock } from '#src/actions/clock.ts'
import { emergencyEntries } from '#src/actions/emergency.ts'
import { readLocks } from '#src/actions/freed.ts'
import { readOperator } from '#src/actions/operator.ts'
import { type Deps, perform } from '#src/actions/perform.ts'
import { planAction } from '#src/actions/plan.ts'
import { partiesAimedAt, radiusOf } from '#src/actions/radius.ts'
import { describeReport } from '#src/actions/report.ts'
import { type Target, targetOf } from '#src/actions/target.ts'
import type { Party } from '#src/locks/party.ts'
import { resolveTarget } from '#src/server/conninfo/target.ts'
import type { Server } from '#src/server/contract.ts'
import { openServer, whenConnected } from '#src/server/server.ts'
import { connect, eventually, type RoleUris, sharedCluster, uriAs, withRoles } from '#test/support/cluster.ts'

let uris: RoleUris

beforeAll(async () => {
  uris = await withRoles()
})

describe('terminate', () => {
  it('ends the session that was shown, and proves it', async () => {
    const server = await open()
    const victim = await connect()
    const { report } = await act(server, 'terminate', [await targetFor(server, victim)])
    expect(report.outcomes).toMatchObject([{ outcome: { kind: 'done' } }])
    expect(describeReport(report)).toMatch(/^\d+ is gone <?\d+(\.\d+)?m?s after the signal$/)
    await expect(victim.query('SELECT 1')).rejects.toThrow()
  })

  it('spares the backend that has the pid now, when another one was shown', async () => {
    const server = await open()
    const [a, b] = [await connect(), await connect()]
    const [shown, taken] = [await targetFor(server, a), await targetFor(server, b)]
    const { report } = await act(server, 'terminate', [{ ...taken, backend_start: shown.backend_start }])
    expect(report.outcomes).toMatchObject([{ outcome: { kind: 'missed', presence: 'another backend' } }])
    await expect(a.query('SELECT 1')).resolves.toBeDefined()
    await expect(b.query('SELECT 1')).resolves.toBeDefined()
  })

  it('spares a new backend that really got the pid of the one shown', async () => {
    const server = await open()
    const first = await connect()
    const shown = await targetFor(server, first)
    await first.end()
    await eventually(async () => (await find(server, shown.pid)) === undefined)
    const heir = await connectWithPid(shown.pid)
    // Where the kernel gives no pid on request, the target is moved to the pid that it did give.
    const stale = { ...shown, pid: pidOf(heir) }
    const { report } = await act(server, 'terminate', [stale])
    expect(report.outcomes).toMatchObject([{ outcome: { kind: 'missed', presence: 'another backend' } }])
    await expect(heir.query('SELECT 1')).resolves.toBeDefined()
  })

  it('says that a backend did not take the signal, as long as it does not', async () => {
    const server = await open()
    const victim = await connect()
    const target = await targetFor(server, victim)
    process.kill(target.pid, 'SIGSTOP')
    onTestFinished(() => resume(target.pid))
    const { report } = await act(server, 'terminate', [target])
    expect(report.outcomes).toMatchObject([{ outcome: { kind: 'still there', undone: false } }])
    expect(describeReport(report)).toContain('signal sent, still there after 5.0s')
    resume(target.pid)
    await eventually(async () => (await find(server, target.pid)) === undefined)
  })

  it('works while pg_authid and pg_database are locked', async () => {
    const server = await open()
    const [victim, locker] = [await connect(), await connect()]
    const target = await targetFor(server, victim)
    await locker.query(
      'BEGIN; LOCK TABLE pg_catalog.pg_authid, pg_catalog.pg_database IN ACCESS EXCLUSIVE MODE',
    )
    const { report } = await act(server, 'terminate', [target])
    await locker.query('ROLLBACK')
    expect(report.outcomes).toMatchObject([{ outcome: { kind: 'done' } }])
  })

  it('tells the truth when the connection ends between key and answer', async () => {
    const server = await open()
    const [victim, other] = [await connect(), await connect()]
    const target = await targetFor(server, victim)
    const deps = depsIn(temporaryDirectory())
    // The last thing before the signal is sent is the line in the audit file.
    const append: Deps['audit']['append'] = async (records) => {
      const outcome = await deps.audit.append(records)
      if (records[0]?.phase === 'before') {
        await other.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS own (pid)', [
          factsOf(server).ownPids,
        ])
      }
      return outcome
    }
    const report = await perform(server, 'terminate', [target], { ...deps, audit: { path: null, append } })
    const [told] = report.outcomes
    const lives = await victim.query('SELECT 1').then(
      () => true,
      () => false,
    )
    expect(told?.outcome).toMatchObject(lives ? { kind: 'unknown', presence: 'same' } : { kind: 'done' })
  })

  it('warns of a session that streams the WAL', async () => {
    const server = await open()
    const walsender = new pg.Client({
      connectionString: uris.superuser,
      replication: 'true',
    } as pg.ClientConfig)
    await walsender.connect()
    onTestFinished(() => walsender.end())
    const target = await eventually(async () => {
      const row = (await rows(server)).find(({ backend_type }) => backend_type === 'walsender')
      return row !== undefined && targetOf(row)
    })
    expect(planAction('terminate', [target], factsOf(server)).aims[0]?.warnings.join()).toContain('standby')
  })

  it('says that a session was gone already', async () => {
    const server = await open()
    const victim = await connect()
    const target = await targetFor(server, victim)
    await victim.end()
    await eventually(async () => (await find(server, target.pid)) === undefined)
    const { report } = await act(server, 'terminate', [target])
    expect(report.outcomes).toMatchObject([{ outcome: { kind: 'missed', presence: 'gone' } }])
  })

  it('ends a transaction that idles, but not the one after it', async () => {
    const server = await open()
    const [left, back] = [await connect(), await connect()]
    for (const client of [left, back]) await client.query('BEGIN')
    const targets = [await targetFor(server, left), await targetFor(server, back)]
    expect(targets.map(({ state }) => state)).toEqual(['idle in transaction', 'idle in transaction'])
    await back.query('COMMIT')
    await back.query('BEGIN')
    const { report } = await act(server, 'terminate', targets)
    expect(report.outcomes).toMatchObject([
      { outcome: { kind: 'done' } },
      { outcome: { kind: 'missed', presence: 'changed' } },
    ])
    await expect(back.query('SELECT 1')).resolves.toBeDefined()
  })

  it('counts the waiters that it frees, and had foretold them', async () => {
    const server = await open()
    const table = `freed_${process.pid}`
    const root = await connect()
    await root.query(`CREATE TABLE ${table} (id int)`)
    await root.query(`BEGIN; LOCK TABLE ${table} IN ROW EXCLUSIVE MODE`)
    const alter = await connect()
    const altered = alter.query(`ALTER TABLE ${table} ADD COLUMN x int`)
    const target = await targetFor(server, root)
    await waiting(server, 1, target)
    const readers = await Promise.all([connect(), connect(), connect()])
    const read = readers.map((reader) => reader.query(`SELECT count(*) FROM ${table}`))
    await waiting(server, 4, target)

    const analysis = await readLocks(server)
    if (analysis === null) throw new Error('the locks were not told')
    const radius = radiusOf('terminate', [target], analysis)
    const pids = (parties: readonly Party[]) => parties.flatMap(({ row: { pid } }) => pid ?? []).toSorted()
    expect(pids(radius.direct)).toEqual([pidOf(alter)])
    expect(pids(radius.total)).toEqual([alter, ...readers].map(pidOf).toSorted())
    const blocked = targetOf(await rowOf(server, pidOf(alter)))
    expect(radiusOf('cancel', [blocked], analysis).direct).toHaveLength(3)

    const { report } = await act(server, 'terminate', [target])
    expect(report.freed).toMatchObject({ before: 4, freed: 4 })
    expect(describeReport(report)).toMatch(/ · freed 4 of 4 waiters in <?\d+(\.\d+)?m?s$/)
    await Promise.all([altered, ...read])
    await alter.query(`DROP TABLE ${table}`)
  })

  it('goes on to the next of many when one is missed', async () => {
    const server = await open()
    const victims = [await connect(), await connect(), await connect()]
    const targets = await Promise.all(victims.map((victim) => targetFor(server, victim)))
    await victims[1]?.end()
    await eventually(async () => (await find(server, targets[1]?.pid ?? 0)) === undefined)
    const { report } = await act(server, 'terminate', targets)
    expect(report.outcomes.map(({ outcome }) => outcome.kind)).toEqual(['done', 'missed', 'done'])
  })
})

describe('cancel', () => {
  it('ends the statement that was shown and leaves the session', async () => {
    const server = await open()
    const victim = await connect()
    const running = expect(victim.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: '57014' })
    const { report } = await act(server, 'cancel', [await activeTarget(server, victim)])
    await running
    expect(describeReport(report)).toMatch(/ ended <?\d+(\.\d+)?m?s after the signal; it is idle now$/)
    await expect(victim.query('SELECT 1')).resolves.toBeDefined()
  })

  it('spares the statement that runs now, when another one was shown', async () => {
    const server = await open()
    const victim = await connect()
    const first = victim.query('SELECT pg_sleep(60)').catch(() => undefined)
    const shown = await activeTarget(server, victim)
    await (await connect()).query('SELECT pg_cancel_backend($1)', [shown.pid])
    await first
    const second = victim.query("SELECT pg_sleep(60), 'next'").catch(() => undefined)
    await eventually(async () => (await find(server, shown.pid))?.query?.includes('next'))
    const { report } = await act(server, 'cancel', [shown])
    expect(report.outcomes).toMatchObject([
      { outcome: { kind: 'missed', presence: 'changed', sight: { query: "SELECT pg_sleep(60), 'next'" } } },
    ])
    expect((await find(server, shown.pid))?.state).toBe('active')
    await victim.end()
    await second
  })

  it('explains one idle in transaction instead of pretending', async () => {
    const server = await open()
    const victim = await connect()
    await victim.query('BEGIN')
    const target = await targetFor(server, victim)
    expect(planAction('cancel', [target], factsOf(server)).spared).toMatchObject([
      { instead: { action: 'terminate', pid: target.pid } },
    ])
    const { report } = await act(server, 'cancel', [target])
    expect(describeReport(report)).toContain('Terminate ends the transaction')
  })

  it('offers to terminate a backend that it does not move', async () => {
    const server = await open()
    const victim = await connect()
    const running = victim
      .query(
        `DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$`,
      )
      .catch(() => undefined)
    const { report } = await act(server, 'cancel', [await activeTarget(server, victim)])
    expect(report.outcomes).toMatchObject([{ outcome: { kind: 'still there', sight: { state: 'active' } } }])
    expect(report.next).toMatchObject({ action: 'terminate', targets: [{ pid: pidOf(victim) }] })
    const { report: last } = await act(server, 'terminate', report.next?.targets ?? [])
    expect(last.outcomes).toMatchObject([{ outcome: { kind: 'done' } }])
    await running
  })
})

describe('what is refused', () => {
  it('is every session of its own', async () => {
    const server = await open()
    const own = factsOf(server).ownPids
    expect(own.length).toBeGreaterThan(0)
    const targets = await Promise.all(own.map(async (pid) => targetOf(await rowOf(server, pid))))
    const { report } = await act(server, 'terminate', targets)
    expect(report.outcomes.map(({ outcome }) => outcome.kind)).toEqual(own.map(() => 'refused'))
    expect(factsOf(server).ownPids).toEqual(own)
  })

  it('is every process of the server itself, and each is still there afterwards', async () => {
    const server = await open()
    const auxiliary = (await rows(server)).filter(
      ({ datid, backend_type }) => datid === null && backend_type !== null,
    )
    expect(auxiliary.map(({ backend_type }) => backend_type)).toContain('checkpointer')
    const { aims } = planAction('terminate', auxiliary.map(targetOf), factsOf(server))
    expect(aims.map(({ target }) => target.backend_type)).toEqual([])
    const { report } = await act(server, 'terminate', auxiliary.map(targetOf))
    expect(new Set(report.outcomes.map(({ outcome }) => outcome.kind))).toEqual(new Set(['refused']))
    for (const { pid, backend_start } of auxiliary) {
      expect((await find(server, pid ?? 0))?.backend_start).toBe(backend_start)
    }
  })

  it("is told in the server's own words where the role may not", async () => {
    const superuser = await connect()
    const server = await open(uris.monitor)
    const target = await targetFor(server, superuser)
    const { report } = await act(server, 'terminate', [target])
    expect(report.outcomes).toMatchObject([{ outcome: { kind: 'refused', sqlstate: '42501' } }])
    expect(describeReport(report)).toMatch(/not signalled: .*(permission denied|must be)/)
    await expect(superuser.query('SELECT 1')).resolves.toBeDefined()
  })
})

describe('a role that sees no details', () => {
  it('signals by pid, role and database, and tells that it does', async () => {
    await (await connect()).query(`
      DO $$ BEGIN
        CREATE ROLE signaller LOGIN PASSWORD 'signaller' IN ROLE pg_signal_backend;
      EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
    const server = await open(uriAs(sharedCluster().uri, 'signaller'))
    const [victim, bystander] = [await connect(uris.plain), await connect(uris.plain)]
    const target = await targetFor(server, victim)
    expect(target).toMatchObject({ visible: false, backend_start: null })
    expect(planAction('terminate', [target], factsOf(server)).aims[0]?.warnings.join()).toContain(
      'pg_read_all_stats',
    )
    const wrongRole = await act(server, 'terminate', [{ ...target, usesysid: (target.usesysid ?? 0) + 1 }])
    expect(wrongRole.report.outcomes).toMatchObject([{ outcome: { kind: 'missed' } }])
    const { report } = await act(server, 'terminate', [target])
    expect(report.outcomes).toMatchObject([{ outcome: { kind: 'done' } }])
    await expect(bystander.query('SELECT 1')).resolves.toBeDefined()
  })
})

describe('the audit', () => {
  it('has a line before and one after each action, readable by its owner alone', async () => {
    const server = await open()
    const victim = await connect(uris.superuser, "o'brien")
    await victim.query(`SELECT set_config('app.token', 'hunter2', false)`)
    await victim.query(`SELECT 'password=hunter2'`)
    const target = await targetFor(server, victim)
    const { lines } = await act(server, 'terminate', [target])
    expect(lines).toMatchObject([
      { phase: 'before', action: 'terminate', target: { pid: target.pid, application_name: "o'brien" } },
      { phase: 'after', outcome: 'done', server: { system_identifier: factsOf(server).systemIdentifier } },
    ])
    expect(JSON.stringify(lines)).not.toContain('hunter2')
  })

  it('stops the action when it cannot be written', async () => {
    const server = await open()
    const victim = await connect()
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'file'), '')
    const deps = { ...depsIn(directory), audit: openAudit(join(directory, 'file', 'actions.jsonl')) }
    const report = await perform(server, 'terminate', [await targetFor(server, victim)], deps)
    expect(report.outcomes).toEqual([])
    expect(describeReport(report)).toContain('Nothing was done')
    await expect(victim.query('SELECT 1')).resolves.toBeDefined()
  })
})

/** A server as the program opens it, closed after the test. */
async function open(uri = uris.superuser): Promise<Server> {
  const resolved = resolveTarget({ positional: [uri], env: {}, home: homedir(), osUser: 'test' })
  if (!resolved.ok) throw new Error(resolved.failure.message)
  const server = openServer(resolved.target, { warm: emergencyEntries })
  onTestFinished(() => server.close())
  expect(await whenConnected(server)).toBeNull()
  await eventually(async () => server.hasControl)
  return server
}

async function act(server: Server, action: 'cancel' | 'terminate', targets: readonly Target[]) {
  const directory = temporaryDirectory()
  const report = await perform(server, action, targets, depsIn(directory))
  const lines = readFileSync(join(directory, 'state', 'actions.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  return { report, lines }
}

function depsIn(directory: string): Deps {
  return {
    audit: openAudit(join(directory, 'state', 'actions.jsonl')),
    operator: readOperator({}),
    clock: machineClock,
  }
}

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'pgtriage-actions-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return directory
}

async function rows(server: Server) {
  const outcome = await server.run(activity)
  if (!outcome.ok) throw new Error(outcome.failure.message)
  return outcome.rows.flatMap((row) => (row.pid === null ? [] : [{ ...row, pid: row.pid }]))
}

async function find(server: Server, pid: number) {
  return (await rows(server)).find((row) => row.pid === pid)
}

async function rowOf(server: Server, pid: number) {
  return await eventually(() => find(server, pid))
}

/** The target as a screen would make it, once the server shows what the client last did. */
async function targetFor(server: Server, client: pg.Client): Promise<Target> {
  return await eventually(async () => {
    const row = await find(server, pidOf(client))
    return row !== undefined && row.state !== 'active' && targetOf(row)
  })
}

async function activeTarget(server: Server, client: pg.Client): Promise<Target> {
  return await eventually(async () => {
    const row = await find(server, pidOf(client))
    return row?.state === 'active' && row.wait_event === 'PgSleep' && targetOf(row)
  })
}

/** A client whose backend has `pid`, if the kernel lets root choose it (Linux), else any pid. */
async function connectWithPid(pid: number): Promise<pg.Client> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1))
    } catch {
      break
    }
    const client = new pg.Client({ connectionString: uris.superuser })
    await client.connect()
    if (pidOf(client) === pid) {
      onTestFinished(() => client.end())
      return client
    }
    await client.end()
  }
  return await connect()
}

function resume(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // It is gone.
  }
}

async function waiting(server: Server, count: number, root: Target): Promise<void> {
  await eventually(async () => {
    const analysis = await readLocks(server)
    return analysis !== null && analysis.behind(partiesAimedAt([root], analysis)).size === count
  })
}

function pidOf(client: pg.Client): number {
  const { processID } = client as unknown as { processID: number }
  return processID
}

function factsOf({ facts }: Server) {
  if (facts === null) throw new Error('the server has not told its facts')
  return facts
}

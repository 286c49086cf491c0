import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { activity } from '#queries/activity.ts'
import { backend } from '#queries/backend.ts'
import { backendLocks } from '#queries/backend-locks.ts'
import { blocking } from '#queries/blocking.ts'
import type { Entry, EntryRow, Row } from '#queries/define.ts'
import { locks } from '#queries/locks.ts'
import { serverFacts } from '#queries/server-facts.ts'
import { cancelUnseen, terminateUnseen } from '#queries/signals.ts'
import { statementHistory } from '#queries/statement-history.ts'
import { vitals } from '#queries/vitals.ts'
import { startCluster } from '#src/demo/cluster.ts'
import { LockAnalysis } from '#src/locks/analysis.ts'
import { waitsOf } from '#src/locks/waits.ts'
import type { Server } from '#src/server/contract.ts'
import { connect, eventually, type RoleUris, sharedCluster, uriAs, withRoles } from '#test/support/cluster.ts'
import { asking, expectDeclared, parametersFor, rowsOf, type Subject, subjectOf } from './catalog-support.ts'
import { connected, targetOf } from './connect-support.ts'

let uris: RoleUris

beforeAll(async () => {
  uris = await withRoles()
  const client = new pg.Client({ connectionString: uris.superuser })
  await client.connect()
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements')
  await client.query('CREATE EXTENSION IF NOT EXISTS pgstattuple')
  await client.query('DROP TABLE IF EXISTS public.catalog_test')
  await client.query('CREATE TABLE public.catalog_test (id int PRIMARY KEY, v int)')
  await client.query('INSERT INTO public.catalog_test VALUES (1, 0)')
  await client.end()
})

const roles = ['superuser', 'monitor', 'plain'] as const

/** A server seen through one of the three roles, with one connection. */
async function open(role: keyof RoleUris): Promise<Server> {
  const { server } = await connected(targetOf(uris[role]), { control: false })
  return server
}

/** The one row of an entry for `pid`. */
async function rowFor<E extends Entry>(
  server: Server,
  entry: E,
  pid: number,
): Promise<EntryRow<E> | undefined> {
  const outcome = await server.run(entry)
  if (!outcome.ok) throw new Error(outcome.failure.message)
  return outcome.rows.find((row) => (row as { pid?: unknown }).pid === pid)
}

async function pidOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return rows[0]?.pid ?? 0
}

describe.each(roles)('as %s', (role) => {
  test.each(asking.map((entry) => [entry.id, entry] as const))(
    '%s answers with the columns it declares, each of its kind',
    async (_id, entry) => {
      const server = await open(role)
      const subject = await subjectOf(await connect())
      const rows = await rowsOf(server, entry, subject)
      expectDeclared(entry, rows)
      if (entry.identity.length === 0) expect(rows).toHaveLength(1)
      const identities = rows.map((row) => entry.identity.map((id) => String(row[id])).join(' '))
      expect(new Set(identities).size).toBe(rows.length)
    },
  )

  test.each(asking.map((entry) => [entry.id, entry] as const))(
    '%s selects no column that it does not declare, and its second way has the same',
    async (_id, entry) => {
      const server = await open(role)
      const { facts } = server
      if (facts === null) throw new Error('no facts')
      const client = await connect(uris[role])
      const values = parametersFor(entry, await subjectOf(client)).map((value) =>
        Array.isArray(value) ? value : String(value),
      )
      for (const text of [entry.sql(facts), entry.fallback?.sql(facts)]) {
        if (typeof text !== 'string') continue
        const { fields } = await client.query({ text, values })
        expect(fields.map(({ name }) => name).toSorted()).toEqual(
          entry.columns.map(({ id }) => id).toSorted(),
        )
      }
    },
  )

  test('knows what it is', async () => {
    const server = await open(role)
    const outcome = await server.run(serverFacts)
    expect(outcome).toMatchObject({
      ok: true,
      rows: [
        {
          version_num: sharedCluster().versionNum,
          superuser: role === 'superuser',
          reads_all_stats: role !== 'plain',
          signals_backends: role === 'superuser',
          uses_reserved_connections: role === 'superuser',
          in_recovery: false,
          timeline: 1,
          track_activity_query_size: expect.any(Number),
        },
      ],
    })
  })

  test('sees every lock waiter and its blocker', async () => {
    const server = await open(role)
    const { facts } = server
    if (facts === null) throw new Error('no facts')
    const [holder, waiter] = [await connect(), await connect()]
    const [holderPid, waiterPid] = [await pidOf(holder), await pidOf(waiter)]
    await holder.query('BEGIN; UPDATE public.catalog_test SET v = 1 WHERE id = 1')
    const blocked = waiter.query('UPDATE public.catalog_test SET v = 2 WHERE id = 1')
    const waits = await eventually(async () => {
      const outcome = await server.run(locks)
      if (!outcome.ok) throw new Error(outcome.failure.message)
      const found = waitsOf(new LockAnalysis(outcome.rows, facts))
      return found.isWaiting(waiterPid) && found
    })
    expect(waits.blockersOf(waiterPid)).toEqual([holderPid])
    expect(waits.behind(holderPid)).toBe(1)
    const row = await rowFor(server, activity, waiterPid)
    expect(row?.visible).toBe(role !== 'plain')
    expect(row?.wait_event_type).toBe(role === 'plain' ? null : 'Lock')
    const checked = await server.run(blocking, { parameters: [[waiterPid]] })
    expect(checked).toMatchObject({
      ok: true,
      rows: [{ pid: waiterPid, blocked_by: [holderPid], snapshot_blocked_by: [] }],
    })
    const pulse = await server.run(vitals)
    expect(pulse).toMatchObject({ ok: true, rows: [{ waiting: 1 }] })
    await holder.query('ROLLBACK')
    await blocked
  })

  test('counts sessions so that the parts add up', async () => {
    const server = await open(role)
    const busy = await connect()
    await busy.query('BEGIN')
    const outcome = await server.run(vitals)
    if (!outcome.ok) throw new Error(outcome.failure.message)
    const [row] = outcome.rows
    if (row === undefined) throw new Error('no row')
    const parts = [
      row.active,
      row.idle,
      row.idle_in_transaction,
      row.idle_in_transaction_aborted,
      row.other,
      row.hidden,
    ].map(Number)
    expect(parts.reduce((a, b) => a + b, 0)).toBe(Number(row.sessions))
    expect(parts.every((part) => part >= 0)).toBe(true)
    expect(Number(row.sessions)).toBeGreaterThanOrEqual(2)
    expect(Number(row.hidden) > 0).toBe(role === 'plain')
    expect(Number(row.usable_connections)).toBeLessThan(Number(row.max_connections))
  })
})

describe('the list of activity', () => {
  test('runs each clock only where it means something', async () => {
    const server = await open('monitor')
    const [idle, inTransaction, active] = [await connect(), await connect(), await connect()]
    const pids = [await pidOf(idle), await pidOf(inTransaction), await pidOf(active)] as const
    await inTransaction.query('BEGIN')
    const sleeping = active.query('SELECT pg_sleep(30)').catch(() => undefined)
    await eventually(async () => (await rowFor(server, activity, pids[2]))?.wait_event === 'PgSleep')
    expect(await rowFor(server, activity, pids[0])).toMatchObject({
      state: 'idle',
      query_seconds: null,
      xact_seconds: null,
      state_seconds: expect.any(Number),
      query_start: expect.any(String),
    })
    expect(await rowFor(server, activity, pids[1])).toMatchObject({
      state: 'idle in transaction',
      query_seconds: null,
      xact_seconds: expect.any(Number),
    })
    expect(await rowFor(server, activity, pids[2])).toMatchObject({
      state: 'active',
      query_seconds: expect.any(Number),
      xact_seconds: expect.any(Number),
    })
    await (await connect()).query('SELECT pg_cancel_backend($1)', [pids[2]])
    await sleeping
  })

  test('cuts a long query and says so, while the detail has it whole', async () => {
    const server = await open('monitor')
    const client = await connect()
    const subject = await subjectOf(client)
    await client.query(`SELECT '${'x'.repeat(1100)}' AS cut`)
    const row = await rowFor(server, activity, subject.pid)
    expect(row?.query_truncated).toBe(true)
    expect(row?.query?.length).toBeLessThanOrEqual(1023)
    await client.query(`SELECT 'short' AS whole`)
    expect(await rowFor(server, activity, subject.pid)).toMatchObject({
      query: `SELECT 'short' AS whole`,
      query_truncated: false,
    })
    const [detail] = await rowsOf(server, backend, subject)
    expect(detail?.query).toBe(`SELECT 'short' AS whole`)
  })

  test('hides nothing of processes without a session', async () => {
    const outcome = await (await open('plain')).run(activity)
    if (!outcome.ok) throw new Error(outcome.failure.message)
    expect(outcome.rows).toHaveLength(Number(outcome.rows[0]?.total_rows))
  })
})

describe('one backend', () => {
  test('is not another one that has its pid', async () => {
    const server = await open('superuser')
    const subject = await subjectOf(await connect())
    const other = { ...subject, backendStart: '2001-01-01 00:00:00.000001+00' }
    expect(await rowsOf(server, backend, subject)).toHaveLength(1)
    expect(await rowsOf(server, backend, other)).toHaveLength(0)
  })

  test('tells its locks, by name in its own database and by number elsewhere', async () => {
    const client = await connect()
    const subject = await subjectOf(client)
    await client.query('BEGIN; LOCK TABLE public.catalog_test IN SHARE MODE')
    const here = await rowsOf(await open('plain'), backendLocks, subject)
    expect(here).toContainEqual(
      expect.objectContaining({ mode: 'ShareLock', granted: true, relation_name: 'public.catalog_test' }),
    )
    const { server: elsewhere } = await connected(targetOf(uriAs(uris.superuser, 'monitor', 'template1')), {
      control: false,
    })
    const there = await rowsOf(elsewhere, backendLocks, subject)
    expect(there).toContainEqual(expect.objectContaining({ mode: 'ShareLock', relation_name: null }))
  })

  test('has a history where the extension is there, and the remedy where it is not', async () => {
    const client = await connect()
    const subject = await subjectOf(client)
    await client.query('SELECT count(*) FROM public.catalog_test WHERE v >= 0')
    const { rows } = await client.query<{ queryid: string }>(
      `SELECT queryid::text FROM pg_stat_statements WHERE query LIKE '%count(*) FROM public.catalog_test WHERE v%'`,
    )
    const server = await open('superuser')
    const outcome = await server.run(statementHistory, {
      parameters: [rows[0]?.queryid ?? '', subject.datid, subject.usesysid],
    })
    expect(outcome).toMatchObject({
      ok: true,
      rows: [{ calls: expect.any(Number), rows: expect.any(Number) }],
    })
    const { facts } = server
    if (facts === null) throw new Error('no facts')
    expect(statementHistory.sql({ ...facts, extensions: {} })).toMatchObject({
      unavailable: expect.any(String),
    })
  })
})

describe('a role that signals without seeing', () => {
  test('hits a hidden session by pid, role and database, and no visible one', async () => {
    const admin = await connect()
    await admin.query(`DO $$ BEGIN CREATE ROLE signaller LOGIN PASSWORD 'signaller' IN ROLE pg_signal_backend;
      EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
    const { server } = await connected(targetOf(uriAs(uris.superuser, 'signaller')), { control: false })
    const victim = await connect(uris.plain)
    const subject = await subjectOf(victim)
    const aim = (datid: number) => ({ parameters: [subject.pid, subject.usesysid, datid, [1]] })
    const missed = await server.run(terminateUnseen, aim(1))
    expect(missed).toMatchObject({ ok: true, rows: [] })
    const cancelled = victim.query('SELECT pg_sleep(30)')
    const stopped = expect(cancelled).rejects.toThrow(/canceling statement/)
    await eventually(async () => {
      const { rows } = await admin.query(
        `SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'`,
        [subject.pid],
      )
      return rows.length === 1
    })
    expect(await server.run(cancelUnseen, aim(subject.datid))).toMatchObject({
      ok: true,
      rows: [{ pid: subject.pid, sent: true }],
    })
    await stopped
    // One that can be seen has the strong guard, and never the weak one instead.
    const seeing = await open('superuser')
    expect(await seeing.run(terminateUnseen, aim(subject.datid))).toMatchObject({ ok: true, rows: [] })
    await expect(victim.query('SELECT 1')).resolves.toBeDefined()
  })
})

describe('on a standby', () => {
  test('every entry answers, and the WAL position is that of the replay', async () => {
    const cluster = await startCluster()
    onTestFinished(() => cluster.stop())
    writeFileSync(join(cluster.dataDirectory, 'standby.signal'), '')
    await cluster.restart()
    const { server } = await connected(targetOf(cluster.uri), { control: false })
    expect(server.facts?.inRecovery).toBe(true)
    const subject: Subject = await subjectOf(await connect(cluster.uri))
    for (const entry of asking) {
      const outcome = await server.run(entry, { parameters: parametersFor(entry, subject) })
      if (!outcome.ok && outcome.failure.kind === 'unavailable') continue
      if (!outcome.ok) throw new Error(`${entry.id}: ${outcome.failure.message}`)
      expectDeclared(entry, outcome.rows as readonly Row[])
    }
    const pulse = await server.run(vitals)
    expect(pulse).toMatchObject({ ok: true, rows: [{ in_recovery: true }] })
    expect(pulse.ok && Number(pulse.rows[0]?.wal_bytes)).toBeGreaterThan(0)
  })
})

import pg from 'pg'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { catalog } from '#queries/catalog.ts'
import type { Entry } from '#queries/define.ts'
import type { Server } from '#src/server/contract.ts'
import { connect, eventually, type RoleUris, withRoles } from '#test/support/cluster.ts'
import { asking, parametersFor, type Subject, subjectOf } from './catalog-support.ts'
import { connected, targetOf } from './connect-support.ts'

const TABLE = 'public.catalog_locks_test'
const roles = ['superuser', 'monitor', 'plain'] as const

let uris: RoleUris

beforeAll(async () => {
  uris = await withRoles()
  const client = new pg.Client({ connectionString: uris.superuser })
  await client.connect()
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements')
  await client.query('CREATE EXTENSION IF NOT EXISTS pgstattuple')
  await client.query(`CREATE TABLE IF NOT EXISTS ${TABLE} (id int PRIMARY KEY, v int)`)
  await client.end()
})

/** A server whose session has run every entry, and the backend they are asked for. */
async function warm(role: keyof RoleUris): Promise<{ server: Server; subject: Subject }> {
  const { server } = await connected(targetOf(uris[role]), { control: false })
  const subject = await subjectOf(await connect())
  for (const entry of asking) await expectAnswer(server, entry, subject)
  return { server, subject }
}

async function expectAnswer(server: Server, entry: Entry, subject: Subject): Promise<void> {
  const outcome = await server.run(entry, { parameters: parametersFor(entry, subject) })
  expect(outcome.ok ? 'answered' : `${entry.id}: ${outcome.failure.message}`).toBe('answered')
}

/** Holds ACCESS EXCLUSIVE on a relation until the test ends or `release` is called. */
async function lock(relation: string): Promise<{ holder: Subject; release: () => Promise<void> }> {
  const client = await connect()
  const holder = await subjectOf(client)
  await client.query(`BEGIN; LOCK TABLE ${relation} IN ACCESS EXCLUSIVE MODE`)
  const release = async () => {
    await client.query('ROLLBACK').catch(() => undefined)
  }
  onTestFinished(release)
  return { holder, release }
}

/** Fails unless the table is in the way of what does wait for it. */
async function expectInTheWay(): Promise<void> {
  const client = await connect()
  await client.query(`SET lock_timeout = '100ms'`)
  await expect(client.query(`SELECT pg_relation_size('${TABLE}')`)).rejects.toMatchObject({ code: '55P03' })
}

describe.each(roles)('as %s', (role) => {
  test('no entry waits for a user table that is locked', async () => {
    const { server } = await warm(role)
    const { holder } = await lock(TABLE)
    await expectInTheWay()
    for (const entry of asking) await expectAnswer(server, entry, holder)
  })

  test('no entry waits for a user table that somebody waits to lock', async () => {
    const { server } = await warm(role)
    const [reader, writer] = [await connect(), await connect()]
    const queuing = await subjectOf(writer)
    await reader.query(`BEGIN; LOCK TABLE ${TABLE} IN ACCESS SHARE MODE`)
    const queued = writer.query(`BEGIN; LOCK TABLE ${TABLE} IN ACCESS EXCLUSIVE MODE`)
    await eventually(async () => {
      const { rows } = await reader.query('SELECT FROM pg_locks WHERE pid = $1 AND NOT granted', [
        queuing.pid,
      ])
      return rows.length === 1
    })
    await expectInTheWay()
    for (const entry of asking) await expectAnswer(server, entry, queuing)
    await reader.query('ROLLBACK')
    await queued
  })

  test.each(['pg_catalog.pg_database', 'pg_catalog.pg_authid'])(
    'whatever says that it waits for nothing answers while %s is locked',
    async (relation) => {
      const { server, subject } = await warm(role)
      const { release } = await lock(relation)
      for (const entry of asking) {
        if ((entry.fallback?.waits ?? entry.waits) === 'nothing') await expectAnswer(server, entry, subject)
      }
      await release()
    },
  )
})

describe('while shared catalogs are locked', () => {
  test.each(['pg_catalog.pg_database', 'pg_catalog.pg_authid'])(
    'activity goes its second way behind %s and still has the names',
    async (relation) => {
      const { server, subject } = await warm('superuser')
      const { release } = await lock(relation)
      const activity = catalog.find(({ id }) => id === 'activity')
      if (activity === undefined) throw new Error('no activity')
      const outcome = await server.run(activity)
      await release()
      expect(outcome).toMatchObject({ ok: true, fallback: { sqlstate: '55P03' } })
      const rows = outcome.ok ? outcome.rows : []
      expect(rows).toContainEqual(
        expect.objectContaining({ pid: subject.pid, datname: 'postgres', usename: 'postgres' }),
      )
    },
  )

  test('counters have no age then, so that no rate is made of two different sets of databases', async () => {
    const { server } = await warm('superuser')
    const counters = catalog.find(({ id }) => id === 'counters')
    if (counters === undefined) throw new Error('no counters')
    const before = await server.run(counters)
    const { release } = await lock('pg_catalog.pg_database')
    const behind = await server.run(counters)
    await release()
    expect(before).toMatchObject({ ok: true, rows: [{ stats_reset: expect.any(String) }] })
    expect(behind).toMatchObject({ ok: true, rows: [{ stats_reset: null, xact_commit: expect.any(Number) }] })
  })

  test('the guarded signals are planned and run without them', async () => {
    const { server } = await warm('superuser')
    const { release } = await lock('pg_catalog.pg_authid')
    for (const entry of catalog.filter(({ acts }) => acts !== undefined)) {
      const parameters = (entry.parameters ?? []).map(({ type }) =>
        type === 'integer' ? 1 : type === 'integer[]' ? [1] : null,
      )
      const outcome = await server.run(entry, { parameters })
      expect(outcome).toMatchObject({ ok: true, rows: [] })
    }
    await release()
  })
})

import pg from 'pg'
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { EntryRow } from '#queries/define.ts'
import { statementList } from '#queries/statement-list.ts'
import type { Server } from '#src/server/contract.ts'
import { connect, type RoleUris, withRoles } from '#test/support/cluster.ts'
import { connected, targetOf } from './connect-support.ts'

let uris: RoleUris

beforeAll(async () => {
  uris = await withRoles()
  const client = new pg.Client({ connectionString: uris.superuser })
  await client.connect()
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements')
  await client.end()
})

/** The superuser's way into another database. */
function inDatabase(name: string): string {
  const uri = new URL(uris.superuser)
  uri.pathname = `/${encodeURIComponent(name)}`
  return uri.href
}

/** A server seen through a role, in a database of the test cluster. */
async function open(uri: string): Promise<Server> {
  return (await connected(targetOf(uri), { control: false })).server
}

async function statements(server: Server): Promise<readonly EntryRow<typeof statementList>[]> {
  const outcome = await server.run(statementList)
  if (!outcome.ok) throw new Error(outcome.failure.message)
  return outcome.rows
}

describe('the list of statements', () => {
  // Whatever other tests ran would take the places of what these run.
  beforeEach(async () => void (await (await connect()).query('SELECT pg_stat_statements_reset()')))

  test('has the whole text, the numbers and the names of a statement', async () => {
    const client = await connect()
    const long = `SELECT count(*) AS listed, ${Array.from({ length: 500 }, () => 'max(relpages)').join(', ')} FROM pg_class`
    await client.query(long)
    await client.query(long)
    const rows = await statements(await open(uris.superuser))
    expect(rows.find(({ query }) => query?.includes('AS listed'))).toMatchObject({
      queryid: expect.anything(),
      datname: 'postgres',
      rolname: 'postgres',
      calls: 2,
      rows: 2,
      query: long,
    })
    const seconds = rows.map((row) => row.total_seconds ?? 0)
    expect(seconds).toEqual(seconds.toSorted((a, b) => b - a))
  })

  test('has as many of this database as of all others, so that a busy neighbour hides nothing', async () => {
    const server = await open(uris.superuser)
    const client = await connect(inDatabase('template1'))
    for (let columns = 1; columns <= 210; columns += 1) {
      await client.query(`SELECT ${Array.from({ length: columns }, () => '1').join(', ')}, pg_sleep(0.001)`)
    }
    const rows = await statements(server)
    expect(rows.filter(({ datname }) => datname === 'template1')).toHaveLength(200)
    expect(rows.filter(({ datname }) => datname === 'postgres').length).toBeGreaterThan(5)
  })

  test('leaves out what the role may not see', async () => {
    await (await connect()).query('SELECT max(opcname) FROM pg_opclass')
    await (await connect(uris.plain)).query('SELECT max(opfname) FROM pg_opfamily')
    const texts = async (uri: string) => (await statements(await open(uri))).map(({ query }) => query ?? '')
    const plain = await texts(uris.plain)
    expect(plain.some((text) => text.includes('pg_opfamily'))).toBe(true)
    expect(plain.some((text) => text.includes('pg_opclass') || text.startsWith('<insufficient'))).toBe(false)
    expect((await texts(uris.monitor)).some((text) => text.includes('pg_opclass'))).toBe(true)
  })

  test('finds the extension in any schema, and says what to do where it is missing', async () => {
    const admin = await connect()
    await admin.query('CREATE DATABASE "with statements"')
    const uri = inDatabase('with statements')
    const client = new pg.Client({ connectionString: uri })
    await client.connect()
    onTestFinished(async () => {
      await client.end()
      await admin.query('DROP DATABASE "with statements" WITH (FORCE)')
    })
    expect(await (await open(uri)).run(statementList)).toMatchObject({
      ok: false,
      failure: {
        kind: 'unavailable',
        message: expect.stringContaining('with statements'),
      },
    })
    await client.query('CREATE SCHEMA "its ""own"; CREATE EXTENSION pg_stat_statements SCHEMA "its ""own"')
    expect(await (await open(uri)).run(statementList)).toMatchObject({ ok: true })
  })
})

/** Who holds back VACUUM, each really there, and what VACUUM makes of it; a standby, which cannot tell. */
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { sequences } from '#queries/sequences.ts'
import { xminHolders } from '#queries/xmin-holders.ts'
import { type Cluster, startCluster } from '#src/demo/cluster.ts'
import type { Server } from '#src/server/contract.ts'
import { rankHolders, type XminHolder } from '#src/tables/horizon.ts'
import { sequenceState } from '#src/tables/sequences.ts'
import { unknownHere } from '#src/tables/verdicts.ts'
import { connect, eventually, type RoleUris, withRoles } from '#test/support/cluster.ts'
import { type Standby, startStandby } from '#test/support/standby.ts'
import { ask, findingOf, run, serverAt, verdictsOf } from './tables-support.ts'

let cluster: Cluster
let uris: RoleUris

beforeAll(async () => {
  cluster = await startCluster({ settings: { autovacuum: 'off', wal_level: 'logical' } })
  uris = await withRoles(cluster.uri)
  await run(cluster.uri, ['CREATE DATABASE other', 'CREATE TABLE dying (id int)'])
})

afterAll(() => cluster.stop())

async function holdersOf(server: Server): Promise<readonly XminHolder[]> {
  return rankHolders(await ask(server, xminHolders), server.facts?.ownPids)
}

/** A session that has run these statements and stays. */
async function stay(statements: readonly string[], uri = cluster.uri): Promise<pg.Client> {
  const client = await connect(uri, 'holder')
  for (const statement of statements) await client.query(statement)
  onTestFinished(() => client.end())
  return client
}

function elsewhere(): string {
  const url = new URL(cluster.uri)
  url.pathname = '/other'
  return url.href
}

/** Whether VACUUM keeps rows that died just now. */
async function keepsDeadRows(): Promise<boolean> {
  await run(cluster.uri, [
    'TRUNCATE dying',
    'INSERT INTO dying SELECT generate_series(1, 100)',
    'DELETE FROM dying',
  ])
  const client = await connect(cluster.uri)
  let kept: boolean | null = null
  client.on('notice', ({ message, detail }) => {
    const [, told] =
      /(\d+) (?:are dead but not yet removable|dead row versions cannot be removed yet)/.exec(
        `${message} ${detail}`,
      ) ?? []
    if (told !== undefined) kept = Number(told) > 0
  })
  await client.query('VACUUM (VERBOSE) dying')
  if (kept === null) throw new Error('VACUUM told nothing')
  return kept
}

const PREPARE = (gid: string) => ['BEGIN', 'SELECT txid_current()', `PREPARE TRANSACTION '${gid}'`]

interface Holding {
  readonly title: string
  readonly here: readonly string[]
  readonly at?: 'other'
  /** What is listed: kind, and whether it holds user tables of this database; null for nothing. */
  readonly listed: readonly [string, boolean] | null
  readonly end?: string
}

describe('VACUUM keeps dead rows', () => {
  test.each<Holding>([
    {
      title: 'for a transaction that has written, without a snapshot',
      here: ['BEGIN', 'SELECT txid_current()'],
      listed: ['session', true],
    },
    {
      title: 'for a snapshot without a transaction id',
      here: ['BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT 1'],
      listed: ['session', true],
    },
    { title: 'for no transaction that holds nothing', here: ['BEGIN', 'SELECT 1'], listed: null },
    {
      title: 'for no transaction of another database',
      here: ['BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT txid_current()'],
      at: 'other',
      listed: ['session', false],
    },
    {
      title: 'for a prepared transaction',
      here: PREPARE(`it''s`),
      listed: ['prepared transaction', true],
      end: `ROLLBACK PREPARED 'it''s'`,
    },
    {
      title: 'for no prepared transaction of another database',
      here: PREPARE('far'),
      at: 'other',
      listed: ['prepared transaction', false],
      end: `ROLLBACK PREPARED 'far'`,
    },
    {
      title: 'for no logical slot, which holds system catalogs',
      here: [`SELECT pg_create_logical_replication_slot('changes', 'pgoutput')`],
      listed: ['replication slot', false],
      end: `SELECT pg_drop_replication_slot('changes')`,
    },
  ])('$title', async ({ here, at, listed, end }) => {
    const uri = at === undefined ? cluster.uri : elsewhere()
    await stay(here, uri)
    const server = await serverAt(cluster.uri)
    await run(cluster.uri, ['SELECT txid_current()'])
    const holders = await holdersOf(server)
    expect(holders.map(({ row, holdsUserTables }) => [row.kind, holdsUserTables])).toEqual(
      listed === null ? [] : [listed],
    )
    for (const { age } of holders) expect(age).toBeGreaterThan(0)
    expect(await keepsDeadRows()).toBe(listed?.[1] ?? false)
    const [holder] = holders
    if (end !== undefined) {
      expect(holder?.remedy?.sql[0]).toContain(end.replace('SELECT ', 'SELECT pg_catalog.'))
      await run(uri, [end])
    }
  })

  test('and the table says who it is', async () => {
    await run(cluster.uri, ['TRUNCATE dying', 'INSERT INTO dying SELECT generate_series(1, 40000)'])
    const holder = await stay(['BEGIN', 'SELECT txid_current()'])
    const { rows } = await holder.query('SELECT pg_backend_pid() AS pid')
    await run(cluster.uri, ['DELETE FROM dying'])
    await run(cluster.uri, ['VACUUM dying'])
    const server = await serverAt(cluster.uri)
    const finding = await eventually(async () =>
      findingOf((await verdictsOf(server)).dying, 'vacuum-blocked'),
    )
    expect(finding).toMatchObject({ severity: 'warning', confidence: 'high', caveats: [] })
    expect(finding.sentence).toContain(
      `VACUUM cannot remove what died since pid ${rows[0].pid} (holder, role postgres) began`,
    )
    expect(finding.remedy?.sql).toEqual([`SELECT pg_catalog.pg_terminate_backend(${rows[0].pid});`])
  })

  test('and a role without rights sees for whom', async () => {
    const writer = await stay(['BEGIN', 'SELECT txid_current()'])
    await run(cluster.uri, ['SELECT txid_current()'])
    await stay(['BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT 1'])
    const { rows } = await writer.query('SELECT pg_backend_pid() AS pid')
    const [holder, ...others] = await holdersOf(await serverAt(uris.plain))
    expect(others.map(({ holdsUserTables, age }) => [holdsUserTables, age])).toEqual([[true, holder?.age]])
    const hidden = { query: null, since: null, since_seconds: null, state: null, usename: 'postgres' }
    expect(holder?.row).toMatchObject({ pid: rows[0].pid, ...hidden })
    expect(holder?.holdsUserTables).toBe(true)
    expect(holder?.remedy?.notes).toContain('What it is doing is hidden from this role: look first.')
  })

  test('for no VACUUM', async () => {
    await run(cluster.uri, [
      'CREATE TABLE slow (id int) WITH (autovacuum_enabled = off)',
      'INSERT INTO slow SELECT generate_series(1, 100000)',
      'DELETE FROM slow',
    ])
    const client = await connect(cluster.uri)
    await client.query(`SET vacuum_cost_delay = '100ms'; SET vacuum_cost_limit = 1`)
    const vacuum = client.query('VACUUM slow').catch(() => undefined)
    const server = await serverAt(cluster.uri)
    const { slow } = await eventually(async () => {
      const seen = await verdictsOf(server)
      return findingOf(seen.slow, 'vacuum-running') !== undefined && seen
    })
    expect(findingOf(slow, 'vacuum-running')?.severity).toBe('info')
    expect(await holdersOf(server)).toEqual([])
    const { rows } = await (await connect(cluster.uri)).query(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query = 'VACUUM slow'`,
    )
    expect(rows).toHaveLength(1)
    await vacuum
  })
})

describe('a standby', () => {
  let standby: Standby

  beforeAll(async () => {
    await run(cluster.uri, [
      'CREATE UNLOGGED TABLE passing (id serial)',
      'CREATE TABLE there (id serial)',
      'INSERT INTO there DEFAULT VALUES',
    ])
    standby = await startStandby(cluster)
    await run(standby.uri, [
      'ALTER SYSTEM SET hot_standby_feedback = on',
      `ALTER SYSTEM SET wal_receiver_status_interval = '1s'`,
      `ALTER SYSTEM SET cluster_name = 'nearby'`,
      'SELECT pg_reload_conf()',
    ])
  })

  afterAll(() => standby.stop())

  test('with feedback holds all databases: as a walsender, or by its slot', async () => {
    const reader = await connect(standby.uri)
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await reader.query('SELECT 1')
    const server = await serverAt(cluster.uri)
    const walsender = await eventually(async () => {
      await run(cluster.uri, ['SELECT txid_current()'])
      return (await holdersOf(server)).find(({ age }) => age > 1)
    })
    expect(walsender.row.kind).toBe('walsender')
    expect(await holdersOf(await serverAt(uris.plain))).toMatchObject([
      { row: { kind: 'walsender' }, holdsUserTables: true },
    ])
    expect(walsender.holdsUserTables).toBe(true)
    expect(await keepsDeadRows()).toBe(true)
    expect(walsender.remedy?.sql[0]).toBe('ALTER SYSTEM SET hot_standby_feedback = off;')
    await run(cluster.uri, [`SELECT pg_create_physical_replication_slot('nearby')`])
    await run(standby.uri, [`ALTER SYSTEM SET primary_slot_name = 'nearby'`, 'SELECT pg_reload_conf()'])
    const slot = await eventually(async () =>
      (await holdersOf(server)).find(({ row }) => row.kind === 'replication slot'),
    )
    expect(slot.holdsUserTables).toBe(true)
    expect(slot.row).toMatchObject({ name: 'nearby', slot_type: 'physical', datname: null })
    expect(await keepsDeadRows()).toBe(true)
    await reader.query('ROLLBACK')
  })

  test('does not say what VACUUM and ANALYZE owe, and why', async () => {
    const server = await serverAt(standby.uri)
    const verdicts = await verdictsOf(server)
    expect(verdicts.dying?.need).toBeNull()
    expect(verdicts.dying?.findings).toEqual([])
    expect(verdicts.dying?.freeze.xid?.age).toBeGreaterThan(0)
    expect(unknownHere({ inRecovery: true })).toContain('only known on the primary')
    const states = (await ask(server, sequences)).map(sequenceState)
    expect(
      Object.fromEntries(states.map(({ row, unknownBecause }) => [row.sequence, unknownBecause])),
    ).toEqual({
      there_id_seq: null,
      ...(cluster.versionNum >= 150_000
        ? { passing_id_seq: 'unlogged: it cannot be read on a standby' }
        : { passing_id_seq: 'never used' }),
    })
  })
})

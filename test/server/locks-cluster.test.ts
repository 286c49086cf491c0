/** Locks that need a server of their own: many sessions, a restart, a standby, an autovacuum that cannot finish. */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '#src/demo/cluster.ts'
import { reducedEdges } from '#src/locks/blockers.ts'
import { preventsWraparound } from '#src/locks/party.ts'
import { rollbackPrepared } from '#src/locks/words.ts'
import { connect, eventually, type RoleUris, withRoles } from '#test/support/cluster.ts'
import { type Standby, startStandby } from '#test/support/standby.ts'
import { Scene } from './locks-support.ts'

const UPDATE = 'UPDATE shop.orders SET paid = true WHERE id = 1'

let cluster: Cluster

beforeAll(async () => {
  cluster = await startCluster({ settings: { max_connections: '260', autovacuum_naptime: '1s' } })
})

afterAll(async () => {
  await cluster.stop()
})

describe('a hot row', () => {
  test('with 200 sessions in line is a tree of two levels with an edge for each', async () => {
    const scene = await Scene.set(cluster.uri)
    await scene.holder('holder', ['BEGIN', UPDATE])
    await scene.waiter('first', [UPDATE])
    const rest = Array.from({ length: 199 }, (_, index) => `waiter${index}`)
    await scene.crowd(rest, UPDATE)
    const look = await scene.look()
    expect(look.analysis.waiting).toHaveLength(200)
    expect(look.analysis.isComplete).toBe(true)
    expect(look.edges.first).toEqual(['hard holder'])
    for (const name of rest) expect(look.edges[name]?.[0]).toBe('hard first')
    expect(look.edges.waiter0?.length).toBeGreaterThan(0)
    expect(Object.values(look.edges).flat()).toHaveLength(1 + 199 + (199 * 198) / 2)
    expect([...reducedEdges(look.analysis.dispute).values()].flat()).toHaveLength(200)
    expect(look.trees).toEqual([{ holder: { first: Object.fromEntries(rest.map((name) => [name, {}])) } }])
    expect(look.release(['holder']).direct).toEqual(['first'])
    expect(look.release(['holder']).total).toHaveLength(200)
    expect(look.release(['first']).total).toEqual([])
    expect(look.sentences).toEqual([
      '200 sessions wait behind pid holder, idle in transaction for …s. holder, postgres@127.0.0.1, has changed or locked row (0,1) of shop.orders. terminate holder frees 1 at once, 200 in all.',
    ])
  })
})

describe('a prepared transaction', () => {
  test('is still named after a restart, when its virtual transaction is another one', async () => {
    await withStatements(cluster.uri, [
      'CREATE SCHEMA IF NOT EXISTS bank',
      'CREATE TABLE IF NOT EXISTS bank.account (id int)',
      'INSERT INTO bank.account VALUES (1)',
      'BEGIN',
      'UPDATE bank.account SET id = 2',
      `PREPARE TRANSACTION 'transfer-1'`,
      'BEGIN',
      'LOCK bank.account IN ROW SHARE MODE',
      `PREPARE TRANSACTION 'transfer-2'`,
    ])
    await cluster.restart()
    const scene = await Scene.set(cluster.uri)
    await scene.waiter('first', ['UPDATE bank.account SET id = 3'])
    await scene.waiter('second', ['BEGIN', 'LOCK bank.account IN EXCLUSIVE MODE'])
    const look = await scene.look()
    expect(look.edges).toEqual({
      first: ['hard transfer-1'],
      second: ['hard first', 'hard transfer-1', 'hard transfer-2'],
    })
    expect(look.party('transfer-1').row.virtualtransaction).toMatch(/^-1\/\d+$/)
    expect(look.party('transfer-2').row).toMatchObject({ gid: 'transfer-2', datname: 'postgres' })
    expect(look.sentences).toEqual([
      "2 sessions wait behind the prepared transaction 'transfer-1' and 1 more, prepared …s ago. owner postgres, database postgres, has changed or locked row (0,1) of bank.account. In the way as well: 'transfer-2' (prepared …s ago). Others may share the lock on the row: only one of them shows at a time. ROLLBACK PREPARED 'transfer-1' frees up to 1 at once; or ROLLBACK PREPARED 'transfer-1'; ROLLBACK PREPARED 'transfer-2' frees up to 1 at once, 2 in all.",
    ])
    for (const gid of ['transfer-1', 'transfer-2']) await scene.admin.query(rollbackPrepared(look.party(gid)))
  })
})

describe('an autovacuum', () => {
  const SLOW = 'autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1'
  const BURN = 'DO $$ BEGIN FOR i IN 1..100001 LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$'

  test('gives way by itself, but not when it is to prevent wraparound', async () => {
    const scene = await Scene.set(cluster.uri)
    await scene.admin.query(`
      INSERT INTO shop.orders SELECT id, false FROM generate_series(10, 20000) AS id;
      INSERT INTO shop.ledger SELECT id, 0 FROM generate_series(10, 20000) AS id;
      DELETE FROM shop.orders;
      ALTER TABLE shop.orders SET (autovacuum_enabled = true, autovacuum_vacuum_threshold = 0, ${SLOW});
      ALTER TABLE shop.ledger SET (autovacuum_freeze_max_age = 100000, ${SLOW})`)
    await scene.admin.query(BURN)
    const usual = await vacuum(scene, 'shop.orders')
    const urgent = await vacuum(scene, 'shop.ledger (to prevent wraparound)')
    scene.name(usual, 'usual')
    scene.name(urgent, 'urgent')
    // Who waits longer than deadlock_timeout has the autovacuum cancelled.
    const patient = `SET deadlock_timeout = '30s'`
    const orders = await scene.waiter('orders', [patient, 'DROP TABLE shop.orders'])
    await scene.waiter('ledger', [`SET deadlock_timeout = '1ms'`, 'DROP TABLE shop.ledger'])
    const reader = await scene.waiter('reader', ['SELECT FROM shop.ledger'])
    const look = await scene.look()
    expect(look.edges).toEqual({ orders: ['hard usual'], ledger: ['hard urgent'], reader: ['soft ledger'] })
    expect(look.party('usual').kind).toBe('autovacuum')
    expect(look.party('urgent').kind).toBe('autovacuum')
    expect([look.party('usual'), look.party('urgent')].map(preventsWraparound)).toEqual([false, true])
    expect(look.sentences).toEqual([
      '2 sessions wait behind autovacuum (pid urgent), at work for …s to prevent wraparound. holds ShareUpdateExclusiveLock on shop.ledger. DROP TABLE on shop.ledger (ledger) waits for that, and 1 session queues behind it. It does not give way by itself: cancelled, it begins anew, with wraparound nearer. cancel ledger frees 1 at once.',
      '1 session waits behind autovacuum (pid usual), at work for …s. holds ShareUpdateExclusiveLock on shop.orders. It gives way by itself to whoever waits longer than deadlock_timeout. cancel usual frees 1 at once.',
    ])
    await scene.admin.query('SELECT pg_cancel_backend(pid) FROM unnest($1::int[]) AS pid', [[usual, urgent]])
    expect(await orders.fate).toBe(null)
    expect(await reader.fate).toBe('42P01')
  })

  function vacuum(scene: Scene, words: string): Promise<number> {
    return eventually(async () => {
      const { rows } = await scene.admin.query(
        `SELECT pid FROM pg_stat_activity WHERE query LIKE 'autovacuum: VACUUM%' AND query LIKE $1`,
        [`% ${words}`],
      )
      return rows[0]?.pid
    })
  }
})

describe('the replay on a standby', () => {
  let standby: Standby
  let uris: RoleUris

  beforeAll(async () => {
    uris = await withRoles(cluster.uri)
    await withStatements(cluster.uri, [
      'CREATE SCHEMA replay',
      'GRANT USAGE ON SCHEMA replay TO PUBLIC',
      'CREATE TABLE replay.orders (id int)',
    ])
    standby = await startStandby(cluster)
  })

  afterAll(async () => {
    await standby.stop()
  })

  async function replay(): Promise<Scene> {
    const scene = await Scene.set(standby.uri)
    const { rows } = await scene.admin.query(
      `SELECT pid FROM pg_stat_activity WHERE backend_type = 'startup'`,
    )
    scene.name(rows[0].pid, 'startup')
    return scene
  }

  test('waits for a reader, of which the server does not tell, and holds up the next one', async () => {
    const scene = await replay()
    const reader = await scene.holder('reader', ['BEGIN', 'SELECT FROM replay.orders'])
    await withStatements(cluster.uri, ['ALTER TABLE replay.orders ADD COLUMN note text'])
    await scene.untilWaiting(['startup'])
    const behind = await scene.waiter('behind', ['SELECT FROM replay.orders'])
    const look = await scene.look()
    expect(look.edges).toEqual({ startup: ['hard reader'], behind: ['soft startup'] })
    expect(look.trees).toEqual([{ reader: { startup: { behind: {} } } }])
    const startup = look.party('startup')
    expect(startup.kind).toBe('startup')
    const { rows } = await scene.admin.query('SELECT pg_blocking_pids($1) AS told', startup.pids.slice())
    expect(rows).toEqual([{ told: [] }])
    expect(startup.waits.map(({ isExact }) => isExact)).toEqual([cluster.versionNum >= 140000])
    expect(look.release(['reader'])).toEqual({ direct: ['startup'], total: ['behind', 'startup'] })
    expect(look.sentences).toEqual([
      'The replay of the WAL and 1 session wait behind pid reader, idle in transaction for …s. reader, postgres@127.0.0.1, holds AccessShareLock on replay.orders. The replay wants AccessExclusiveLock on replay.orders, and 1 session queues behind it. max_standby_streaming_delay decides how long the replay waits before it cancels queries. terminate reader frees 1 at once, 2 in all.',
    ])
    const plain = await scene.look(roleOn(standby, uris.plain))
    expect(plain.edges).toEqual(look.edges)
    expect(plain.party('startup').kind).toBe('startup')
    await scene.admin.query('SELECT pg_terminate_backend($1)', [reader.pid])
    expect(await behind.fate).toBe(null)
  })

  test('holds the locks of a transaction that goes on on the primary', async () => {
    const scene = await replay()
    const writer = await connect(cluster.uri)
    await writer.query('BEGIN')
    await writer.query('LOCK replay.orders')
    // The lock travels with the WAL that the next commit flushes.
    await withStatements(cluster.uri, ['SELECT txid_current()'])
    await eventually(async () => {
      const { rows } = await scene.admin.query(
        `SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted`,
      )
      return rows.length > 0
    })
    const reader = await scene.waiter('reader', ['SELECT FROM replay.orders'])
    const look = await scene.look()
    expect(look.edges).toEqual({ reader: ['hard startup'] })
    expect(look.trees).toEqual([{ startup: { reader: {} } }])
    expect(look.sentences).toEqual([
      '1 session waits behind the replay of the WAL (pid startup), holding the locks of a transaction of the primary. holds AccessExclusiveLock on replay.orders. The lock goes when the transaction ends on the primary and that is replayed.',
    ])
    await writer.query('ROLLBACK')
    expect(await reader.fate).toBe(null)
  })
})

function roleOn({ uri }: Standby, roleUri: string): string {
  const url = new URL(roleUri)
  url.port = new URL(uri).port
  return url.href
}

async function withStatements(uri: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: uri })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

/** Waits for relations: queues behind DDL, who is innocent, and what is waited for without any name. */
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { subjectOf } from '#src/locks/blockers.ts'
import { lockedText } from '#src/locks/words.ts'
import { eventually, sharedCluster, withRoles } from '#test/support/cluster.ts'
import { Scene } from './locks-support.ts'

const READ = 'SELECT FROM shop.orders'
const WRITE = 'UPDATE shop.orders SET paid = true WHERE id = 1'
const ALTER = 'ALTER TABLE shop.orders ADD COLUMN note text'

const lock = (mode: string) => `LOCK TABLE shop.orders IN ${mode} MODE`

describe('an ALTER TABLE that waits for a reader', () => {
  async function queue(): Promise<Scene> {
    const scene = await Scene.set()
    await scene.holder('reader', ['BEGIN', READ])
    return scene
  }

  test('stops the readers behind it, and its end frees them while the first reader stays', async () => {
    const scene = await queue()
    const alter = await scene.waiter('alter', [ALTER])
    const behind = [await scene.waiter('behind1', [READ]), await scene.waiter('behind2', [READ])]
    const look = await scene.look()
    expect(look.edges).toEqual({
      alter: ['hard reader'],
      behind1: ['soft alter'],
      behind2: ['soft alter'],
    })
    expect(look.trees).toEqual([{ reader: { alter: { behind1: {}, behind2: {} } } }])
    expect(look.release(['reader'])).toEqual({ direct: ['alter'], total: ['alter', 'behind1', 'behind2'] })
    expect(look.release(['alter'], 'cancel')).toEqual({
      direct: ['behind1', 'behind2'],
      total: ['behind1', 'behind2'],
    })
    expect(look.sentences).toEqual([
      '3 sessions wait behind pid reader, idle in transaction for …s. reader, postgres@127.0.0.1, holds AccessShareLock on shop.orders. ALTER TABLE on shop.orders (alter) waits for that, and 2 sessions queue behind it. terminate reader frees 1 at once, 3 in all; or cancel alter frees 2 at once.',
    ])
    await scene.admin.query('SELECT pg_cancel_backend($1)', [alter.pid])
    expect(await alter.fate).toBe('57014')
    expect(await Promise.all(behind.map(({ fate }) => fate))).toEqual([null, null])
    expect((await scene.look()).trees).toEqual([])
  })

  test('looks the same to a role without rights', async () => {
    const { plain } = await withRoles()
    const scene = await queue()
    await scene.waiter('alter', [ALTER])
    await scene.waiter('behind', [READ])
    const look = await scene.look(plain)
    expect(look.edges).toEqual({ alter: ['hard reader'], behind: ['soft alter'] })
    expect(look.trees).toEqual([{ reader: { alter: { behind: {} } } }])
    expect(look.sentences).toEqual([
      '2 sessions wait behind pid reader, whose state this role may not see. reader, postgres, holds AccessShareLock on shop.orders. AccessExclusiveLock on shop.orders (alter) waits for that, and 1 session queues behind it. terminate reader frees 1 at once, 2 in all; or cancel alter frees 1 at once.',
    ])
  })

  test('waits for two readers alike: the end of one frees nobody, of both all', async () => {
    const scene = await queue()
    await scene.holder('other', ['BEGIN', READ])
    const alter = await scene.waiter('alter', [ALTER])
    await scene.waiter('behind', [READ])
    const look = await scene.look()
    expect(look.edges).toEqual({ alter: ['hard other', 'hard reader'], behind: ['soft alter'] })
    expect(look.trees).toEqual([{ reader: { alter: { behind: {} } }, other: {} }])
    expect(look.release(['reader'])).toEqual({ direct: [], total: [] })
    expect(look.release(['other'])).toEqual({ direct: [], total: [] })
    expect(look.release(['reader', 'other'])).toEqual({ direct: ['alter'], total: ['alter', 'behind'] })
    expect(look.analysis.release([look.party('reader')]).remainingBlockers).toEqual([look.party('other')])
    expect(look.sentences).toEqual([
      '2 sessions wait behind pid reader and 1 more, idle in transaction for …s. reader, postgres@127.0.0.1, holds AccessShareLock on shop.orders. ALTER TABLE on shop.orders (alter) waits for that, and 1 session queues behind it. In the way as well: other (idle in transaction for …s). terminate reader, other frees 1 at once, 2 in all; or cancel alter frees 1 at once.',
    ])
    expect(alter.pid).toBe(look.party('alter').row.pid)
  })

  test('is one of several: who waits behind them waits for all of them', async () => {
    const scene = await queue()
    const alters = [await scene.waiter('alter1', [ALTER]), await scene.waiter('alter2', [`${ALTER}2`])]
    const index = await scene.waiter('index', ['CREATE INDEX ON shop.orders (paid)'])
    const writer = await scene.waiter('writer', [WRITE])
    const behind = await scene.waiter('behind', [READ])
    const look = await scene.look()
    expect(look.edges).toEqual({
      alter1: ['hard reader'],
      alter2: ['hard reader', 'soft alter1'],
      index: ['soft alter1', 'soft alter2'],
      writer: ['soft alter1', 'soft alter2', 'soft index'],
      behind: ['soft alter1', 'soft alter2'],
    })
    expect(look.trees).toEqual([{ reader: { alter1: {}, alter2: { index: { writer: {} }, behind: {} } } }])
    expect(look.release(['reader'])).toEqual({
      direct: ['alter1'],
      total: ['alter1', 'alter2', 'behind', 'index', 'writer'],
    })
    expect(look.release(['alter1'], 'cancel')).toEqual({ direct: [], total: [] })
    expect(look.release(['alter1', 'alter2'], 'cancel')).toEqual({
      direct: ['behind', 'index'],
      total: ['behind', 'index', 'writer'],
    })
    expect(look.sentences).toEqual([
      '5 sessions wait behind pid reader, idle in transaction for …s. reader, postgres@127.0.0.1, holds AccessShareLock on shop.orders. ALTER TABLE on shop.orders (alter2) waits for that, and 3 sessions queue behind it. ALTER TABLE on shop.orders (alter1) waits for that, and 4 sessions queue behind it. terminate reader frees 1 at once, 5 in all; or cancel alter2, alter1 frees 2 at once, 3 in all.',
    ])
    await scene.admin.query('SELECT pg_cancel_backend(pid) FROM unnest($1::int[]) AS pid', [
      alters.map(({ pid }) => pid),
    ])
    expect(await Promise.all([index.fate, writer.fate, behind.fate])).toEqual([null, null, null])
  })
})

describe('a SHARE lock', () => {
  test('stops writers, but neither blames a reader nor the writers for each other', async () => {
    const scene = await Scene.set()
    await scene.holder('holder', ['BEGIN', lock('SHARE')])
    const innocent = await scene.holder('innocent', ['BEGIN', READ])
    await scene.waiter('writer1', [WRITE])
    await scene.waiter('writer2', ['UPDATE shop.orders SET paid = true WHERE id = 2'])
    const look = await scene.look()
    expect(look.edges).toEqual({ writer1: ['hard holder'], writer2: ['hard holder'] })
    expect(look.trees).toEqual([{ holder: { writer1: {}, writer2: {} } }])
    expect(look.analysis.partyOfPid(innocent.pid)).toBeUndefined()
    expect(look.release(['holder'])).toEqual({
      direct: ['writer1', 'writer2'],
      total: ['writer1', 'writer2'],
    })
    expect(look.sentences).toEqual([
      '2 sessions wait behind pid holder, idle in transaction for …s. holder, postgres@127.0.0.1, holds ShareLock on shop.orders. terminate holder frees 2 at once.',
    ])
  })

  test('that is to be made stronger puts its holder in front of the queue', async () => {
    const scene = await Scene.set()
    await scene.holder('locker', ['BEGIN', lock('ROW SHARE')])
    const jumper = await scene.holder('jumper', ['BEGIN', lock('SHARE')])
    await scene.waiter('alter', [ALTER])
    await scene.waiter('behind', [lockOnce('ROW SHARE')])
    await scene.waits(jumper, lock('EXCLUSIVE'))
    const look = await scene.look()
    expect(look.edges).toEqual({
      jumper: ['hard locker'],
      alter: ['hard jumper', 'hard locker'],
      behind: ['soft alter', 'soft jumper'],
    })
    expect(
      [...look.analysis.dispute.things.values()].map(({ queue }) => queue.map(({ party }) => party)),
    ).toEqual([[look.party('jumper'), look.party('alter'), look.party('behind')]])
    expect(look.release(['locker'])).toEqual({ direct: ['jumper'], total: ['alter', 'behind', 'jumper'] })
    expect(look.sentences).toEqual([
      '3 sessions wait behind pid locker, idle in transaction for …s. locker, postgres@127.0.0.1, holds RowShareLock on shop.orders. ALTER TABLE on shop.orders (alter) waits for that, and 1 session queues behind it. LOCK TABLE on shop.orders (jumper) waits for that, and 2 sessions queue behind it. terminate locker frees 1 at once, 3 in all; or cancel alter, jumper frees 1 at once.',
    ])
  })
})

describe('a parallel query', () => {
  // A row fills a page, so that there is one for each process.
  const PAGES = `
    CREATE TABLE shop.pages (id int, filling text) WITH (parallel_workers = 2, autovacuum_enabled = false);
    ALTER TABLE shop.pages ALTER COLUMN filling SET STORAGE PLAIN;
    INSERT INTO shop.pages SELECT id, repeat('.', 7000) FROM generate_series(1, 12) AS id`
  const PARALLEL = [
    'SET parallel_setup_cost = 0',
    'SET parallel_tuple_cost = 0',
    'SET min_parallel_table_scan_size = 0',
  ]

  test('is one party with its workers', async () => {
    const scene = await Scene.set()
    await scene.admin.query(PAGES)
    const leader = await scene.holder('leader', PARALLEL)
    leader.client.query('SELECT count(pg_sleep(60)) FROM shop.pages').catch(() => undefined)
    await eventually(async () => {
      const { rows } = await scene.admin.query(
        `SELECT FROM pg_stat_activity WHERE leader_pid = $1 AND pid <> $1 AND wait_event = 'PgSleep'`,
        [leader.pid],
      )
      return rows.length === 2
    })
    await scene.waiter('alter', ['ALTER TABLE shop.pages ADD COLUMN note text'])
    const look = await scene.look()
    expect(look.edges).toEqual({ alter: ['hard leader'] })
    expect(look.trees).toEqual([{ leader: { alter: {} } }])
    expect(look.party('leader')).toMatchObject({ kind: 'parallel_leader', row: { pid: leader.pid } })
    expect(look.party('leader').pids).toHaveLength(3)
    expect(look.release(['leader'], 'cancel')).toEqual({ direct: ['alter'], total: ['alter'] })
    expect(look.sentences).toEqual([
      '1 session waits behind pid leader, running SELECT for …s. leader, postgres@127.0.0.1, holds AccessShareLock on shop.pages. cancel leader frees 1 at once.',
    ])
  })

  test('that waits in all its processes goes on when each has its lock', async () => {
    const scene = await Scene.set()
    await scene.admin.query(`${PAGES};
      CREATE FUNCTION shop.peek(id int) RETURNS bool LANGUAGE plpgsql PARALLEL SAFE AS
        $$ BEGIN PERFORM FROM shop.ledger; RETURN true; END $$`)
    await scene.holder('alter', ['BEGIN', 'LOCK shop.ledger'])
    const leader = await scene.holder('leader', PARALLEL)
    const { fate } = await scene.waits(leader, 'SELECT count(shop.peek(id)) FROM shop.pages')
    await eventually(async () => {
      const { rows } = await scene.admin.query('SELECT FROM pg_locks WHERE NOT granted')
      return rows.length === 3
    })
    const look = await scene.look()
    expect(look.edges).toEqual({ leader: ['hard alter'] })
    expect(look.trees).toEqual([{ alter: { leader: {} } }])
    expect(look.party('leader').waits).toHaveLength(3)
    expect(look.release(['alter'])).toEqual({ direct: ['leader'], total: ['leader'] })
    expect(look.sentences).toEqual([
      '1 session waits behind pid alter, idle in transaction for …s. alter, postgres@127.0.0.1, holds AccessExclusiveLock on shop.ledger. terminate alter frees 1 at once.',
    ])
    await scene.admin.query('SELECT pg_terminate_backend($1)', [look.party('alter').row.pid])
    expect(await fate).toBe(null)
  })
})

test('CREATE INDEX CONCURRENTLY waits for one snapshot after the other, though none has seen its table', async () => {
  // It waits for every old snapshot of its database, also of sessions that are none of this test's.
  const scene = await Scene.set(await database('building'))
  const begin = ['BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT FROM shop.ledger']
  const [one, two] = [await scene.holder('one', begin), await scene.holder('two', begin)]
  const index = await scene.waiter('index', ['CREATE INDEX CONCURRENTLY ON shop.orders (paid)'])
  await scene.untilBehind(index, one, two)
  const look = await scene.look()
  const isOne = look.edges.index?.includes('hard one')
  const [name, first, second] = isOne ? ['one', one, two] : ['two', two, one]
  expect(look.edges).toEqual({ index: [`hard ${name}`] })
  expect(look.party('index').waits).toMatchObject([{ lock: { locktype: 'virtualxid', mode: 'ShareLock' } }])
  const builder = look.party('index')
  expect(builder.waits.map((wait) => lockedText(subjectOf(builder, wait)))).toEqual(['shop.orders'])
  expect(look.release([name])).toEqual({ direct: ['index'], total: ['index'] })
  expect(look.sentences).toEqual([
    `1 session waits behind pid ${name}, idle in transaction for …s. ${name}, postgres@127.0.0.1, has locked the same, or holds a snapshot that is older: its end is waited for. Old transactions are waited for one after the other: more may follow. terminate ${name} frees up to 1 at once.`,
  ])
  await scene.admin.query('SELECT pg_terminate_backend($1)', [first.pid])
  await scene.untilBehind(index, second)
  await second.client.query('ROLLBACK')
  expect(await index.fate).toBe(null)
})

test('a deferrable read-only transaction waits for the serializable ones before it', async () => {
  const scene = await Scene.set()
  const write = (id: number) => [
    'BEGIN ISOLATION LEVEL SERIALIZABLE',
    `UPDATE shop.orders SET paid = true WHERE id = ${id}`,
  ]
  await scene.holder('writer1', write(1))
  await scene.holder('writer2', write(2))
  await scene.waiter('report', ['BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE', READ])
  const look = await scene.look()
  expect(look.edges).toEqual({ report: ['hard writer1', 'hard writer2'] })
  expect(look.trees).toEqual([{ writer1: { report: {} }, writer2: {} }])
  expect(look.release(['writer1'])).toEqual({ direct: [], total: [] })
  expect(look.release(['writer1', 'writer2'])).toEqual({ direct: ['report'], total: ['report'] })
  expect(look.sentences).toEqual([
    '1 session waits behind pid writer1 and 1 more, idle in transaction for …s. writer1, postgres@127.0.0.1. In the way as well: writer2 (idle in transaction for …s). A safe snapshot is waited for: until the read-write serializable transactions of now have ended. terminate writer1, writer2 frees 1 at once.',
  ])
})

test('nextval waits for a sequence that is being altered', async () => {
  const scene = await Scene.set()
  await scene.admin.query('CREATE SEQUENCE shop.numbers')
  await scene.holder('alter', ['BEGIN', 'ALTER SEQUENCE shop.numbers INCREMENT 2'])
  await scene.waiter('insert', [`SELECT nextval('shop.numbers')`])
  const look = await scene.look()
  expect(look.edges).toEqual({ insert: ['hard alter'] })
  expect(look.sentences).toEqual([
    '1 session waits behind pid alter, idle in transaction for …s. alter, postgres@127.0.0.1, holds ShareRowExclusiveLock on shop.numbers. terminate alter frees 1 at once.',
  ])
})

test('a schema that somebody makes a table in cannot be dropped meanwhile', async () => {
  const scene = await Scene.set()
  await scene.holder('maker', ['BEGIN', 'CREATE TABLE shop.items ()'])
  await scene.waiter('dropper', ['DROP SCHEMA shop CASCADE'])
  const look = await scene.look()
  expect(look.edges).toEqual({ dropper: ['hard maker'] })
  expect(look.sentences[0]).toMatch(
    /, holds AccessShareLock on object \d+ of pg_namespace\. terminate maker frees 1 at once\.$/,
  )
})

test('a relation of another database is told by its number and its database', async () => {
  const there = await database('elsewhere')
  const scene = await Scene.set()
  await scene.holder('holder', ['CREATE TABLE t ()', 'BEGIN', 'LOCK t'], there)
  await scene.waiter('reader', ['SELECT FROM t'], there)
  const look = await scene.look()
  expect(look.edges).toEqual({ reader: ['hard holder'] })
  expect(look.sentences[0]).toMatch(
    /, holds AccessExclusiveLock on relation \d+ of database elsewhere\. terminate holder frees 1 at once\.$/,
  )
})

function lockOnce(mode: string): string {
  return `DO $$ BEGIN ${lock(mode)}; END $$`
}

/** A database for this test alone; gives its connection string. */
async function database(name: string): Promise<string> {
  const uri = new URL(sharedCluster().uri)
  const admin = new pg.Client({ connectionString: uri.href })
  await admin.connect()
  onTestFinished(async () => {
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)
    await admin.end()
  })
  await admin.query(`CREATE DATABASE ${name}`)
  uri.pathname = `/${name}`
  return uri.href
}

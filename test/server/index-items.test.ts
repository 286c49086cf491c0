import { beforeAll, describe, expect, test } from 'vitest'
import { foreignKeys } from '#queries/foreign-keys.ts'
import type { Item } from '#src/indexes/item.ts'
import { itemsOf } from '#src/indexes/items.ts'
import type { Ask } from '#src/reading/ask.ts'
import { type IndexReading, readIndexes } from '#src/reading/indexes.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { connected, targetOf } from './connect-support.ts'

const DATABASE = 'index_items'
const uri = uriOf(DATABASE)

beforeAll(async () => {
  await makeDatabase(DATABASE, [
    'CREATE TABLE p (b int PRIMARY KEY)',
    'CREATE TABLE t (a int NOT NULL, b int) PARTITION BY RANGE (a)',
    'CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100000)',
    'CREATE INDEX i ON t (b)',
    'CREATE INDEX k ON t1 (b)',
    'INSERT INTO t SELECT g, g FROM generate_series(0, 20000) AS g',
    'CREATE TABLE q (a int, b int) PARTITION BY RANGE (a)',
    'CREATE TABLE q1 PARTITION OF q FOR VALUES FROM (0) TO (10)',
    'CREATE INDEX qi ON ONLY q (b)',
    'CREATE INDEX q1_new ON q1 (b)',
    'CREATE INDEX q1_old ON q1 (b, a)',
    'CREATE TABLE c (b int REFERENCES p)',
    'CREATE INDEX c_b ON c (b)',
    'CREATE TABLE quiet (id int PRIMARY KEY, a int, b int)',
    'CREATE INDEX quiet_a ON quiet (a)',
    'CREATE INDEX quiet_ab ON quiet (a, b)',
    'INSERT INTO quiet SELECT g, g, g FROM generate_series(1, 1000) AS g',
    'CREATE TABLE broken (a int)',
    'INSERT INTO broken VALUES (1), (1)',
    'ANALYZE',
  ])
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: uri })
  await client.connect()
  await client.query('SELECT count(*) FROM t1 WHERE b = 5')
  await client.query('SET enable_seqscan = off')
  await client.query('SELECT FROM quiet WHERE id = 5')
  await client.query('CREATE UNIQUE INDEX CONCURRENTLY broken_a ON broken (a)').catch(() => undefined)
  await client.end()
})

/** A reading in which what `fails` names could not be read. */
async function reading(fails: readonly string[] = []): Promise<IndexReading> {
  const { server } = await connected(targetOf(uri), { control: false })
  const ask: Ask = async (entry, parameters = []) =>
    fails.includes(entry.id)
      ? {
          ok: false,
          failure: { kind: 'timeout', message: 'too late', sqlstate: '57014' },
          tookMs: 0,
        }
      : await server.run(entry, { parameters })
  const { facts } = server
  if (facts === null) throw new Error('no facts')
  const read = await readIndexes(ask, facts)
  if (!read.ok) throw new Error(read.failure.message)
  return read.value
}

function byName(items: readonly Item[]): ReadonlyMap<string, Item> {
  return new Map(items.filter(({ index }) => index !== null).map((item) => [item.name, item]))
}

describe('verdicts taken together', () => {
  test('never drop an index on partitions and the one whose part stands in for it', async () => {
    const items = byName(itemsOf(await reading(), 0))
    const offered = ['i', 'k'].filter((name) => (items.get(name)?.remedy?.sql.length ?? 0) > 0)
    expect(offered.length).toBeLessThanOrEqual(1)
    expect(items.get('i')?.usage).toMatchObject({ remedy: null })
  })

  test('never drop an index and the one that is to do its work, though nothing scans either', async () => {
    const items = byName(itemsOf(await reading(), 0))
    expect(items.get('quiet_a')).toMatchObject({ verdict: 'redundant', coveredBy: { name: 'quiet_ab' } })
    expect(items.get('quiet_ab')).toMatchObject({
      remedy: null,
      usage: {
        usage: 'unknown',
        reason: 'not scanned itself, but quiet_a is to go in favour of it',
      },
    })
  })

  test('do not drop what another one wants attached', async () => {
    const items = byName(itemsOf(await reading(), 0))
    expect(items.get('qi')?.remedy?.sql.join(' ')).toContain('ATTACH PARTITION')
    expect(items.get('q1_new')).toMatchObject({ verdict: 'review', remedy: null })
  })
})

describe('what cannot be seen', () => {
  test.each([foreignKeys.id, 'unattached-partitions', 'relation-locks', 'statistics-since'])(
    'is never taken for nothing: without %s no index is offered',
    async (id) => {
      const items = itemsOf(await reading([id]), 0).filter(({ index }) => index !== null)
      expect(items.filter(({ remedy }) => remedy !== null)).toEqual([])
      expect(items.filter(({ verdict }) => verdict === 'unused')).toEqual([])
    },
  )

  test('of builds is asked of the primary: a standby offers nothing for what is not valid', async () => {
    const whole = await reading()
    expect(byName(itemsOf(whole, 0)).get('broken_a')?.remedy).not.toBeNull()
    const standby = { ...whole, facts: { ...whole.facts, inRecovery: true } }
    expect(byName(itemsOf(standby, 0)).get('broken_a')).toMatchObject({ remedy: null, confidence: 'low' })
  })

  test('of a table that nobody has read yet, as after a restore, makes no index of it unused', async () => {
    const items = byName(itemsOf(await reading(), 0))
    expect(items.get('q1_old')).toMatchObject({ remedy: null })
    expect(items.get('q1_old')?.usage).toMatchObject({
      usage: 'unknown',
      reason: 'no index of its table was ever scanned: the table may be new here',
    })
  })

  test('of the chunks of a hypertable keeps its indexes from being called unused', async () => {
    const whole = await reading()
    const { facts } = whole
    const extensions = { ...facts.extensions, timescaledb: { version: '2', schema: 'public' } }
    const items = itemsOf({ ...whole, facts: { ...facts, extensions } }, 0)
    expect(items.filter(({ verdict }) => verdict === 'unused')).toEqual([])
  })
})

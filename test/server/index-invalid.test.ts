import type pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { structureVerdicts } from '#src/indexes/structure/structure.ts'
import type { StructureVerdict } from '#src/indexes/verdict.ts'
import { connect, eventually, sharedCluster, uriAs, withRoles } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { readStructure, wordOf } from './index-structure-support.ts'

const DATABASE = 'index_invalid'
const { versionNum } = sharedCluster()
const uri = uriOf(DATABASE)

const PARTS = (schema: string) => `
  CREATE SCHEMA ${schema};
  CREATE TABLE ${schema}.t (a int, b int) PARTITION BY RANGE (a);
  CREATE TABLE ${schema}.t1 PARTITION OF ${schema}.t FOR VALUES FROM (0) TO (9);
  CREATE TABLE ${schema}.t2 PARTITION OF ${schema}.t FOR VALUES FROM (9) TO (20);`

beforeAll(async () => {
  await withRoles()
  await makeDatabase(DATABASE, [
    `CREATE TABLE twice (a int, b int); INSERT INTO twice VALUES (1, 1), (1, 2);
     CREATE TABLE slow (a int, b int); INSERT INTO slow VALUES (1, 1);
     CREATE EXTENSION btree_gist; CREATE TABLE excluded (a int, EXCLUDE USING gist (a WITH =))`,
    ...['whole', 'bare', 'listed', 'broken'].map(PARTS),
  ])
})

/** The verdicts on the indexes of a table, by name. */
async function verdictsOn(
  table: string,
  as: string = uri,
): Promise<Readonly<Record<string, StructureVerdict | undefined>>> {
  const { indexes, verdicts } = await readStructure(as)
  const found = indexes.filter(
    (index) =>
      `${index.schema}.${index.table}` === `public.${table}` || `${index.schema}.${index.table}` === table,
  )
  return Object.fromEntries(found.map((index) => [index.name, verdicts.get(index.oid)]))
}

async function run(remedy: StructureVerdict | undefined): Promise<void> {
  const client = await connect(uri)
  for (const sql of remedy?.remedy?.sql ?? []) await client.query(sql)
}

/** A session whose snapshot keeps CREATE INDEX CONCURRENTLY and the like waiting. */
async function oldSnapshot(table?: string): Promise<pg.Client> {
  const client = await connect(uri, 'old')
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await client.query(table === undefined ? 'SELECT 1' : `SELECT * FROM ${table}`)
  return client
}

async function failing(sql: string, before = ''): Promise<string | undefined> {
  const client = await connect(uri)
  if (before !== '') await client.query(before)
  return await client.query(sql).then(
    () => undefined,
    (error: pg.DatabaseError) => error.code,
  )
}

describe('an invalid index', () => {
  test('of a failed unique build is built again, and refuses duplicates then', async () => {
    expect(await failing('CREATE UNIQUE INDEX CONCURRENTLY failed ON twice (a)')).toBe('23505')
    const found = (await verdictsOn('twice')).failed
    expect(found).toMatchObject({ structure: 'invalid', coveredBy: null, confidence: 'high' })
    expect(found?.remedy?.sql).toEqual(['REINDEX INDEX CONCURRENTLY public.failed;'])
    expect(found?.remedy?.notes.join()).toContain('duplicates')
    expect(await failing('REINDEX INDEX CONCURRENTLY public.failed')).toBe('23505')
    const left = await verdictsOn('twice')
    // The failed one that it meant to replace is no valid cover, and the rule is wanted.
    expect(Object.keys(left).toSorted()).toEqual(['failed', 'failed_ccnew'])
    expect(left.failed_ccnew?.remedy?.sql).toEqual(['REINDEX INDEX CONCURRENTLY public.failed_ccnew;'])
    await (await connect(uri)).query('DELETE FROM twice WHERE b = 2')
    await run(found)
    const after = await verdictsOn('twice')
    expect(wordOf(after.failed)).toBe('keep')
    expect(wordOf(after.failed_ccnew)).toBe('invalid failed')
    expect(after.failed_ccnew?.remedy?.sql).toEqual(['DROP INDEX CONCURRENTLY public.failed_ccnew;'])
    await run(after.failed_ccnew)
    expect(Object.keys(await verdictsOn('twice'))).toEqual(['failed'])
    expect(await failing('INSERT INTO twice VALUES (1, 3)')).toBe('23505')
  })

  test('covers nothing, and goes where another does its work', async () => {
    const client = await connect(uri)
    await client.query('CREATE TABLE pair (a int); INSERT INTO pair VALUES (1), (1)')
    await client.query('CREATE INDEX pair_i ON pair (a)')
    expect(await failing('CREATE UNIQUE INDEX CONCURRENTLY pair_u ON pair (a)')).toBe('23505')
    const found = await verdictsOn('pair')
    expect([wordOf(found.pair_i), wordOf(found.pair_u)]).toEqual(['keep', 'invalid'])
    await client.query('CREATE TABLE left_over (a int, b int); CREATE INDEX longer ON left_over (a, b)')
    const old = await oldSnapshot('left_over')
    expect(
      await failing('CREATE INDEX CONCURRENTLY shorter ON left_over (a)', `SET statement_timeout = 300`),
    ).toBe('57014')
    await old.query('COMMIT')
    const { shorter, longer } = await verdictsOn('left_over')
    expect([wordOf(shorter), wordOf(longer)]).toEqual(['invalid longer', 'keep'])
    expect(shorter?.remedy?.sql).toEqual(['DROP INDEX CONCURRENTLY public.shorter;'])
    await run(shorter)
    expect(Object.keys(await verdictsOn('left_over'))).toEqual(['longer'])
  })

  test('that REINDEX CONCURRENTLY left is dropped, the old or the new', async () => {
    const client = await connect(uri)
    await client.query('CREATE TABLE redone (a int); CREATE INDEX redone_i ON redone (a)')
    const old = await oldSnapshot('redone')
    expect(await failing('REINDEX INDEX CONCURRENTLY redone_i', 'SET statement_timeout = 300')).toBe('57014')
    await old.query('COMMIT')
    const found = await verdictsOn('redone')
    const leftover = Object.keys(found).find((name) => name !== 'redone_i') ?? ''
    expect(leftover).toMatch(/^redone_i_cc(new|old)$/)
    expect(found[leftover]).toMatchObject({ structure: 'invalid', coveredBy: { name: 'redone_i' } })
    expect(found[leftover]?.remedy?.sql).toEqual([`DROP INDEX CONCURRENTLY public.${leftover};`])
    await run(found[leftover])
    expect(Object.keys(await verdictsOn('redone'))).toEqual(['redone_i'])
  })

  test('whose DROP was interrupted is dropped', async () => {
    const client = await connect(uri)
    await client.query('CREATE TABLE dropped (a int, b int); CREATE INDEX dropped_i ON dropped (a)')
    const old = await oldSnapshot('dropped')
    const dropping = failing('DROP INDEX CONCURRENTLY dropped_i', 'SET statement_timeout = 2000')
    const meanwhile = await eventually(async () => {
      const { dropped_i: found } = await verdictsOn('dropped')
      return found?.structure === 'keep' ? null : found
    })
    expect(meanwhile).toMatchObject({ structure: 'building', confidence: 'high', remedy: null })
    expect(await dropping).toBe('57014')
    const { dropped_i: found } = await verdictsOn('dropped')
    expect(wordOf(found)).toBe('invalid')
    // Half dropped or half built: that cannot be told apart, but one that is no longer live can.
    await client.query(
      `UPDATE pg_index SET indislive = false, indisready = false WHERE indexrelid = 'dropped_i'::regclass`,
    )
    const { dropped_i: dead } = await verdictsOn('dropped')
    expect(dead?.evidence[0]).toBe('a DROP of it was begun and not finished')
    expect(dead?.remedy?.sql).toEqual(['DROP INDEX CONCURRENTLY public.dropped_i;'])
    await old.query('COMMIT')
    await run(dead)
    expect(await verdictsOn('dropped')).toEqual({})
  })
})

/** The view has 0 where there is nobody to wait for, and its large numbers arrive as text. */
function asTheView(key: string, value: unknown): unknown {
  if (key === 'current_locker_pid') return String(value ?? 0)
  return typeof value === 'number' && /_(?:done|total)$/.test(key) ? String(value) : value
}

describe('an index that is being built', () => {
  test.each(['superuser', 'plain'] as const)('is told from a broken one by %s', async (role) => {
    const as = role === 'superuser' ? uri : uriAs(uri, role)
    await (await connect(uri)).query('DROP INDEX IF EXISTS slow_i')
    const old = await oldSnapshot()
    const builder = await connect(uri)
    const { rows } = await builder.query('SELECT pg_backend_pid() AS pid')
    const built = builder.query('CREATE INDEX CONCURRENTLY slow_i ON slow (a)')
    const found = await eventually(async () => {
      const { slow_i: verdict } = await verdictsOn('slow', as)
      return verdict?.evidence.join().includes('waiting for old snapshots') || role === 'plain'
        ? verdict
        : null
    })
    expect(found).toMatchObject({ structure: 'building', remedy: null })
    expect(found.evidence[0]).toContain(`pid ${rows[0].pid}`)
    const { builds } = (await readStructure(as)).world
    const { rows: seen } = await (await connect(as)).query('SELECT * FROM pg_stat_progress_create_index')
    expect(builds).toMatchObject([{ pid: seen[0].pid, relid: seen[0].relid, phase: seen[0].phase }])
    if (role === 'superuser') expect(seen).toMatchObject(JSON.parse(JSON.stringify(builds, asTheView)))
    await old.query('COMMIT')
    await built
    expect(wordOf((await verdictsOn('slow', as)).slow_i)).toBe('keep')
  })

  test('is no such thing while VACUUM or ANALYZE has the same lock', async () => {
    const client = await connect(uri)
    await client.query('CREATE TABLE vacuumed (a int); INSERT INTO vacuumed VALUES (1), (1)')
    await failing('CREATE UNIQUE INDEX CONCURRENTLY vacuumed_u ON vacuumed (a)')
    await client.query('BEGIN; LOCK TABLE vacuumed IN SHARE UPDATE EXCLUSIVE MODE')
    expect(wordOf((await verdictsOn('vacuumed')).vacuumed_u)).toBe('invalid')
    const waiter = await connect(uri)
    const done = waiter.query('REINDEX INDEX CONCURRENTLY vacuumed_u').catch(() => undefined)
    await eventually(async () => (await verdictsOn('vacuumed')).vacuumed_u?.structure === 'building')
    await client.query('ROLLBACK')
    await done
  })

  test('may be any behind such a lock where builds could not be read', async () => {
    const client = await connect(uri)
    await client.query('CREATE TABLE unseen (a int); INSERT INTO unseen VALUES (1), (1)')
    await failing('CREATE UNIQUE INDEX CONCURRENTLY unseen_u ON unseen (a)')
    await client.query('BEGIN; LOCK TABLE unseen IN SHARE UPDATE EXCLUSIVE MODE')
    const { world, indexes } = await readStructure(uri)
    const oid = indexes.find(({ name }) => name === 'unseen_u')?.oid ?? 0
    const verdictWith = (builds: typeof world.builds) =>
      structureVerdicts(indexes, { ...world, builds }).get(oid)?.structure
    expect([verdictWith([]), verdictWith(null)]).toEqual(['invalid', 'building'])
  })
})

describe('the index of a partitioned table', () => {
  test('without any part tells where it lacks one', async () => {
    await (await connect(uri)).query('CREATE INDEX bare_i ON ONLY bare.t (b)')
    const { bare_i: found } = await verdictsOn('bare.t')
    expect(found).toMatchObject({ structure: 'invalid', remedy: null })
    expect(found?.evidence[0]).toBe('no part of it on t1, t2')
    expect(found?.caveats.join('; ')).toContain('on 2 of them the same index has to be built first')
    const code = await failing('REINDEX INDEX bare.bare_i')
    expect(code).toBe(versionNum < 140_000 ? '0A000' : undefined)
    expect(found?.caveats.join()).toContain(versionNum < 140_000 ? 'REINDEX refuses' : 'it adds none')
    expect(wordOf((await verdictsOn('bare.t')).bare_i)).toBe('invalid')
  })

  test('becomes valid when what is there is attached', async () => {
    const client = await connect(uri)
    await client.query(
      'CREATE INDEX whole_i ON ONLY whole.t (b); CREATE INDEX x ON whole.t1 (b); CREATE INDEX y ON whole.t2 (b)',
    )
    const { whole_i: found } = await verdictsOn('whole.t')
    expect(found?.remedy?.sql).toEqual([
      'ALTER INDEX whole.whole_i ATTACH PARTITION whole.x;',
      'ALTER INDEX whole.whole_i ATTACH PARTITION whole.y;',
    ])
    await run(found)
    expect(wordOf((await verdictsOn('whole.t')).whole_i)).toBe('keep')
  })

  test('is being built while the index of a partition is', async () => {
    const client = await connect(uri)
    await client.query('CREATE INDEX listed_i ON ONLY listed.t (b)')
    const old = await oldSnapshot()
    const built = client.query('CREATE INDEX CONCURRENTLY z ON listed.t1 (b)')
    await eventually(async () => (await verdictsOn('listed.t1')).z?.structure === 'building')
    expect((await verdictsOn('listed.t')).listed_i?.structure).toBe('building')
    await old.query('COMMIT')
    await built
  })

  test('goes when another does its work', async () => {
    const client = await connect(uri)
    await client.query('CREATE INDEX good ON broken.t (b); CREATE INDEX bad ON ONLY broken.t (b)')
    const { bad } = await verdictsOn('broken.t')
    expect(wordOf(bad)).toBe('invalid good')
    expect(bad?.remedy?.sql).toEqual(['DROP INDEX broken.bad;'])
    await run(bad)
    expect(Object.keys(await verdictsOn('broken.t'))).toEqual(['good'])
  })
})

test('an index of a session is nobody else’s to drop', async () => {
  const client = await connect(uri)
  await client.query(
    'CREATE TEMP TABLE mine (a int); CREATE INDEX mine_i ON mine (a); CREATE INDEX mine_j ON mine (a)',
  )
  const { indexes, verdicts } = await readStructure(uri)
  const found = indexes.filter(({ table }) => table === 'mine')
  expect(found.map(({ oid }) => wordOf(verdicts.get(oid)))).toEqual(['keep', 'keep'])
})

describe('the server refuses what is not offered', () => {
  test.each([
    ['DROP INDEX of a constraint', 'DROP INDEX excluded_a_excl', '2BP01'],
    [
      'REINDEX CONCURRENTLY of an exclusion constraint',
      'REINDEX INDEX CONCURRENTLY excluded_a_excl',
      '0A000',
    ],
    ['DROP INDEX of a part', 'DROP INDEX truth.t1_b_idx', '2BP01'],
    ['DROP INDEX CONCURRENTLY of a whole', 'DROP INDEX CONCURRENTLY truth.whole', '0A000'],
  ])('%s', async (_name, sql, code) => {
    const client = await connect(uri)
    await client.query('DROP SCHEMA IF EXISTS truth CASCADE')
    await client.query(PARTS('truth'))
    await client.query('CREATE INDEX whole ON truth.t (b)')
    expect(await failing(sql)).toBe(code)
  })
})

import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { foreignKeys } from '#queries/foreign-keys.ts'
import { indexes } from '#queries/indexes.ts'
import { statisticsSince } from '#queries/statistics-since.ts'
import { type Cluster, startCluster } from '#src/demo/cluster.ts'
import { type IndexFacts, indexFactsOf } from '#src/indexes/facts.ts'
import { foreignKeyFactsOf } from '#src/indexes/foreign-key.ts'
import { type UsageWorld, usageVerdicts } from '#src/indexes/usage.ts'
import type { UsageVerdict } from '#src/indexes/verdict.ts'
import { connect, eventually } from '#test/support/cluster.ts'
import { startStandby } from '#test/support/standby.ts'
import { connected, targetOf } from './connect-support.ts'

let cluster: Cluster

const TABLES = `
  CREATE EXTENSION btree_gist;
  CREATE TABLE p (id int PRIMARY KEY, code int CONSTRAINT p_code UNIQUE, alone int UNIQUE);
  CREATE TABLE t (id int CONSTRAINT t_pkey PRIMARY KEY, a int, b text, c int, d int NOT NULL, e int, f int, g int,
    EXCLUDE USING gist (a WITH =) WHERE (a > 1000000));
  INSERT INTO t SELECT i, i, i, i, i, i, i, i FROM generate_series(1, 20000) AS i;
  CREATE INDEX t_scanned ON t (a);
  CREATE INDEX t_idle ON t (b);
  CREATE INDEX t_partial ON t (c) WHERE c > 10;
  CREATE INDEX t_brin ON t USING brin (c);
  CREATE UNIQUE INDEX t_unique ON t (c);
  CREATE UNIQUE INDEX t_identity ON t (d);
  ALTER TABLE t REPLICA IDENTITY USING INDEX t_identity;
  CREATE INDEX t_expression ON t (lower(b));
  CREATE INDEX t_clustered ON t (e);
  ALTER TABLE t CLUSTER ON t_clustered;
  ALTER TABLE t ADD CONSTRAINT t_alone FOREIGN KEY (f) REFERENCES p NOT VALID;
  CREATE INDEX t_serving ON t (f);
  ALTER TABLE t ADD CONSTRAINT t_shared FOREIGN KEY (g) REFERENCES p (code) NOT VALID;
  CREATE INDEX t_shared_used ON t (g);
  CREATE TABLE small (id int);
  CREATE INDEX small_idle ON small (id);
  CREATE TABLE owned (id int);
  CREATE INDEX owned_idle ON owned (id);
  ALTER EXTENSION btree_gist ADD TABLE owned;
  CREATE MATERIALIZED VIEW m AS SELECT id FROM t;
  CREATE INDEX m_idle ON m (id);
  CREATE TABLE parts (id int, a int, b int) PARTITION BY RANGE (id);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
  CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
  CREATE TABLE parts_2_1 PARTITION OF parts_2 FOR VALUES FROM (10) TO (20);
  CREATE INDEX parts_idle ON parts (a);
  CREATE INDEX parts_scanned ON parts (b);
  CREATE UNIQUE INDEX parts_unique ON parts (id);
  CREATE TABLE bare (id int) PARTITION BY RANGE (id);
  CREATE INDEX bare_index ON bare (id);
  CREATE TABLE busy (id int, a int, b int);
  CREATE INDEX busy_low ON busy (a);
  CREATE INDEX busy_main ON busy (id);
  INSERT INTO busy SELECT i, i, i FROM generate_series(1, 200) AS i;
  CREATE TABLE hot (id int, a int, b int) WITH (fillfactor = 10);
  CREATE INDEX hot_low ON hot (a);
  CREATE INDEX hot_main ON hot (id);
  INSERT INTO hot SELECT i, i, i FROM generate_series(1, 90) AS i;
  UPDATE hot SET b = 1;
  UPDATE hot SET b = 2;`

/** Made after the scans, so that none of them took one of these. */
const MORE = 'CREATE INDEX t_shared_idle ON t (g, a); CREATE INDEX parts_1_own ON parts_1 (a, b)'

const SCANS = `
  SET enable_seqscan = off;
  SELECT FROM t WHERE a = 1;
  SELECT FROM t WHERE g = 1;
  SELECT FROM parts_1 WHERE b = 1;
  SELECT FROM busy WHERE a = 1;
  SELECT FROM hot WHERE a = 1;
  DO $$ BEGIN FOR i IN 1..20 LOOP PERFORM FROM busy WHERE id = i; PERFORM FROM hot WHERE id = i; END LOOP; END $$`

async function run(uri: string, ...statements: readonly string[]): Promise<void> {
  for (const statement of statements) {
    const client = new pg.Client({ connectionString: uri })
    await client.connect()
    await client.query(statement).finally(() => client.end())
  }
}

beforeAll(async () => {
  cluster = await startCluster({ settings: { autovacuum: 'off' } })
  await run(cluster.uri, TABLES, 'VACUUM ANALYZE', SCANS, MORE)
  await run(cluster.uri, 'CREATE TABLE broken (id int); INSERT INTO broken VALUES (1), (1)')
  await run(cluster.uri, 'CREATE UNIQUE INDEX CONCURRENTLY broken_left ON broken (id)').catch(() => undefined)
  await untilCounted()
})

/** Up to 14 what sessions tell the statistics arrives some time after they end. */
async function untilCounted(): Promise<void> {
  const client = new pg.Client({ connectionString: cluster.uri })
  await client.connect()
  await eventually(async () => {
    const { rows } = await client.query(
      `SELECT pg_stat_get_numscans('t_scanned'::regclass) + pg_stat_get_numscans('parts_1_b_idx'::regclass)
         + pg_stat_get_numscans('hot_main'::regclass) + pg_stat_get_tuples_hot_updated('hot'::regclass) AS seen`,
    )
    return Number(rows[0].seen) === 1 + 1 + 20 + 180
  })
  await client.end()
}

afterAll(async () => {
  await cluster.stop()
})

interface Look {
  readonly indexes: readonly IndexFacts[]
  readonly world: UsageWorld & { readonly statistics: NonNullable<UsageWorld['statistics']> }
}

async function look(uri = cluster.uri): Promise<Look> {
  const { server } = await connected(targetOf(uri), { control: false })
  const [found, keys, since] = [
    await server.run(indexes),
    await server.run(foreignKeys),
    await server.run(statisticsSince),
  ]
  if (!found.ok) throw new Error(found.failure.message)
  if (!keys.ok) throw new Error(keys.failure.message)
  if (!since.ok) throw new Error(since.failure.message)
  const [statistics] = since.rows
  if (statistics === undefined) throw new Error('no row')
  return {
    indexes: found.rows.map(indexFactsOf),
    world: { statistics, hasStandbys: false, foreignKeys: keys.rows.map(foreignKeyFactsOf) },
  }
}

/** The same some days later, with nothing done in between. */
function later({ indexes, world }: Look, days: number, more: Partial<UsageWorld> = {}): Look {
  const now = new Date(Date.parse(world.statistics.now ?? '') + days * 86_400_000).toISOString()
  return { indexes, world: { ...world, ...more, statistics: { ...world.statistics, now } } }
}

function verdictsOf({ indexes, world }: Look): Readonly<Record<string, UsageVerdict>> {
  const verdicts = usageVerdicts(indexes, world)
  return Object.fromEntries(
    indexes.flatMap(({ name, oid }) => {
      const verdict = verdicts.get(oid)
      return verdict === undefined ? [] : [[name, verdict]]
    }),
  )
}

describe('after forty days', () => {
  test.each([
    ['t_scanned', 'used', null],
    ['t_idle', 'unused', 'no scan in 40d 0h, since the statistics began'],
    ['t_partial', 'unused', 'no scan in 40d'],
    ['t_brin', 'unused', 'no scan in 40d'],
    ['t_expression', 'unused', 'no scan in 40d'],
    ['t_unique', 'used', 'never scanned, but it guards uniqueness'],
    ['t_pkey', 'used', 'never scanned, but it is the primary key'],
    ['t_identity', 'used', 'never scanned, but logical replication identifies rows by it'],
    ['t_a_excl', 'used', 'never scanned, but it backs the constraint t_a_excl'],
    ['p_alone_key', 'used', 'never scanned, but it backs the constraint p_alone_key'],
    ['p_code', 'used', 'never scanned, but it backs the constraint p_code'],
    ['t_clustered', 'low', 'never scanned, but CLUSTER orders the table by it'],
    ['t_serving', 'low', 'never scanned, but deletes from p need it: it serves the foreign key t_alone'],
    ['t_shared_used', 'used', null],
    ['t_shared_idle', 'unused', 'no scan in 40d'],
    ['small_idle', 'unused', 'no scan in 40d'],
    ['owned_idle', 'unused', 'no scan in 40d'],
    ['m_idle', 'unused', 'no scan in 40d'],
    ['parts_idle', 'unused', 'no scan in 40d'],
    ['parts_1_a_idx', 'unused', 'part of parts_idle: no scan in 40d'],
    ['parts_2_a_idx', 'unused', 'part of parts_idle: no scan in 40d'],
    ['parts_2_1_a_idx', 'unused', 'part of parts_idle: no scan in 40d'],
    ['parts_scanned', 'used', null],
    ['parts_1_b_idx', 'used', null],
    ['parts_2_1_b_idx', 'used', 'not scanned here, but parts_scanned is on other partitions'],
    ['parts_unique', 'used', 'never scanned, but it guards uniqueness'],
    ['parts_1_id_idx', 'used', 'never scanned, but it guards uniqueness'],
    ['parts_1_own', 'unused', 'no scan in 40d'],
    ['bare_index', 'unknown', 'no partition counts its scans'],
    ['broken_left', 'unknown', 'not valid: queries cannot use it'],
    ['busy_low', 'low', '1 scan for 200 writes, 4.7% of the index scans of the table'],
    ['busy_main', 'used', null],
    ['hot_low', 'used', null],
  ] as const)('%s is %s', async (name, usage, reason) => {
    const verdict = verdictsOf(later(await look(), 40))[name]
    expect(verdict?.usage).toBe(usage)
    if (reason === null) expect(verdict?.reason).toBeNull()
    else expect(verdict?.reason).toContain(reason)
  })

  test('what may be dropped is only what is unused, alone or as a whole', async () => {
    const told = Object.values(verdictsOf(later(await look(), 40))).flatMap(({ remedy }) => remedy?.sql ?? [])
    expect(told.toSorted()).toEqual([
      'DROP INDEX CONCURRENTLY public.m_idle;',
      'DROP INDEX CONCURRENTLY public.parts_1_own;',
      'DROP INDEX CONCURRENTLY public.small_idle;',
      'DROP INDEX CONCURRENTLY public.t_brin;',
      'DROP INDEX CONCURRENTLY public.t_expression;',
      'DROP INDEX CONCURRENTLY public.t_idle;',
      'DROP INDEX CONCURRENTLY public.t_partial;',
      'DROP INDEX CONCURRENTLY public.t_shared_idle;',
      'DROP INDEX public.parts_idle;',
    ])
  })

  test('what could make it wrong is told', async () => {
    const alone = verdictsOf(later(await look(), 40))
    expect(alone.t_idle).toMatchObject({
      confidence: 'medium',
      caveats: [
        'a job that runs less than once in 40d 0h may need it',
        'one that was built lately looks the same: the server keeps no time of creation',
      ],
    })
    expect(alone.t_expression?.caveats.join()).toContain('statistics on its expressions')
    expect(alone.t_shared_idle?.caveats).toContain(
      'it serves the foreign key t_shared, as another index does',
    )
    expect(alone.small_idle).toMatchObject({ confidence: 'low' })
    expect(alone.small_idle?.caveats.join()).toContain('the table is small')
    expect(alone.owned_idle?.caveats).toContain('it belongs to the extension btree_gist')
    expect(alone.parts_idle?.caveats).toContain('scans of partitions dropped since are no longer counted')
    const attended = verdictsOf(later(await look(), 40, { hasStandbys: true }))
    expect(attended.t_idle).toMatchObject({ confidence: 'low' })
    expect(attended.t_idle?.caveats).toContain('standbys count their own scans: look there too')
  })
})

describe('the age of the statistics', () => {
  test.each([
    [0, 'unknown', /^statistics only since \d+\.\ds$/],
    [29, 'unknown', /^statistics only since 29d 0h$/],
    [31, 'unused', /^no scan in 31d 0h/],
  ] as const)('decides: after %i days it is %s', async (days, usage, reason) => {
    const { t_idle, t_scanned, busy_low, t_pkey } = verdictsOf(later(await look(), days))
    expect(t_idle).toMatchObject({ usage, reason: expect.stringMatching(reason) })
    expect(t_scanned?.usage).toBe('used')
    expect(t_pkey?.usage).toBe('used')
    expect(busy_low?.usage).toBe(days === 0 ? 'used' : 'low')
  })

  test('is what else a job may need: a scan long ago is for a person to weigh', async () => {
    const { t_scanned, t_shared_used } = verdictsOf(later(await look(), 101))
    const expected = cluster.versionNum >= 160000 ? 'low' : 'used'
    expect(t_scanned).toMatchObject({ usage: expected, remedy: null })
    if (expected === 'low') expect(t_scanned?.reason).toBe('not scanned for 101d, 1 time before that')
    expect(t_shared_used?.usage).toBe(expected)
  })

  test('is unknown where it was not read, or nothing is counted', async () => {
    const now = await look()
    const { indexes, world } = later(now, 40)
    const uncounted = { ...world.statistics, track_counts: false }
    expect(verdictsOf({ indexes, world: { ...world, statistics: uncounted } }).t_idle).toMatchObject({
      usage: 'unknown',
      reason: 'track_counts is off: scans are not counted',
    })
    const verdicts = usageVerdicts(indexes, { ...world, statistics: null })
    const idle = indexes.find(({ name }) => name === 't_idle')
    expect(verdicts.get(idle?.oid ?? 0)).toMatchObject({
      usage: 'unknown',
      reason: 'it is not known since when scans are counted',
    })
  })
})

describe('the statistics', () => {
  test('go on over a clean restart', async () => {
    const before = await look()
    expect(before.world.statistics.attached_standbys).toBe(0)
    await cluster.restart()
    const after = await look()
    expect(after.world.statistics.since).toBe(before.world.statistics.since)
    expect(after.world.statistics.started_at).not.toBe(before.world.statistics.started_at)
    expect(verdictsOf(after).t_scanned?.usage).toBe('used')
  })

  test('of a standby are its own: ask the primary', async () => {
    const standby = await startStandby(cluster)
    try {
      await run(standby.uri, 'SET enable_seqscan = off; SELECT FROM t WHERE b = $$1$$')
      const seen = await eventually(async () => {
        const now = later(await look(standby.uri), 40)
        return verdictsOf(now).t_idle?.usage === 'used' && now
      })
      expect(seen.world.statistics.in_recovery).toBe(true)
      const { since, started_at: startedAt } = seen.world.statistics
      expect(Date.parse(since ?? '')).toBeGreaterThanOrEqual(Date.parse(startedAt ?? '') - 2000)
      const verdicts = verdictsOf(seen)
      expect(verdicts.t_partial).toMatchObject({
        usage: 'unknown',
        reason: "ask the primary: the scans counted here are this standby's alone",
        remedy: null,
      })
      expect(verdicts.t_pkey?.usage).toBe('used')
      expect((await look()).world.statistics.attached_standbys).toBe(1)
      expect(Object.values(verdicts).map(({ usage }) => usage)).not.toContain('unused')
      expect(Object.values(verdicts).map(({ usage }) => usage)).not.toContain('low')
    } finally {
      await standby.stop()
    }
  })

  test('begin anew with a reset', async () => {
    const before = await look()
    await run(cluster.uri, 'SELECT pg_stat_reset_single_table_counters(indexrelid) FROM pg_index LIMIT 1')
    const after = await eventually(async () => {
      const now = await look()
      return now.world.statistics.database_reset !== before.world.statistics.database_reset && now
    })
    expect(after.world.statistics.since).toBe(after.world.statistics.database_reset)
  })

  test('begin anew with a crash, after which nothing is unused', async () => {
    const before = await look()
    const victim = await connect(cluster.uri)
    const { rows } = await victim.query('SELECT pg_backend_pid() AS pid')
    process.kill(rows[0].pid, 'SIGKILL')
    const after = await eventually(() => look().catch(() => null))
    const { since, started_at: startedAt } = after.world.statistics
    expect(startedAt).toBe(before.world.statistics.started_at)
    expect(Date.parse(since ?? '')).toBeGreaterThan(Date.parse(before.world.statistics.now ?? ''))
    const { t_scanned, t_idle, t_pkey } = verdictsOf(after)
    expect(t_scanned).toMatchObject({ usage: 'unknown', reason: expect.stringContaining('statistics only') })
    expect(t_idle?.usage).toBe('unknown')
    expect(t_pkey?.usage).toBe('used')
    const all = Object.values(verdictsOf(later(after, 29))).map(({ usage }) => usage)
    expect(all).not.toContain('unused')
  })
})

test('a remedy drops what it says, and nothing else', async () => {
  const before = await look()
  const { t_idle: one, parts_idle: tree } = verdictsOf(later(before, 40))
  await run(cluster.uri, ...(one?.remedy?.sql ?? []), ...(tree?.remedy?.sql ?? []))
  const left = new Set((await look()).indexes.map(({ name }) => name))
  expect(
    before.indexes
      .map(({ name }) => name)
      .filter((name) => !left.has(name))
      .toSorted(),
  ).toEqual(['parts_1_a_idx', 'parts_2_1_a_idx', 'parts_2_a_idx', 'parts_idle', 't_idle'])
})

import { beforeAll, describe, expect, test } from 'vitest'
import { gatherFacts } from '#src/explain/facts.ts'
import type { PlanFacts } from '#src/plans/findings/facts.ts'
import type { Found } from '#src/plans/findings/finding.ts'
import { findingsOf } from '#src/plans/findings/findings.ts'
import { scanRules } from '#src/plans/findings/scans/rules.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import { connect, eventually, sharedCluster } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { connected, targetOf } from './connect-support.ts'
import { type Asked, explained, foundBy } from './findings-support.ts'

const DATABASE = 'findings_scans'
const { versionNum } = sharedCluster()
const uri = uriOf(DATABASE)

// 40 000 rows on some 400 pages, and tables of 9000 rows on some 1300: enough for every threshold, and less than the
// quarter of shared buffers above which a sequential scan would not leave its pages there.
const TABLES = `
  CREATE TABLE events (id int, day int, kind int, late int, scattered int, flag boolean, code varchar(20), body text)
    WITH (autovacuum_enabled = off);
  INSERT INTO events SELECT id, id % 100, id % 7, (id > 39900)::int, (id * 7919::bigint % 40000)::int, id % 2 = 0,
    'c' || id % 50, repeat('x', 20) FROM generate_series(1, 40000) AS id;
  CREATE INDEX events_id ON events (id);
  CREATE INDEX events_kind ON events (kind);
  CREATE INDEX events_scattered ON events (scattered);
  CREATE TABLE few AS SELECT id * 1000 + 1 AS event, id AS kind FROM generate_series(0, 6) AS id;
  CREATE TABLE measures (id int, day int) PARTITION BY RANGE (id);
  CREATE TABLE measures_1 PARTITION OF measures FOR VALUES FROM (0) TO (15000);
  CREATE TABLE measures_2 PARTITION OF measures FOR VALUES FROM (15000) TO (30000);
  INSERT INTO measures SELECT id, id % 100 FROM generate_series(0, 29999) AS id;
  CREATE TABLE documents (id int, doc tsvector);
  INSERT INTO documents SELECT id, setweight(to_tsvector('simple', 'word'), CASE WHEN id % 4 = 0 THEN 'A' ELSE 'B' END::"char")
    FROM generate_series(1, 20000) AS id;
  CREATE INDEX ON documents USING gin (doc);
  CREATE TABLE ranged AS SELECT (id * 7919::bigint % 20000)::int AS n FROM generate_series(1, 20000) AS id;
  CREATE INDEX ON ranged USING brin (n);
  CREATE TABLE pairs AS SELECT id % 20 AS a, id AS b FROM generate_series(1, 20000) AS id;
  CREATE INDEX ON pairs (a, b);
  CREATE TABLE pages (id int, kind int, filler char(1000)) WITH (autovacuum_enabled = off);
  INSERT INTO pages SELECT id, id % 3, 'x' FROM generate_series(1, 9000) AS id;
  CREATE INDEX ON pages (kind);
  CREATE TABLE rewritten WITH (autovacuum_enabled = off) AS SELECT id, filler FROM pages;
  CREATE TABLE thinned (id int, filler char(1000)) WITH (autovacuum_enabled = off);
  INSERT INTO thinned SELECT id, 'x' FROM generate_series(1, 9000) AS id;
  CREATE INDEX ON thinned (id);
  CREATE TABLE "Or ders" ("Sta""tus" int, "order" int);
  INSERT INTO "Or ders" SELECT id % 100, id FROM generate_series(1, 30000) AS id;
  VACUUM (ANALYZE) events, few, documents, ranged, pairs, pages, thinned, "Or ders";
  ANALYZE measures;`

const SERIAL = { max_parallel_workers_per_gather: '0', jit: 'off', track_io_timing: 'off' }
const INDEX_ONLY = { enable_seqscan: 'off', enable_bitmapscan: 'off', enable_sort: 'off' }
const BITMAP = { enable_seqscan: 'off', enable_indexscan: 'off', enable_indexonlyscan: 'off' }
const HASHED = { enable_nestloop: 'off', enable_mergejoin: 'off' }
const PARALLEL = {
  max_parallel_workers_per_gather: '2',
  parallel_setup_cost: '0',
  parallel_tuple_cost: '0',
  min_parallel_table_scan_size: '0',
}

beforeAll(() => makeDatabase(DATABASE, TABLES.split(';')))

// Without times, so that a machine that is busy with something else does not decide what is worth a word.
const UNTIMED = 'ANALYZE, BUFFERS, VERBOSE, TIMING OFF'
const TIMED = 'ANALYZE, BUFFERS, VERBOSE'

async function modelFor(sql: string, { set = {}, options = UNTIMED }: Asked = {}): Promise<PlanModel> {
  return await explained(await connect(uri), sql, { options, set: { ...SERIAL, ...set } })
}

/** What a rule says first of a statement with times, run again until they are not disturbed. */
async function timed(rule: string, sql: string, set: Asked['set'] = {}): Promise<Found> {
  return await eventually(async () => (await findings(rule, sql, { set, options: TIMED }))[0])
}

/** What a rule says of a statement that ran just now. */
async function findings(rule: string, sql: string, asked: Asked = {}): Promise<readonly Found[]> {
  return foundBy(scanRules, rule, { model: await modelFor(sql, asked) })
}

/** The same with what the server knows beyond the plan. */
async function informed(rule: string, sql: string, asked: Asked = {}): Promise<readonly Found[]> {
  const model = await modelFor(sql, asked)
  return foundBy(scanRules, rule, { model, facts: await factsOf(model) })
}

async function factsOf(model: PlanModel): Promise<PlanFacts | null> {
  const { server } = await connected(targetOf(uri), { control: false })
  return await gatherFacts((entry, parameters) => server.run(entry, { parameters }), model)
}

async function run(...statements: readonly string[]): Promise<void> {
  const client = await connect(uri)
  for (const statement of statements) await client.query(statement)
}

function evidenceOf(found: Found | undefined, label: string): unknown {
  return found?.evidence.find((each) => each.label === label)?.value
}

describe('a sequential scan', () => {
  const rule = 'seq-scan-discards'

  test('that throws nearly all away wants an index on what it filters by', async () => {
    const found = await timed(rule, 'SELECT * FROM events WHERE day = 7')
    expect(found).toMatchObject({
      node: { type: 'Seq Scan', relation: 'events' },
      title: 'seq scan reads 40k rows to keep 400',
      remedy: 'CREATE INDEX CONCURRENTLY ON public.events (day);',
    })
    expect(evidenceOf(found, 'rows removed by filter')).toBe(39_600)
    expect(found.savesMs).toBeCloseTo((found.node?.exclWallMs ?? 0) * 0.99, 6)
  })

  test('that throws half away is a notice, and one that keeps more is none', async () => {
    const half = await findings(rule, 'SELECT * FROM events WHERE day >= 60')
    expect(half).toMatchObject([{ severity: 'notice', remedy: null }])
    expect(await findings(rule, 'SELECT * FROM events WHERE day >= 40')).toEqual([])
  })

  test('has a remedy only where the whole filter can be read', async () => {
    const set = { enable_indexscan: 'off', enable_bitmapscan: 'off' }
    const remedies = async (filter: string) =>
      (await findings(rule, `SELECT * FROM events WHERE ${filter}`, { set })).map(({ remedy }) => remedy)
    const on = (columns: string) => [`CREATE INDEX CONCURRENTLY ON public.events (${columns});`]
    expect(await remedies(`day < 3 AND kind = 2 AND late IS NOT NULL`)).toEqual([null])
    expect(await remedies(`day < 3 AND kind = 2`)).toEqual(on('kind, day'))
    expect(await remedies(`code IN ('c3', 'c5') AND 9 > day`)).toEqual(on('code, day'))
    expect(await remedies('day > 95 + (CURRENT_DATE - CURRENT_DATE)')).toEqual(on('day'))
    expect(await remedies('day = (SELECT 7)')).toEqual(on('day'))
    expect(await remedies('day = kind * 13')).toEqual([null])
    expect(await remedies('day % 100 = 7')).toEqual([null])
    expect(await remedies('day = 7 OR day = 9 AND kind = 1')).toEqual([null])
    expect(await remedies(`body LIKE '%y%'`)).toEqual([null])
    expect(await remedies('day < 3 AND late < 3 AND id > 5')).toEqual([null])
    expect(await remedies(`day = (SELECT 7) AND code <> ' AND (kind = 3)'`)).toEqual([null])
  })

  test('compares with a varchar as text', async () => {
    const [found] = await findings(rule, `SELECT * FROM events WHERE code = 'c7'`)
    expect(found).toMatchObject({ remedy: 'CREATE INDEX CONCURRENTLY ON public.events (code);' })
    expect(found?.advice).toMatch(/holds where .* is a varchar/)
  })

  test('of names that need quotes has a remedy with quotes', async () => {
    const [found] = await findings(rule, `SELECT * FROM "Or ders" WHERE "Sta""tus" = 7`)
    expect(found?.remedy).toBe('CREATE INDEX CONCURRENTLY ON public."Or ders" ("Sta""tus");')
  })

  test('asks why an index that is there was not used', async () => {
    const off = { set: { enable_indexscan: 'off', enable_bitmapscan: 'off' } }
    const [unused] = await informed(rule, 'SELECT * FROM events WHERE id < 900', off)
    expect(unused).toMatchObject({ advice: expect.stringMatching(/^Index events_id has/), remedy: null })
    const [missing] = await informed(rule, 'SELECT * FROM events WHERE day = 7', off)
    expect(missing?.remedy).toBe('CREATE INDEX CONCURRENTLY ON public.events (day);')

    await run(
      'CREATE INDEX events_late ON events (late)',
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'events_late'::regclass`,
    )
    const [invalid] = await informed(rule, 'SELECT * FROM events WHERE late = 1')
    expect(invalid?.remedy).toBe('REINDEX INDEX CONCURRENTLY public.events_late;')
    await run('DROP INDEX events_late')
  })

  test('of partitions is told once, without a statement that could not run', async () => {
    const found = await findings(rule, 'SELECT * FROM measures WHERE day = 7')
    expect(found).toMatchObject([{ title: '2 seq scans read 30k rows to keep 300', remedy: null }])
  })

  test('in parallel is told of all processes, and saves on the clock', async () => {
    const found = await timed(rule, 'SELECT id FROM events WHERE md5(repeat(body, 99)) = code', PARALLEL)
    expect(found.node?.raw.properties['Parallel Aware']).toBe(true)
    expect(Number(evidenceOf(found, 'rows removed by filter'))).toBeGreaterThan(39_590)
    const { inclSumMs = 0, participants = 0 } = found.node ?? {}
    expect(found.savesMs).toBeLessThanOrEqual(inclSumMs / participants)
  })

  test('by several equalities wants one index on all of them', async () => {
    const both = 'SELECT * FROM events WHERE day = 7 AND flag AND late = 0'
    expect(await findings('seq-scan-equalities', both)).toMatchObject([
      { remedy: 'CREATE INDEX CONCURRENTLY ON public.events (flag, day, late);' },
    ])
    expect(await findings(rule, both)).toEqual([])
    const range = 'SELECT * FROM events WHERE day = 7 AND late < 1'
    expect(await findings('seq-scan-equalities', range)).toEqual([])
    expect(await findings(rule, range)).toHaveLength(1)
  })

  test('of a correlated sub-query looks for the column that it is correlated by', async () => {
    const sql = 'SELECT (SELECT count(*) FROM events WHERE day = few.kind) FROM few'
    const [found] = await findings(rule, sql)
    expect(found).toMatchObject({
      title: 'seq scan reads 280k rows in 7 loops to keep 2.8k',
      remedy: 'CREATE INDEX CONCURRENTLY ON public.events (day);',
    })
  })
})

describe('a join', () => {
  const rule = 'seq-scan-for-few-rows'
  const few = 'SELECT * FROM events JOIN few ON few.event = events.scattered'

  test('of a few rows reads a table that an index would spare', async () => {
    const [found] = await findings(rule, few, { set: HASHED })
    expect(found).toMatchObject({ node: { relation: 'events' }, remedy: null })
    expect(found?.title).toMatch(/^seq scan reads 40k rows to join \d rows? of them$/)
    expect(await informed(rule, few, { set: HASHED })).toMatchObject([
      { advice: expect.stringMatching(/^Index events_scattered has/), remedy: null },
    ])
    const other = 'SELECT * FROM events JOIN few ON few.event = events.id + 0'
    expect(await findings(rule, other, { set: HASHED })).toMatchObject([{ remedy: null }])
    await run('DROP INDEX events_scattered')
    expect(await informed(rule, few, { set: HASHED })).toMatchObject([
      { remedy: 'CREATE INDEX CONCURRENTLY ON public.events (scattered);' },
    ])
    await run('CREATE INDEX events_scattered ON events (scattered)')
  })

  test('that needs all rows does not', async () => {
    const dimension = 'SELECT * FROM events JOIN few USING (kind)'
    expect(await findings(rule, dimension, { set: HASHED })).toEqual([])
    const outer = 'SELECT count(few.kind) FROM events LEFT JOIN few ON few.event = events.scattered'
    expect(await findings(rule, outer, { set: HASHED })).toEqual([])
  })
})

describe('a scan of an index', () => {
  test('finds what its filter throws away', async () => {
    const rule = 'index-scan-discards'
    const [found] = await findings(rule, 'SELECT * FROM events WHERE id < 30000 AND day = 7', {
      set: INDEX_ONLY,
    })
    expect(found).toMatchObject({
      node: { type: 'Index Scan' },
      title: 'index scan finds 30k rows to keep 300',
      remedy: 'CREATE INDEX CONCURRENTLY ON public.events (day, id);',
    })
    const bitmap = await findings(rule, 'SELECT * FROM events WHERE kind = 3 AND day + 0 = 7', {
      set: BITMAP,
    })
    expect(bitmap).toEqual([])
    const wide = 'SELECT * FROM events WHERE kind < 6 AND day + 0 = 7'
    expect(await findings(rule, wide, { set: BITMAP })).toMatchObject([
      { node: { type: 'Bitmap Heap Scan' }, remedy: null },
    ])
    const kept = 'SELECT * FROM events WHERE id < 30000 AND day > 40'
    expect(await findings(rule, kept, { set: INDEX_ONLY })).toEqual([])
  })

  test('jumps about a table that lies in another order', async () => {
    const rule = 'index-scan-scattered'
    const [found] = await findings(rule, 'SELECT * FROM events ORDER BY scattered', { set: INDEX_ONLY })
    expect(found).toMatchObject({ node: { indexName: 'events_scattered' } })
    expect(evidenceOf(found, 'blocks visited')).toBeGreaterThan(30_000)
    const range = 'SELECT * FROM events WHERE scattered < 30000'
    const [known] = await informed(rule, range, { set: INDEX_ONLY })
    const pages = Number(evidenceOf(known, 'pages of the table'))
    expect(pages).toBeGreaterThan(300)
    // Nobody tells how large the table is.
    expect(await findings(rule, range, { set: INDEX_ONLY })).toEqual([])
    expect(await findings(rule, 'SELECT * FROM events ORDER BY id', { set: INDEX_ONLY })).toEqual([])
  })

  test('visits the table although it would not have to', async () => {
    const rule = 'heap-fetches'
    await run(
      'CREATE TABLE fetched (id int) WITH (autovacuum_enabled = off)',
      'INSERT INTO fetched SELECT generate_series(1, 20000)',
      'CREATE INDEX ON fetched (id)',
      'ANALYZE fetched',
    )
    const sql = 'SELECT id FROM fetched WHERE id > 5'
    const [found] = await findings(rule, sql, { set: INDEX_ONLY })
    expect(found).toMatchObject({
      title: 'index-only scan visits the table 20k times for 20k rows',
      remedy: 'VACUUM public.fetched;',
    })
    expect(evidenceOf(found, 'heap fetches')).toBe(19_995)
    await run('VACUUM fetched')
    expect(await findings(rule, sql, { set: INDEX_ONLY })).toEqual([])
  })

  test('counts heap fetches once, however many loops', async () => {
    await run('UPDATE fetched SET id = id WHERE id <= 200', 'ANALYZE fetched')
    const sql =
      'SELECT count(f.id) FROM generate_series(1, 20) n CROSS JOIN LATERAL (SELECT id FROM fetched WHERE id <= 200 + n * 0 OFFSET 0) f'
    const [found] = await findings('heap-fetches', sql, { set: { ...INDEX_ONLY, enable_material: 'off' } })
    expect(found?.node?.loops).toBe(20)
    // Each loop finds 200 rows, and at most as many dead ones beside them.
    expect(Number(evidenceOf(found, 'heap fetches'))).toBeGreaterThanOrEqual(4_000)
    expect(Number(evidenceOf(found, 'heap fetches'))).toBeLessThanOrEqual(8_000)
  })

  test('could hold what it looks up', async () => {
    const rule = 'could-be-index-only'
    const joined = (columns: string) =>
      `SELECT ${columns} FROM generate_series(1, 15000) AS n JOIN events ON events.id = n`
    const set = { enable_hashjoin: 'off', enable_mergejoin: 'off', enable_memoize: 'off' }
    const known = versionNum >= 140000 ? set : { enable_hashjoin: 'off', enable_mergejoin: 'off' }
    expect(await findings(rule, joined('events.day'), { set: known })).toMatchObject([
      { severity: 'notice', remedy: null, node: { loops: 15_000 } },
    ])
    expect(await informed(rule, joined('events.day'), { set: known })).toMatchObject([
      { remedy: 'CREATE INDEX CONCURRENTLY ON public.events (id) INCLUDE (day);' },
    ])
    expect(await findings(rule, joined('events.*'), { set: known })).toEqual([])
    const locked = `${joined('events.day')} FOR UPDATE OF events`
    expect(await findings(rule, locked, { set: known })).toEqual([])
    const without = { set: known, options: 'ANALYZE, BUFFERS, TIMING OFF' }
    expect(await findings(rule, joined('events.day'), without)).toEqual([])
  })

  test('with false positives is not blamed on memory', async () => {
    const rule = 'recheck-loss'
    const weighted = await findings(rule, `SELECT id FROM documents WHERE doc @@ 'word:A'`, { set: BITMAP })
    expect(weighted).toMatchObject([{ advice: expect.stringMatching(/candidates/) }])
    expect(evidenceOf(weighted[0], 'rows removed by recheck')).toBe(15_000)
    expect(await findings(rule, `SELECT id FROM documents WHERE doc @@ 'word'`, { set: BITMAP })).toEqual([])
    const ranged = await modelFor('SELECT n FROM ranged WHERE n < 100', { set: BITMAP })
    expect(foundBy(scanRules, rule, { model: ranged })).toMatchObject([
      { advice: expect.stringMatching(/BRIN/) },
    ])
    expect(foundBy(scanRules, 'lossy-bitmap', { model: ranged })).toEqual([])
  })

  test.runIf(versionNum >= 180000)(
    'is searched for every value of a column without a condition',
    async () => {
      const rule = 'multi-probe-index'
      const [found] = await findings(rule, 'SELECT b FROM pairs WHERE b = 777', { set: INDEX_ONLY })
      expect(found).toMatchObject({ remedy: 'CREATE INDEX CONCURRENTLY ON public.pairs (b);' })
      expect(evidenceOf(found, 'index searches')).toBeGreaterThan(20)
      expect(
        await findings(rule, 'SELECT b FROM pairs WHERE a = 17 AND b = 777', { set: INDEX_ONLY }),
      ).toEqual([])
      const list = `SELECT b FROM pairs WHERE a = 7 AND b = ANY ('{27,47,67,87,107,127,147,167,187,207,227,247}')`
      expect(await findings(rule, list, { set: INDEX_ONLY })).toEqual([])
    },
  )
})

describe('a bitmap', () => {
  test('that outgrows work_mem is checked again row by row', async () => {
    const rule = 'lossy-bitmap'
    const sql = 'SELECT id FROM pages WHERE kind = 1'
    const small = await findings(rule, sql, { set: { ...BITMAP, work_mem: '64kB' } })
    expect(small).toMatchObject([{ remedy: `SET work_mem = '1MB';` }])
    expect(await findings(rule, sql, { set: { ...BITMAP, work_mem: '1MB' } })).toEqual([])
  })
})

describe('a limit', () => {
  test('may wait long for an index in the right order', async () => {
    const rule = 'wrong-index-for-limit'
    const sql = 'SELECT * FROM events WHERE late = 1 ORDER BY id LIMIT 5'
    const [found] = await findings(rule, sql, { set: INDEX_ONLY })
    expect(found).toMatchObject({ title: 'index scan reads 40k rows for a limit, to keep 5', remedy: null })
    expect(await informed(rule, sql, { set: INDEX_ONLY })).toMatchObject([
      { remedy: 'CREATE INDEX CONCURRENTLY ON public.events (late, id);' },
    ])
    const never = await modelFor('SELECT * FROM events WHERE late = 3 ORDER BY id LIMIT 5', {
      set: INDEX_ONLY,
    })
    expect(foundBy(scanRules, rule, { model: never })).toHaveLength(1)
    expect(foundBy(scanRules, 'index-scan-discards', { model: never })).toEqual([])
    const soon = 'SELECT * FROM events WHERE kind = 1 ORDER BY id LIMIT 5'
    expect(await findings(rule, soon, { set: INDEX_ONLY })).toEqual([])
  })

  test('may wait long for a table in any order', async () => {
    const late = await modelFor('SELECT * FROM events WHERE late = 1 LIMIT 5')
    expect(foundBy(scanRules, 'seq-scan-for-limit', { model: late })).toMatchObject([
      { remedy: 'CREATE INDEX CONCURRENTLY ON public.events (late);' },
    ])
    expect(foundBy(scanRules, 'seq-scan-discards', { model: late })).toEqual([])
    expect(await findings('seq-scan-for-limit', 'SELECT * FROM events WHERE day = 7 LIMIT 5')).toEqual([])
  })

  test('skips what an offset asks for', async () => {
    const rule = 'large-offset'
    const [found] = await findings(rule, 'SELECT * FROM events ORDER BY id OFFSET 20000 LIMIT 10')
    expect(found).toMatchObject({ title: 'offset skips 20k rows to give 10', node: { type: 'Limit' } })
    expect(evidenceOf(found, 'rows skipped')).toBe(20_000)
    expect(await findings(rule, 'SELECT * FROM events ORDER BY id OFFSET 5000 LIMIT 10')).toEqual([])
  })
})

describe('the cache', () => {
  const sql = 'SELECT count(filler) FROM rewritten'

  test('is cold once', async () => {
    // A rewrite goes around shared buffers.
    await run('VACUUM FULL rewritten')
    const cold = await findings('cold-cache', sql)
    expect(cold).toMatchObject([{ node: { relation: 'rewritten' }, savesMs: null }])
    expect(evidenceOf(cold[0], 'blocks read')).toBeGreaterThan(1_200)
    expect(await findings('cold-cache', sql)).toEqual([])
  })

  test('that is not there is waited for', async () => {
    const asked = { set: { track_io_timing: 'on' }, options: TIMED }
    // Seven rows a page are next to nothing beside reading it.
    const [cold, found] = await eventually(async () => {
      await run('VACUUM FULL rewritten')
      const model = await modelFor('SELECT FROM rewritten', asked)
      const [first] = foundBy(scanRules, 'io-bound', { model })
      return first === undefined ? null : ([model, first] as const)
    })
    expect(found.title).toMatch(/^seq scan waits .*ms of .*ms for I\/O$/)
    expect(found.savesMs).toBeLessThanOrEqual(found.node?.exclWallMs ?? 0)
    expect(evidenceOf(found, 'read at')).toMatch(/B\/s$/)
    expect(foundBy(scanRules, 'cold-cache', { model: cold })).toEqual([])
    expect(await findings('io-bound', 'SELECT FROM rewritten', asked)).toEqual([])
  })
})

describe('dead rows', () => {
  const sql = 'SELECT filler FROM thinned'
  const indexed = 'SELECT filler FROM thinned WHERE id < 9000'

  test('fill pages that are read for nothing', async () => {
    const before = await modelFor(sql)
    const facts = await factsOf(before)
    expect(foundBy(scanRules, 'bloat-smell', { model: before, facts })).toEqual([])
    expect(foundBy(scanRules, 'read-efficiency', { model: before })).toEqual([])
    const client = await connect(uri)
    // An open snapshot keeps index entries from being marked as dead.
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await client.query('SELECT 1')
    await run('DELETE FROM thinned WHERE id % 1000 <> 0')

    const after = await modelFor(sql)
    const [bloat] = foundBy(scanRules, 'bloat-smell', { model: after, facts })
    expect(bloat).toMatchObject({ remedy: 'VACUUM public.thinned;' })
    expect(evidenceOf(bloat, 'rows')).toBe(9)
    expect(evidenceOf(bloat, 'blocks expected')).toBeLessThan(10)
    expect(foundBy(scanRules, 'read-efficiency', { model: after, facts })).toEqual([])
    // Without the server there is only the size of what was read.
    expect(foundBy(scanRules, 'bloat-smell', { model: after })).toEqual([])
    const [inefficient] = foundBy(scanRules, 'read-efficiency', { model: after })
    expect(inefficient?.title).toBe('seq scan looks at 10 MB for 9 rows')
    const byIndex = await findings('read-efficiency', indexed, { set: INDEX_ONLY })
    expect(byIndex).toMatchObject([{ node: { type: 'Index Scan' } }])
    await client.query('ROLLBACK')
  })

  test('are no matter of searches that find nothing', async () => {
    const sql = 'SELECT count(day) FROM generate_series(100001, 110000) AS n JOIN events ON events.id = n'
    const model = await modelFor(sql, { set: { enable_hashjoin: 'off', enable_mergejoin: 'off' } })
    expect(model.nodes.find(({ relation }) => relation === 'events')?.loops).toBe(10_000)
    expect(foundBy(scanRules, 'read-efficiency', { model })).toEqual([])
  })
})

describe('a read that writes', () => {
  test('is the first after a load', async () => {
    const rule = 'dirtied-by-select'
    await run(
      'CREATE TABLE loaded (id int, filler char(1000)) WITH (autovacuum_enabled = off)',
      `INSERT INTO loaded SELECT id, 'x' FROM generate_series(1, 9000) AS id`,
      'CHECKPOINT',
    )
    const [found] = await findings(rule, 'SELECT id FROM loaded')
    expect(found).toMatchObject({ savesMs: null, remedy: 'VACUUM public.loaded;' })
    expect(evidenceOf(found, 'blocks dirtied')).toBeGreaterThan(1_200)
    expect(await findings(rule, 'SELECT id FROM loaded')).toEqual([])
    expect(await findings(rule, 'UPDATE loaded SET id = id + 1')).toEqual([])
  })
})

describe('count(*)', () => {
  const rule = 'count-all'

  test('of a whole table may be an estimate', async () => {
    const whole = 'SELECT count(*) FROM events'
    for (const asked of [{}, { options: 'ANALYZE, TIMING OFF' }, { set: INDEX_ONLY }, { set: PARALLEL }])
      expect(await findings(rule, whole, asked), JSON.stringify(asked)).toMatchObject([
        {
          title: 'count(*) reads all 40k rows',
          remedy: expect.stringMatching(/'(public\.)?events'::regclass;$/),
        },
      ])
    expect(await findings(rule, 'SELECT count(*) FROM measures')).toMatchObject([{ remedy: null }])
  })

  test('of some rows, and other aggregates, are not', async () => {
    for (const options of ['ANALYZE, TIMING OFF', 'ANALYZE, VERBOSE, TIMING OFF']) {
      expect(await findings(rule, 'SELECT count(*) FROM events WHERE id > 5', { options })).toEqual([])
      expect(await findings(rule, 'SELECT sum(id) FROM events', { options })).toEqual([])
      expect(await findings(rule, 'SELECT kind, count(*) FROM events GROUP BY kind', { options })).toEqual([])
    }
  })
})

describe('nothing is said', () => {
  test('of what never ran, and of a plan that was not executed', async () => {
    const never = await modelFor('SELECT * FROM events WHERE (SELECT false) AND day = 7')
    const planned = await modelFor('SELECT * FROM events WHERE day = 7', { options: 'VERBOSE' })
    for (const model of [never, planned])
      expect(scanRules.flatMap((rule) => foundBy(scanRules, rule.id, { model }))).toEqual([])
  })

  test('of a scan that takes next to nothing of the time', async () => {
    const sql = 'SELECT * FROM events WHERE day = 7 AND (SELECT pg_sleep(0.4)) IS NOT NULL'
    expect(await findings('seq-scan-discards', sql, { options: TIMED })).toEqual([])
    expect(await findings('seq-scan-discards', sql)).toHaveLength(1)
  })

  test('in ms of a plan without times', async () => {
    const model = await modelFor('SELECT * FROM events WHERE day = 7', {
      options: 'ANALYZE, TIMING OFF, COSTS OFF',
    })
    expect(findingsOf(model).filter(({ rule }) => rule === 'seq-scan-discards')).toMatchObject([
      { savesMs: null, share: null, severity: 'notice' },
    ])
  })
})

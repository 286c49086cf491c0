import { beforeAll, describe, expect, test } from 'vitest'
import { gatherFacts } from '#src/explain/facts.ts'
import type { PlanFacts } from '#src/plans/findings/facts.ts'
import type { Found } from '#src/plans/findings/finding.ts'
import { findingsOf } from '#src/plans/findings/findings.ts'
import { joinRules } from '#src/plans/findings/joins/rules.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import { modelOf } from '#src/plans/model/model.ts'
import { readPlan } from '#src/plans/read/read.ts'
import { connect, eventually, sharedCluster } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { connected, targetOf } from './connect-support.ts'
import { type Asked, explained, foundBy } from './findings-support.ts'

const DATABASE = 'findings_joins'
const { versionNum } = sharedCluster()
const uri = uriOf(DATABASE)

const TABLES = `
  CREATE TABLE orders AS SELECT id, (id * 7919::bigint % 60000)::int AS mixed, id % 5000 AS customer, id % 2 AS kind,
    md5(id::text) AS note FROM generate_series(1, 60000) AS id;
  CREATE UNIQUE INDEX ON orders (id);
  CREATE INDEX ON orders (customer);
  CREATE INDEX ON orders (kind);
  ALTER TABLE orders SET (parallel_workers = 2);
  CREATE TABLE customers AS SELECT id, 'customer ' || id AS name FROM generate_series(0, 4999) AS id;
  CREATE UNIQUE INDEX ON customers (id);
  CREATE TABLE "Ci ties" AS SELECT id, id % 20 AS "Zip", id % 20 AS city, 'c' || id % 20 AS name
    FROM generate_series(1, 40000) AS id;
  CREATE TABLE numbers AS SELECT n FROM generate_series(1, 1000) AS n;
  CREATE TABLE letters AS SELECT n FROM generate_series(1, 300) AS n;
  CREATE TABLE lookups AS SELECT n, n % 3000 AS often, n AS once FROM generate_series(1, 12000) AS n;
  ALTER TABLE lookups ALTER often SET (n_distinct = 10), ALTER once SET (n_distinct = 10);
  CREATE TABLE states (id int, state int) WITH (autovacuum_enabled = off);
  INSERT INTO states SELECT n, 0 FROM generate_series(1, 5000) AS n;
  CREATE TABLE never (id int, state int) WITH (autovacuum_enabled = off);
  INSERT INTO never SELECT n, 1 FROM generate_series(1, 10000) AS n;`
// A session tells what it changed when it ends at the latest, and ANALYZE of another one does not count it once more.
const STEPS = [
  TABLES,
  'ANALYZE orders, customers, "Ci ties", numbers, letters, lookups, states',
  'INSERT INTO states SELECT n, 1 FROM generate_series(5001, 10000) AS n',
]

const SERIAL = { max_parallel_workers_per_gather: '0', jit: 'off' }
const SMALL = { ...SERIAL, work_mem: '64kB' }
const PARALLEL = {
  jit: 'off',
  max_parallel_workers_per_gather: '2',
  parallel_setup_cost: '0',
  parallel_tuple_cost: '0',
}
const HASHED = { enable_nestloop: 'off', enable_mergejoin: 'off' }
const NESTED = { ...SERIAL, enable_hashjoin: 'off', enable_mergejoin: 'off' }

beforeAll(() => makeDatabase(DATABASE, STEPS))

async function modelFor(sql: string, asked: Asked = {}): Promise<PlanModel> {
  return await explained(await connect(uri), sql, { set: SERIAL, ...asked })
}

/** What a rule says of a statement that ran just now. */
async function findings(rule: string, sql: string, asked: Asked = {}): Promise<readonly Found[]> {
  return foundBy(joinRules, rule, { model: await modelFor(sql, asked) })
}

async function factsOf(model: PlanModel): Promise<PlanFacts | null> {
  const { server } = await connected(targetOf(uri), { control: false })
  return await gatherFacts((entry, parameters) => server.run(entry, { parameters }), model)
}

/** The settings with what `SET name = 'value';` says. */
function remedied(set: Readonly<Record<string, string>>, remedy: string | null | undefined) {
  const [, name, value] = /^SET (\w+) = '?(\w+)'?;$/.exec(remedy ?? '') ?? []
  if (name === undefined || value === undefined) throw new Error(`no setting: ${remedy}`)
  return { ...set, [name]: value }
}

function evidenceOf(found: Found | undefined, label: string): number {
  return Number(found?.evidence.find((each) => each.label === label)?.value)
}

/** A rule speaks of it once, its saving lies within the execution, and it is silent once its own setting is made. */
async function expectRemedied(
  rule: string,
  sql: string,
  set: Readonly<Record<string, string>>,
): Promise<Found> {
  const model = await modelFor(sql, { set })
  const [found, ...more] = foundBy(joinRules, rule, { model })
  expect(more).toEqual([])
  expect(found?.savesMs).toBeGreaterThan(0)
  expect(found?.savesMs).toBeLessThanOrEqual(model.executionMs ?? 0)
  expect(await findings(rule, sql, { set: remedied(set, found?.remedy) })).toEqual([])
  if (found === undefined) throw new Error('nothing found')
  return found
}

describe('sorts', () => {
  test('on disk stay in memory with the work_mem that is proposed, wide rows and narrow ones', async () => {
    const wide = await expectRemedied('sort-on-disk', 'SELECT * FROM orders ORDER BY note', SMALL)
    expect(wide).toMatchObject({
      node: { type: 'Sort' },
      title: expect.stringMatching(/^sort of 60k rows takes .* of disk$/),
    })
    expect(evidenceOf(wide, 'rows sorted')).toBe(60_000)
    await expectRemedied('sort-on-disk', 'SELECT mixed FROM orders ORDER BY mixed', SMALL)
  })

  test('on disk are told of each process', async () => {
    const sql = 'SELECT * FROM orders ORDER BY note'
    const found = await expectRemedied('sort-on-disk', sql, { ...PARALLEL, work_mem: '64kB' })
    const processes = evidenceOf(found, 'processes on disk')
    expect(found.title.endsWith(processes > 1 ? `in ${processes} processes` : 'of disk')).toBe(true)
    expect(processes).toBeLessThanOrEqual(found.node?.loops ?? 0)
    expect(evidenceOf(found, 'disk, of the largest')).toBeLessThanOrEqual(
      evidenceOf(found, 'disk, of all processes'),
    )
  })

  test('on disk are told of the groups of an incremental sort', async () => {
    const set = { ...SMALL, enable_seqscan: 'off', enable_bitmapscan: 'off', enable_sort: 'off' }
    const found = await expectRemedied('sort-on-disk', 'SELECT * FROM orders ORDER BY kind, note', set)
    expect(found.node?.type).toBe('Incremental Sort')
  })

  test('for a limit are spared by an index, which is proposed where there is none', async () => {
    const sql = 'SELECT * FROM orders ORDER BY mixed DESC NULLS LAST, note COLLATE "C" LIMIT 5'
    const [found] = await findings('sort-avoidable', sql)
    expect(found).toMatchObject({
      title: '60k rows are read and sorted for a limit that takes 5',
      remedy: 'CREATE INDEX CONCURRENTLY ON public.orders (mixed DESC NULLS LAST, note COLLATE "C");',
    })
    expect(found?.savesMs).toBeLessThanOrEqual(found?.node?.inclWallMs ?? 0)
    const client = await connect(uri)
    await client.query('BEGIN')
    await client.query(found?.remedy?.replace(' CONCURRENTLY', '') ?? '')
    const { rows } = await client.query(`EXPLAIN ${sql}`)
    await client.query('ROLLBACK')
    expect(JSON.stringify(rows)).not.toContain('Sort')
  })

  test('of what equals a constant are spared by an index on both', async () => {
    const [found] = await findings('sort-avoidable', 'SELECT * FROM orders WHERE kind = 1 ORDER BY mixed')
    expect(found).toMatchObject({
      savesMs: found?.node?.exclWallMs,
      remedy: 'CREATE INDEX CONCURRENTLY ON public.orders (kind, mixed);',
    })
  })

  test('of a whole table save who knows what, and those by an expression nothing', async () => {
    const [found] = await findings('sort-avoidable', 'SELECT * FROM orders ORDER BY mixed')
    expect(found).toMatchObject({ savesMs: null })
    expect(await findings('sort-avoidable', 'SELECT * FROM orders ORDER BY mixed + 0 LIMIT 5')).toEqual([])
    expect(await findings('sort-avoidable', 'SELECT * FROM customers ORDER BY name LIMIT 5')).toEqual([])
  })

  test('that an index did not spare are left alone', async () => {
    const sql = 'SELECT * FROM orders ORDER BY customer LIMIT 5'
    const model = await modelFor(sql, { set: { ...SERIAL, enable_indexscan: 'off' } })
    expect(foundBy(joinRules, 'sort-avoidable', { model })).toHaveLength(1)
    expect(foundBy(joinRules, 'sort-avoidable', { model, facts: await factsOf(model) })).toEqual([])
  })
})

describe('memory', () => {
  test('makes one batch of a hash join', async () => {
    const sql = 'SELECT count(b.note) FROM orders a JOIN orders b ON a.id = b.mixed'
    const found = await expectRemedied('hash-join-batches', sql, { ...SMALL, ...HASHED })
    expect(found.node?.type).toBe('Hash')
    expect(found.title).toMatch(/^hash table of 60k rows takes \d+ batches/)
    expect(evidenceOf(found, 'temporary blocks written')).toBeGreaterThan(0)
  })

  test('makes one batch of a hash join of several processes', async () => {
    const sql = 'SELECT count(b.note) FROM orders a JOIN orders b ON a.id = b.mixed'
    const found = await expectRemedied('hash-join-batches', sql, { ...PARALLEL, ...HASHED, work_mem: '64kB' })
    expect(evidenceOf(found, 'rows hashed')).toBeGreaterThan(59_000)
  })

  test('is not what lacks where the rows that were expected did not come', async () => {
    const sql = `SELECT count(b.note) FROM orders a
      JOIN (SELECT mixed, note FROM orders WHERE md5(note) IS NULL OFFSET 0) b ON a.id = b.mixed`
    const set = { ...SMALL, ...HASHED }
    const found = await findings('hash-join-batches', sql, { set })
    for (const { remedy } of found) expect(remedy).toBeNull()
  })

  test('keeps the groups of a hash aggregate', async () => {
    const sql = 'SELECT note, count(*), max(mixed) FROM orders GROUP BY note'
    const found = await expectRemedied('hash-aggregate-spill', sql, { ...SMALL, enable_sort: 'off' })
    expect(found.title).toMatch(/^hash aggregate of 60k groups takes .* of disk$/)
    expect(evidenceOf(found, 'groups in one process')).toBe(60_000)
  })

  test('keeps the rows of a CTE', async () => {
    const sql = `WITH o AS MATERIALIZED (SELECT * FROM orders)
      SELECT count(*), (SELECT max(note) FROM o) FROM o`
    const found = await expectRemedied('temp-files', sql, SMALL)
    expect(found.title).toMatch(/^CTE o writes .* MB to temporary files$/)
  })

  test('keeps what an aggregate sorts for itself, which is said without a number', async () => {
    const sql = 'SELECT count(DISTINCT note) FROM orders'
    const set = { ...SMALL, enable_presorted_aggregate: 'off' }
    const { enable_presorted_aggregate: _, ...older } = set
    const asked = { set: versionNum >= 160000 ? set : older }
    expect(await findings('temp-files', sql, asked)).toMatchObject([
      { node: { type: 'Aggregate' }, remedy: null },
    ])
    expect(await findings('temp-files', sql, { set: { ...SERIAL, work_mem: '64MB' } })).toEqual([])
    expect(await findings('temp-files', 'SELECT * FROM orders ORDER BY note', { set: SMALL })).toEqual([])
  })
})

const CORRELATED = `FROM "Ci ties" c JOIN orders o ON o.id = c.id WHERE c."Zip" = 7 AND c.city = 7 AND c.name = 'c7'`

describe('estimates', () => {
  test('that went wrong are named where they first did, with what rests on them', async () => {
    const model = await modelFor(`SELECT count(*) ${CORRELATED}`)
    const [found, ...more] = foundBy(joinRules, 'misestimate', { model })
    expect(more).toEqual([])
    expect(found).toMatchObject({
      node: { relation: 'Ci ties' },
      title: '5 rows expected, 2.0k rows came; a nested loop rests on that',
      remedy: 'ANALYZE public."Ci ties";',
    })
    expect(evidenceOf(found, 'wrong by')).toBe(400)
    expect(found?.savesMs).toBeLessThan(model.executionMs ?? 0)
    const told = foundBy(joinRules, 'misestimate', { model, facts: await factsOf(model) })
    expect(told).toMatchObject([{ remedy: null }])
  })

  test('that went wrong are nobody’s concern where nothing rests on them', async () => {
    const sql = `SELECT count(*) FROM "Ci ties" c WHERE c."Zip" = 7 AND c.city = 7 AND c.name = 'c7'`
    const model = await modelFor(sql)
    expect(model.nodes.some(({ estimate }) => estimate?.applicable === true && estimate.factor >= 100)).toBe(
      true,
    )
    expect(foundBy(joinRules, 'misestimate', { model })).toEqual([])
  })

  test('are not judged by rows that nobody asked for', async () => {
    const asked = { set: { ...SERIAL, enable_hashjoin: 'off', enable_nestloop: 'off' } }
    // The merge join reads the first of the orders, and the limit has enough after some.
    for (const sql of [
      'SELECT * FROM orders o JOIN letters l ON l.n = o.id',
      'SELECT * FROM orders o JOIN customers c ON c.id = o.id LIMIT 10',
    ]) {
      const model = await modelFor(sql, asked)
      expect(
        model.nodes.some(({ estimate }) => estimate?.applicable === true && estimate.factor >= 100),
      ).toBe(true)
      expect(foundBy(joinRules, 'misestimate', { model })).toEqual([])
    }
  })

  test('of columns that depend on each other are right with the statistics that are proposed', async () => {
    const client = await connect(uri)
    const [found] = foundBy(joinRules, 'correlated-columns', {
      model: await explained(client, `SELECT count(*) ${CORRELATED}`, { set: SERIAL }),
    })
    expect(found).toMatchObject({
      title: '3 columns of Ci ties seem to depend on each other',
      remedy:
        'CREATE STATISTICS "Ci ties_Zip_city_name" (dependencies, mcv) ON "Zip", city, name FROM public."Ci ties"; ANALYZE public."Ci ties";',
    })
    await client.query(found?.remedy ?? '')
    const model = await explained(client, `SELECT count(*) ${CORRELATED}`, { set: SERIAL })
    await client.query('DROP STATISTICS "Ci ties_Zip_city_name"')
    expect(foundBy(joinRules, 'correlated-columns', { model })).toEqual([])
    expect(foundBy(joinRules, 'misestimate', { model })).toEqual([])
    expect(foundBy(joinRules, 'nested-loop-explosion', { model })).toEqual([])
  })

  test('of one column are no matter of others', async () => {
    const sql = 'SELECT count(*) FROM never s JOIN orders o ON o.id = s.id WHERE s.state = 1'
    const model = await modelFor(sql)
    expect(foundBy(joinRules, 'misestimate', { model })).toHaveLength(1)
    expect(foundBy(joinRules, 'correlated-columns', { model })).toEqual([])
  })

  test('by old statistics, or by none, call for ANALYZE', async () => {
    const model = await modelFor(
      'SELECT count(*) FROM states s JOIN orders o ON o.id = s.id WHERE s.state = 1',
    )
    const found = await eventually(async () => {
      const [stale] = foundBy(joinRules, 'stale-statistics', { model, facts: await factsOf(model) })
      return stale
    })
    expect(found).toMatchObject({
      node: { relation: 'states' },
      title: '5.0k rows of states changed since the last ANALYZE',
      remedy: 'ANALYZE public.states;',
    })
    const never = await modelFor(
      'SELECT count(*) FROM never s JOIN orders o ON o.id = s.id WHERE s.state = 1',
    )
    expect(
      foundBy(joinRules, 'stale-statistics', { model: never, facts: await factsOf(never) }),
    ).toMatchObject([{ title: 'no ANALYZE of never is known' }])
    expect(foundBy(joinRules, 'stale-statistics', { model: never })).toEqual([])
  })

  test('by statistics of today do not', async () => {
    const model = await modelFor(`SELECT count(*) ${CORRELATED}`)
    expect(foundBy(joinRules, 'misestimate', { model })).toHaveLength(1)
    expect(foundBy(joinRules, 'stale-statistics', { model, facts: await factsOf(model) })).toEqual([])
  })
})

describe('nested loops', () => {
  test('that run far more often than planned are told, and those that were planned so are not', async () => {
    const [found] = await findings(
      'nested-loop-explosion',
      `SELECT count(o.note) ${CORRELATED.replace('o.id = c.id', 'o.customer = c.id % 5000')}`,
    )
    expect(found).toMatchObject({
      node: { type: 'Nested Loop' },
      title: 'nested loop runs orders o 2.0k times, planned for 5 rows',
    })
    const planned =
      'SELECT count(o.note) FROM customers c JOIN orders o ON o.customer = c.id WHERE c.id < 2000'
    expect(await findings('nested-loop-explosion', planned, { set: NESTED })).toEqual([])
  })

  test('that drop nearly every pair are told, and those that keep half are not', async () => {
    const pairs = (filter: string) => `SELECT count(*) FROM letters a JOIN letters b ON ${filter}`
    const [found] = await findings('join-filter-burn', pairs('a.n > b.n + 290'))
    // 45 of 90 000 pairs are kept.
    expect(found?.title).toBe('nested loop makes 90k pairs of rows to drop 99.9%')
    expect(evidenceOf(found, 'rows removed by join filter')).toBe(89_955)
    expect(found?.advice).toContain('Nothing but equality')
    const [either] = await findings('join-filter-burn', pairs('a.n = b.n OR a.n + 1 = b.n + 2'))
    expect(either?.advice).toContain('UNION')
    const [equal] = await findings('join-filter-burn', pairs('a.n = b.n'), { set: NESTED })
    expect(equal?.advice).toContain('compares columns for equality')
    expect(await findings('join-filter-burn', pairs('a.n > b.n'))).toEqual([])
    expect(
      await findings('join-filter-burn', `${pairs('a.n > b.n + 290').replace('count(*)', '*')} LIMIT 5`),
    ).toEqual([])
  })

  test('that pair all rows of both sides are told', async () => {
    const [found] = await findings('cartesian-product', 'SELECT count(*) FROM numbers, letters')
    expect(found).toMatchObject({ node: { type: 'Nested Loop' } })
    expect(found?.title).toMatch(/^every row with every row: .* make 300k rows$/)
    expect(found?.advice).toContain('numbers')
    expect(found?.advice).toContain('letters')
  })

  test('that pair a list with a table, or by a condition anywhere, are not', async () => {
    for (const sql of [
      'SELECT count(*) FROM numbers, (VALUES (1), (2), (3)) AS v(n)',
      'SELECT count(*) FROM numbers a JOIN letters b ON a.n > b.n',
      'SELECT count(*) FROM numbers a, LATERAL (SELECT n FROM letters b WHERE b.n <= a.n OFFSET 0) b',
      'SELECT count(*) FROM letters a, generate_series(1, a.n) b',
      'SELECT * FROM numbers, letters LIMIT 5',
    ])
      expect(await findings('cartesian-product', sql, { set: NESTED }), sql).toEqual([])
  })

  test('that go through kept rows again and again are told, a few times are not', async () => {
    const sql = 'SELECT count(*) FROM numbers a JOIN numbers b ON a.n > b.n + 990'
    const [found] = await findings('materialize-rescans', sql)
    expect(found?.title).toBe('1.0k rows of numbers b are gone through 1.0k times')
    expect(found?.savesMs).toBe(found?.node?.exclWallMs)
    const few = `${sql} WHERE a.n <= 20`
    const model = await modelFor(few, { set: NESTED })
    expect(model.nodes.map(({ type }) => type)).toContain('Materialize')
    expect(foundBy(joinRules, 'materialize-rescans', { model })).toEqual([])
  })
})

describe.runIf(versionNum >= 140000)('Memoize', () => {
  const join = (column: string) =>
    `SELECT count(o.note) FROM lookups l JOIN orders o ON o.customer = l.${column} WHERE l.n > 0`

  test('that drops what is asked for again is large enough with what is proposed', async () => {
    const found = await expectRemedied('memoize-thrash', join('often'), { ...NESTED, work_mem: '64kB' })
    expect(found.title).toMatch(/^memoize drops .* entries for lack of memory, \S+ hits$/)
    expect(evidenceOf(found, 'evictions')).toBeGreaterThan(evidenceOf(found, 'cache hits'))
  })

  test('that is asked for ever new keys is better off', async () => {
    const asked = { set: { ...NESTED, work_mem: '64MB' }, options: 'ANALYZE, TIMING OFF, VERBOSE' }
    expect(await findings('memoize-thrash', join('once'), asked)).toMatchObject([
      { savesMs: null, remedy: 'SET enable_memoize = off;' },
    ])
    expect(await findings('memoize-thrash', join('often'), asked)).toEqual([])
  })
})

describe('sub-plans', () => {
  test('that run for each of many rows are told, of a few are not', async () => {
    const sql = 'SELECT id, (SELECT count(*) FROM orders o WHERE o.customer = c.id) FROM customers c'
    const [found] = await findings('hot-subplan', `${sql} WHERE id < 2000`)
    expect(found).toMatchObject({ title: 'SubPlan 1 runs 2.0k times, once for each row', remedy: null })
    expect(found?.savesMs).toBeLessThan(found?.node?.inclWallMs ?? 0)
    expect(await findings('hot-subplan', `${sql} WHERE id < 900`)).toEqual([])
    expect(await findings('hot-subplan', `${sql} LIMIT 2000`)).toEqual([])
  })

  test('that read a table for each row are given an index', async () => {
    const sql = 'SELECT n, (SELECT count(*) FROM letters l WHERE l.n = numbers.n) FROM numbers'
    const [found] = await findings('hot-subplan', sql)
    expect(found).toMatchObject({ remedy: 'CREATE INDEX CONCURRENTLY ON public.letters (n);' })
  })

  test('of NOT IN are hashed with the work_mem that is proposed', async () => {
    const sql = 'SELECT count(*) FROM numbers WHERE n NOT IN (SELECT id FROM customers)'
    const found = await expectRemedied('not-in-unhashed', sql, SMALL)
    expect(found.title).toBe('NOT IN goes through SubPlan 1 1.0k times')
    expect(await findings('hot-subplan', sql, { set: SMALL })).toEqual([])
  })

  test('of NOT EXISTS, or of a condition that is negated, are not taken for NOT IN', async () => {
    for (const sql of [
      'SELECT count(*) FROM orders o WHERE kind = 5 OR NOT EXISTS (SELECT FROM customers c WHERE c.id = o.customer)',
      'SELECT count(*) FROM orders o WHERE NOT (SELECT c.id > 7 FROM customers c WHERE c.id = o.customer)',
    ]) {
      const model = await modelFor(sql, { set: SMALL })
      expect(model.nodes.some(({ kind, loops }) => kind === 'SubPlan' && (loops ?? 0) > 100)).toBe(true)
      expect(foundBy(joinRules, 'not-in-unhashed', { model })).toEqual([])
    }
  })
})

describe('CTEs', () => {
  test('that are made for a few of their rows are told', async () => {
    const sql = 'WITH o AS MATERIALIZED (SELECT * FROM orders) SELECT * FROM o WHERE id < 10'
    const model = await modelFor(sql)
    const [found] = foundBy(joinRules, 'cte-filtered', { model })
    expect(found).toMatchObject({
      node: { type: 'CTE Scan' },
      title: 'CTE o makes 60k rows, of which 9 rows are used',
    })
    expect(found?.savesMs).toBeLessThanOrEqual(model.executionMs ?? 0)
  })

  test('that a reader needs as a whole, or that are recursive, are not', async () => {
    for (const sql of [
      'WITH o AS MATERIALIZED (SELECT * FROM orders) SELECT *, (SELECT count(*) FROM o) FROM o WHERE id < 10',
      'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 20000) SELECT * FROM r WHERE n < 10',
    ])
      expect(await findings('cte-filtered', sql), sql).toEqual([])
  })
})

describe('what a plan does not tell', () => {
  const STATEMENTS = [
    'SELECT * FROM orders ORDER BY note',
    'SELECT note, count(*) FROM orders GROUP BY note',
    'SELECT count(b.note) FROM orders a JOIN orders b ON a.id = b.mixed',
    `SELECT count(*) ${CORRELATED}`,
    'SELECT count(*) FROM letters a JOIN letters b ON a.n > b.n + 290',
    'SELECT count(*) FROM numbers WHERE n NOT IN (SELECT id FROM customers)',
    'WITH o AS MATERIALIZED (SELECT * FROM orders) SELECT * FROM o WHERE id < 10',
    'SELECT count(o.note) FROM lookups l JOIN orders o ON o.customer = l.often',
  ]

  test('is not made up: a plan that was not run has nothing to say', async () => {
    for (const sql of STATEMENTS) {
      const model = await modelFor(sql, { set: SMALL, options: 'VERBOSE' })
      for (const { id } of joinRules) expect(foundBy(joinRules, id, { model })).toEqual([])
    }
  })

  test('is done without', async () => {
    const client = await connect(uri)
    for (const [name, value] of Object.entries(SMALL)) await client.query(`SET ${name} = '${value}'`)
    for (const sql of STATEMENTS)
      for (const options of ['COSTS OFF', 'TIMING OFF, SUMMARY OFF']) {
        const { rows } = await client.query(`EXPLAIN (ANALYZE, ${options}) ${sql}`)
        const read = readPlan(rows.map((row) => row['QUERY PLAN']).join('\n'))
        const [statement] = read.ok ? read.document.statements : []
        if (statement === undefined) throw new Error('no plan')
        const model = modelOf(statement)
        for (const found of findingsOf(model)) {
          expect(found.title, sql).not.toMatch(/NaN|undefined|null|Infinity/)
          expect(found.savesMs === null || model.hasTiming).toBe(true)
        }
      }
  })
})

import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startCluster } from '#src/demo/cluster.ts'
import { gatherFacts } from '#src/explain/facts.ts'
import type { PlanFacts } from '#src/plans/findings/facts.ts'
import type { Found } from '#src/plans/findings/finding.ts'
import { statementRules } from '#src/plans/findings/statement/rules.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import { connect, sharedCluster } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { connected, targetOf } from './connect-support.ts'
import { type Asked, explained, foundBy } from './findings-support.ts'

const DATABASE = 'findings_statement'
const { versionNum, port, password } = sharedCluster()
const uri = uriOf(DATABASE)

const SERVERS = ['one', 'two', 'three', 'four']
  .map(
    (name) => `
  CREATE SERVER ${name} FOREIGN DATA WRAPPER postgres_fdw
    OPTIONS (host '127.0.0.1', port '${port}', dbname '${DATABASE}');
  CREATE USER MAPPING FOR CURRENT_USER SERVER ${name} OPTIONS (user 'postgres', password '${password}');
  CREATE FOREIGN TABLE orders_${name} (id int, customer int, total int, note text)
    SERVER ${name} OPTIONS (table_name 'orders');
  CREATE FOREIGN TABLE slow_${name} (id int) SERVER ${name} OPTIONS (table_name 'slow_view');`,
  )
  .join('')

const TABLES = `
  CREATE TABLE orders AS SELECT id, id % 1000 AS customer, id % 97 AS total, repeat('x', 200) AS note
    FROM generate_series(1, 60000) AS id;
  CREATE UNIQUE INDEX ON orders (id);
  ALTER TABLE orders SET (parallel_workers = 2);
  CREATE FUNCTION unmarked(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 = 5; END';
  CREATE FUNCTION marked(int) RETURNS boolean LANGUAGE plpgsql PARALLEL SAFE AS 'BEGIN RETURN $1 = 5; END';
  CREATE FUNCTION restricted(int) RETURNS boolean LANGUAGE plpgsql PARALLEL RESTRICTED AS
    'BEGIN RETURN $1 = 5; END';
  CREATE FUNCTION "Slow rows"() RETURNS SETOF int LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(0.03); RETURN NEXT 1; END';
  CREATE FUNCTION slow_sum(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.03); RETURN 1; END';

  CREATE TABLE parents (id int PRIMARY KEY);
  INSERT INTO parents SELECT generate_series(1, 1000);
  CREATE TABLE "Chil dren" ("pa""rent" int CONSTRAINT bare_fk REFERENCES parents);
  INSERT INTO "Chil dren" SELECT 1 + id % 900 FROM generate_series(1, 30000) AS id;
  CREATE TABLE served_parents (id int PRIMARY KEY);
  INSERT INTO served_parents SELECT generate_series(1, 2000);
  CREATE TABLE served (parent int CONSTRAINT served_fk REFERENCES served_parents);
  CREATE INDEX ON served (parent);
  CREATE TABLE watched (id int);
  CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(0.01); RETURN NULL; END';
  CREATE TRIGGER watching AFTER INSERT ON watched FOR EACH ROW EXECUTE FUNCTION watch();

  CREATE TABLE events (id int, day int, kind int) PARTITION BY RANGE (day);
  DO $$ BEGIN FOR n IN 1..12 LOOP
    EXECUTE format('CREATE TABLE events_%s PARTITION OF events FOR VALUES FROM (%s) TO (%s)', n, n, n + 1);
  END LOOP; END $$;
  INSERT INTO events SELECT id, 1 + id % 12, id % 7 FROM generate_series(1, 60000) AS id;

  CREATE EXTENSION postgres_fdw;
  CREATE VIEW slow_view AS SELECT 1 AS id FROM pg_sleep(0.05);
  ${SERVERS}
  ALTER SERVER three OPTIONS (ADD use_remote_estimate 'true');
  ANALYZE;`

const SERIAL = { max_parallel_workers_per_gather: '0', jit: 'off' }
const PARALLEL = {
  jit: 'off',
  max_parallel_workers_per_gather: '2',
  parallel_setup_cost: '0',
  parallel_tuple_cost: '0',
}

beforeAll(() => makeDatabase(DATABASE, [TABLES]))

/** What a rule says of a statement that ran just now. */
async function findings(rule: string, sql: string, asked: Asked = {}): Promise<readonly Found[]> {
  const model = await explained(await connect(uri), sql, { set: SERIAL, ...asked })
  return foundBy(statementRules, rule, { model })
}

/** The same with what the server knows beyond the plan. */
async function informed(rule: string, sql: string, asked: Asked = {}): Promise<readonly Found[]> {
  const model = await explained(await connect(uri), sql, { set: SERIAL, ...asked })
  return foundBy(statementRules, rule, { model, facts: await factsOf(model) })
}

async function factsOf(model: PlanModel): Promise<PlanFacts | null> {
  const { server } = await connected(targetOf(uri), { control: false })
  return await gatherFacts((entry, parameters) => server.run(entry, { parameters }), model)
}

function evidenceOf(found: Found | undefined, label: string): unknown {
  return found?.evidence.find((each) => each.label === label)?.value
}

describe('workers', () => {
  const sql = 'SELECT count(*) FROM orders WHERE total >= 0'

  test('that were not launched are missed', async () => {
    const [found] = await findings('workers-not-launched', sql, {
      set: { ...PARALLEL, max_parallel_workers: '0' },
    })
    expect(found).toMatchObject({
      title: '0 of 2 planned workers launched',
      remedy: 'SET max_parallel_workers = 2;',
    })
    // Three shares instead of one leave a third.
    expect((found?.savesMs ?? 0) / (found?.node?.children[0]?.inclWallMs ?? 0)).toBeCloseTo(2 / 3, 6)
  })

  test('that were launched are not', async () => {
    expect(await findings('workers-not-launched', sql, { set: PARALLEL })).toEqual([])
  })

  test('with uneven shares are named, and with even ones neither they nor their start', async () => {
    const one = `SELECT count(*) FROM orders WHERE CASE WHEN id = 777 THEN pg_sleep(0.3) IS NULL ELSE total >= 0 END`
    const [found] = await findings('parallel-imbalance', one, { set: PARALLEL })
    expect(found?.title).toMatch(
      /^(leader|worker \d) works \d\.\d times as long as the mean of [23] processes$/,
    )
    expect(found?.advice).toMatch(/no more rows|more of the rows/)
    expect(found?.savesMs).toBeLessThan(evidenceOf(found, 'slowest') as number)

    const even = `SELECT count(*) FROM orders WHERE CASE WHEN id % 100 = 0 THEN pg_sleep(0.005) IS NULL ELSE true END`
    const model = await explained(await connect(uri), even, { set: PARALLEL })
    expect(foundBy(statementRules, 'parallel-imbalance', { model })).toEqual([])
    expect(foundBy(statementRules, 'parallel-overhead', { model })).toEqual([])
  })

  test('that hand over all rows cost more than they do', async () => {
    const [found] = await findings('parallel-overhead', 'SELECT id, total FROM orders', { set: PARALLEL })
    expect(found?.title).toMatch(/^collecting 60k rows from workers takes/)
    expect(found?.savesMs).toBeLessThanOrEqual(found?.node?.leaderExclRawMs ?? 0)
  })

  test('that a function keeps away are given back by marking it', async () => {
    const rule = 'parallel-disabled-by-function'
    const unmarked = 'SELECT count(*) FROM orders WHERE unmarked(total)'
    const [found] = await informed(rule, unmarked, { set: PARALLEL })
    expect(found).toMatchObject({
      node: { type: 'Seq Scan' },
      title: expect.stringMatching(/^unmarked may keep workers from/),
      remedy: 'ALTER FUNCTION public.unmarked(integer) PARALLEL SAFE;',
    })
    const restricted = await informed(rule, 'SELECT count(*) FROM orders WHERE restricted(total)', {
      set: PARALLEL,
    })
    expect(restricted).toMatchObject([{ evidence: [{ value: 'PARALLEL RESTRICTED' }, {}] }])

    expect(
      await informed(rule, 'SELECT count(*) FROM orders WHERE marked(total)', { set: PARALLEL }),
    ).toEqual([])
    expect(await informed(rule, unmarked)).toEqual([])
    expect(
      await informed(rule, 'UPDATE orders SET total = 0 WHERE unmarked(total)', { set: PARALLEL }),
    ).toEqual([])
    expect(await findings(rule, unmarked, { set: PARALLEL })).toEqual([])
  })
})

describe('JIT', () => {
  const [withLlvm] = globSync('/usr/lib/postgresql/*/bin').filter((bin) =>
    existsSync(join(bin, '../lib/llvmjit.so')),
  )

  test.runIf(withLlvm !== undefined)('costs more than a short statement gains', async () => {
    const cluster = await startCluster({ binaries: withLlvm ?? '' })
    onTestFinished(() => cluster.stop())
    const client = await connect(cluster.uri)
    await client.query('CREATE TABLE numbers AS SELECT generate_series(1, 20000) AS n')
    const sql = 'SELECT sum(n + 1) FROM numbers WHERE n > 5'
    const compiled = {
      jit: 'on',
      jit_above_cost: '0',
      jit_inline_above_cost: '0',
      jit_optimize_above_cost: '0',
    }
    const model = await explained(client, sql, { set: compiled })
    const [found] = foundBy(statementRules, 'jit-too-costly', { model })
    expect(found).toMatchObject({ remedy: 'SET jit = off;', savesMs: model.jit?.totalMs })
    expect(found?.evidence.map(({ label }) => label)).toContain('optimization')
    const interpreted = await explained(client, sql, { set: { jit: 'off' } })
    expect(foundBy(statementRules, 'jit-too-costly', { model: interpreted })).toEqual([])
    // Compiled as well, and next to nothing of a statement that sleeps.
    const long = await explained(client, `${sql} AND (SELECT pg_sleep(2)) IS NOT NULL`, { set: compiled })
    expect(long.jit).not.toBeNull()
    expect(foundBy(statementRules, 'jit-too-costly', { model: long })).toEqual([])
  })
})

describe('triggers', () => {
  test('of a foreign key without an index are given one', async () => {
    const [found] = await informed('trigger-time', 'DELETE FROM parents WHERE id BETWEEN 951 AND 970')
    expect(found).toMatchObject({
      title: expect.stringMatching(/^foreign key bare_fk takes .* in 20 calls$/),
      remedy: 'CREATE INDEX CONCURRENTLY ON public."Chil dren" ("pa""rent");',
    })
  })

  test('of one with an index are not', async () => {
    const [found] = await informed('trigger-time', 'DELETE FROM served_parents')
    expect(found).toMatchObject({ advice: expect.stringContaining('an index that is there'), remedy: null })
    const slow = 'DELETE FROM served_parents WHERE id = 5 AND (SELECT pg_sleep(0.1)) IS NOT NULL'
    expect(await informed('trigger-time', slow)).toEqual([])
  })

  test('of the referencing table look up a key', async () => {
    const [found] = await informed(
      'trigger-time',
      'INSERT INTO served SELECT 1 + n % 900 FROM generate_series(1, 5000) n',
    )
    expect(found).toMatchObject({ advice: expect.stringContaining('NOT VALID'), remedy: null })
  })

  test('that a user wrote are looked into', async () => {
    const [found] = await findings('trigger-time', 'INSERT INTO watched VALUES (1), (2)')
    expect(found).toMatchObject({ title: expect.stringMatching(/^trigger watching takes .* in 2 calls$/) })
    expect(found?.remedy).toContain('log_nested_statements')
  })
})

describe('planning', () => {
  test('of many joins takes longer than to run them', async () => {
    const joins = Array.from({ length: 9 }, (_, n) => `JOIN parents p${n} ON p${n}.id = p.id`).join(' ')
    const [found] = await findings('planning-heavy', `SELECT * FROM parents p ${joins} WHERE p.id = -1`, {
      set: { ...SERIAL, join_collapse_limit: '12' },
    })
    expect(found).toMatchObject({
      severity: 'warning',
      advice: expect.stringContaining('join_collapse_limit'),
    })
    expect(found?.savesMs).toBe(evidenceOf(found, 'planning'))
  })

  test('of a plain statement does not', async () => {
    expect(await findings('planning-heavy', 'SELECT count(*) FROM orders')).toEqual([])
  })
})

describe('WAL', () => {
  const options = 'ANALYZE, BUFFERS, WAL'

  test('of whole pages after a checkpoint is told, that of many rows a page is not', async () => {
    const cluster = await startCluster({
      binaries: sharedCluster().binaries,
      settings: { full_page_writes: 'on', wal_buffers: '16MB' },
    })
    onTestFinished(() => cluster.stop())
    const client = await connect(cluster.uri)
    await client.query(`CREATE TABLE wide (note text); ALTER TABLE wide ALTER note SET STORAGE PLAIN;
      INSERT INTO wide SELECT repeat('x', 7000) FROM generate_series(1, 300);
      CREATE TABLE narrow AS SELECT generate_series(1, 60000) AS id`)
    // VACUUM sets the hint bits: where pages have checksums, the scan would write the pages for them.
    await client.query('VACUUM wide, narrow')
    await client.query('CHECKPOINT')
    const wide = await explained(client, 'DELETE FROM wide', { options })
    const [found] = foundBy(statementRules, 'wal-heavy', { model: wide })
    expect(found).toMatchObject({
      node: { type: 'ModifyTable' },
      savesMs: null,
      remedy: 'SET wal_compression = on;',
    })
    expect(evidenceOf(found, 'whole pages')).toBeGreaterThanOrEqual(300)
    const narrow = await explained(client, 'DELETE FROM narrow', { options })
    expect(narrow.root?.exclBuffers['WAL FPI']).toBeGreaterThan(128)
    expect(foundBy(statementRules, 'wal-heavy', { model: narrow })).toEqual([])
  })

  test.runIf(versionNum >= 180000)('that finds its buffers full is told', async () => {
    const set = { ...SERIAL, synchronous_commit: 'off' }
    const [found] = await findings('wal-heavy', 'UPDATE orders SET total = total + 1', { options, set })
    expect(found).toMatchObject({ title: expect.stringMatching(/^WAL buffers were full /), remedy: null })
    expect(
      await findings('wal-heavy', 'UPDATE orders SET total = 0 WHERE id < 50', { options, set }),
    ).toEqual([])
  })
})

describe('partitions', () => {
  test('that are searched in vain could be left out', async () => {
    const [found] = await findings('no-partition-pruning', 'SELECT count(*) FROM events WHERE day + 0 = 5')
    expect(found).toMatchObject({
      node: { type: 'Append' },
      title: expect.stringMatching(/^11 of 12 partitions are searched in vain for/),
    })
    expect(found?.savesMs).toBeLessThan(found?.node?.inclWallMs ?? 0)
  })

  test('that are left out, or all have rows, are not', async () => {
    for (const where of ['day = 5', 'day > 1', 'kind = 3', 'day = (SELECT 5)'])
      expect(await findings('no-partition-pruning', `SELECT count(*) FROM events WHERE ${where}`)).toEqual([])
  })

  test.runIf(versionNum >= 160000)('of a generic plan are all planned', async () => {
    const options = 'GENERIC_PLAN'
    const sql = 'SELECT * FROM events WHERE day ='
    const found = await findings('no-partition-pruning', `${sql} $1`, { options })
    expect(found).toMatchObject([{ title: 'all 12 partitions are planned, whatever the value is' }])
    expect(await findings('no-partition-pruning', `${sql} 5`, { options: 'COSTS' })).toEqual([])
  })
})

describe('foreign tables', () => {
  const slow = 'slow-foreign-scan'

  test('filtered here send too much', async () => {
    const [found] = await findings(slow, 'SELECT * FROM orders_one WHERE unmarked(total)')
    expect(found?.title).toBe('sends 60k rows over, of which a filter here keeps 619')
    expect(evidenceOf(found, 'remote SQL')).toContain('SELECT')
  })

  test('aggregated or joined here do too', async () => {
    const [found] = await findings(slow, 'SELECT sum(CASE WHEN unmarked(total) THEN 1 END) FROM orders_one')
    expect(found?.title).toBe('sends 60k rows over, to be aggregated into 1 here')
    const joined = await findings(
      slow,
      'SELECT * FROM orders_one a JOIN orders_two b ON a.id = b.id AND a.total <> b.total',
    )
    expect(joined.map(({ title }) => title)).toEqual(
      Array(2).fill('sends 60k rows over, to be joined into 0 here'),
    )
  })

  test('asked for each row take a round trip each', async () => {
    const [found] = await findings(
      slow,
      `SELECT * FROM generate_series(1, 150) g
         CROSS JOIN LATERAL (SELECT note FROM orders_one o WHERE o.id = g OFFSET 0) o`,
    )
    expect(found?.title).toBe('asks the other server 150 times')
  })

  test('that do all of it over there are as they should be', async () => {
    for (const sql of [
      'SELECT * FROM orders_one WHERE total = 5',
      'SELECT count(*) FROM orders_one',
      'SELECT count(*) FROM orders_three a JOIN orders_three b ON a.id = b.id WHERE a.total < 3',
      'SELECT * FROM orders_one WHERE unmarked(total) LIMIT 1',
    ])
      expect(
        (await findings(slow, sql)).map(({ title }) => title),
        sql,
      ).toEqual([])
  })

  test('of two servers wait for each other', async () => {
    const sql = 'SELECT * FROM slow_one UNION ALL SELECT * FROM slow_two'
    const found = await findings('sequential-foreign-scans', sql)
    if (versionNum < 140000) return expect(found).toEqual([])
    expect(found).toMatchObject([
      {
        title: expect.stringMatching(/^2 foreign scans run one after the other, for /),
        remedy: `ALTER FOREIGN TABLE public.slow_one OPTIONS (ADD async_capable 'true');
ALTER FOREIGN TABLE public.slow_two OPTIONS (ADD async_capable 'true');`,
      },
    ])
    expect(found[0]?.savesMs).toBeGreaterThanOrEqual(50)
  })

  test.runIf(versionNum >= 140000)('that are asked at once do not', async () => {
    const client = await connect(uri)
    for (const name of ['three', 'four'])
      await client.query(`ALTER FOREIGN TABLE slow_${name} OPTIONS (ADD async_capable 'true')`)
    const sql = 'SELECT * FROM slow_three UNION ALL SELECT * FROM slow_four'
    expect(await findings('sequential-foreign-scans', sql)).toEqual([])
    const off = await findings('sequential-foreign-scans', sql, {
      set: { ...SERIAL, enable_async_append: 'off' },
    })
    expect(off).toMatchObject([{ remedy: 'SET enable_async_append = on;' }])
  })
})

describe('the result', () => {
  const rule = 'slow-result-delivery'

  test('of many wide rows is told of, as its way is in no time', async () => {
    const found = await findings(rule, 'SELECT id::text::char(500) FROM orders LIMIT 12000')
    expect(found).toMatchObject([{ title: '12k rows of about 2.0 kB each go to the client', savesMs: null }])
    expect(await findings(rule, 'SELECT id::text::char(500) FROM orders LIMIT 5000')).toEqual([])
    expect(await findings(rule, 'SELECT * FROM orders')).toEqual([])
  })

  test.runIf(versionNum >= 170000)('takes longer to write than to find', async () => {
    const options = 'ANALYZE, SERIALIZE TEXT'
    const [found] = await findings(rule, 'SELECT o.*, o.* FROM orders o', { options })
    expect(found?.title).toMatch(/^making the result into text takes \d+(\.\d)?% of the execution$/)
    expect(found?.savesMs).toBe(evidenceOf(found, 'serialization'))
    expect(await findings(rule, 'SELECT count(*) FROM orders', { options })).toEqual([])
  })
})

describe('settings', () => {
  test('that switch a node off and get it all the same are told', async () => {
    const set = { ...SERIAL, enable_seqscan: 'off' }
    const sql = 'SELECT count(*) FROM orders WHERE total = 5'
    for (const options of ['ANALYZE, SETTINGS', 'SETTINGS'])
      expect(await findings('disabled-node', sql, { set, options })).toMatchObject([
        {
          node: { type: 'Seq Scan' },
          title: 'Seq Scan is used though enable_seqscan is off',
          remedy: 'SET enable_seqscan = on;',
          severity: 'warning',
        },
      ])
    expect(await findings('disabled-node', sql)).toEqual([])
    expect(await findings('disabled-node', 'SELECT * FROM orders WHERE id = 5', { set })).toEqual([])
  })

  test('that differ from their defaults are listed', async () => {
    const [found] = await findings('planner-settings', 'SELECT 1', { set: { work_mem: '64kB' } })
    expect(found).toMatchObject({
      title: '1 planner setting not at the default',
      severity: 'notice',
      savesMs: null,
    })
    expect(evidenceOf(found, 'work_mem')).toBe('64kB')
    const [off] = await findings('planner-settings', 'SELECT 1', { set: { enable_hashjoin: 'off' } })
    expect(off).toMatchObject({ severity: 'warning', remedy: 'SET enable_hashjoin = on;' })
  })

  test('that only say where names are looked up are not, nor those that were not asked for', async () => {
    expect(await findings('planner-settings', 'SELECT 1', { set: { search_path: 'public' } })).toEqual([])
    expect(await findings('planner-settings', 'SELECT 1', { set: SERIAL, options: 'ANALYZE' })).toEqual([])
  })
})

describe('time', () => {
  test('outside of the root is shown where it is', async () => {
    const insert = 'WITH i AS (INSERT INTO parents SELECT generate_series(2000, 9000) RETURNING id)'
    const found = await findings('time-outside-root', `${insert} SELECT 1`)
    expect(found).toMatchObject([{ node: { type: 'ModifyTable' }, savesMs: null }])
    expect(await findings('time-outside-root', `${insert} SELECT count(*) FROM i`)).toEqual([])
  })

  test('within functions is looked into', async () => {
    const rule = 'function-hides-work'
    const [scan] = await findings(rule, 'SELECT * FROM "Slow rows"()')
    expect(scan?.title).toMatch(/^public\."Slow rows" takes|^"Slow rows" takes/)
    expect(scan?.remedy).toContain('log_nested_statements')
    const [result] = await findings(rule, 'SELECT slow_sum(1)')
    expect(result?.title).toMatch(/^slow_sum takes/)
    const [unprinted] = await findings(rule, 'SELECT slow_sum(1)', { options: 'ANALYZE' })
    expect(unprinted?.title).toMatch(/^the target list takes/)
    for (const options of ['ANALYZE', 'ANALYZE, VERBOSE'])
      expect(await findings(rule, 'SELECT count(*) FROM generate_series(1, 100000)', { options })).toEqual([])
  })

  test('that was rounded too often is doubted', async () => {
    const [found] = await findings(
      'unreliable-timings',
      'SELECT count((SELECT o.id + 1 OFFSET 0)) FROM orders o',
    )
    expect(found?.title).toMatch(/may be off by 30ms$/)
    expect(await findings('unreliable-timings', 'SELECT count(*) FROM orders')).toEqual([])
  })

  test('that was not measured is missed', async () => {
    const found = await findings('unreliable-timings', 'SELECT 1', { options: 'ANALYZE, TIMING OFF' })
    expect(found).toMatchObject([{ node: null, title: 'the nodes have no times: TIMING was off' }])
    expect(await findings('unreliable-timings', 'SELECT 1', { options: 'COSTS' })).toEqual([])
  })
})

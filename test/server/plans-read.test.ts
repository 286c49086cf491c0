import pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import type { PlanObject, PlanValue, RawNode, RawStatement } from '#src/plans/plan.ts'
import { readPlan } from '#src/plans/read/read.ts'
import { connect, sharedCluster } from '#test/support/cluster.ts'

const SCHEMA = `
  DROP SCHEMA IF EXISTS plans_read CASCADE;
  CREATE SCHEMA plans_read;
  SET search_path = plans_read;
  CREATE TABLE customers (id int PRIMARY KEY, region text, name text);
  INSERT INTO customers SELECT i, CASE WHEN i % 4 = 0 THEN 'apac' ELSE 'emea' END, 'c' || i FROM generate_series(1, 2000) AS i;
  CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, total numeric, note text);
  INSERT INTO orders SELECT i, 1 + i % 2000, i % 97, repeat('x', 40) FROM generate_series(1, 20000) AS i;
  CREATE INDEX orders_customer ON orders (customer_id);
  CREATE TABLE events (id int, at date) PARTITION BY RANGE (id);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (1000);
  CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (1000) TO (2000);
  INSERT INTO events SELECT i, date '2025-01-01' + i % 300 FROM generate_series(1, 1999) AS i;
  CREATE TABLE "We ird -> (Tbl)" ("sel ect" text, "Id 'x" int);
  INSERT INTO "We ird -> (Tbl)" SELECT 'v' || i, i FROM generate_series(1, 100) AS i;
  CREATE INDEX "idx on (weird)  x" ON "We ird -> (Tbl)" ("Id 'x");
  CREATE TABLE audit (id int);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER orders_note AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION note();
  ANALYZE;
`

const PARALLEL = `SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET max_parallel_workers_per_gather = 2;
  SET min_parallel_table_scan_size = 0; SET min_parallel_index_scan_size = 0`

type Query = readonly [name: string, sql: string, settings?: string]

/** Settings that only these queries get, and the queries: each for a line of text that has its own shape. */
const QUERIES: readonly Query[] = [
  ['a filter', 'SELECT * FROM orders WHERE total > 90'],
  ['an index scan backward', 'SELECT * FROM orders ORDER BY id DESC LIMIT 3'],
  [
    'an index-only scan',
    'SELECT customer_id FROM orders WHERE customer_id < 10',
    'SET enable_seqscan = off; SET enable_bitmapscan = off',
  ],
  ['bitmaps', 'SELECT * FROM orders WHERE customer_id < 5 OR id < 10', 'SET enable_seqscan = off'],
  [
    'quoted names',
    `SELECT * FROM "We ird -> (Tbl)" AS w WHERE w."Id 'x" < 7 AND w."sel ect" <> '(cost=1.00..2.00 rows=3 width=4)'`,
    'SET enable_seqscan = off',
  ],
  [
    'a literal of several lines',
    `SELECT * FROM customers WHERE name <> 'line1\n  ->  Seq Scan on fake  (cost=0.00..1.00 rows=1 width=1)\nFilter: x' AND region = 'apac'`,
  ],
  ['a hash join', 'SELECT count(*) FROM orders AS o LEFT JOIN customers AS c ON c.id = o.customer_id'],
  [
    'a merge join',
    'SELECT * FROM orders AS o JOIN customers AS c ON c.id = o.customer_id',
    'SET enable_hashjoin = off; SET enable_nestloop = off',
  ],
  [
    'a nested loop with what is not needed again',
    'SELECT * FROM orders AS o JOIN customers AS c ON c.id = o.customer_id',
    'SET enable_hashjoin = off; SET enable_mergejoin = off',
  ],
  [
    'anti and semi joins',
    'SELECT * FROM customers AS c WHERE NOT EXISTS (SELECT FROM orders AS o WHERE o.customer_id = c.id) OR c.id IN (SELECT id FROM audit)',
  ],
  [
    'batches of a hash',
    'SELECT * FROM orders AS a JOIN orders AS b ON a.note = b.note AND a.id = b.id',
    "SET work_mem = '64kB'; SET enable_mergejoin = off; SET enable_nestloop = off",
  ],
  ['a sort on disk', 'SELECT * FROM orders ORDER BY note, total', "SET work_mem = '64kB'"],
  [
    'an incremental sort',
    'SELECT * FROM orders ORDER BY customer_id, total DESC',
    'SET enable_sort = off; SET enable_seqscan = off',
  ],
  [
    'a hash aggregate on disk',
    'SELECT id, count(*) FROM orders GROUP BY id',
    "SET work_mem = '64kB'; SET enable_sort = off; SET enable_indexscan = off; SET enable_indexonlyscan = off",
  ],
  [
    'grouping sets',
    'SELECT region, name, count(*) FROM customers GROUP BY GROUPING SETS ((region, name), (region), ())',
  ],
  [
    'a cube',
    'SELECT region, id % 3, count(*) FROM customers GROUP BY CUBE (region, id % 3)',
    'SET enable_hashagg = off',
  ],
  ['hashed sets', 'SELECT region, id % 3, count(*) FROM customers GROUP BY GROUPING SETS (region, id % 3)'],
  ['a window', 'SELECT id, row_number() OVER (PARTITION BY region ORDER BY id) FROM customers'],
  ['set operations', 'SELECT id FROM orders EXCEPT ALL SELECT id FROM customers'],
  [
    'parallel workers',
    'SELECT customer_id, sum(total) FROM orders GROUP BY customer_id ORDER BY 1',
    PARALLEL,
  ],
  [
    'a parallel hash',
    'SELECT count(*) FROM orders AS o JOIN customers AS c ON c.id = o.customer_id',
    PARALLEL,
  ],
  [
    'parallel bitmaps',
    'SELECT count(*) FROM orders WHERE customer_id < 900',
    `${PARALLEL}; SET enable_seqscan = off; SET enable_indexscan = off; SET enable_indexonlyscan = off`,
  ],
  ['partitions', 'SELECT * FROM events WHERE id < (SELECT 500)', 'SET enable_bitmapscan = off'],
  [
    'an init plan and a sub-plan',
    'SELECT c.id, (SELECT count(*) FROM orders AS o WHERE o.customer_id = c.id) FROM customers AS c WHERE c.id < (SELECT 20)',
  ],
  ['a hashed sub-plan', 'SELECT * FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)'],
  [
    'two readers of a CTE',
    'WITH c AS MATERIALIZED (SELECT * FROM customers) SELECT * FROM c AS a JOIN c AS b ON a.id = b.id + 1',
  ],
  [
    'recursion',
    'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 50) SELECT * FROM r',
  ],
  [
    'functions and values',
    "SELECT * FROM generate_series(1, 5) AS g, (VALUES (1), (2)) AS v (x), json_array_elements('[1]') AS j",
  ],
  ['a sample', 'SELECT * FROM orders TABLESAMPLE bernoulli (10) REPEATABLE (1) WHERE total > 3'],
  ['row identifiers', "SELECT * FROM orders WHERE ctid = '(0,1)' FOR UPDATE"],
  [
    'an insert with conflicts',
    'INSERT INTO customers SELECT i FROM generate_series(1990, 2010) AS i ON CONFLICT (id) DO UPDATE SET name = $$it$$ WHERE customers.region = $$apac$$',
  ],
  ['an update with triggers', 'UPDATE orders SET customer_id = customer_id WHERE id < 20'],
  ['a delete with a check', 'DELETE FROM orders WHERE id = 7 RETURNING id'],
  ['a change of partitions', 'UPDATE events SET at = at + 1 WHERE id % 100 = 0'],
  ['a changing CTE', 'WITH d AS (DELETE FROM audit RETURNING id) SELECT * FROM d'],
  [
    'something never executed',
    'SELECT * FROM customers AS c JOIN audit AS a ON a.id = c.id WHERE a.id > 0',
    'SET enable_mergejoin = off',
  ],
  ['nothing to plan', 'SELECT 1 WHERE false'],
]

beforeAll(async () => {
  const client = new pg.Client({ connectionString: sharedCluster().uri })
  await client.connect()
  await client.query(SCHEMA)
  await client.end()
})

/** A session that logs the plan of what it executes to its client. */
async function watched(settings: string): Promise<{ client: pg.Client; notices: string[] }> {
  const client = await connect()
  const notices: string[] = []
  client.on('notice', ({ message }) => notices.push(message ?? ''))
  await client.query(`LOAD 'auto_explain'; SET auto_explain.log_level = notice; SET auto_explain.log_analyze = on;
    SET auto_explain.log_buffers = on; SET auto_explain.log_triggers = on; SET auto_explain.log_timing = on;
    SET search_path = plans_read; SET track_io_timing = on; SET jit = off; ${settings}`)
  return { client, notices }
}

function statementOf(text: string): RawStatement {
  const read = readPlan(text)
  if (!read.ok) throw new Error(`line ${read.unreadable.line}: ${read.unreadable.reason}\n${text}`)
  const [statement] = read.document.statements
  if (statement === undefined || read.document.statements.length > 1)
    throw new Error(`not one plan:\n${text}`)
  return statement
}

/** The plan that EXPLAIN prints in a format. */
async function explained(client: pg.Client, options: string, sql: string): Promise<string> {
  const { rows } = await client.query({
    text: `EXPLAIN (${options}) ${sql}`,
    rowMode: 'array',
    types: { getTypeParser: () => String },
  })
  return rows.map(([line]) => line).join('\n')
}

/** What text leaves out where nothing else in the plan tells it. */
function isUntold(key: string, value: PlanValue): boolean {
  if (/ Blocks$|^WAL |I\/O (?:Read|Write) Time$/.test(key)) return value === 0
  if (key === 'Async Capable') return value === false
  if (key === 'Disabled') return value === false
  if (key === 'Planned Partitions' || key === 'Rows Removed by Filter') return value === 0
  if (key === 'Inner Unique') return true
  // Up to 13 the tables of a change were its members.
  return key === 'Parent Relationship' && (value === 'Outer' || value === 'Member')
}

/** In 16 text calls shared what the other formats do not. */
function told(properties: PlanObject, versionNum: number): PlanObject {
  if (versionNum >= 170000) return properties
  const entries = Object.entries(properties)
    .map(([key, value]) => [key.replace(/^Shared (?=I\/O)/, ''), value] as const)
    .filter(([key]) => !/^Local I\/O/.test(key))
  return Object.fromEntries(entries)
}

function expectSame(text: PlanObject, json: PlanObject, where: string): void {
  const { versionNum } = sharedCluster()
  const seen = told(text, versionNum)
  const common = Object.keys(seen).filter((key) => key in json)
  expect(Object.fromEntries(common.map((key) => [key, seen[key]])), where).toEqual(
    Object.fromEntries(common.map((key) => [key, json[key]])),
  )
  expect(
    Object.keys(seen).filter((key) => !(key in json)),
    `${where}: only in text`,
  ).toEqual([])
  const missing = Object.entries(json).filter(([key, value]) => !(key in seen) && !isUntold(key, value))
  expect(missing, `${where}: only in JSON`).toEqual([])
}

function expectSameTree(text: RawNode | null, json: RawNode | null, where: string): void {
  if (text === null || json === null) throw new Error(`no plan at ${where}`)
  const here = `${where} / ${String(json.properties['Node Type'])}`
  expectSame(text.properties, json.properties, here)
  expect(text.workers.length, `${here}: workers`).toBe(json.workers.length)
  for (const [index, worker] of text.workers.entries()) {
    expectSame(worker, json.workers[index] ?? {}, `${here}: worker ${index}`)
  }
  expect(text.children.length, `${here}: children`).toBe(json.children.length)
  for (const [index, child] of text.children.entries()) {
    expectSameTree(child, json.children[index] ?? null, here)
  }
}

describe.each(QUERIES.map(([name, sql, settings = '']) => [name, sql, settings] as const))(
  '%s',
  (_name, sql, settings) => {
    test.each([
      ['ANALYZE, BUFFERS, FORMAT JSON', ''],
      [
        'ANALYZE, BUFFERS, VERBOSE, WAL, FORMAT JSON',
        'SET auto_explain.log_verbose = on; SET auto_explain.log_wal = on',
      ],
    ])('reads the same from text and JSON of one execution: %s', async (options, logged) => {
      const { client, notices } = await watched(`${settings}; ${logged}`)
      await client.query('BEGIN; SET LOCAL auto_explain.log_min_duration = 0')
      const json = statementOf(await explained(client, options, sql))
      await client.query('ROLLBACK')
      const notice = notices.find((message) => message.includes('Query Text: EXPLAIN')) ?? ''
      const text = statementOf(notice)
      expect(text.properties['Query Text']).toBe(`EXPLAIN (${options}) ${sql}`)
      expect(text.properties.Duration).toEqual(expect.any(Number))
      expectSameTree(text.root, json.root, 'root')
      // auto_explain has logged it from 16 on.
      if (sharedCluster().versionNum >= 160000) {
        expect(text.properties['Query Identifier']).toEqual(json.properties['Query Identifier'])
      }
      expect(triggersOf(text)).toEqual(triggersOf(json))
    })

    test.each(['', 'VERBOSE, ', 'COSTS OFF, '])(
      'reads the same from every format without executing: %s',
      async (options) => {
        const { client } = await watched(settings)
        const asked = `${options}SETTINGS`
        const json = statementOf(await explained(client, `${asked}, FORMAT JSON`, sql))
        expect(statementOf(await explained(client, `${asked}, FORMAT YAML`, sql))).toEqual(json)
        expect(statementOf(await explained(client, `${asked}, FORMAT XML`, sql))).toEqual(json)
        const text = statementOf(await explained(client, `${asked}, FORMAT TEXT`, sql))
        expectSameTree(text.root, json.root, 'root')
        expect(text.properties.Settings ?? {}).toEqual(json.properties.Settings)
        expect(text.properties['Query Identifier']).toEqual(json.properties['Query Identifier'])
      },
    )

    test('reads what EXPLAIN itself prints after executing', async () => {
      const { client } = await watched(settings)
      for (const format of ['TEXT', 'YAML', 'XML']) {
        await client.query('BEGIN')
        const statement = statementOf(await explained(client, `ANALYZE, BUFFERS, WAL, FORMAT ${format}`, sql))
        await client.query('ROLLBACK')
        expect(statement.properties).toMatchObject({
          'Planning Time': expect.any(Number),
          'Execution Time': expect.any(Number),
          Triggers: expect.any(Array),
        })
        expect(statement.root?.properties).toMatchObject({
          'Actual Rows': expect.any(Number),
          'Actual Loops': 1,
          'Total Cost': expect.any(Number),
        })
      }
    })
  },
)

/** Text names a trigger of a constraint only by the constraint, and the relation only where there are several. */
function triggersOf(statement: RawStatement): readonly PlanObject[] {
  const triggers = (statement.properties.Triggers ?? []) as readonly PlanObject[]
  return triggers.map(({ Time, Calls, 'Constraint Name': constraint, 'Trigger Name': name }) => ({
    Time: Time ?? 0,
    Calls: Calls ?? 0,
    name: constraint ?? name ?? '',
  }))
}

describe('statements without a plan', () => {
  test('are told in PostgreSQL’s words, whatever the format', async () => {
    const { client } = await watched('')
    await client.query('BEGIN; CREATE MATERIALIZED VIEW seen AS SELECT 1; CREATE TABLE there (id int)')
    await client.query('CREATE RULE nothing AS ON INSERT TO there DO INSTEAD NOTHING')
    for (const format of ['TEXT', 'JSON', 'YAML', 'XML']) {
      const printed = await explained(client, `FORMAT ${format}`, 'REFRESH MATERIALIZED VIEW seen')
      expect(statementOf(printed)).toEqual({ root: null, properties: {}, withoutPlan: 'Utility Statement' })
    }
    for (const format of ['TEXT', 'JSON', 'XML']) {
      const printed = await explained(client, `FORMAT ${format}`, 'INSERT INTO there VALUES (1)')
      expect(statementOf(printed)).toEqual({
        root: null,
        properties: {},
        withoutPlan: 'Query rewrites to nothing',
      })
    }
    await client.query('ROLLBACK')
  })
})

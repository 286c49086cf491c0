import pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { diffPlans, type PlanDiff } from '#src/plans/diff/diff.ts'
import type { DiffRow } from '#src/plans/diff/rows.ts'
import { findingsOf } from '#src/plans/findings/findings.ts'
import { modelOf, type PlanModel } from '#src/plans/model/model.ts'
import { readPlan } from '#src/plans/read/read.ts'
import { connect, sharedCluster } from '#test/support/cluster.ts'

const TABLES = `
  DROP SCHEMA IF EXISTS plans_diff CASCADE;
  CREATE SCHEMA plans_diff;
  SET search_path = plans_diff;
  CREATE TABLE orders AS SELECT id, id % 1000 AS customer, repeat(md5(id::text), 3) AS note
    FROM generate_series(1, 60000) AS id;
  CREATE TABLE customers AS SELECT id, 'customer ' || id AS name FROM generate_series(0, 999) AS id;
  CREATE TABLE events (id int, day int) PARTITION BY RANGE (day);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
  CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20);
  INSERT INTO events SELECT id, id % 20 FROM generate_series(1, 2000) AS id;
  ANALYZE orders, customers, events;`

const JOINED = 'SELECT c.name, count(*) FROM orders o JOIN customers c ON c.id = o.customer GROUP BY c.name'

interface Asked {
  readonly set?: Readonly<Record<string, string>>
  /** Statements before it; what they changed is undone. */
  readonly first?: string
  readonly options?: string
}

async function planOf(sql: string, { set = {}, first, options = 'ANALYZE, BUFFERS' }: Asked = {}) {
  const client = await connect()
  await client.query('BEGIN')
  const settings = { search_path: 'plans_diff', jit: 'off', max_parallel_workers_per_gather: '0', ...set }
  for (const [name, value] of Object.entries(settings))
    await client.query('SELECT set_config($1, $2, true)', [name, value])
  if (first !== undefined) await client.query(first)
  const { rows } = await client.query(`EXPLAIN (${options}, SETTINGS, FORMAT JSON) ${sql}`)
  await client.query('ROLLBACK')
  const read = readPlan(JSON.stringify(rows[0]['QUERY PLAN']))
  const [statement] = read.ok ? read.document.statements : []
  if (statement === undefined) throw new Error('no plan')
  return modelOf(statement)
}

function diffOf(before: PlanModel, after: PlanModel): PlanDiff {
  const diff = diffPlans(before, after, { before: findingsOf(before), after: findingsOf(after) })
  const nodes = diff.rows.flatMap((row) => [row.before ?? [], row.after ?? []].flat())
  expect(new Set(nodes).size).toBe(before.nodes.length + after.nodes.length)
  expect(nodes).toHaveLength(before.nodes.length + after.nodes.length)
  return diff
}

/** `= Seq Scan`, `+ Limit`, `~ Merge Join > Hash Join`. */
function sketch({ rows }: PlanDiff): readonly string[] {
  return rows.map(({ change, before, after }: DiffRow) => {
    const types = [before?.type, after?.type].filter((type) => type !== undefined)
    return `${change} ${[...new Set(types)].join(' > ')}`
  })
}

function settingsOf({ settings }: PlanDiff) {
  return Object.fromEntries(
    settings.map(({ name, before, after }) => [
      name,
      [before, after].map((each) => (each.kind === 'value' ? each.value : each.kind)),
    ]),
  )
}

beforeAll(async () => {
  const client = new pg.Client({ connectionString: sharedCluster().uri })
  await client.connect()
  await client.query(TABLES)
  await client.end()
})

describe('one statement, twice', () => {
  test('has the same nodes', async () => {
    const diff = diffOf(await planOf(JOINED), await planOf(JOINED))
    expect(diff.rows.every(({ change, isMoved }) => change === 'same' && !isMoved)).toBe(true)
    expect(diff).toMatchObject({ measure: 'time', nothingMatches: false, settings: [] })
  })

  test('sorts in memory with more work_mem, and the finding is resolved', async () => {
    const sorted = 'SELECT * FROM orders ORDER BY note'
    const diff = diffOf(
      await planOf(sorted, { set: { work_mem: '64kB' } }),
      await planOf(sorted, { set: { work_mem: '64MB' } }),
    )
    expect(sketch(diff)).toEqual(['same Sort', 'same Seq Scan'])
    expect(settingsOf(diff)).toEqual({ work_mem: ['64kB', '64MB'] })
    expect(diff.resolvedFindings.map(({ rule }) => rule)).toContain('sort-on-disk')
    expect(diff.newFindings.map(({ rule }) => rule)).not.toContain('sort-on-disk')
  })

  test('joins another way without hash joins, over the same tables', async () => {
    const set = { enable_hashagg: 'off', enable_nestloop: 'off' }
    const diff = diffOf(
      await planOf(JOINED, { set }),
      await planOf(JOINED, { set: { ...set, enable_hashjoin: 'off' } }),
    )
    expect(sketch(diff)).toContain('changed Hash Join > Merge Join')
    expect(sketch(diff).filter((line) => line === 'same Seq Scan')).toHaveLength(2)
    expect(sketch(diff)).toContain('removed Hash')
    expect(sketch(diff)).toContain('added Sort')
    expect(sketch(diff)).toContain('same Aggregate')
    expect(settingsOf(diff)).toEqual({ enable_hashjoin: ['default', 'off'] })
  })

  test('finds its rows by an index that was made', async () => {
    const one = 'SELECT * FROM orders WHERE id = 4711'
    const diff = diffOf(
      await planOf(one),
      await planOf(one, { first: 'CREATE INDEX orders_id_idx ON orders (id); ANALYZE orders' }),
    )
    expect(sketch(diff)).toEqual(['changed Seq Scan > Index Scan'])
    expect(diff.rows[0]?.after?.indexName).toBe('orders_id_idx')
    expect(diff.rows[0]?.delta).toBeLessThan(0)
  })

  test('has its limit added above all else', async () => {
    const diff = diffOf(await planOf(JOINED), await planOf(`${JOINED} LIMIT 3`))
    const [top, ...below] = sketch(diff)
    expect(top).toBe('added Limit')
    expect(below.every((line) => line.startsWith('same '))).toBe(true)
  })

  test('is spread over processes', async () => {
    const counted = 'SELECT count(*) FROM orders'
    const diff = diffOf(
      await planOf(counted),
      await planOf(counted, {
        set: {
          max_parallel_workers_per_gather: '2',
          parallel_setup_cost: '0',
          parallel_tuple_cost: '0',
          min_parallel_table_scan_size: '0',
        },
      }),
    )
    expect(sketch(diff)).toEqual(['changed Aggregate', 'added Gather', 'added Aggregate', 'changed Seq Scan'])
  })

  test('reads one partition, where it read all before', async () => {
    const diff = diffOf(
      await planOf('SELECT count(*) FROM events'),
      await planOf('SELECT count(*) FROM events WHERE day < 10'),
    )
    expect(sketch(diff)).toEqual(['same Aggregate', 'removed Append', 'same Seq Scan', 'removed Seq Scan'])
  })

  test('is compared by cost where it was only planned', async () => {
    const diff = diffOf(await planOf(JOINED, { options: 'COSTS' }), await planOf(`${JOINED} LIMIT 3`))
    expect(diff.measure).toBe('cost')
    expect(sketch(diff)[0]).toBe('added Limit')
  })
})

test('another statement has nothing in common', async () => {
  const diff = diffOf(await planOf('SELECT * FROM orders'), await planOf('SELECT * FROM customers'))
  expect(diff.nothingMatches).toBe(true)
})

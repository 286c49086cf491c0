import pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { modelOf, type PlanModel } from '#src/plans/model/model.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import type { PlanObject, RawNode } from '#src/plans/plan.ts'
import { connect, sharedCluster } from '#test/support/cluster.ts'

const TABLES = `
  DROP SCHEMA IF EXISTS plans_model CASCADE;
  CREATE SCHEMA plans_model;
  SET search_path = plans_model;
  CREATE TABLE orders AS SELECT id, id % 1000 AS customer, id % 97 AS total, repeat('x', 50) AS note
    FROM generate_series(1, 60000) AS id;
  CREATE UNIQUE INDEX ON orders (id);
  CREATE INDEX ON orders (customer);
  CREATE INDEX ON orders (total);
  CREATE TABLE customers AS SELECT id, 'customer ' || id AS name FROM generate_series(0, 999) AS id;
  CREATE UNIQUE INDEX ON customers (id);
  CREATE TABLE events (id int, day int) PARTITION BY RANGE (day);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
  CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20);
  CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (20) TO (30);
  INSERT INTO events SELECT id, id % 30 FROM generate_series(1, 30000) AS id;
  CREATE INDEX ON events (day);
  CREATE TABLE audited (id int);
  CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END';
  CREATE TABLE checked (id int);
  CREATE TRIGGER after_slow AFTER INSERT ON audited FOR EACH ROW EXECUTE FUNCTION slow();
  CREATE TRIGGER before_slow BEFORE INSERT ON checked FOR EACH ROW EXECUTE FUNCTION slow();
  ANALYZE orders, customers, events;`

const SERIAL = { max_parallel_workers_per_gather: '0' }
const PARALLEL = {
  max_parallel_workers_per_gather: '2',
  parallel_setup_cost: '0',
  parallel_tuple_cost: '0',
  min_parallel_table_scan_size: '0',
  min_parallel_index_scan_size: '0',
}

const { versionNum } = sharedCluster()

interface Asked {
  readonly set?: Readonly<Record<string, string>>
  readonly options?: string
}

/** The model of a statement that ran just now; what it changed is undone. */
async function modelFor(sql: string, { set = SERIAL, options = 'BUFFERS, VERBOSE' }: Asked = {}) {
  const client = await connect()
  await client.query('BEGIN')
  for (const [name, value] of Object.entries({ search_path: 'plans_model', jit: 'off', ...set }))
    await client.query('SELECT set_config($1, $2, true)', [name, value])
  const { rows } = await client.query(`EXPLAIN (ANALYZE, ${options}, FORMAT JSON) ${sql}`)
  await client.query('ROLLBACK')
  const [statement] = rows[0]['QUERY PLAN'] as readonly { Plan: Printed }[]
  if (statement === undefined) throw new Error('no plan')
  const { Plan, ...properties } = statement
  const model = modelOf({ root: rawOf(Plan), properties, withoutPlan: null })
  expectConsistent(model)
  return model
}

type Printed = PlanObject & { readonly Plans?: readonly Printed[]; readonly Workers?: readonly PlanObject[] }

function rawOf({ Plans = [], Workers = [], ...properties }: Printed): RawNode {
  return { properties: properties as PlanObject, workers: Workers, children: Plans.map(rawOf) }
}

/** What holds of every plan, whatever ran. */
function expectConsistent(model: PlanModel): void {
  expect(Math.abs(model.identityErrorMs)).toBeLessThan(1e-6)
  expect(Math.abs(model.leaderIdentityErrorMs ?? 0)).toBeLessThan(1e-6)
  for (const node of model.nodes) {
    expect(node.leaderExclRawMs ?? 0, node.path).toBeGreaterThanOrEqual(-slackOf(node))
    if (node.participants === 1 && !isGather(node))
      expect(node.exclWallRawMs, node.path).toBeGreaterThanOrEqual(-slackOf(node))
    expect(node.exclWallMinMs).toBeLessThanOrEqual(node.exclWallMs)
    expect(node.exclWallMaxMs).toBeGreaterThanOrEqual(node.exclWallMs)
  }
  const used = new Map<string, number>()
  for (const { exclBuffers } of model.nodes)
    for (const [key, value] of Object.entries(exclBuffers)) used.set(key, (used.get(key) ?? 0) + value)
  for (const { buffers } of model.outsideRoot)
    for (const [key, value] of Object.entries(buffers)) used.set(key, (used.get(key) ?? 0) - value)
  for (const [key, value] of used) {
    // I/O times are rounded for each node.
    const slack = key.endsWith('Time') ? 0.001 * model.nodes.length : 0
    expect(Math.abs(value - (model.root?.buffers[key] ?? 0)), key).toBeLessThanOrEqual(slack)
  }
}

/** Rounding of the times that a node's own is made of, its workers' among them. */
function slackOf({ roundingEpsMs, participants, children, workers }: PlanNode): number {
  const shares = [...workers, ...children.flatMap((child) => child.workers)]
  const loops = shares.reduce((all, { loops }) => all + (loops ?? 0), 0)
  return roundingEpsMs * participants + 0.0005 * loops + 1e-6
}

function isGather({ type }: PlanNode): boolean {
  return type === 'Gather' || type === 'Gather Merge'
}

/** The first node that fits; a test that looks for another than there is fails. */
function find(model: PlanModel, fits: (node: PlanNode) => boolean): PlanNode {
  const node = model.nodes.find(fits)
  if (node === undefined) throw new Error(`none of ${model.nodes.map(({ type }) => type).join(', ')}`)
  return node
}

const ofType = (type: string) => (node: PlanNode) => node.type === type
const ofKind = (kind: PlanNode['kind']) => (node: PlanNode) => node.kind === kind

beforeAll(async () => {
  const client = new pg.Client({ connectionString: sharedCluster().uri })
  await client.connect()
  await client.query(TABLES)
  await client.end()
})

describe('joins and loops', () => {
  test('a sequential scan has all its rows and blocks for itself', async () => {
    const model = await modelFor('SELECT count(*) FROM orders WHERE total < 50')
    const scan = find(model, ofType('Seq Scan'))
    expect(scan).toMatchObject({ relation: 'orders', loops: 1, participants: 1, neverExecuted: false })
    expect((scan.rowsTotal ?? 0) + (scan.removed[0]?.total ?? 0)).toBe(60_000)
    expect(scan.exclBuffers).toEqual(scan.buffers)
    expect(model.executionMs).toBeGreaterThanOrEqual(model.rootMs ?? Number.NaN)
    expect(model.otherMs).toBeCloseTo((model.executionMs ?? 0) - (model.rootMs ?? 0), 6)
  })

  test('a hash join takes the hash off itself', async () => {
    const model = await modelFor('SELECT * FROM orders JOIN customers ON customers.id = customer')
    expect(find(model, ofType('Hash Join')).children.map(({ type }) => type)).toEqual(['Seq Scan', 'Hash'])
  })

  test('the inner side of a nested loop counts all of its loops', async () => {
    const model = await modelFor(
      `SELECT count(note) FROM customers c
         CROSS JOIN LATERAL (SELECT note FROM orders o WHERE o.customer = c.id OFFSET 0) o WHERE c.id < 100`,
    )
    // Each of 100 customers has 60 orders.
    const inner = find(model, ({ loops }) => loops === 100)
    expect(inner).toMatchObject({ rowsTotal: 6000 })
    expect(find(model, ofType('Nested Loop')).rowsTotal).toBe(6000)
  })

  test('a sort on disk has the temporary blocks', async () => {
    const model = await modelFor('SELECT * FROM orders ORDER BY note, total', {
      set: { ...SERIAL, work_mem: '64kB' },
    })
    expect(find(model, ofType('Sort')).exclBuffers['Temp Written Blocks']).toBeGreaterThan(0)
    expect(find(model, ofType('Seq Scan')).exclBuffers['Temp Written Blocks']).toBeUndefined()
  })

  test('an estimate does not apply to a BitmapAnd', async () => {
    const model = await modelFor('SELECT count(note) FROM orders WHERE customer < 90 AND total < 9', {
      set: { ...SERIAL, enable_seqscan: 'off', enable_indexscan: 'off' },
    })
    expect(find(model, ofType('BitmapAnd')).estimate).toMatchObject({ applicable: false, reason: 'bitmap' })
  })

  test('a Limit stops what is below it', async () => {
    const model = await modelFor('SELECT * FROM orders ORDER BY id LIMIT 5')
    expect(model.nodes.map(({ underLimit }) => underLimit)).toEqual([false, true])
    expect(model.nodes[1]?.estimate).toMatchObject({ direction: 'over' })
  })

  test('partitions pruned at run time never ran', async () => {
    const model = await modelFor('SELECT * FROM events WHERE day = (SELECT 15)', {
      set: { ...SERIAL, enable_seqscan: 'off' },
    })
    const ran = model.nodes.filter(({ relation, neverExecuted }) => relation !== null && !neverExecuted)
    expect(ran.map(({ relation }) => relation)).toEqual(['events_2'])
  })

  test.runIf(versionNum >= 140000)('Memoize looks up as often as it ran', async () => {
    const model = await modelFor(
      'SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer WHERE o.id <= 20000',
      {
        set: { ...SERIAL, enable_hashjoin: 'off', enable_mergejoin: 'off' },
      },
    )
    const memoize = find(model, ofType('Memoize'))
    expect(memoize.loops).toBe(20_000)
    expect(memoize.children[0]?.loops).toBe(1000)
    expect(memoize.roundingEpsMs).toBeCloseTo(10 + 0.5, 6)
  })

  test('without timing there are rows, loops and blocks', async () => {
    const model = await modelFor('SELECT count(*) FROM orders', { options: 'TIMING OFF, BUFFERS' })
    expect(model).toMatchObject({ hasTiming: false, hasBuffers: true, rootMs: null, otherMs: null })
    expect(find(model, ({ children }) => children.length === 0)).toMatchObject({ rowsTotal: 60_000 })
  })
})

describe('in parallel', () => {
  test('participants are who ran, and their rows add up', async () => {
    const model = await modelFor('SELECT count(*) FROM orders WHERE total >= 0', { set: PARALLEL })
    const scan = find(model, ({ relation }) => relation === 'orders')
    expect(scan.loops).toBe(scan.participants)
    expect(Math.abs((scan.rowsTotal ?? 0) - 60_000)).toBeLessThanOrEqual(scan.rowsRounding)
    expect(scan.leaderInclMs).not.toBeNull()
    expect(scan.workers.length).toBeLessThanOrEqual(2)
  })

  test('a leader that keeps out is no participant', async () => {
    const model = await modelFor('SELECT count(*) FROM orders WHERE total >= 0', {
      set: { ...PARALLEL, parallel_leader_participation: 'off' },
      options: 'BUFFERS, VERBOSE, SETTINGS',
    })
    const gather = find(model, isGather)
    const launched = gather.raw.properties['Workers Launched']
    // Without any worker the leader does it all the same.
    expect(gather.children[0]?.participants).toBe(launched === 0 ? 1 : launched)
  })

  test('a single copy has one', async () => {
    const force = versionNum >= 160000 ? 'debug_parallel_query' : 'force_parallel_mode'
    const model = await modelFor('SELECT * FROM customers', {
      set: { max_parallel_workers_per_gather: '2', [force]: 'on' },
    })
    const gather = find(model, ({ raw }) => raw.properties['Single Copy'] === true)
    expect(gather.children[0]).toMatchObject({ loops: 1, participants: 1 })
  })

  test('the leader is not known without VERBOSE', async () => {
    const model = await modelFor('SELECT count(*) FROM orders', { set: PARALLEL, options: 'BUFFERS' })
    expect(find(model, isGather).leaderInclMs).toBeNull()
    expect(model.leaderIdentityErrorMs).toBeNull()
  })

  test('an InitPlan is paid by the Gather', async () => {
    const model = await modelFor('SELECT count(*) FROM orders WHERE total > (SELECT 3 FROM pg_sleep(0.03))', {
      set: PARALLEL,
    })
    const [payment] = find(model, ofKind('InitPlan')).paidBy
    expect(payment?.ms).toBeGreaterThanOrEqual(30)
    expect(payment?.node.type).toMatch(/^Gather/)
  })

  test('a hashed SubPlan runs in each process', async () => {
    const model = await modelFor(
      'SELECT count(*) FROM orders WHERE customer NOT IN (SELECT id FROM customers WHERE id < 500)',
      { set: PARALLEL },
    )
    const subPlan = find(model, ofKind('SubPlan'))
    expect(subPlan.participants).toBe(subPlan.parent?.participants)
    expect(subPlan.parent?.exclWallRawMs).toBeCloseTo(
      (subPlan.parent?.inclWallMs ?? 0) - subPlan.inclWallMs,
      6,
    )
  })

  test('members of an Append share what the Append took', async () => {
    const model = await modelFor('SELECT count(*) FROM events', { set: PARALLEL })
    const append = find(model, ofType('Append'))
    for (const member of append.children) expect(member.participants).toBe(append.participants)
    const rows = append.children.reduce((all, { rowsTotal }) => all + (rowsTotal ?? 0), 0)
    const rounding = append.children.reduce((all, { rowsRounding }) => all + rowsRounding, 0)
    expect(Math.abs(rows - 30_000)).toBeLessThanOrEqual(rounding)
  })
})

describe('sub-plans', () => {
  test('a correlated SubPlan is taken off its owner', async () => {
    const model = await modelFor(
      'SELECT id, (SELECT count(*) FROM orders o WHERE o.customer = c.id) FROM customers c',
    )
    const subPlan = find(model, ofKind('SubPlan'))
    expect(subPlan).toMatchObject({ loops: 1000, subplan: 'SubPlan 1' })
    expect(subPlan.parent?.relation).toBe('customers')
  })

  test('an InitPlan is paid by the scan that compares with it', async () => {
    const model = await modelFor('SELECT count(*) FROM customers WHERE id > (SELECT 3 FROM pg_sleep(0.03))')
    const [payment] = find(model, ofKind('InitPlan')).paidBy
    expect(payment?.node.relation).toBe('customers')
    expect(payment?.ms).toBeGreaterThanOrEqual(30)
    expect(payment?.node.exclWallMs).toBeLessThan(30)
  })

  test('an InitPlan of a target list is paid by its owner, with VERBOSE and without', async () => {
    for (const options of ['BUFFERS', 'BUFFERS, VERBOSE']) {
      const model = await modelFor('SELECT id, (SELECT 3 FROM pg_sleep(0.03)) FROM customers', { options })
      expect(find(model, ofKind('InitPlan')).paidBy.map(({ node }) => node.relation)).toEqual(['customers'])
    }
  })

  test('an InitPlan below a One-Time Filter is paid by the Result, and the rest never ran', async () => {
    const model = await modelFor('SELECT * FROM customers WHERE (SELECT pg_sleep(0.03) IS NULL)')
    const [payment] = find(model, ofKind('InitPlan')).paidBy
    expect(payment?.node.path).toBe('0')
    expect(find(model, ({ relation }) => relation === 'customers').neverExecuted).toBe(true)
  })

  test('a CTE is paid by the scan that reads it first', async () => {
    const model = await modelFor(
      `WITH c AS MATERIALIZED (SELECT customer, count(*) AS n, pg_sleep(0.03) FROM orders
         WHERE id = 1 GROUP BY customer)
       SELECT * FROM c a JOIN c b ON a.n = b.n`,
    )
    const cte = find(model, ofKind('CTE'))
    expect(cte.paidBy).toHaveLength(2)
    const [first, second] = cte.paidBy
    expect(first?.ms).toBeGreaterThanOrEqual(30)
    expect(second?.ms).toBeLessThan(30)
    expect(first?.node.exclWallMs).toBeLessThan(30)
    expect(model.outsideRootMs).toBeLessThanOrEqual(0.002)
  })

  test('a recursive CTE is paid by its scan', async () => {
    const model = await modelFor(
      'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 500) SELECT sum(n) FROM r',
    )
    expect(find(model, ofKind('CTE')).paidBy.map(({ node }) => node.type)).toEqual(['CTE Scan'])
    expect(find(model, ofType('WorkTable Scan'))).toMatchObject({ relation: 'r', loops: 500 })
  })
})

describe('changes', () => {
  test('are given no estimate where they return nothing', async () => {
    const model = await modelFor('UPDATE customers SET name = name', {
      options: 'BUFFERS, VERBOSE, WAL',
    })
    // Up to PostgreSQL 13 the planner expected a row for each that changes.
    expect(model.root?.estimate?.applicable).toBe(versionNum < 140000)
    expect(model.root?.exclBuffers['WAL Records']).toBeGreaterThanOrEqual(1000)
  })

  test('in a CTE that nobody reads run outside of the root', async () => {
    const model = await modelFor(
      'WITH i AS (INSERT INTO customers SELECT id + 5000, name FROM customers RETURNING id) SELECT 1',
    )
    const cte = find(model, ofKind('CTE'))
    expect(model.outsideRootMs).toBeCloseTo(cte.inclWallMs, 6)
    expect(model.outsideRoot.map(({ node }) => node)).toEqual([cte])
    expect((model.executionMs ?? 0) - (model.rootMs ?? 0)).toBeGreaterThanOrEqual(model.outsideRootMs)
  })

  test('in a CTE that is read in part go on after the root', async () => {
    const model = await modelFor(
      `WITH i AS (INSERT INTO customers SELECT id + 5000, name FROM customers RETURNING id)
       SELECT * FROM i LIMIT 1`,
    )
    const cte = find(model, ofKind('CTE'))
    expect(cte.paidBy.map(({ node }) => node.type)).toEqual(['CTE Scan'])
    expect(model.outsideRootMs).toBeGreaterThan(0)
    expect(model.outsideRootMs).toBeLessThan(cte.inclWallMs)
  })

  test('wait for AFTER triggers beside the root', async () => {
    const model = await modelFor('INSERT INTO audited VALUES (1), (2)')
    expect(model.triggers).toMatchObject([{ name: 'after_slow', constraint: null, calls: 2 }])
    expect(model.triggersMs).toBeGreaterThanOrEqual(40)
    expect(model.rootMs).toBeLessThan(40)
    expect(model.otherMs).toBeLessThan(40)
  })

  test('wait for BEFORE triggers within the root', async () => {
    const model = await modelFor('INSERT INTO checked VALUES (1), (2)')
    expect(model.triggersMs).toBeGreaterThanOrEqual(40)
    expect(model.rootMs).toBeGreaterThanOrEqual(40)
    expect(model.otherMs).toBeLessThan(40)
  })
})

describe('beside the plan', () => {
  test('JIT is the share of the leader', async () => {
    const client = await connect()
    const { rows } = await client.query<{ has: boolean }>('SELECT pg_jit_available() AS has')
    const model = await modelFor('SELECT sum(total + 1) FROM orders', {
      set: { ...SERIAL, jit: 'on', jit_above_cost: '0' },
    })
    if (rows[0]?.has === true) expect(model.jit?.leaderMs).toBe(model.jit?.totalMs)
    else expect(model.jit).toBeNull()
  })

  test.runIf(versionNum >= 170000)('serialization has a time of its own', async () => {
    const model = await modelFor('SELECT * FROM orders', { options: 'BUFFERS, SERIALIZE TEXT' })
    expect(model.serializationMs).toBeGreaterThan(0)
    expect(model.otherMs).toBeLessThan((model.executionMs ?? 0) - (model.rootMs ?? 0))
  })
})

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { gatherFacts, type RunEntry } from '#src/explain/facts.ts'
import type { PlanFacts } from '#src/plans/findings/facts.ts'
import { modelOf, type PlanModel } from '#src/plans/model/model.ts'
import { readPlan } from '#src/plans/read/read.ts'
import type { Dedicated } from '#src/server/contract.ts'
import { connect, sharedCluster } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { connected, targetOf } from './connect-support.ts'

const DATABASE = 'explain_facts'
const { versionNum } = sharedCluster()
const uri = uriOf(DATABASE)

const TABLES = `
  CREATE SCHEMA one;
  CREATE SCHEMA "two.""x";
  CREATE TABLE one.orders (id int PRIMARY KEY, customer int, note text);
  INSERT INTO one.orders SELECT id, id, 'x' FROM generate_series(1, 1000) AS id;
  CREATE INDEX orders_mixed ON one.orders (customer, lower(note), id) INCLUDE (note);
  CREATE INDEX orders_part ON one.orders (customer) WHERE note = 'x';
  ANALYZE one.orders;
  UPDATE one.orders SET note = 'y' WHERE id <= 10;
  CREATE TABLE "two.""x"."Or.ders ""(" AS SELECT 1 AS "a b";
  CREATE TABLE one.twin (id int);
  CREATE TABLE public.twin (id int);
  CREATE TABLE one.empty (id int);
  CREATE TABLE one.raw (id int);
  INSERT INTO one.raw VALUES (1);
  ALTER TABLE one.raw SET (autovacuum_enabled = off);
  CREATE TABLE one.parts (id int, day int) PARTITION BY RANGE (day);
  CREATE TABLE one.parts_1 PARTITION OF one.parts FOR VALUES FROM (0) TO (10);
  CREATE TABLE one.parts_2 PARTITION OF one.parts FOR VALUES FROM (10) TO (20);
  INSERT INTO one.parts SELECT id, id % 20 FROM generate_series(1, 1000) AS id;
  ANALYZE one.parts;
  CREATE FUNCTION one."Do It"(int) RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN $1; END';
  CREATE FUNCTION one.same(int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT $1';
  CREATE FUNCTION one.same(text) RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 1; END';
  CREATE FUNCTION one.unlike(int) RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 1; END';
  CREATE FUNCTION one.unlike(text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END';
  CREATE AGGREGATE one.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = 0);
  CREATE TABLE one.parents (id int PRIMARY KEY, code int, kind int, UNIQUE (code, kind));
  INSERT INTO one.parents SELECT id, id, id FROM generate_series(1, 10) AS id;
  CREATE TABLE one.bare (parent int CONSTRAINT bare_fk REFERENCES one.parents ON DELETE CASCADE);
  CREATE TABLE one.served (parent int CONSTRAINT served_fk REFERENCES one.parents);
  CREATE INDEX ON one.served (parent);
  CREATE TABLE one."Odd ""one" (a int, "B.b" int, CONSTRAINT "odd ""fk"
    FOREIGN KEY (a, "B.b") REFERENCES one.parents (code, kind));
  CREATE INDEX ON one."Odd ""one" ("B.b", a);
  CREATE TABLE one.half (a int, b int,
    CONSTRAINT half_fk FOREIGN KEY (a, b) REFERENCES one.parents (code, kind));
  CREATE INDEX ON one.half (a);
  CREATE TABLE one.partly (parent int CONSTRAINT partly_fk REFERENCES one.parents);
  CREATE INDEX ON one.partly (parent) WHERE parent IS NOT NULL;
  CREATE TABLE one.split (parent int CONSTRAINT split_fk REFERENCES one.parents, day int) PARTITION BY RANGE (day);
  CREATE TABLE one.split_1 PARTITION OF one.split FOR VALUES FROM (0) TO (10);
  CREATE TABLE one.clash (parent int CONSTRAINT clash_fk REFERENCES one.parents);
  CREATE TABLE public.clash (parent int CONSTRAINT clash_fk REFERENCES one.parents);`

beforeAll(() => makeDatabase(DATABASE, [TABLES]))

/** A connection of its own with a transaction that may write and is never committed. */
async function session(): Promise<Dedicated> {
  const { server } = await connected(targetOf(uri), { control: false })
  const opened = await server.dedicated({
    database: null,
    applicationName: 'test',
    signal: new AbortController().signal,
  })
  if (!opened.ok) throw new Error(opened.failure.message)
  onTestFinished(() => opened.connection.close())
  await ask(opened.connection, 'BEGIN READ WRITE')
  return opened.connection
}

async function ask(connection: Dedicated, text: string): Promise<string> {
  const asked = await connection.ask(text)
  if (!asked.ok) throw new Error(asked.failure.message)
  return asked.rows.map(([first]) => first ?? '').join('\n')
}

async function modelFor(
  connection: Dedicated,
  sql: string,
  options = 'ANALYZE, VERBOSE',
): Promise<PlanModel> {
  const read = readPlan(await ask(connection, `EXPLAIN (${options}, FORMAT JSON) ${sql}`))
  const statement = read.ok ? read.document.statements[0] : undefined
  if (statement === undefined) throw new Error('no plan')
  return modelOf(statement)
}

/** The facts of one statement, gathered as it was planned. */
async function factsFor(
  sql: string,
  { options, first = [] }: { options?: string; first?: readonly string[] } = {},
): Promise<PlanFacts> {
  const connection = await session()
  for (const text of first) await ask(connection, text)
  const facts = await gatherFacts(runner(connection), await modelFor(connection, sql, options))
  if (facts === null) throw new Error('no facts')
  return facts
}

const runner =
  (connection: Dedicated): RunEntry =>
  (entry, parameters) =>
    connection.run(entry, parameters)

describe('relations', () => {
  test('come with their size, the last ANALYZE, what changed since, and their indexes', async () => {
    const { relations } = await factsFor('SELECT * FROM one.orders')
    expect(relations).toEqual([
      {
        schema: 'one',
        name: 'orders',
        tuples: 1000,
        pages: expect.any(Number),
        modifiedSinceAnalyze: expect.any(Number),
        analyzedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        indexes: [
          { name: 'orders_mixed', columns: ['customer', null, 'id'], isValid: true, isPartial: false },
          { name: 'orders_part', columns: ['customer'], isValid: true, isPartial: true },
          { name: 'orders_pkey', columns: ['id'], isValid: true, isPartial: false },
        ],
      },
    ])
    expect(relations[0]?.pages).toBeGreaterThan(0)
  })

  test('may have any name', async () => {
    const { relations } = await factsFor('SELECT * FROM "two.""x"."Or.ders ""("')
    expect(relations).toMatchObject([{ schema: 'two."x', name: 'Or.ders "(' }])
  })

  test('that were never counted have no number of rows, nor a time of ANALYZE', async () => {
    const { relations } = await factsFor('SELECT * FROM one.raw')
    expect(relations).toMatchObject([{ name: 'raw', tuples: null, analyzedAt: null, indexes: [] }])
  })

  test('of a partitioned table are its partitions, and the table itself where it is changed', async () => {
    const read = await factsFor('SELECT * FROM one.parts')
    expect(read.relations).toMatchObject([
      { name: 'parts_1', tuples: 500 },
      { name: 'parts_2', tuples: 500 },
    ])
    const { relations } = await factsFor('DELETE FROM one.parts')
    const parent = relations.find(({ name }) => name === 'parts')
    expect(parent).toMatchObject({ pages: 0, modifiedSinceAnalyze: null })
    expect(relations.map(({ name }) => name)).toContain('parts_1')
  })

  test('of the session are told as the plan names them', async () => {
    const { relations } = await factsFor('SELECT * FROM mine', {
      first: ['CREATE TEMPORARY TABLE mine AS SELECT generate_series(1, 50) AS id', 'ANALYZE mine'],
    })
    const schema = versionNum >= 150000 ? 'pg_temp' : expect.stringMatching(/^pg_temp_\d+$/)
    expect(relations).toMatchObject([{ schema, name: 'mine', tuples: 50 }])
  })

  test('without a schema are those of the search path, else the only one of the name', async () => {
    const options = 'COSTS OFF'
    const found = await factsFor('SELECT * FROM twin', { options })
    expect(found.relations).toMatchObject([{ schema: 'public', name: 'twin' }])
    const other = await factsFor('SELECT * FROM one.twin', {
      options,
      first: ['SET LOCAL search_path = one'],
    })
    expect(other.relations).toMatchObject([{ schema: 'one', name: 'twin' }])
    const only = await factsFor('SELECT * FROM one.empty', { options })
    expect(only.relations).toMatchObject([{ schema: 'one', name: 'empty' }])
    const several = await factsFor('SELECT * FROM one.twin', {
      options,
      first: ['SET LOCAL search_path = pg_catalog'],
    })
    expect(several.relations).toEqual([])
  })
})

describe('functions', () => {
  test('come with their marks, whatever their name', async () => {
    const { functions } = await factsFor('SELECT * FROM one.orders WHERE one."Do It"(id) > length(note)')
    expect(functions).toEqual([
      {
        // There is also one of bytea and an encoding, which is stable.
        name: 'length',
        signature: null,
        isBuiltIn: true,
        volatility: null,
        parallel: 'safe',
      },
      {
        name: 'one."Do It"',
        signature: 'one."Do It"(integer)',
        isBuiltIn: false,
        volatility: 'stable',
        parallel: 'unsafe',
      },
    ])
  })

  test('of one name are told as far as they are alike', async () => {
    const { functions } = await factsFor('SELECT one.same(note), one.unlike(note) FROM one.orders')
    expect(functions).toMatchObject([
      { name: 'one.same', signature: null, volatility: 'volatile' },
      { name: 'one.unlike', signature: null, volatility: null, parallel: 'unsafe' },
    ])
  })

  test('are found by the search path', async () => {
    const { functions } = await factsFor('SELECT same(note), total(id) FROM orders GROUP BY 1', {
      first: ['SET LOCAL search_path = one'],
    })
    expect(functions).toMatchObject([
      { name: 'same', isBuiltIn: false },
      { name: 'total', isBuiltIn: false, signature: null, parallel: 'unsafe' },
    ])
  })
})

describe('foreign keys', () => {
  test('tell their columns, and whether an index begins with them', async () => {
    const { foreignKeys } = await factsFor('DELETE FROM one.parents WHERE id = 1')
    const byName = Object.fromEntries(foreignKeys.map((key) => [key.name, key]))
    expect(byName.bare_fk).toEqual({
      name: 'bare_fk',
      onRelation: 'parents',
      schema: 'one',
      table: 'bare',
      isPartitioned: false,
      columns: ['parent'],
      hasIndex: false,
    })
    expect(byName.served_fk).toMatchObject({ hasIndex: true })
    expect(byName.half_fk).toMatchObject({ columns: ['a', 'b'], hasIndex: false })
    expect(byName.partly_fk).toMatchObject({ hasIndex: null })
    expect(byName.split_fk).toMatchObject({ table: 'split', isPartitioned: true, hasIndex: false })
    expect(byName['odd "fk']).toMatchObject({ table: 'Odd "one', columns: ['a', 'B.b'], hasIndex: true })
  })

  test('of one name on several tables are not told', async () => {
    const { foreignKeys } = await factsFor('DELETE FROM one.parents WHERE id = 1')
    expect(foreignKeys.map(({ name }) => name)).not.toContain('clash_fk')
  })

  test('are those of the partition that is inserted into', async () => {
    const { foreignKeys } = await factsFor('INSERT INTO one.split VALUES (1, 1)')
    expect(foreignKeys).toMatchObject([{ onRelation: 'split_1', columns: ['parent'] }])
  })
})

describe('what cannot be asked', () => {
  test('is no error: there are no facts', async () => {
    const connection = await session()
    const model = await modelFor(connection, 'SELECT * FROM one.orders')
    await connection.ask('SELECT 1/0')
    expect(await gatherFacts(runner(connection), model)).toBeNull()
  })

  test('asks nothing of a plan that mentions nothing', async () => {
    const connection = await session()
    const model = await modelFor(connection, 'SELECT 1')
    await connection.ask('SELECT 1/0')
    expect(await gatherFacts(runner(connection), model)).toEqual({
      relations: [],
      functions: [],
      foreignKeys: [],
    })
  })

  test('waits for no lock on a table', async () => {
    const holder = await connect(uri)
    await holder.query('BEGIN; LOCK TABLE one.orders, one.parents, one.bare IN ACCESS EXCLUSIVE MODE')
    const connection = await session()
    const model = modelOf({
      root: {
        properties: {
          'Node Type': 'Seq Scan',
          Schema: 'one',
          'Relation Name': 'orders',
          Filter: '(one.same(1) > 0)',
        },
        workers: [],
        children: [],
      },
      properties: { Triggers: [{ 'Constraint Name': 'bare_fk', Relation: 'parents' }] },
      withoutPlan: null,
    })
    expect(await gatherFacts(runner(connection), model)).toMatchObject({
      relations: [{ name: 'orders' }],
      functions: [{ name: 'one.same' }],
      foreignKeys: [{ name: 'bare_fk' }],
    })
  })
})

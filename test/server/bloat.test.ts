/** The estimates beside the truth: what REINDEX and VACUUM FULL leave, on every shape that fools a formula. */
import type pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { columnStatistics } from '#queries/column-statistics.ts'
import type { Entry, EntryRow, Value } from '#queries/define.ts'
import { indexes } from '#queries/indexes.ts'
import { tables } from '#queries/tables.ts'
import type { BloatEstimate, BloatWorld } from '#src/bloat/estimate.ts'
import { indexBloat } from '#src/indexes/bloat.ts'
import { indexFactsOf } from '#src/indexes/facts.ts'
import type { Server } from '#src/server/contract.ts'
import { tableBloat } from '#src/tables/bloat.ts'
import { tableFactsOf } from '#src/tables/facts.ts'
import { connect, uriAs, withRoles } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { connected, targetOf } from './connect-support.ts'

/** A relation named `thing`: made from nothing, then worn. */
interface Form {
  readonly name: string
  readonly make: readonly string[]
  readonly wear?: readonly string[]
}

const ROWS = 60_000

/** A table of one row a number, with that index. */
function indexed(columns: string, on: string, wear: readonly string[] = []): Omit<Form, 'name'> {
  return {
    make: [
      `CREATE TABLE base WITH (autovacuum_enabled = off) AS SELECT ${columns} FROM generate_series(1, ${ROWS}) AS g`,
      `CREATE ${on}`,
    ],
    wear,
  }
}

const thirds = [0, 1, 2]
const VACUUM = 'VACUUM base'

const indexForms: readonly Form[] = [
  { name: 'unique', ...indexed('g AS id', 'UNIQUE INDEX thing ON base (id)') },
  {
    name: 'unique, mostly NULL',
    ...indexed('CASE WHEN g % 10 = 0 THEN g END AS id', 'UNIQUE INDEX thing ON base (id)'),
  },
  { name: 'low cardinality', ...indexed('g % 50 AS kind', 'INDEX thing ON base (kind)') },
  {
    name: 'some thousand values',
    ...indexed('(random() * 20000)::int AS kind', 'INDEX thing ON base (kind)'),
  },
  {
    name: 'low cardinality, worn',
    ...indexed('g AS id, g % 50 AS kind', 'INDEX thing ON base (kind)', [
      ...thirds.map((third) => `UPDATE base SET kind = (kind + 7) % 50 WHERE id % 3 = ${third}`),
      'UPDATE base SET kind = (kind + 3) % 50',
      'DELETE FROM base WHERE id % 10 < 3',
      VACUUM,
    ]),
  },
  {
    name: '90 % NULL',
    ...indexed('CASE WHEN g % 10 = 0 THEN g END AS owner', 'INDEX thing ON base (owner)'),
  },
  {
    name: 'one value, updated thrice',
    ...indexed(
      "g AS id, 'x'::text AS state",
      'INDEX thing ON base (state)',
      [1, 2, 3].map((round) => `UPDATE base SET state = 'x', id = id + ${round}`),
    ),
  },
  { name: 'text of one length', ...indexed('md5(g::text) AS hash', 'INDEX thing ON base (hash)') },
  { name: 'text', ...indexed("'customer ' || g AS name", 'INDEX thing ON base (name)') },
  {
    name: 'text of any length',
    ...indexed('left(repeat(md5(g::text), 2), 1 + g % 60) AS note', 'INDEX thing ON base (note)'),
  },
  {
    name: 'text of few values',
    ...indexed("'state number ' || g % 100 AS state", 'INDEX thing ON base (state)'),
  },
  {
    name: 'two columns',
    ...indexed('g % 100 AS a, (random() * 100)::int8 AS b', 'INDEX thing ON base (a, b)'),
  },
  {
    name: 'two columns with NULLs',
    ...indexed('g % 20 AS a, CASE WHEN g % 5 = 0 THEN g END AS b', 'INDEX thing ON base (a, b)'),
  },
  { name: 'fill factor 70', ...indexed('g AS id', 'INDEX thing ON base (id) WITH (fillfactor = 70)') },
  {
    name: 'fill factor 100',
    ...indexed('g % 1000 AS id', 'INDEX thing ON base (id) WITH (fillfactor = 100)'),
  },
  { name: 'partial', ...indexed('g AS id, g % 4 AS kind', 'INDEX thing ON base (id) WHERE kind = 0') },
  {
    name: 'partial, without the NULLs',
    ...indexed(
      'CASE WHEN g % 10 < 3 THEN g END AS owner',
      'INDEX thing ON base (owner) WHERE owner IS NOT NULL',
    ),
  },
  { name: 'INCLUDE', ...indexed('g % 50 AS kind, g AS id', 'INDEX thing ON base (kind) INCLUDE (id)') },
  {
    name: 'without deduplication',
    ...indexed('g % 50 AS kind', 'INDEX thing ON base (kind) WITH (deduplicate_items = off)'),
  },
  { name: 'numeric', ...indexed('(g % 50)::numeric AS amount', 'INDEX thing ON base (amount)') },
  { name: 'numeric, expression', ...indexed('g AS id', 'INDEX thing ON base ((id % 7 + 0.5))') },
  {
    name: 'text, expression',
    ...indexed("'Name ' || g % 5000 AS name", 'INDEX thing ON base (lower(name))'),
  },
  {
    name: 'deleted in ranges',
    ...indexed('g AS id', 'INDEX thing ON base (id)', [
      `DELETE FROM base WHERE id BETWEEN ${ROWS * 0.1} AND ${ROWS * 0.9}`,
      VACUUM,
    ]),
  },
  {
    name: 'written at random',
    make: [
      'CREATE TABLE base (id int8) WITH (autovacuum_enabled = off)',
      'CREATE INDEX thing ON base (id)',
      `INSERT INTO base SELECT g FROM generate_series(1, ${ROWS}) AS g ORDER BY random()`,
    ],
  },
]

const table = (columns: string, options = 'autovacuum_enabled = off') =>
  `CREATE TABLE thing WITH (${options}) AS SELECT ${columns} FROM generate_series(1, ${ROWS}) AS g`

const tableForms: readonly Form[] = [
  { name: 'fresh', make: [table("g AS id, g % 2 = 0 AS odd, now() AS at, 'note ' || g AS note")] },
  {
    name: 'half deleted',
    make: [table('g AS id, md5(g::text) AS note')],
    wear: ['DELETE FROM thing WHERE id % 2 = 0', 'VACUUM thing'],
  },
  {
    name: 'updated, not vacuumed',
    make: [table('g AS id, g::int8 AS v')],
    wear: ['UPDATE thing SET v = v + 1'],
  },
  {
    name: 'of wide rows',
    make: [table('g AS id, repeat(md5(g::text), 1 + g % 20) AS note')],
    wear: ['DELETE FROM thing WHERE id % 10 < 3', 'VACUUM thing'],
  },
  {
    name: 'with NULLs',
    make: [
      table('CASE WHEN g % 2 = 0 THEN g::int8 END AS a, CASE WHEN g % 3 = 0 THEN now() END AS b, g AS id'),
    ],
  },
  {
    name: 'with many columns and NULLs',
    make: [
      table(
        Array.from({ length: 12 }, (_, at) => `CASE WHEN random() > 0.25 THEN g END AS c${at}`).join(', '),
      ),
    ],
  },
  {
    name: 'with padding',
    make: [table('true AS a, g::int8 AS b, \'s\'::"char" AS c, now() AS d, 1::int2 AS e, g AS f')],
  },
  {
    name: 'with a fill factor',
    make: [table('g AS id, md5(g::text) AS note', 'fillfactor = 70, autovacuum_enabled = off')],
  },
  {
    name: 'with a dropped column',
    make: [
      table('g AS id, g::int8 AS gone, g::int8 AS v'),
      'ALTER TABLE thing DROP gone',
      'VACUUM FULL thing',
    ],
  },
]

const DATABASE = 'bloat_test'
/** Nothing has changed since the ANALYZE that each form ends with. */
const world: BloatWorld = { changedRows: 0, exactBytes: null }

/** Each in a schema of its own, all in one database. */
const forms = [
  ...indexForms.map((form, at) => ({ ...form, schema: `index_${at}`, rebuild: 'REINDEX INDEX thing' })),
  ...tableForms.map((form, at) => ({ ...form, schema: `table_${at}`, rebuild: 'VACUUM FULL thing' })),
]

beforeAll(() => makeDatabase(DATABASE, ['CREATE EXTENSION pgstattuple']))

describe.each(forms)('$schema, $name', ({ schema, make, wear = [], rebuild }) => {
  test('is estimated within 5 points of what a rebuild leaves', async () => {
    const client = await connect(uriOf(DATABASE))
    await client.query(`CREATE SCHEMA ${schema}; SET search_path = ${schema}, public`)
    for (const statement of [...make, ...wear, 'ANALYZE']) await client.query(statement)
    const estimate = known(await estimateOf(schema))
    const before = await sizeOf(client)
    await client.query(rebuild)
    const after = await sizeOf(client)
    expect(Math.abs(estimate.expectedBytes - after) / before).toBeLessThan(0.05)
    expect(Math.abs(estimate.ratio - (1 - after / before))).toBeLessThan(0.05)
  })
})

async function sizeOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query("SELECT pg_relation_size('thing')::int AS bytes")
  return rows[0].bytes
}

function known(estimate: BloatEstimate): BloatEstimate & { readonly isKnown: true } {
  if (!estimate.isKnown) throw new Error(estimate.reason)
  return estimate
}

/** The estimate for the index `thing` of a schema, or for the table of that name. */
async function estimateOf(schema: string, uri = uriOf(DATABASE)): Promise<BloatEstimate> {
  const { server } = await connected(targetOf(uri), { control: false })
  const index = (await rowsOf(server, indexes)).find((row) => row.schema === schema && row.index === 'thing')
  if (index !== undefined) {
    const facts = indexFactsOf(index)
    const columns = await rowsOf(server, columnStatistics, [[facts.oid, facts.tableOid]])
    return indexBloat(facts, (relid) => columns.filter((each) => each.relid === relid), world)
  }
  const table = (await rowsOf(server, tables)).find((row) => row.schema === schema && row.table === 'thing')
  if (table === undefined) throw new Error('no thing')
  const facts = tableFactsOf(table)
  return tableBloat(facts, await rowsOf(server, columnStatistics, [[facts.oid]]), world)
}

async function rowsOf<E extends Entry>(
  server: Server,
  entry: E,
  parameters: readonly Value[] = [],
): Promise<readonly EntryRow<E>[]> {
  const outcome = await server.run(entry, { parameters })
  if (!outcome.ok) throw new Error(`${entry.id}: ${outcome.failure.message}`)
  return outcome.rows
}

describe('an estimate that cannot be made', () => {
  beforeAll(async () => {
    await withRoles()
    await makeDatabase(`${DATABASE}_unknown`, [
      `CREATE TABLE base AS SELECT g AS id, 'n'::name AS label, ARRAY[g] AS list, 'Text' AS note FROM generate_series(1, 1000) AS g;
       CREATE SCHEMA named; CREATE SCHEMA gin; CREATE SCHEMA computed; CREATE SCHEMA plain; CREATE SCHEMA raw;
       ${['named', 'gin', 'computed', 'plain'].map((schema) => `CREATE TABLE ${schema}.base AS TABLE base`).join(';')};
       CREATE INDEX thing ON named.base (label);
       CREATE INDEX thing ON gin.base USING gin (list);
       CREATE INDEX thing ON computed.base (upper(note));
       CREATE INDEX thing ON plain.base (id);
       ANALYZE;
       CREATE TABLE raw.thing (id int) WITH (autovacuum_enabled = off);
       GRANT SELECT ON computed.base TO plain`,
    ])
  })

  test.each([
    ['gin', 'superuser', 'no estimate for gin, only for btree'],
    ['named', 'superuser', 'how long the names in label are is not known'],
    [
      'plain',
      'plain',
      'not possible: this role may not read the statistics of id; GRANT SELECT on the table',
    ],
    [
      'computed',
      'plain',
      'not possible: this role may not read the statistics of upper; GRANT pg_read_all_data (14+)',
    ],
    ['raw', 'superuser', /never counted|no statistics of id/],
  ] as const)('says why: %s as %s', async (schema, role, reason) => {
    const uri = uriOf(`${DATABASE}_unknown`)
    const estimate = await estimateOf(schema, role === 'plain' ? uriAs(uri, 'plain') : uri)
    expect(estimate.isKnown ? 'known' : estimate.reason).toMatch(reason)
  })
})

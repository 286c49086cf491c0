import pg from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import { foreignKeys } from '#queries/foreign-keys.ts'
import { indexes } from '#queries/indexes.ts'
import { type IndexFacts, indexFactsOf } from '#src/indexes/facts.ts'
import { type ForeignKeyFacts, foreignKeyFactsOf } from '#src/indexes/foreign-key.ts'
import { type ForeignKeyVerdict, foreignKeyVerdicts } from '#src/indexes/foreign-keys.ts'
import { connect, sharedCluster } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { connected, targetOf } from './connect-support.ts'

const DATABASE = 'foreign_keys'
const { versionNum } = sharedCluster()
const uri = uriOf(DATABASE)

const PARENTS = `
  CREATE EXTENSION IF NOT EXISTS btree_gist;
  CREATE TYPE mood AS ENUM ('glad', 'sad');
  CREATE DOMAIN inner_id AS int;
  CREATE DOMAIN outer_id AS inner_id;
  CREATE TABLE p (id int PRIMARY KEY, big bigint UNIQUE, t text UNIQUE, v varchar(20) UNIQUE, c text COLLATE "C" UNIQUE,
    n numeric UNIQUE, m mood UNIQUE, a int, b int, UNIQUE (a, b), r int, s int, u int, UNIQUE (r, s, u));
  CREATE TABLE "P ""q" ("I d" int PRIMARY KEY);
  CREATE TABLE pp (id int PRIMARY KEY) PARTITION BY RANGE (id);
  CREATE TABLE pp_1 PARTITION OF pp FOR VALUES FROM (0) TO (1000);
  CREATE TABLE pp_2 PARTITION OF pp FOR VALUES FROM (1000) TO (2000);
  INSERT INTO p SELECT i, i, i::text, i::text, i::text, i, NULL, i, i, i, i, i FROM generate_series(1, 20) AS i;`

interface Case {
  readonly name: string
  /** The table \`x\`, and whatever more; it stands in a schema of its own, first in the search path. */
  readonly sql: string
  readonly verdict: string
  /** A part of the reason or of what speaks for it. */
  readonly says?: string
  readonly since?: number
  /** Whether a delete is seen to use an index; not told where the server may do either. */
  readonly used?: boolean
}

const one = 'CREATE TABLE x (id int, f int REFERENCES p, g int)'
const two = 'CREATE TABLE x (id int, f int, g int, h int, FOREIGN KEY (f, g) REFERENCES p (a, b))'

const cases: readonly Case[] = [
  { name: 'no index', sql: one, verdict: 'missing', says: 'no index begins with f', used: false },
  { name: 'a btree', sql: `${one}; CREATE INDEX ON x (f)`, verdict: 'ok', used: true },
  { name: 'a btree with more columns', sql: `${one}; CREATE INDEX ON x (f, g)`, verdict: 'ok', used: true },
  { name: 'a unique index', sql: `${one}; CREATE UNIQUE INDEX ON x (f)`, verdict: 'ok', used: true },
  {
    name: 'a primary key',
    sql: 'CREATE TABLE x (f int PRIMARY KEY REFERENCES p)',
    verdict: 'ok',
    used: true,
  },
  { name: 'descending', sql: `${one}; CREATE INDEX ON x (f DESC NULLS LAST)`, verdict: 'ok', used: true },
  {
    name: 'another column first',
    sql: `${one}; CREATE INDEX i ON x (g, f)`,
    verdict: 'missing',
    says: 'i has it, but begins with another column',
  },
  {
    name: 'INCLUDEd',
    sql: `${one}; CREATE INDEX i ON x (g) INCLUDE (f)`,
    verdict: 'missing',
    says: 'i only INCLUDEs it',
  },
  { name: 'a hash index', sql: `${one}; CREATE INDEX ON x USING hash (f)`, verdict: 'ok', used: true },
  {
    name: 'BRIN',
    sql: `${one}; CREATE INDEX i ON x USING brin (f)`,
    verdict: 'review',
    says: 'only the brin index i has it',
  },
  {
    name: 'GiST',
    sql: `${one}; CREATE INDEX i ON x USING gist (f)`,
    verdict: 'review',
    says: 'only the gist index i has it',
  },
  {
    name: 'an expression on it',
    sql: `${one}; CREATE INDEX ON x ((f + 0))`,
    verdict: 'missing',
    used: false,
  },
  {
    name: 'partial',
    sql: `${one}; CREATE INDEX i ON x (f) WHERE g > 0`,
    verdict: 'missing',
    says: 'i is partial',
    used: false,
  },
  {
    name: 'partial where it is not NULL',
    sql: `${one}; CREATE INDEX ON x (f) WHERE f IS NOT NULL`,
    verdict: 'ok',
    used: true,
  },
  {
    name: 'partial where it is NULL',
    sql: `${one}; CREATE INDEX ON x (f) WHERE f IS NULL`,
    verdict: 'missing',
    used: false,
  },
  {
    name: 'partial where another is not NULL',
    sql: `${one}; CREATE INDEX ON x (f) WHERE g IS NOT NULL`,
    verdict: 'missing',
    used: false,
  },
  {
    name: 'partial where it is not NULL, and more',
    sql: `${one}; CREATE INDEX ON x (f) WHERE f IS NOT NULL AND g > 0`,
    verdict: 'missing',
    used: false,
  },
  {
    name: 'NOT VALID',
    sql: 'CREATE TABLE x (f int); ALTER TABLE x ADD FOREIGN KEY (f) REFERENCES p NOT VALID',
    verdict: 'missing',
    says: 'NOT VALID spares the old rows only',
    used: false,
  },
  {
    name: 'NOT ENFORCED',
    sql: 'CREATE TABLE x (f int REFERENCES p NOT ENFORCED)',
    verdict: 'skip',
    since: 180_000,
  },
  {
    name: 'ON DELETE CASCADE',
    sql: 'CREATE TABLE x (f int REFERENCES p ON DELETE CASCADE)',
    verdict: 'missing',
    says: 'to delete what refers to it',
    used: false,
  },
  { name: 'two columns in their order', sql: `${two}; CREATE INDEX ON x (f, g)`, verdict: 'ok', used: true },
  {
    name: 'two columns in the other order',
    sql: `${two}; CREATE INDEX ON x (g, f, h)`,
    verdict: 'ok',
    used: true,
  },
  {
    name: 'one of two columns',
    sql: `${two}; CREATE INDEX i ON x (g)`,
    verdict: 'partial',
    says: 'i begins with some of the columns only',
    used: true,
  },
  {
    name: 'two columns with one between',
    sql: `${two}; CREATE INDEX ON x (f, h, g)`,
    verdict: 'partial',
    used: true,
  },
  {
    name: 'hash on one of two',
    sql: `${two}; CREATE INDEX ON x USING hash (f)`,
    verdict: 'partial',
    used: true,
  },
  {
    name: 'one of two, the other INCLUDEd',
    sql: `${two}; CREATE INDEX ON x (f) INCLUDE (g)`,
    verdict: 'partial',
    used: true,
  },
  {
    name: 'two, partial where both are not NULL',
    sql: `${two}; CREATE INDEX ON x (f, g) WHERE f IS NOT NULL AND g IS NOT NULL`,
    verdict: 'ok',
    used: true,
  },
  {
    name: 'three columns in another order',
    sql: 'CREATE TABLE x (f int, g int, h int, FOREIGN KEY (f, g, h) REFERENCES p (r, s, u)); CREATE INDEX ON x (h, f, g)',
    verdict: 'ok',
    used: true,
  },
  {
    name: 'text',
    sql: 'CREATE TABLE x (f text REFERENCES p (t)); CREATE INDEX ON x (f)',
    verdict: 'ok',
    used: true,
  },
  {
    name: 'text_pattern_ops',
    sql: 'CREATE TABLE x (f text REFERENCES p (t)); CREATE INDEX ON x (f text_pattern_ops)',
    verdict: 'ok',
    used: true,
  },
  {
    name: 'another collation',
    sql: 'CREATE TABLE x (f text REFERENCES p (t)); CREATE INDEX i ON x (f COLLATE "POSIX")',
    verdict: 'missing',
    says: 'i has another collation',
    used: false,
  },
  {
    name: 'the collation of its column',
    sql: 'CREATE TABLE x (f text COLLATE "C" REFERENCES p (t)); CREATE INDEX ON x (f)',
    verdict: 'ok',
    used: true,
  },
  {
    name: 'varchar',
    sql: 'CREATE TABLE x (f varchar(20) REFERENCES p (v)); CREATE INDEX ON x (f)',
    verdict: 'ok',
    used: true,
  },
  {
    name: 'varchar to text',
    sql: 'CREATE TABLE x (f varchar(20) REFERENCES p (t)); CREATE INDEX ON x (f)',
    verdict: 'ok',
    says: 'f is character varying, p.t is text',
    used: true,
  },
  {
    name: 'char to text',
    sql: 'CREATE TABLE x (f char(5) REFERENCES p (t)); CREATE INDEX ON x (f)',
    verdict: 'review',
    says: 'f is compared as another type',
    used: false,
  },
  {
    name: 'int to bigint',
    sql: 'CREATE TABLE x (f int REFERENCES p (big)); CREATE INDEX ON x (f)',
    verdict: 'ok',
    says: 'f is integer, p.big is bigint',
    used: true,
  },
  {
    name: 'bigint to int',
    sql: 'CREATE TABLE x (f bigint REFERENCES p); CREATE INDEX ON x USING hash (f)',
    verdict: 'ok',
    used: true,
  },
  {
    name: 'int to numeric',
    sql: 'CREATE TABLE x (f int REFERENCES p (n)); CREATE INDEX ON x (f)',
    verdict: 'review',
    says: 'no index on it can serve',
    used: false,
  },
  { name: 'an enum', sql: 'CREATE TABLE x (f mood REFERENCES p (m)); CREATE INDEX ON x (f)', verdict: 'ok' },
  {
    name: 'a domain',
    sql: 'CREATE TABLE x (f inner_id REFERENCES p); CREATE INDEX ON x (f)',
    verdict: 'ok',
    used: true,
  },
  {
    name: 'a domain over a domain',
    sql: 'CREATE TABLE x (f outer_id REFERENCES p); CREATE INDEX ON x (f)',
    verdict: 'ok',
    used: true,
  },
  {
    name: 'to itself',
    sql: 'CREATE TABLE x (id int PRIMARY KEY, f int REFERENCES x)',
    verdict: 'missing',
  },
  {
    name: 'to itself, served',
    sql: 'CREATE TABLE x (id int PRIMARY KEY, f int REFERENCES x); CREATE INDEX ON x (f)',
    verdict: 'ok',
  },
  {
    name: 'each other',
    sql: 'CREATE TABLE y (id int PRIMARY KEY, f int); CREATE TABLE x (id int PRIMARY KEY, f int REFERENCES y); ALTER TABLE y ADD FOREIGN KEY (f) REFERENCES x; CREATE INDEX ON y (f)',
    verdict: 'missing',
  },
  {
    name: 'to a partitioned table',
    sql: 'CREATE TABLE x (f int REFERENCES pp); CREATE INDEX ON x (f)',
    verdict: 'ok',
  },
  {
    name: 'to a partitioned table, without',
    sql: 'CREATE TABLE x (f int REFERENCES pp)',
    verdict: 'missing',
  },
]

const parted = `CREATE TABLE x (id int, f int REFERENCES p) PARTITION BY RANGE (id);
  CREATE TABLE x_1 PARTITION OF x FOR VALUES FROM (0) TO (10);
  CREATE TABLE x_2 (gone int, f int, id int); ALTER TABLE x_2 DROP COLUMN gone;
  ALTER TABLE x ATTACH PARTITION x_2 FOR VALUES FROM (10) TO (20)`
const deep = `CREATE TABLE x (id int, f int REFERENCES p, t text) PARTITION BY RANGE (id);
  CREATE TABLE x_1 PARTITION OF x FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);
  CREATE TABLE x_1_1 PARTITION OF x_1 FOR VALUES FROM (0) TO (5);
  CREATE TABLE "x 2" PARTITION OF x FOR VALUES FROM (10) TO (20)`

const partitionCases: readonly Case[] = [
  { name: 'partitioned', sql: parted, verdict: 'missing', used: false },
  { name: 'partitioned, with its index', sql: `${parted}; CREATE INDEX ON x (f)`, verdict: 'ok', used: true },
  {
    name: 'partitioned, an index on each partition',
    sql: `${parted}; CREATE INDEX ON x_1 (f); CREATE INDEX ON x_2 (f)`,
    verdict: 'ok',
    used: true,
  },
  {
    name: 'partitioned, an index on one partition',
    sql: `${parted}; CREATE INDEX ON x_1 (f)`,
    verdict: 'missing',
    says: '1 of 2 partitions lack it',
  },
  {
    name: 'partitioned, an index on the table only',
    sql: `${parted}; CREATE INDEX ON ONLY x (f)`,
    verdict: 'missing',
    used: false,
  },
  {
    name: 'partitioned, no partition yet',
    sql: 'CREATE TABLE x (id int, f int REFERENCES p) PARTITION BY RANGE (id); CREATE INDEX ON x (f)',
    verdict: 'ok',
  },
  { name: 'partitioned twice', sql: deep, verdict: 'missing', used: false },
  {
    name: 'partitioned twice, with its index',
    sql: `${deep}; CREATE INDEX ON x (f)`,
    verdict: 'ok',
    used: true,
  },
  {
    name: 'partitioned twice, an index on one',
    sql: `${deep}; CREATE INDEX ON x_1_1 (f)`,
    verdict: 'missing',
  },
  {
    name: 'partitioned twice, an index on the leaves',
    sql: `${deep}; CREATE INDEX ON x_1_1 (f); CREATE INDEX ON "x 2" (f)`,
    verdict: 'ok',
    used: true,
  },
  {
    name: 'on a partition alone',
    sql: 'CREATE TABLE y (id int, f int) PARTITION BY RANGE (id); CREATE TABLE x PARTITION OF y FOR VALUES FROM (0) TO (9); ALTER TABLE x ADD FOREIGN KEY (f) REFERENCES p',
    verdict: 'missing',
    used: false,
  },
  {
    name: 'to and from partitioned tables',
    sql: 'CREATE TABLE x (id int, f int REFERENCES pp) PARTITION BY RANGE (id); CREATE TABLE x_1 PARTITION OF x FOR VALUES FROM (0) TO (9); CREATE INDEX ON x_1 (f)',
    verdict: 'ok',
  },
]

const all = [...cases, ...partitionCases].filter(({ since }) => versionNum >= (since ?? 0))
const schemaOf = (name: string) => `s_${name.replace(/\W+/g, '_').toLowerCase()}`

const WEIGHT = `
  CREATE SCHEMA weight;
  SET search_path = weight;
  CREATE TABLE busy (id int PRIMARY KEY);
  CREATE TABLE still (id int PRIMARY KEY);
  INSERT INTO busy SELECT generate_series(1, 10);
  INSERT INTO still SELECT generate_series(1, 10);
  CREATE TABLE large (f int REFERENCES busy, filler char(1000));
  CREATE TABLE small (f int REFERENCES busy);
  CREATE TABLE calm (f int REFERENCES still, filler char(1000));
  INSERT INTO large SELECT 1, '' FROM generate_series(1, 9000);
  INSERT INTO calm SELECT 1, '' FROM generate_series(1, 9000);
  ANALYZE large, calm;
  DELETE FROM busy WHERE id > 7;
  CREATE SCHEMA orders;
  CREATE TABLE orders.p (a int, b int, PRIMARY KEY (a, b));
  CREATE TABLE orders.x (f int, g int, FOREIGN KEY (f, g) REFERENCES orders.p, FOREIGN KEY (g, f) REFERENCES orders.p)`

const ODD = `
  CREATE SCHEMA "Odd ""s";
  SET search_path = "Odd ""s", public;
  CREATE TABLE "T ""x" ("F.f" int REFERENCES "P ""q", "select" int REFERENCES p, f int REFERENCES p,
    CONSTRAINT "select again" FOREIGN KEY ("select") REFERENCES pp);
  CREATE INDEX ON "T ""x" (f)`

/** An index that CREATE INDEX CONCURRENTLY left behind. */
async function leaveInvalid(): Promise<void> {
  const client = new pg.Client({ connectionString: uri })
  await client.connect()
  await client.query(`CREATE SCHEMA invalid; SET search_path = invalid, public;
    CREATE TABLE x (f int REFERENCES p); INSERT INTO x VALUES (1), (1)`)
  await client.query('CREATE UNIQUE INDEX CONCURRENTLY broken ON invalid.x (f)').catch(() => undefined)
  await client.end()
}

interface Reading {
  readonly keys: readonly ForeignKeyFacts[]
  readonly indexes: readonly IndexFacts[]
}

async function read(): Promise<Reading> {
  const { server } = await connected(targetOf(uri), { control: false })
  const [indexRows, keyRows] = [await server.run(indexes), await server.run(foreignKeys)]
  if (!indexRows.ok) throw new Error(indexRows.failure.message)
  if (!keyRows.ok) throw new Error(keyRows.failure.message)
  return { keys: keyRows.rows.map(foreignKeyFactsOf), indexes: indexRows.rows.map(indexFactsOf) }
}

let first: Promise<Reading> | null = null

/** The verdicts on the database as it was made. */
async function verdictsIn(schema: string, table = 'x'): Promise<readonly ForeignKeyVerdict[]> {
  first ??= read()
  return judged(await first).filter((each) => each.schema === schema && each.table === table)
}

function judged({ keys, indexes }: Reading, world = { inRecovery: false }): readonly ForeignKeyVerdict[] {
  return foreignKeyVerdicts(keys, indexes, world)
}

beforeAll(async () => {
  await makeDatabase(DATABASE, [
    PARENTS,
    ...all.map(
      ({ name, sql }) =>
        `CREATE SCHEMA ${schemaOf(name)}; SET search_path = ${schemaOf(name)}, public; ${sql}`,
    ),
    ODD,
    WEIGHT,
  ])
  await leaveInvalid()
})

describe('a foreign key', () => {
  test.each(all)('$name: $verdict', async ({ name, verdict, says }) => {
    const found = await verdictsIn(schemaOf(name))
    expect(found.map((each) => each.verdict)).toEqual([verdict])
    const told = found
      .flatMap(({ reason, evidence, caveats }) => [reason, ...evidence, ...caveats])
      .join('; ')
    if (says !== undefined) expect(told).toContain(says)
  })

  test.each(all.filter(({ used }) => used !== undefined))(
    '$name: a delete agrees',
    async ({ name, used }) => {
      expect((await scansOfDelete(schemaOf(name))) > 0).toBe(used)
    },
  )
})

test('a foreign key on columns of an invalid index has none', async () => {
  expect(await verdictsIn('invalid')).toMatchObject([
    { verdict: 'missing', evidence: expect.arrayContaining(['broken is not valid']) },
  ])
})

describe('foreign keys on the same columns', () => {
  test('have one verdict, whatever their names', async () => {
    const found = await verdictsIn('Odd "s', 'T "x')
    expect(found.map(({ columns, verdict, keys }) => [columns, verdict, keys.length])).toEqual([
      [['F.f'], 'missing', 1],
      [['select'], 'missing', 2],
      [['f'], 'ok', 1],
    ])
    expect(found.map(({ remedy }) => remedy?.sql)).toEqual([
      ['CREATE INDEX CONCURRENTLY ON "Odd ""s"."T ""x" ("F.f");'],
      ['CREATE INDEX CONCURRENTLY ON "Odd ""s"."T ""x" ("select");'],
      undefined,
    ])
  })

  test('in another order are the same columns', async () => {
    const found = await verdictsIn('orders')
    expect(found.map(({ keys, verdict }) => [keys.length, verdict])).toEqual([[2, 'missing']])
  })
})

describe('the weight', () => {
  test('is that of what deletes had to read, and a warning from 9 MB on', async () => {
    const found = await verdictsIn('weight', 'large')
    expect(found).toMatchObject([{ verdict: 'missing', severity: 'warning', confidence: 'high' }])
    const [large] = found
    const pages = Number(large?.keys[0]?.row.relpages)
    expect(pages).toBeGreaterThan(1152)
    expect(large?.weight).toBe(pages * 4)
    expect(large?.evidence).toContain('3 deleted there since the statistics began')
  })

  test('is small where the table is, or nothing was deleted', async () => {
    expect(await verdictsIn('weight', 'small')).toMatchObject([{ severity: 'notice', confidence: 'medium' }])
    expect(await verdictsIn('weight', 'calm')).toMatchObject([{ severity: 'notice', confidence: 'high' }])
  })

  test('goes by size alone on a standby, which counts no deletes', async () => {
    await verdictsIn('weight')
    const found = judged((await first) ?? { keys: [], indexes: [] }, { inRecovery: true })
    const calm = found.find(({ schema, table }) => schema === 'weight' && table === 'calm')
    expect(calm).toMatchObject({ severity: 'warning' })
    expect(calm?.evidence.join()).not.toContain('since the statistics began')
  })
})

test('asking waits for no lock on a table or a partition', async () => {
  const holder = await connect(uri)
  const schema = schemaOf('partitioned twice')
  await holder.query(`BEGIN; LOCK TABLE ${schema}.x, public.p, public.pp IN ACCESS EXCLUSIVE MODE`)
  expect((await read()).keys.length).toBeGreaterThan(all.length)
})

describe('a remedy', () => {
  test('for a partitioned table goes from part to part, and takes the indexes there are', async () => {
    const [found] = await verdictsIn(schemaOf('partitioned twice, an index on one'))
    expect(found?.remedy?.sql).toEqual([
      'CREATE INDEX x_f_idx ON ONLY s_partitioned_twice_an_index_on_one.x (f);',
      'CREATE INDEX x_1_f_idx ON ONLY s_partitioned_twice_an_index_on_one.x_1 (f);',
      'ALTER INDEX s_partitioned_twice_an_index_on_one.x_1_f_idx ATTACH PARTITION s_partitioned_twice_an_index_on_one.x_1_1_f_idx;',
      'ALTER INDEX s_partitioned_twice_an_index_on_one.x_f_idx ATTACH PARTITION s_partitioned_twice_an_index_on_one.x_1_f_idx;',
      'CREATE INDEX CONCURRENTLY "x 2_f_idx" ON s_partitioned_twice_an_index_on_one."x 2" (f);',
      'ALTER INDEX s_partitioned_twice_an_index_on_one.x_f_idx ATTACH PARTITION s_partitioned_twice_an_index_on_one."x 2_f_idx";',
    ])
  })

  test('makes every verdict ok, and leaves no invalid index', async () => {
    const before = judged(await read())
    const remedies = before.filter(({ remedy, schema }) => remedy !== null && schema !== 'invalid')
    expect(remedies.length).toBeGreaterThan(20)
    const client = await connect(uri)
    for (const { remedy } of remedies) for (const sql of remedy?.sql ?? []) await client.query(sql)
    const after = await read()
    const known = new Map(judged(after).map((each) => [each.keys[0]?.oid, each.verdict]))
    expect(remedies.map(({ keys }) => known.get(keys[0]?.oid))).toEqual(remedies.map(() => 'ok'))
    const invalid = after.indexes.filter(({ row }) => row.is_valid === false)
    expect(invalid.map(({ name, schema }) => `${schema}.${name}`).toSorted()).toEqual([
      'invalid.broken',
      // The one that was there alone before: another was made beside it.
      's_partitioned_an_index_on_the_table_only.x_f_idx',
    ])
  })
})

/** How many scans of indexes of the referencing tables a delete takes where the server avoids reading tables. */
async function scansOfDelete(schema: string): Promise<number> {
  const client = new pg.Client({ connectionString: uri })
  await client.connect()
  try {
    await client.query('BEGIN; SET LOCAL enable_seqscan = off; DELETE FROM public.p WHERE id = 20')
    const { rows } = await client.query(
      `SELECT coalesce(sum(pg_stat_get_xact_numscans(indexrelid)), 0)::int AS scans
       FROM pg_index INNER JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = $1::regnamespace`,
      [schema],
    )
    return rows[0].scans
  } finally {
    await client.end()
  }
}

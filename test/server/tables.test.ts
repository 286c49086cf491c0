/** What is said of tables and sequences, on tables that are really so. */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { sequences } from '#queries/sequences.ts'
import type { TableFinding } from '#src/tables/finding.ts'
import { type SequenceState, sequenceState } from '#src/tables/sequences.ts'
import type { TableVerdict } from '#src/tables/verdicts.ts'
import { connect, eventually, sharedCluster, uriAs, withRoles } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { ask, findingOf, run, serverAt, verdictsOf } from './tables-support.ts'

const DATABASE = 'tables_test'
const { versionNum } = sharedCluster()
const uri = uriOf(DATABASE)

const QUIET = 'WITH (autovacuum_enabled = off)'

const MADE = `
  CREATE TABLE healthy (id int PRIMARY KEY, note text);
  INSERT INTO healthy SELECT id, 'x' FROM generate_series(1, 5000) AS id;
  CREATE TABLE dead (id int, note text) ${QUIET};
  INSERT INTO dead SELECT id, repeat('x', 100) FROM generate_series(1, 20000) AS id;
  CREATE TABLE fresh (id int) ${QUIET};
  INSERT INTO fresh SELECT generate_series(1, 3000);
  CREATE UNLOGGED TABLE passing (id int);
  CREATE TABLE parts (id int, day int) PARTITION BY RANGE (day);
  CREATE TABLE "Parts.1" PARTITION OF parts FOR VALUES FROM (0) TO (10) ${QUIET};
  CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20) PARTITION BY LIST (day);
  CREATE TABLE parts_2a PARTITION OF parts_2 FOR VALUES IN (10, 11, 12) ${QUIET};
  CREATE TABLE parts_2b PARTITION OF parts_2 DEFAULT ${QUIET};
  CREATE INDEX ON parts (id);
  INSERT INTO parts SELECT id, id % 20 FROM generate_series(1, 4000) AS id;
  CREATE TABLE narrow (id int PRIMARY KEY, at int) ${QUIET};
  CREATE INDEX ON narrow (at);
  INSERT INTO narrow SELECT id, id FROM generate_series(1, 100) AS id;
  CREATE TABLE wide (id int PRIMARY KEY, at int, note text) ${QUIET};
  INSERT INTO wide SELECT id, id, repeat('x', 300) FROM generate_series(1, 12000) AS id;
  CREATE TABLE scanned (id int PRIMARY KEY, note text) ${QUIET};
  INSERT INTO scanned SELECT id, repeat('x', 500) FROM generate_series(1, 16000) AS id;
  CREATE TABLE keyless (id int);
  CREATE TABLE late (id int PRIMARY KEY DEFERRABLE);
  CREATE TABLE keyed (id int PRIMARY KEY);
  CREATE TABLE whole (id int);
  ALTER TABLE whole REPLICA IDENTITY FULL;
  CREATE TABLE keyless_parts (id int) PARTITION BY LIST (id);
  CREATE TABLE keyless_part PARTITION OF keyless_parts DEFAULT;
  CREATE PUBLICATION changes FOR TABLE keyless, late, keyed, whole, keyless_parts;
  CREATE TABLE appended (id int);
  CREATE PUBLICATION additions FOR TABLE appended WITH (publish = 'insert');
  CREATE MATERIALIZED VIEW seen AS SELECT 1 AS one;
  CREATE TABLE toasted (note text) WITH (toast.autovacuum_enabled = off);`

beforeAll(async () => {
  await makeDatabase(DATABASE, [MADE])
  await run(uri, [
    'VACUUM (ANALYZE) healthy',
    'VACUUM (ANALYZE) dead',
    'VACUUM (ANALYZE) wide',
    'ANALYZE scanned',
  ])
  await run(uri, ['ANALYZE "Parts.1"', 'ANALYZE parts_2a', 'ANALYZE parts_2b'])
  await run(uri, [
    'DELETE FROM dead WHERE id > 1000',
    ...Array.from({ length: 101 }, () => 'UPDATE narrow SET at = at + 1'),
    `UPDATE wide SET note = repeat('y', 300)`,
    ...Array.from({ length: 101 }, () => 'SELECT count(*) FROM scanned'),
  ])
})

async function seen(
  until: (verdicts: Readonly<Record<string, TableVerdict>>) => boolean = () => true,
): Promise<Readonly<Record<string, TableVerdict>>> {
  const server = await serverAt(uri)
  return await eventually(async () => {
    const verdicts = await verdictsOf(server)
    return until(verdicts) && verdicts
  })
}

function said(verdict: TableVerdict | undefined): readonly string[] {
  return (verdict?.findings ?? []).map(({ id, severity, confidence }) => `${id} ${severity} ${confidence}`)
}

describe('a table', () => {
  test('is told with its sizes, and nothing is said of one that is well', async () => {
    const { healthy, seen: view } = await seen(
      ({ healthy: each }) =>
        each !== undefined && each.facts.lastAnalyze !== null && each.facts.target.changed === 0,
    )
    expect(healthy?.findings).toEqual([])
    expect(healthy?.facts).toMatchObject({ sqlName: 'public.healthy', isPartitioned: false, fillfactor: 100 })
    expect(healthy?.facts.target).toMatchObject({ rows: 5000, dead: 0, changed: 0 })
    const { rows } = await (await connect(uri)).query(
      `SELECT pg_table_size('healthy')::int / 8192 AS own, pg_indexes_size('healthy')::int / 8192 AS indexes,
         pg_relation_size('healthy')::int / 8192 AS heap`,
    )
    expect(healthy?.facts).toMatchObject({
      heapPages: rows[0].heap,
      indexPages: rows[0].indexes,
      toastPages: 1,
    })
    expect(view?.facts.row).toMatchObject({ kind: 'm', schema: 'public' })
  })

  test('full of dead rows is overdue, and says that autovacuum does not come', async () => {
    const { dead } = await seen(({ dead: each }) => each?.facts.target.dead === 19_000)
    const finding = findingOf(dead, 'vacuum-overdue')
    expect(finding).toMatchObject({
      severity: 'warning',
      sentence: '4 times the dead rows at which autovacuum comes, and it does not come',
      confidence: 'high',
    })
    expect(finding?.remedy?.sql).toEqual(['VACUUM (VERBOSE, ANALYZE) public.dead;'])
    expect(findingOf(dead, 'autovacuum-disabled')?.remedy?.sql).toEqual([
      'ALTER TABLE public.dead RESET (autovacuum_enabled);',
    ])
  })

  test('is told apart when never analyzed', async () => {
    const { fresh, healthy } = await seen(
      ({ fresh: each, healthy: other }) => each?.facts.live === 3000 && other?.facts.lastAnalyze !== null,
    )
    expect(said(fresh)).toContain('never-analyzed warning high')
    expect(findingOf(healthy, 'never-analyzed')).toBeUndefined()
  })

  test('whose updates are not HOT says what is in the way', async () => {
    const { narrow, wide } = await seen(
      ({ narrow: one, wide: two }) => one?.hot.updates === 10_100 && two?.hot.updates === 12_000,
    )
    const [indexed, full] = [findingOf(narrow, 'hot-blocked'), findingOf(wide, 'hot-blocked')]
    expect([narrow?.hot.hotRatio, wide?.hot.hotRatio]).toEqual([0, expect.closeTo(0, 1)])
    if (versionNum < 160_000) {
      expect([indexed, full].map((each) => each?.confidence)).toEqual(['low', 'low'])
      return
    }
    expect(indexed?.sentence).toContain('an indexed column that changes')
    expect(full?.sentence).toContain('full pages')
    expect(full?.remedy?.sql).toEqual(['ALTER TABLE public.wide SET (fillfactor = 80);'])
  })

  test('that is read as a whole again and again is a candidate for an index', async () => {
    const { scanned, wide } = await seen(({ scanned: each }) => Number(each?.facts.row.seq_scan) >= 101)
    expect(said(scanned)).toContain('sequential-scans warning low')
    expect(findingOf(wide, 'sequential-scans')).toBeUndefined()
  })

  test('that is unlogged says so', async () => {
    expect(said((await seen()).passing)).toEqual(['unlogged info high'])
  })

  test('whose TOAST table is left alone by autovacuum says so', async () => {
    const finding = findingOf((await seen()).toasted, 'autovacuum-disabled')
    expect(finding?.remedy?.sql).toEqual(['ALTER TABLE public.toasted RESET (toast.autovacuum_enabled);'])
  })

  test('that is published needs a replica identity, and its UPDATE really fails without', async () => {
    const verdicts = await seen()
    const without = Object.values(verdicts)
      .filter((verdict) => findingOf(verdict, 'no-replica-identity') !== undefined)
      .map(({ facts }) => facts.name)
    const expected = ['keyless', 'keyless_part', 'late']
    expect(without.toSorted()).toEqual(expected)
    const client = await connect(uri)
    for (const table of ['keyless', 'keyless_parts', 'late', 'keyed', 'whole', 'appended']) {
      await client.query(`INSERT INTO ${table} VALUES (1)`)
      const fails = ['keyless', 'keyless_parts', 'late'].includes(table)
      const outcome = client.query(`UPDATE ${table} SET id = id`).then(
        () => 'went well',
        (error: { code: string }) => error.code,
      )
      expect([table, await outcome]).toEqual([table, fails ? '55000' : 'went well'])
    }
  })
})

describe('a partitioned table', () => {
  test('has the sums of its partitions at any depth', async () => {
    const verdicts = await seen(({ parts_2b: each }) => each?.facts.live === 1400)
    const leaves = ['Parts.1', 'parts_2a', 'parts_2b'].map((name) => verdicts[name]?.facts)
    const sum = (key: 'pages' | 'heapPages' | 'indexPages') =>
      leaves.reduce((total, facts) => total + (facts?.[key] ?? 0), 0)
    expect(verdicts.parts?.totals).toEqual({
      leaves: 3,
      rows: 4000,
      uncounted: 0,
      live: 4000,
      dead: 0,
      heapPages: sum('heapPages'),
      indexPages: sum('indexPages'),
      toastPages: 0,
      pages: sum('pages'),
    })
    expect(verdicts.parts_2?.totals).toMatchObject({ leaves: 2, rows: 2000 })
    expect(verdicts['Parts.1']?.totals).toBeNull()
    expect(verdicts.parts?.facts.pages).toBe(0)
    expect(verdicts.parts?.need).toBeNull()
  })

  test('is not analyzed by analyzing its partitions', async () => {
    const before = findingOf((await seen()).parts, 'partitions-not-analyzed')
    if (versionNum < 140_000) {
      expect(before).toBeUndefined()
      return
    }
    expect(before).toMatchObject({ severity: 'warning', remedy: { sql: ['ANALYZE public.parts;'] } })
    await run(uri, ['ANALYZE parts'])
    expect((await seen()).parts?.findings).toEqual([])
    await run(uri, [
      'INSERT INTO parts SELECT id, id % 20 FROM generate_series(1, 6000) AS id',
      'ANALYZE "Parts.1"',
      'ANALYZE parts_2a',
      'ANALYZE parts_2b',
    ])
    expect(findingOf((await seen()).parts, 'partitions-not-analyzed')).toMatchObject({
      severity: 'info',
      sentence: 'grown from 4.0k to about 10k rows since it was last analyzed as a whole',
    })
  })
})

const SEQUENCES = `
  CREATE SEQUENCE plain;
  SELECT setval('plain', 5000000000000000000);
  CREATE SEQUENCE unused;
  CREATE TABLE owner_int (id int);
  CREATE SEQUENCE owned OWNED BY owner_int.id;
  SELECT setval('owned', 2000000000);
  CREATE SEQUENCE shared;
  SELECT setval('shared', 2000000000);
  CREATE TABLE user_big (id bigint DEFAULT nextval('shared'));
  CREATE DOMAIN positive AS int CHECK (VALUE > 0);
  CREATE DOMAIN more_positive AS positive;
  CREATE TABLE "User int" ("The id" more_positive DEFAULT nextval('shared'));
  CREATE TABLE identity_small (id smallint GENERATED ALWAYS AS IDENTITY);
  SELECT setval('identity_small_id_seq', 32000);
  CREATE SEQUENCE down INCREMENT BY -1 MAXVALUE 100 MINVALUE -99 START 100;
  SELECT setval('down', -80);
  CREATE SEQUENCE down_column INCREMENT BY -2 MINVALUE -9000000000 START -1;
  CREATE TABLE user_down (id smallint DEFAULT nextval('down_column'));
  SELECT setval('down_column', -32767);
  CREATE SEQUENCE round MAXVALUE 10 CYCLE;
  SELECT setval('round', 10);
  CREATE SEQUENCE round_column CYCLE;
  CREATE TABLE user_round (id int DEFAULT nextval('round_column'));
  SELECT setval('round_column', 2147483647);
  CREATE SEQUENCE steps INCREMENT BY 10 MAXVALUE 100;
  SELECT setval('steps', 91);
  CREATE SEQUENCE reckoned;
  CREATE TABLE user_reckoned (id int DEFAULT nextval('reckoned') % 1000);
  SELECT setval('reckoned', 2100000000);
  CREATE TABLE serial_table (id serial);
  SELECT setval('serial_table_id_seq', 2147483647);
  CREATE SEQUENCE beyond;
  CREATE TABLE user_beyond (id int DEFAULT nextval('beyond'));
  SELECT setval('beyond', 3000000000);
  CREATE SEQUENCE narrow_seq AS smallint;
  SELECT setval('narrow_seq', 31000);`

describe('a sequence', () => {
  const SEQUENCE_DATABASE = 'tables_sequences'
  const sequenceUri = uriOf(SEQUENCE_DATABASE)

  beforeAll(() => makeDatabase(SEQUENCE_DATABASE, [SEQUENCES]))

  async function states(at = sequenceUri): Promise<Readonly<Record<string, SequenceState>>> {
    const rows = await ask(await serverAt(at), sequences)
    return Object.fromEntries(rows.map((row) => [row.sequence, sequenceState(row)]))
  }

  test.each<[string, number | null, 'sequence' | string, TableFinding['severity'] | null]>([
    ['plain', 0.542, 'sequence', null],
    ['unused', null, 'sequence', null],
    ['owned', 0.931, 'public.owner_int.id', 'warning'],
    ['shared', 0.931, 'public.User int.The id', 'warning'],
    ['identity_small_id_seq', 0.977, 'sequence', 'critical'],
    ['down', 0.905, 'sequence', 'warning'],
    ['down_column', 1, 'public.user_down.id', 'critical'],
    ['round', 1, 'sequence', null],
    ['round_column', 1, 'public.user_round.id', 'critical'],
    ['steps', 1, 'sequence', 'critical'],
    ['reckoned', 0, 'sequence', null],
    ['serial_table_id_seq', 1, 'sequence', 'critical'],
    ['beyond', 1, 'public.user_beyond.id', 'critical'],
    ['narrow_seq', 0.946, 'sequence', 'warning'],
  ])('%s is used %s, ended by %s: %s', async (name, used, end, severity) => {
    const state = (await states())[name]
    expect(state?.usedRatio).toEqual(used === null ? null : expect.closeTo(used, 2))
    const { limit } = state as SequenceState
    expect(limit.kind === 'sequence' ? 'sequence' : Object.values(limit.column).slice(0, 3).join('.')).toBe(
      end,
    )
    expect(state?.severity).toBe(severity)
  })

  test('ends where it is said to', async () => {
    const client = await connect(sequenceUri)
    for (const [statement, code] of [
      ['INSERT INTO user_down DEFAULT VALUES', '22003'],
      ['INSERT INTO user_round DEFAULT VALUES', '22003'],
      ['INSERT INTO serial_table DEFAULT VALUES', '2200H'],
      [`SELECT nextval('steps')`, '2200H'],
    ]) {
      await expect(client.query(statement as string)).rejects.toMatchObject({ code })
    }
  })

  test('is widened together with its columns', async () => {
    const all = await states()
    expect(all.shared?.remedy?.sql).toEqual([
      'ALTER TABLE public."User int" ALTER COLUMN "The id" TYPE bigint;',
    ])
    expect(all.serial_table_id_seq?.remedy?.sql).toEqual([
      'ALTER TABLE public.serial_table ALTER COLUMN id TYPE bigint;',
      'ALTER SEQUENCE public.serial_table_id_seq AS bigint;',
    ])
    expect(all.reckoned?.caveats).toEqual(['the default of public.user_reckoned.id computes with it'])
  })

  test('that is altered, or waits to be, does not stop the list and says by whom', async () => {
    const holder = await connect(sequenceUri)
    const { rows } = await holder.query('SELECT pg_backend_pid() AS pid')
    await holder.query('BEGIN; ALTER SEQUENCE plain CACHE 5')
    const reader = await connect(sequenceUri)
    await reader.query(`BEGIN; SELECT nextval('narrow_seq')`)
    const waiter = await connect(sequenceUri)
    const waiting = waiter.query('BEGIN; ALTER SEQUENCE narrow_seq CACHE 5')
    onTestFinished(async () => {
      for (const client of [holder, reader]) await client.query('ROLLBACK')
      await waiting
      await waiter.query('ROLLBACK')
    })
    const all = await eventually(async () => {
      const now = await states()
      return now.narrow_seq?.usedRatio === null && now
    })
    expect(all.plain?.unknownBecause).toBe(`locked by pid ${rows[0].pid}`)
    expect(all.narrow_seq?.unknownBecause).toMatch(/^locked by pid \d+$/)
    expect(all.owned?.unknownBecause).toBeNull()
    expect(all.unused?.unknownBecause).toBe('never used')
  })

  test('of others, and of other sessions, says why it is not known', async () => {
    await withRoles()
    const keeper = await connect(sequenceUri)
    await keeper.query('CREATE TEMP SEQUENCE passing')
    await keeper.query(`SELECT nextval('passing')`)
    await keeper.query('GRANT USAGE ON SEQUENCE owned TO plain')
    const plain = await states(uriAs(sequenceUri, 'plain', SEQUENCE_DATABASE))
    expect(plain.plain?.unknownBecause).toBe('needs SELECT or USAGE on the sequence')
    expect(plain.owned?.usedRatio).toBeCloseTo(0.931, 2)
    expect(plain.passing?.unknownBecause).toBe('temporary, of another session')
  })
})

describe('a role without rights', () => {
  test('is told the same of tables', async () => {
    await withRoles()
    const all = await seen(({ dead }) => dead?.facts.target.dead === 19_000)
    const plain = await verdictsOf(await serverAt(uriAs(uri, 'plain', DATABASE)))
    for (const name of ['healthy', 'dead', 'narrow', 'keyless', 'parts'])
      expect(said(plain[name])).toEqual(said(all[name]))
  })
})

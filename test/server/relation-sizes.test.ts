/** Exact figures of relations that nobody locks, and who locks the others. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Entry, EntryRow, Value } from '#queries/define.ts'
import { indexDefinition } from '#queries/index-definition.ts'
import { indexPgstattuple, tablePgstattuple } from '#queries/pgstattuple.ts'
import { relationSizes } from '#queries/relation-sizes.ts'
import { tableDetail } from '#queries/table-detail.ts'
import type { Server } from '#src/server/contract.ts'
import { connect, eventually, sharedCluster, uriAs, withRoles } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { subjectOf } from './catalog-support.ts'
import { connected, targetOf } from './connect-support.ts'

const DATABASE = 'relation_sizes_test'
const uri = uriOf(DATABASE)
const { versionNum } = sharedCluster()

beforeAll(async () => {
  await withRoles()
  await makeDatabase(DATABASE, [
    `CREATE SCHEMA "Odd %s'x"`,
    `CREATE EXTENSION pgstattuple SCHEMA "Odd %s'x"`,
    `CREATE TABLE free (id int PRIMARY KEY, note text) WITH (fillfactor = 90, autovacuum_enabled = off);
     INSERT INTO free SELECT g, 'note ' || g FROM generate_series(1, 10000) AS g;
     CREATE INDEX free_part ON free (lower(note), id DESC) INCLUDE (note) WHERE id > 5;
     COMMENT ON INDEX free_part IS 'why it is there';
     COMMENT ON TABLE free IS 'a table';
     ALTER TABLE free ADD gone int; ALTER TABLE free DROP gone`,
    `CREATE TABLE held (id int PRIMARY KEY, note text); CREATE INDEX held_note ON held (note);
     INSERT INTO held SELECT g, 'n' FROM generate_series(1, 1000) AS g`,
    `CREATE TABLE wanted (id int PRIMARY KEY REFERENCES free, "other ""id" int REFERENCES held);
     CREATE INDEX wanted_other ON wanted ("other ""id")`,
    `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
     CREATE TRIGGER touched BEFORE UPDATE ON free FOR EACH ROW EXECUTE FUNCTION touch();
     ALTER TABLE free DISABLE TRIGGER touched;
     CREATE PUBLICATION one FOR TABLE free; CREATE PUBLICATION everything FOR ALL TABLES;
     ${versionNum >= 150_000 ? 'CREATE PUBLICATION whole FOR TABLES IN SCHEMA public' : ''}`,
  ])
})

/** A server, and the oids of relations by name. */
async function open(role?: string): Promise<{ server: Server; oids: Readonly<Record<string, number>> }> {
  const { server } = await connected(targetOf(role === undefined ? uri : uriAs(uri, role)))
  // The third session is opened when it is needed first: what follows is about the answer.
  await rowsOf(server, relationSizes, [[]])
  const client = await connect(uri)
  const { rows } = await client.query(
    `SELECT json_object_agg(relname, oid::int) AS oids FROM pg_class WHERE relnamespace = 'public'::regnamespace`,
  )
  return { server, oids: rows[0].oids }
}

async function rowsOf<E extends Entry>(
  server: Server,
  entry: E,
  parameters: readonly Value[],
): Promise<readonly EntryRow<E>[]> {
  const outcome = await server.run(entry, { parameters, session: 'task' })
  if (!outcome.ok) throw new Error(`${entry.id}: ${outcome.failure.message}`)
  return outcome.rows
}

/** Locks `held`, and waits to lock `wanted` behind a reader. */
async function lock(): Promise<{ holder: number; queued: number; release: () => Promise<void> }> {
  const [holder, reader, writer] = [await connect(uri), await connect(uri), await connect(uri)]
  const [{ pid: held }, { pid: queued }] = [await subjectOf(holder), await subjectOf(writer)]
  await holder.query('BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE')
  await reader.query('BEGIN; LOCK TABLE wanted IN ACCESS SHARE MODE')
  const waiting = writer.query('ALTER TABLE wanted ADD later int').catch(() => undefined)
  await eventually(async () => {
    const { rows } = await reader.query('SELECT FROM pg_locks WHERE pid = $1 AND NOT granted', [queued])
    return rows.length === 1
  })
  const release = async () => {
    await holder.query('SELECT pg_cancel_backend($1)', [queued])
    await holder.query('ROLLBACK')
    await reader.query('ROLLBACK')
    await waiting
  }
  return { holder: held, queued, release }
}

describe('sizes', () => {
  test('are those that the server tells', async () => {
    const { server, oids } = await open()
    const client = await connect(uri)
    const asked = [oids.free, oids.free_part, oids.held] as number[]
    const { rows } = await client.query(
      `SELECT c.oid::int AS relid, false AS locked, NULL AS locked_by,
         pg_relation_size(c.oid)::int AS main_bytes, pg_indexes_size(c.oid)::int AS index_bytes,
         coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0)::int AS toast_bytes,
         pg_total_relation_size(c.oid)::int AS total_bytes
       FROM pg_class AS c WHERE c.oid = ANY ($1) ORDER BY c.oid`,
      [asked],
    )
    expect(await rowsOf(server, relationSizes, [[...asked, 1]])).toEqual(rows)
  })

  test('of what is locked, or is about to be, come with who does it, and at once', async () => {
    const { server, oids } = await open()
    const { holder, queued, release } = await lock()
    const started = performance.now()
    const rows = await rowsOf(server, relationSizes, [Object.values(oids)])
    expect(performance.now() - started).toBeLessThan(500)
    const byOid = new Map(rows.map((row) => [row.relid, row]))
    const of = (name: string) => byOid.get(oids[name] ?? 0)
    const nothing = { main_bytes: null, toast_bytes: null, index_bytes: null, total_bytes: null }
    expect(of('held')).toMatchObject({ locked: true, locked_by: holder, ...nothing })
    expect(of('wanted')).toMatchObject({ locked: true, locked_by: queued, ...nothing })
    expect(of('free')).toMatchObject({ locked: false, locked_by: null, total_bytes: expect.any(Number) })
    // The size of an index opens the index alone.
    expect(of('wanted_other')).toMatchObject({ locked: false, main_bytes: 8192 })
    await release()
  })

  test('of a table whose index alone is locked are not asked for either', async () => {
    const { server, oids } = await open()
    const [holder, reader] = [await connect(uri), await connect(uri)]
    const { pid } = await subjectOf(holder)
    await reader.query('BEGIN; SELECT FROM held LIMIT 1')
    const waiting = holder.query('REINDEX INDEX held_note').catch(() => undefined)
    await eventually(async () => {
      const { rows } = await reader.query('SELECT FROM pg_locks WHERE pid = $1 AND NOT granted', [pid])
      return rows.length === 1
    })
    const rows = await rowsOf(server, relationSizes, [[oids.held, oids.held_note] as number[]])
    expect(rows).toMatchObject([
      { locked: true, locked_by: pid },
      { locked: true, locked_by: pid },
    ])
    await reader.query('ROLLBACK')
    await waiting
  })

  test('wait half a second at most where the lock is taken between the look and the call', async () => {
    const { server, oids } = await open()
    const call = 'THEN pg_catalog.pg_relation_size(a.oid)'
    const slow: Entry = {
      ...relationSizes,
      sql: (facts) =>
        String(relationSizes.sql(facts)).replace(call, `AND pg_catalog.pg_sleep(0.4) IS NOT NULL ${call}`),
    }
    const holder = await connect(uri)
    const { pid } = await subjectOf(holder)
    const started = performance.now()
    const running = server.run(slow, { parameters: [[oids.free] as number[]], session: 'task' })
    await new Promise((resolve) => setTimeout(resolve, 150))
    await holder.query('BEGIN; LOCK TABLE free IN ACCESS EXCLUSIVE MODE')
    expect(await running).toMatchObject({ ok: false, failure: { kind: 'timeout', sqlstate: '55P03' } })
    expect(performance.now() - started).toBeGreaterThan(800)
    expect(performance.now() - started).toBeLessThan(1500)
    const again = await rowsOf(server, relationSizes, [[oids.free] as number[]])
    expect(again).toMatchObject([{ locked: true, locked_by: pid, total_bytes: null }])
    await holder.query('ROLLBACK')
  })
})

describe('definitions of indexes', () => {
  test('come with the columns by name, the condition, the constraint and the comment', async () => {
    const { server, oids } = await open()
    const asked = [oids.free_part, oids.free_pkey] as number[]
    const rows = await rowsOf(server, indexDefinition, [asked])
    expect(rows.find(({ indexrelid }) => indexrelid === oids.free_part)).toMatchObject({
      definition:
        'CREATE INDEX free_part ON public.free USING btree (lower(note), id DESC) INCLUDE (note) WHERE (id > 5)',
      columns: ['lower(note)', 'id', 'note'],
      condition: '(id > 5)',
      constraint_definition: null,
      comment: 'why it is there',
      tablespace: null,
    })
    expect(rows.find(({ indexrelid }) => indexrelid === oids.free_pkey)).toMatchObject({
      condition: null,
      constraint_definition: 'PRIMARY KEY (id)',
    })
  })

  test('say who locks the table instead', async () => {
    const { server, oids } = await open()
    const { holder, queued, release } = await lock()
    const asked = [oids.held_note, oids.wanted_other, oids.free_part] as number[]
    const rows = await rowsOf(server, indexDefinition, [asked])
    const of = (name: string) => rows.find(({ indexrelid }) => indexrelid === oids[name])
    expect(of('held_note')).toMatchObject({
      locked: true,
      locked_by: holder,
      definition: null,
      columns: null,
    })
    expect(of('wanted_other')).toMatchObject({ locked: true, locked_by: queued, definition: null })
    expect(of('free_part')).toMatchObject({ locked: false, comment: 'why it is there' })
    expect(of('free_part')?.definition).toContain('lower(note)')
    await release()
  })
})

test('a table comes with all that belongs to it, locked or not', async () => {
  const { server, oids } = await open()
  const holder = await connect(uri)
  await holder.query('BEGIN; LOCK TABLE free, wanted IN ACCESS EXCLUSIVE MODE')
  expect(await rowsOf(server, tableDetail, [oids.free ?? 0])).toMatchObject([
    {
      method: 'heap',
      column_count: 2,
      dropped_count: 1,
      triggers: [{ name: 'touched', enabled: 'D', schema: 'public', function: 'touch' }],
      foreign_keys: [],
      referenced_by: [{ name: 'wanted_id_fkey', schema: 'public', table: 'wanted', isValid: true }],
      reloptions: ['fillfactor=90', 'autovacuum_enabled=off'],
      publications: ['everything', 'one', ...(versionNum >= 150_000 ? ['whole'] : [])],
      row_security: false,
      comment: 'a table',
    },
  ])
  const [wanted] = await rowsOf(server, tableDetail, [oids.wanted ?? 0])
  expect(wanted).toMatchObject({
    foreign_keys: [
      { table: 'free', definition: 'FOREIGN KEY (id) REFERENCES public.free(id)' },
      { table: 'held', definition: 'FOREIGN KEY ("other ""id") REFERENCES public.held(id)' },
    ],
  })
  await holder.query('ROLLBACK')
})

describe('pgstattuple', () => {
  test('counts what the extension counts, in whatever schema it is', async () => {
    const { server, oids } = await open()
    const client = await connect(uri)
    await client.query(`SET search_path = "Odd %s'x", public`)
    await client.query('VACUUM free')
    const [index] = await rowsOf(server, indexPgstattuple, [oids.free_pkey ?? 0])
    const { rows: pages } = await client.query(
      `SELECT leaf_pages::int, internal_pages::int FROM pgstatindex('free_pkey')`,
    )
    expect(index).toMatchObject({ locked: false, refusal: null, ...pages[0] })
    expect(index?.leaf_density).toBeGreaterThan(0.8)
    const [table] = await rowsOf(server, tablePgstattuple, [oids.free ?? 0])
    expect(table).toMatchObject({ refusal: null, live_tuples: 10_000, dead_tuples: 0 })
  })

  test('counts pages that are wholly empty as free', async () => {
    const client = await connect(uri)
    await client.query(
      `CREATE UNLOGGED TABLE emptied AS SELECT g AS id FROM generate_series(1, 50000) AS g;
       CREATE INDEX emptied_id ON emptied (id)`,
    )
    await client.query('DELETE FROM emptied WHERE id BETWEEN 5000 AND 45000')
    await client.query('VACUUM emptied')
    const { server, oids } = await open()
    const [index] = await rowsOf(server, indexPgstattuple, [oids.emptied_id ?? 0])
    await client.query('REINDEX INDEX emptied_id')
    const { rows } = await client.query(`SELECT pg_relation_size('emptied_id')::int AS after`)
    const [size, free] = [Number(index?.index_bytes), Number(index?.free_bytes)]
    expect(Math.abs(free / size - (1 - rows[0].after / size))).toBeLessThan(0.05)
  })

  test('says who locks it, and what it does not count', async () => {
    const { server, oids } = await open()
    const { holder, queued, release } = await lock()
    const said = async (entry: typeof indexPgstattuple | typeof tablePgstattuple, name: string) =>
      (await rowsOf<Entry>(server, entry, [oids[name] ?? 0]))[0]
    expect(await said(tablePgstattuple, 'held')).toMatchObject({ locked_by: holder, table_bytes: null })
    expect(await said(tablePgstattuple, 'wanted')).toMatchObject({ locked_by: queued })
    expect(await said(indexPgstattuple, 'held_note')).toMatchObject({ locked_by: holder })
    expect(await said(tablePgstattuple, 'free_pkey')).toMatchObject({
      refusal: 'it is no table with pages of its own',
    })
    await release()
  })

  test('names the GRANT to a role that may not count', async () => {
    const { server, oids } = await open('plain')
    expect(await rowsOf(server, tablePgstattuple, [oids.free ?? 0])).toMatchObject([
      { refusal: expect.stringContaining('GRANT pg_stat_scan_tables'), table_bytes: null },
    ])
    const { server: monitor } = await open('monitor')
    // The extension is seldom in a schema that only its owner may use.
    await (await connect(uri)).query(`GRANT USAGE ON SCHEMA "Odd %s'x" TO monitor`)
    expect(await rowsOf(monitor, indexPgstattuple, [oids.free_pkey ?? 0])).toMatchObject([{ refusal: null }])
  })

  test('says how to get it where it is not installed', async () => {
    const { server } = await connected(targetOf(uriOf('template1')), { control: false })
    expect(await server.run(tablePgstattuple, { parameters: [1] })).toMatchObject({
      ok: false,
      failure: {
        kind: 'unavailable',
        message: 'the extension pgstattuple is not installed in database template1',
      },
    })
  })
})

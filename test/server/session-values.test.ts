import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ColumnKind, defineEntry, type Entry } from '#queries/define.ts'
import type { Server } from '#src/server/contract.ts'
import { connect, sharedCluster } from '#test/support/cluster.ts'
import { asking, connected, firstValue, targetOf, withControl } from './connect-support.ts'

function typed(expressions: Readonly<Record<string, readonly [ColumnKind, string]>>): Entry {
  const columns = Object.entries(expressions).map(([id, [kind]]) => ({
    id,
    label: id,
    kind,
    meaning: 'A value.',
  }))
  const list = Object.entries(expressions).map(([id, [, sql]]) => `${sql} AS ${id}`)
  return defineEntry({ ...asking(''), columns, sql: () => `SELECT ${list.join(', ')}` })
}

async function only(server: Server, entry: Entry): Promise<Readonly<Record<string, unknown>>> {
  const outcome = await server.run(entry)
  if (!outcome.ok) throw new Error(outcome.failure.message)
  return { ...outcome.rows[0] }
}

describe('values arrive exactly', () => {
  it('numbers, times and JSON of every size', async () => {
    const { server } = await connected(targetOf(sharedCluster().uri), { control: false })
    const row = await only(
      server,
      typed({
        largest: ['count', '9223372036854775807::int8'],
        safe: ['bytes', '9007199254740991::int8'],
        summed: ['bytes', 'sum(9223372036854775807::int8) OVER (ROWS UNBOUNDED PRECEDING)'],
        whole: ['count', '1e6::float4'],
        share: ['ratio', '0.1::float8 + 0.2::float8'],
        exact: ['seconds', '123.456::numeric'],
        none: ['count', 'NULL::int8'],
        moment: ['time', "'2026-01-31 23:59:59.123456+01'::timestamptz"],
        ever: ['time', "'infinity'::timestamptz"],
        ancient: ['time', "'4714-11-24 00:00:00+00 BC'::timestamptz"],
        far: ['time', "'294276-12-31 23:59:59.999999+00'::timestamptz"],
        yes: ['bool', 'true'],
        pids: ['pids', 'ARRAY[1, 2147483647]'],
        nobody: ['pids', "'{}'::int4[]"],
        oid: ['oid', '4294967295::oid'],
        lsn: ['lsn', "'FF/FFFFFFFF'::pg_lsn"],
        xid: ['xid', "'4294967295'::xid"],
        object: ['json', `'{"a": [1, 2]}'::jsonb`],
        wide: ['json', `'{"a": 9007199254740993}'::jsonb`],
      }),
    )
    expect(row).toEqual({
      largest: 9_223_372_036_854_775_807n,
      safe: 9_007_199_254_740_991,
      summed: 9_223_372_036_854_775_807n,
      whole: 1_000_000,
      share: 0.1 + 0.2,
      exact: 123.456,
      none: null,
      moment: '2026-01-31T22:59:59.123456Z',
      ever: 'infinity',
      ancient: '-004713-11-24T00:00:00.000000Z',
      far: '+294276-12-31T23:59:59.999999Z',
      yes: true,
      pids: [1, 2_147_483_647],
      nobody: [],
      oid: 4_294_967_295,
      lsn: 'FF/FFFFFFFF',
      xid: '4294967295',
      object: { a: [1, 2] },
      wide: '{"a": 9007199254740993}',
    })
  })

  it('also for a role with settings of its own', async () => {
    const admin = await connect()
    await admin.query("DROP ROLE IF EXISTS peculiar; CREATE ROLE peculiar LOGIN PASSWORD 'peculiar'")
    onTestFinished(async () => void (await admin.query('DROP ROLE peculiar')))
    for (const setting of [
      "DateStyle = 'German'",
      "TimeZone = 'Asia/Kathmandu'",
      "IntervalStyle = 'iso_8601'",
      'extra_float_digits = -5',
      'search_path = public',
      "statement_timeout = '1h'",
      "client_encoding = 'LATIN1'",
      'default_transaction_read_only = off',
    ])
      await admin.query(`ALTER ROLE peculiar SET ${setting}`)
    const uri = sharedCluster().uri.replace(/\/\/postgres:[^@]*@/, '//peculiar:peculiar@')
    const { server } = await connected(targetOf(uri), { control: false })
    expect(
      await only(
        server,
        typed({
          moment: ['time', "'2026-01-31 23:59:59.123456+01'::timestamptz"],
          third: ['ratio', '1::float8 / 3'],
          path: ['text', "current_setting('search_path')"],
          bound: ['text', "current_setting('statement_timeout')"],
          letters: ['text', "U&'\\00e9\\4e00'"],
        }),
      ),
    ).toEqual({
      moment: '2026-01-31T22:59:59.123456Z',
      third: 1 / 3,
      path: '',
      bound: '2s',
      letters: 'é一',
    })
  })

  it('and no function of a user runs as us', async () => {
    const admin = await connect()
    await admin.query(
      "CREATE FUNCTION public.quote_literal(integer) RETURNS text LANGUAGE sql AS $$ SELECT 'trap' $$",
    )
    onTestFinished(async () => void (await admin.query('DROP FUNCTION public.quote_literal(integer)')))
    expect((await admin.query('SELECT quote_literal(1) AS v')).rows[0].v).toBe('trap')
    const { server } = await connected(targetOf(sharedCluster().uri), { control: false })
    expect(await firstValue(server, 'SELECT quote_literal(1) AS v')).toBe("'1'")
  })
})

describe('texts in any encoding', () => {
  it.each([
    ['SQL_ASCII', '\u00ff\u00fe', '\u00ff\u00fe'],
    ['LATIN1', '\u00ff\u00fe', '\u00ff\u00fe'],
    ['WIN1251', '\u00ff\u00fe', 'яю'],
    ['EUC_JP', '\u00c6\u00fc\u00cb\u00dc', '日本'],
  ])('arrive from a %s database, whatever bytes somebody else sends', async (encoding, sent, expected) => {
    const admin = await connect()
    const name = `texts_${encoding.toLowerCase()}`
    await admin.query(`DROP DATABASE IF EXISTS ${name}`)
    await admin.query(
      `CREATE DATABASE ${name} ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
    )
    onTestFinished(async () => void (await admin.query(`DROP DATABASE ${name} WITH (FORCE)`)))
    const uri = sharedCluster().uri.replace(/\/postgres$/, `/${name}`)
    // Somebody's session holds bytes that are no UTF-8, sent as they are.
    const bytes = new pg.Client({ connectionString: uri })
    bytes.on('error', () => {})
    await bytes.connect()
    onTestFinished(async () => void (await bytes.end()))
    await bytes.query("SET client_encoding = 'SQL_ASCII'; SET application_name = 'of bytes'")
    await sendBytes(bytes, `SELECT '${sent}' AS hostile`)
    const { server } = await withControl(targetOf(uri))
    const query = "SELECT query AS v FROM pg_stat_activity WHERE application_name = 'of bytes'"
    for (const session of ['poll', 'control'] as const) {
      expect(await firstValue(server, query, session)).toBe(`SELECT '${expected}' AS hostile`)
    }
    expect(server.facts?.databaseNames.size).toBeGreaterThan(2)
  })
})

/** Sends a statement whose characters up to U+00FF are one byte each. */
async function sendBytes(client: pg.Client, text: string): Promise<void> {
  const body = Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from([0])])
  const head = Buffer.alloc(5)
  head.write('Q')
  head.writeInt32BE(body.length + 4, 1)
  const done = new Promise((resolve) => client.connection.once('readyForQuery', resolve))
  client.connection.stream.write(Buffer.concat([head, body]))
  await done
}

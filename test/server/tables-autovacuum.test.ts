/** The real autovacuum comes to the tables of which we say so, and to no others. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, startCluster } from '#src/demo/cluster.ts'
import type { TableContext } from '#src/tables/case.ts'
import type { TableVerdict } from '#src/tables/verdicts.ts'
import { connect, eventually } from '#test/support/cluster.ts'
import { run, serverAt, verdictsOf } from './tables-support.ts'

let cluster: Cluster

beforeAll(async () => {
  cluster = await startCluster({
    settings: { autovacuum: 'off', autovacuum_naptime: '1s', autovacuum_max_workers: '4' },
  })
})

afterAll(() => cluster.stop())

/** Changing rows must not make it analyze as well: ANALYZE counts anew, and so moves what VACUUM waits for. */
const NO_ANALYZE = 'autovacuum_analyze_threshold = 2000000000'

interface Case {
  readonly name: string
  readonly options?: string
  /** Rows at first; 10000 unless told. */
  readonly rows?: number
  /** What they hold; `x` unless told. */
  readonly note?: string
  /** Options of the VACUUM before the change; ANALYZE unless told, null for none. */
  readonly vacuum?: string | null
  readonly change: 'delete' | 'insert' | 'update' | 'delete, by TOAST'
  /** Rows changed that are just not enough; one more is. */
  readonly limit: number | ((versionNum: number) => number)
  /** It never comes, not even for one more. */
  readonly never?: true
  readonly since?: number
}

/** Compressed it goes into one row of the TOAST table. */
const TOASTED = `repeat('x', 20000)`

const cases: readonly Case[] = [
  { name: 'plain', change: 'delete', limit: 2050 },
  { name: 'full', options: 'fillfactor = 70', change: 'delete', limit: 2050 },
  {
    name: 'fixed',
    options: 'autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000',
    change: 'delete',
    limit: 1000,
  },
  { name: 'exponent', options: `autovacuum_vacuum_scale_factor = '1e-2'`, change: 'delete', limit: 150 },
  {
    name: 'hexadecimal',
    options: `autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = '0x64'`,
    change: 'delete',
    limit: 100,
  },
  {
    name: 'fraction',
    options: `autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = '1.005e2'`,
    change: 'delete',
    limit: 100,
  },
  { name: 'on', options: `autovacuum_enabled = 'tRu'`, change: 'delete', limit: 2050 },
  ...['OFF', 'n', 'fal', '0', 'No'].map(
    (word): Case => ({
      name: `off_${word.toLowerCase()}`,
      options: `autovacuum_enabled = '${word}'`,
      change: 'delete',
      limit: 2050,
      never: true,
    }),
  ),
  { name: 'uncounted', rows: 200, vacuum: null, change: 'delete', limit: 50 },
  {
    name: 'capped',
    options: 'autovacuum_vacuum_max_threshold = 500',
    change: 'delete',
    limit: 500,
    since: 180_000,
  },
  {
    name: 'uncapped',
    options: 'autovacuum_vacuum_max_threshold = -1',
    change: 'delete',
    limit: 2050,
    since: 180_000,
  },
  {
    name: 'inserted',
    vacuum: 'ANALYZE, FREEZE',
    change: 'insert',
    limit: (versionNum) => (versionNum >= 180_000 ? 1000 : 3000),
  },
  {
    name: 'insert_fixed',
    options: `autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 70`,
    change: 'insert',
    limit: 70,
  },
  {
    name: 'insert_never',
    options: 'autovacuum_vacuum_insert_threshold = -1',
    change: 'insert',
    limit: 4000,
    never: true,
  },
  { name: 'analyzed', change: 'update', limit: 1050 },
  {
    name: 'analyze_scale',
    options: `autovacuum_analyze_scale_factor = '.5e-1', autovacuum_analyze_threshold = 0`,
    change: 'update',
    limit: 500,
  },
  {
    name: 'toast_own',
    rows: 300,
    options: `toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 100,
      autovacuum_vacuum_threshold = 100000`,
    note: TOASTED,
    change: 'delete, by TOAST',
    limit: 100,
  },
  {
    name: 'toast_of_table',
    rows: 300,
    options: 'autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 90',
    note: TOASTED,
    change: 'delete, by TOAST',
    limit: 90,
  },
  {
    name: 'toast_other',
    rows: 300,
    options: 'autovacuum_enabled = off, toast.vacuum_truncate = off',
    note: TOASTED,
    change: 'delete, by TOAST',
    limit: 110,
  },
]

/**
 * Each case has a table with just not enough, and one with one row more. A session tells its changes to the statistics
 * when it ends at the latest: what VACUUM shall not count as new has to come from a session before.
 */
function steps(present: readonly Case[]): readonly (readonly string[])[] {
  const made = present.flatMap((each) =>
    [false, true].map((isMore) => ({ each, table: nameOf(each, isMore), isMore })),
  )
  return [
    made.flatMap(({ each, table }) => {
      const options = [
        'toast_tuple_target = 128',
        each.options,
        each.change === 'update' ? undefined : NO_ANALYZE,
      ]
      return [
        `CREATE TABLE ${table} (id int, note text) WITH (${options.filter(Boolean).join(', ')})`,
        `INSERT INTO ${table} SELECT id, ${each.note ?? `'x'`} FROM generate_series(1, ${each.rows ?? 10_000}) AS id`,
      ]
    }),
    made.flatMap(({ each: { vacuum = 'ANALYZE' }, table }) =>
      vacuum === null ? [] : [`VACUUM (${vacuum}) ${table}`],
    ),
    made.map(({ each, table, isMore }) => {
      const limit = typeof each.limit === 'number' ? each.limit : each.limit(cluster.versionNum)
      const rows = isMore ? limit + 1 : limit
      if (each.change === 'insert')
        return `INSERT INTO ${table} SELECT id, 'x' FROM generate_series(1, ${rows}) AS id`
      return each.change === 'update'
        ? `UPDATE ${table} SET note = 'y' WHERE id <= ${rows}`
        : `DELETE FROM ${table} WHERE id <= ${rows}`
    }),
  ]
}

function nameOf({ name }: Case, isMore: boolean): string {
  return `${name}_${isMore ? 'more' : 'just'}`
}

test('autovacuum comes exactly where it is said to be due, one row more or less', async () => {
  const present = cases.filter(({ since = 0 }) => cluster.versionNum >= since)
  for (const statements of steps(present)) await run(cluster.uri, statements)
  const server = await serverAt(cluster.uri)
  const awake = ({ settings }: TableContext) => ({
    settings: { ...settings, autovacuum: true, isActive: true },
  })
  const admin = await connect(cluster.uri)
  // Up to 14 the statistics arrive a moment later.
  const verdicts = await eventually(async () => {
    const seen = await verdictsOf(server, awake)
    return expectedOf(present).every(([name, due]) => isDue(seen[name], due.change) === due.isDue) && seen
  }, 3000).catch(() => verdictsOf(server, awake))
  expect(told(present, (name, { change }) => isDue(verdicts[name], change))).toEqual(
    Object.fromEntries(expectedOf(present).map(([name, { isDue }]) => [name, isDue])),
  )
  await admin.query('ALTER SYSTEM SET autovacuum = on')
  await admin.query('SELECT pg_reload_conf()')
  const came = async () => {
    const { rows } = await admin.query<{ name: string; vacuums: number; toast: number; analyzes: number }>(
      `SELECT relname AS name, pg_stat_get_autovacuum_count(oid)::int AS vacuums,
         pg_stat_get_autovacuum_count(reltoastrelid)::int AS toast,
         pg_stat_get_autoanalyze_count(oid)::int AS analyzes
       FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    )
    const byName = new Map(rows.map((row) => [row.name, row]))
    return told(present, (name, { change }) => {
      const row = byName.get(name)
      const count =
        change === 'update' ? row?.analyzes : change === 'delete, by TOAST' ? row?.toast : row?.vacuums
      return (count ?? 0) > 0
    })
  }
  const expected = Object.fromEntries(expectedOf(present).map(([name, { isDue }]) => [name, isDue]))
  await eventually(async () => {
    const now = await came()
    return Object.entries(expected).every(([name, isExpected]) => !isExpected || now[name])
  })
  // Two more rounds, for those to which it should not come.
  await new Promise((resolve) => setTimeout(resolve, 2500))
  expect(await came()).toEqual(expected)
})

function isDue(verdict: TableVerdict | undefined, change: Case['change']): boolean | undefined {
  if (change === 'update') return verdict?.need?.analyzeDue
  return change === 'delete, by TOAST' ? verdict?.toastNeed?.vacuumDue : verdict?.need?.vacuumDue
}

function expectedOf(
  present: readonly Case[],
): readonly (readonly [string, { change: Case['change']; isDue: boolean }])[] {
  return present.flatMap((each) =>
    [false, true].map(
      (isMore) =>
        [nameOf(each, isMore), { change: each.change, isDue: isMore && each.never !== true }] as const,
    ),
  )
}

function told<T>(
  present: readonly Case[],
  tell: (name: string, each: Case) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(
    present.flatMap((each) =>
      [false, true].map((isMore) => [nameOf(each, isMore), tell(nameOf(each, isMore), each)] as const),
    ),
  )
}

test('it comes against wraparound, whatever is set', async () => {
  await run(cluster.uri, [
    'ALTER SYSTEM SET autovacuum = off',
    'SELECT pg_reload_conf()',
    'CREATE TABLE aged (id int) WITH (autovacuum_enabled = off, autovacuum_freeze_max_age = 100000)',
    'CREATE TABLE younger (id int) WITH (autovacuum_enabled = off, autovacuum_freeze_max_age = 900000000)',
    'DO $$ BEGIN FOR i IN 1..110001 LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$',
  ])
  const server = await serverAt(cluster.uri)
  const before = await verdictsOf(server)
  expect(before.aged?.need).toMatchObject({ isForced: true, vacuumDue: true, analyzeDue: false })
  expect(before.younger?.need).toMatchObject({ isForced: false, vacuumDue: false })
  expect(before.aged?.findings.map(({ id, severity }) => `${id} ${severity}`)).toEqual([
    'freeze warning',
    'autovacuum-disabled info',
  ])
  expect(before.aged?.findings[0]?.remedy?.sql).toEqual(['VACUUM (FREEZE, VERBOSE) public.aged;'])
  expect(before.younger?.freeze.xid?.maxAge).toBe(200_000_000)
  await run(cluster.uri, ['ALTER SYSTEM SET autovacuum = on', 'SELECT pg_reload_conf()'])
  const after = await eventually(async () => {
    const seen = await verdictsOf(server)
    return Number(seen.aged?.facts.row.autovacuum_count) > 0 && seen
  })
  expect(after.younger?.facts.row).toMatchObject({ autovacuum_count: 0 })
})

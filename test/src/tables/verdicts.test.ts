import { describe, expect, test } from 'vitest'
import { tables } from '#queries/tables.ts'
import type { TableContext } from '#src/tables/case.ts'
import type { TableRow } from '#src/tables/facts.ts'
import { rankHolders, type XminHolderRow } from '#src/tables/horizon.ts'
import { autovacuumSettingsOf } from '#src/tables/settings.ts'
import { tableVerdicts } from '#src/tables/verdicts.ts'

const settings = autovacuumSettingsOf({})

const CONTEXT: TableContext = {
  settings: { ...settings, failsafeAge: 1_600_000_000, multixactFailsafeAge: 1_600_000_000 },
  versionNum: 180_000,
  inRecovery: false,
  holders: [],
  progress: [],
  nowSeconds: null,
}

function row(values: Partial<TableRow>): TableRow {
  const nothing = Object.fromEntries(tables.columns.map(({ id }) => [id, null])) as TableRow
  return {
    ...nothing,
    oid: 1,
    schema: 'public',
    table: 't',
    kind: 'r',
    persistence: 'p',
    relpages: 2000,
    reltuples: 100_000,
    ...values,
  }
}

function said(values: Partial<TableRow>, context: Partial<TableContext> = {}): readonly string[] {
  const [verdict] = tableVerdicts([row(values)], { ...CONTEXT, ...context })
  return (verdict?.findings ?? []).map(({ id, severity }) => `${id} ${severity}`)
}

function holder(values: Partial<XminHolderRow>): XminHolderRow {
  return {
    kind: 'session',
    pid: 7,
    name: null,
    datname: 'shop',
    age: 10,
    xid_age: 10,
    xmin_age: null,
    catalog_xmin_age: null,
    holds_user_tables: true,
    backend_type: 'client backend',
    usename: 'app',
    application_name: 'billing',
    state: 'idle in transaction',
    since: '2026-01-01T00:00:00.000000Z',
    since_seconds: 10,
    state_seconds: 10,
    slot_type: null,
    active: null,
    query: null,
    ...values,
  }
}

describe('the age of a table', () => {
  test.each<[Partial<TableRow>, readonly string[]]>([
    [{ freeze_age: 200_000_000 }, []],
    [{ freeze_age: 219_000_000 }, []],
    [{ freeze_age: 221_000_000 }, ['freeze warning']],
    [{ freeze_age: 1_073_741_824 }, ['freeze critical']],
    [{ mxid_age: 441_000_000 }, ['multixact-freeze warning']],
    [{ toast_oid: 2, freeze_age: 5, toast_freeze_age: 221_000_000 }, ['freeze warning']],
    [{ freeze_age: 120_000, reloptions: ['autovacuum_freeze_max_age=100000'] }, ['freeze warning']],
    [{ freeze_age: 190_000_000, reloptions: ['autovacuum_freeze_max_age=2000000000'] }, []],
  ])('%j is told as %j', (values, findings) => {
    expect(said(values)).toEqual(findings)
  })

  test('is told on a standby too, without a VACUUM that could be run there', () => {
    const [verdict] = tableVerdicts([row({ freeze_age: 300_000_000 })], { ...CONTEXT, inRecovery: true })
    expect(verdict?.findings).toMatchObject([{ id: 'freeze', remedy: null }])
  })
})

describe('dead rows', () => {
  const dead = (rows: number): Partial<TableRow> => ({ n_dead_tup: rows })

  test.each<[Partial<TableRow>, readonly string[]]>([
    [dead(20_050), []],
    [dead(20_051), ['vacuum-overdue info']],
    [dead(50_000), ['vacuum-overdue warning']],
    [dead(101_000), ['vacuum-overdue critical']],
    [{ ...dead(101_000), relpages: 200 }, ['vacuum-overdue warning']],
    [{ ...dead(101_000), relpages: 100 }, ['vacuum-overdue info']],
    [
      { toast_oid: 2, toast_reltuples: 0, toast_n_dead_tup: 200, toast_pages: 10 },
      ['vacuum-overdue warning'],
    ],
  ])('%j are told as %j', (values, findings) => {
    expect(said(values)).toEqual(findings)
  })

  test.each<[string, Partial<XminHolderRow>, string]>([
    ['that has only begun is no reason', {}, 'vacuum-overdue warning'],
    ['of five minutes', { since_seconds: 300 }, 'vacuum-blocked warning'],
    ['of a day', { since_seconds: 86_400 }, 'vacuum-blocked critical'],
    [
      'of another database is no reason',
      { since_seconds: 86_400, holds_user_tables: false },
      'vacuum-overdue warning',
    ],
    [
      'with many transaction ids',
      { since: null, since_seconds: null, age: 1_000_000 },
      'vacuum-blocked warning',
    ],
  ])('behind a holder %s', (_title, values, finding) => {
    const holders = rankHolders([holder(values)])
    expect(said(dead(50_000), { holders })).toEqual([finding])
  })

  test('after a VACUUM that came while somebody held them are his', () => {
    const holders = rankHolders([holder({})])
    const last_autovacuum = '2026-01-01T00:00:05.000000Z'
    expect(said({ ...dead(50_000), last_autovacuum }, { holders })).toEqual(['vacuum-blocked warning'])
  })

  test('are not told on a standby', () => {
    expect(said(dead(101_000), { inRecovery: true })).toEqual([])
  })
})

describe('holders', () => {
  test('that hold the tables come first, the oldest before the others, and none of our own', () => {
    const ranked = rankHolders(
      [
        holder({ pid: 1, age: 5 }),
        holder({ pid: 2, age: 900, holds_user_tables: false }),
        holder({ pid: 3, age: 50 }),
        holder({ pid: 4, age: 70 }),
      ],
      [4],
    )
    expect(ranked.map(({ row: { pid } }) => pid)).toEqual([3, 1, 2])
  })

  test('are named so that what ends them can be copied', () => {
    const told = [
      holder({ kind: 'prepared transaction', pid: null, name: `a'b\\c` }),
      holder({ kind: 'replication slot', pid: null, name: 'old', active: false, slot_type: 'physical' }),
      holder({ kind: 'session', backend_type: 'autovacuum worker' }),
    ].map((each) => rankHolders([each])[0])
    expect(told.map((each) => each?.label)).toEqual([
      `prepared transaction E'a''b\\\\c'`,
      'replication slot old',
      'pid 7 (autovacuum worker, role app)',
    ])
    expect(told.map((each) => each?.remedy?.sql ?? null)).toEqual([
      [`ROLLBACK PREPARED E'a''b\\\\c';`],
      [`SELECT pg_catalog.pg_drop_replication_slot('old');`],
      null,
    ])
  })
})

import { tmpdir } from 'node:os'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { indexes } from '#src/commands/indexes.ts'
import { tables } from '#src/commands/tables.ts'
import { connect } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'

const DATABASE = 'catalog_reports'
const uri = uriOf(DATABASE)

beforeAll(() =>
  makeDatabase(DATABASE, [
    'CREATE TABLE customers (id int PRIMARY KEY, email text)',
    'CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, placed timestamptz, status text)',
    'INSERT INTO customers SELECT g, g FROM generate_series(1, 20000) AS g',
    'INSERT INTO orders SELECT g, 1 + g % 20000, now(), g FROM generate_series(1, 60000) AS g',
    'CREATE INDEX orders_placed_idx ON orders (placed)',
    'CREATE INDEX orders_placed_again ON orders (placed)',
    'CREATE INDEX "orders, quoted" ON orders (status)',
    'CREATE INDEX orders_status_placed ON orders (status, placed)',
    'CREATE TABLE tickets (id smallserial PRIMARY KEY, note text)',
    "SELECT setval('tickets_id_seq', 32000)",
    'ALTER TABLE customers SET (autovacuum_enabled = off)',
    'DELETE FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)',
    'DELETE FROM orders WHERE id > 20000',
    'ANALYZE',
  ]),
)

const request = {
  positional: [uri],
  flags: { prompt: 'never' },
  env: {},
  home: tmpdir(),
  osUser: 'nobody',
  width: 120,
} as const

/** What a command prints, as text and line by line on the other channel. */
async function printed(run: typeof indexes | typeof tables, format: 'table' | 'json' | 'csv') {
  const out: string[] = []
  const err: string[] = []
  const io = { out: (text: string) => void out.push(text), err: (line: string) => void err.push(line) }
  const code = await run({ ...request, format, statisticsDays: 0 }, io)
  return { code, out: out.join(''), err: err.join('\n') }
}

describe('pgtriage indexes', () => {
  test('tells each index with what its shape, its use and its statistics say', async () => {
    const { code, out } = await printed(indexes, 'json')
    expect(code).toBe(0)
    const document = JSON.parse(out)
    expect(document).toMatchObject({ command: 'indexes', server: { database: DATABASE } })
    const rows = new Map<string, Record<string, unknown>>(
      document.rows.map((row: { index: string }) => [row.index, row]),
    )
    expect(rows.get('orders_pkey')).toMatchObject({
      schema: 'public',
      table: 'orders',
      structure: 'keep',
      action: null,
    })
    expect(rows.get('orders_placed_again')).toMatchObject({
      structure: 'duplicate',
      covered_by: 'orders_placed_idx',
      action: 'DROP INDEX CONCURRENTLY public.orders_placed_again;',
      size_exact: true,
      confidence: 'high',
    })
    expect(rows.get('orders, quoted')).toMatchObject({
      structure: 'redundant',
      covered_by: 'orders_status_placed',
      action: 'DROP INDEX CONCURRENTLY public."orders, quoted";',
    })
    expect(Number(rows.get('orders_placed_idx')?.size_bytes)).toBeGreaterThan(100_000)
  })

  test('tells each foreign key with the index that it lacks', async () => {
    const { out } = await printed(indexes, 'json')
    expect(JSON.parse(out).foreign_keys).toEqual([
      {
        schema: 'public',
        table: 'orders',
        constraint: 'orders_customer_id_fkey',
        columns: ['customer_id'],
        verdict: 'missing',
        reason: 'no index begins with customer_id',
        action: 'CREATE INDEX CONCURRENTLY ON public.orders (customer_id);',
      },
    ])
  })

  test('never offers both of two indexes that stand in for each other', async () => {
    const client = await connect(uri)
    await client.query('SET enable_seqscan = off')
    await client.query("SELECT FROM orders WHERE placed = '2020-01-01'")
    await client.end()
    const { out } = await printed(indexes, 'json')
    const offered = JSON.parse(out).rows.filter(
      ({ index, action }: { index: string; action: string | null }) =>
        index.startsWith('orders_placed') && action !== null,
    )
    expect(offered).toHaveLength(1)
  })

  test('shows a person what is to be done alone, within the width', async () => {
    const { out, err } = await printed(indexes, 'table')
    expect(out).toContain('duplicate')
    expect(out).toContain('FK orders_customer_id_fkey')
    expect(out).not.toContain('orders_pkey')
    expect(err).toMatch(/\d+ indexes in database catalog_reports/)
  })

  test('prints every index as CSV', async () => {
    const { out } = await printed(indexes, 'csv')
    expect(out.split('\r\n')[0]).toContain('schema,table,index,structure,covered_by,usage')
    expect(out).toContain('"orders, quoted"')
  })

  test('gives a person each statement whole, however short the lines', async () => {
    const { out } = await printed(indexes, 'table')
    expect(out).toContain('\nCREATE INDEX CONCURRENTLY ON public.orders (customer_id);\n')
    expect(out).toContain('\n-- redundant: orders, quoted on public.orders\n')
  })
})

describe('pgtriage tables', () => {
  test('tells what autovacuum owes, how old ids are and how full sequences are', async () => {
    const { code, out } = await printed(tables, 'json')
    expect(code).toBe(0)
    const document = JSON.parse(out)
    const rows = new Map<string, Record<string, unknown>>(
      document.rows.map((row: { table: string }) => [row.table, row]),
    )
    expect(rows.get('orders')).toMatchObject({ size_exact: true, analyze_due: false, last_vacuum: null })
    expect(Number(rows.get('orders')?.vacuum_threshold)).toBeCloseTo(50 + 0.2 * 20_000, -1)
    expect(Number(rows.get('orders')?.freeze_age)).toBeGreaterThan(0)
    const customers = rows.get('customers')?.findings as readonly { id: string; action: string }[]
    expect(customers.find(({ id }) => id === 'autovacuum-disabled')?.action).toContain('RESET')
    expect(document.sequences[0]).toMatchObject({
      sequence: 'tickets_id_seq',
      severity: 'critical',
      limit_by: expect.any(String),
    })
    expect(document.sequences[0].used_ratio).toBeCloseTo(32_000 / 32_767, 3)
  })

  test('keeps on while a table is locked, and gives its size by the pages last counted', async () => {
    const holder = await connect(uri)
    await holder.query('BEGIN')
    await holder.query('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE')
    onTestFinished(() => holder.query('ROLLBACK').then(() => undefined))
    const startedMs = performance.now()
    const [ofTables, ofIndexes] = [await printed(tables, 'json'), await printed(indexes, 'json')]
    expect(performance.now() - startedMs).toBeLessThan(3000)
    const sizes = [...JSON.parse(ofTables.out).rows, ...JSON.parse(ofIndexes.out).rows]
      .filter(({ table }: { table: string }) => table === 'orders')
      .map(({ size_exact, size_bytes }: { size_exact: boolean; size_bytes: number }) => [
        size_exact,
        size_bytes > 0,
      ])
    expect(sizes).toContainEqual([false, true])
  })

  test('shows a person the sick tables and the full sequences', async () => {
    const { out } = await printed(tables, 'table')
    expect(out).toContain('tickets_id_seq')
    expect(out).toContain('\nALTER TABLE public.tickets ALTER COLUMN id TYPE bigint;\n')
  })

  test('prints findings in CSV as JSON', async () => {
    const { out } = await printed(tables, 'csv')
    expect(out).not.toContain('[object Object]')
    expect(out).toContain('""id"":""autovacuum-disabled""')
  })
})

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connect, eventually, sharedCluster } from '#test/support/cluster.ts'
import { makeDatabase, uriOf } from '#test/support/database.ts'
import { LIVE, launch, type Robot } from '#test/support/robot.ts'

const DATABASE = 'catalog_screens'
const OTHER = 'catalog_screens_other'

beforeAll(async () => {
  await makeDatabase(DATABASE, [
    'CREATE TABLE customers (id int PRIMARY KEY, email text)',
    'CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, placed int, status text)',
    'INSERT INTO customers SELECT g, g % 10 FROM generate_series(1, 1000) AS g',
    'INSERT INTO orders SELECT g, 1 + g % 1000, g, g FROM generate_series(1, 200000) AS g',
    'CREATE INDEX orders_placed_idx ON orders (placed)',
    'CREATE INDEX orders_placed_again ON orders (placed)',
    'ALTER TABLE customers SET (autovacuum_enabled = off)',
    'ANALYZE',
  ])
  const client = await connectHere()
  await client
    .query('CREATE UNIQUE INDEX CONCURRENTLY customers_email_key ON customers (email)')
    .catch(() => {})
  await client.end()
  await makeDatabase(OTHER, [
    'CREATE TABLE elsewhere (a int)',
    'CREATE INDEX elsewhere_one ON elsewhere (a)',
    'CREATE INDEX elsewhere_two ON elsewhere (a)',
  ])
})

async function connectHere() {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: uriOf(DATABASE) })
  await client.connect()
  return client
}

async function on(screen: 'indexes' | 'tables', size = { columns: 80, rows: 24 }): Promise<Robot> {
  const top = launch({ args: ['--screen', screen, uriOf(DATABASE)], ...size })
  await top.see(/A all [1-9]/)
  await top.see(LIVE)
  return top
}

/** Moves the cursor down until it is on a row with this text. */
async function choose(top: Robot, text: string): Promise<void> {
  top.press('g')
  await top.until('a cursor', (lines) => lines.some(isChosen))
  for (let step = 0; step < 20; step += 1) {
    const line = top.screen().find(isChosen) ?? ''
    if (line.includes(text)) return
    top.press('j')
    await top.until('another row', (lines) => lines.find(isChosen) !== line)
  }
  throw new Error(`no row with ${text}:\n${top.text()}`)
}

function isChosen(line: string): boolean {
  return line.startsWith('▶')
}

/** What was copied to the clipboard, as text. */
function copied(top: Robot): string {
  const found = /\x1b\]52;c;([A-Za-z0-9+/=]+)/.exec(top.raw().toString('latin1'))
  return Buffer.from(found?.[1] ?? '', 'base64').toString()
}

describe.each([
  { columns: 80, rows: 24 },
  { columns: 160, rows: 45 },
])('the indexes at $columns x $rows', (size) => {
  test('show what is broken, twice and missing, and copy what to do about it', async () => {
    const top = await on('indexes', size)
    await top.see(/customers_email_key\s+invalid/)
    await top.see(/orders_placed_again\s+duplicate/)
    await top.see(/FK orders_custome\S+\s+missing/)
    await choose(top, 'orders_placed_again')
    top.press('enter')
    await top.see('DROP INDEX CONCURRENTLY public.orders_placed_again;')
    await top.see('definition, and of the one beside it')
    top.press('y')
    await top.see('1 statement copied')
    // It travels beside the frames, which may be ahead of it.
    await eventually(async () => copied(top) !== '')
    expect(copied(top).trim()).toBe('DROP INDEX CONCURRENTLY public.orders_placed_again;')
    top.press('escape')
    await top.see('f findings')
  })
})

test('the indexes of one table stand alone, the quiet ones among them', async () => {
  const top = await on('indexes')
  await choose(top, 'orders_placed_again')
  top.press('t')
  await top.see('only public.orders')
  await top.see('orders_pkey')
  await top.unsee('customers_email_key')
  top.press('escape')
  await top.see('customers_email_key')
})

test('the detail of a table has its indexes, what refers to it, and who holds back VACUUM', async () => {
  const top = await on('tables', { columns: 100, rows: 60 })
  top.press('A')
  await choose(top, 'customers')
  top.press('enter')
  await top.see('customers_email_key (email)')
  await top.see('INVALID')
  await top.see('public.orders: orders_customer_id_fkey')
  await top.see('autovacuum_enabled=off')
  await top.see('who holds back VACUUM')
})

describe.each(['held', 'queued'] as const)('an ACCESS EXCLUSIVE lock that is %s', (state) => {
  test('leaves both screens alive, and the table says who is in the way', async () => {
    const holder = await connect(uriOf(DATABASE))
    const pid = async (client: typeof holder) =>
      (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid ?? 0
    await holder.query('BEGIN')
    await holder.query(`LOCK TABLE orders IN ${state === 'held' ? 'ACCESS EXCLUSIVE' : 'ACCESS SHARE'} MODE`)
    onTestFinished(() => holder.query('ROLLBACK').then(() => undefined))
    let inTheWay = await pid(holder)
    if (state === 'queued') {
      const waiter = await connect(uriOf(DATABASE))
      inTheWay = await pid(waiter)
      void waiter.query('ALTER TABLE orders ADD COLUMN note text').catch(() => undefined)
      onTestFinished(() => holder.query('SELECT pg_cancel_backend($1)', [inTheWay]).then(() => undefined))
      await eventually(async () => {
        const { rowCount } = await holder.query('SELECT FROM pg_locks WHERE pid = $1 AND NOT granted', [
          inTheWay,
        ])
        return rowCount
      })
    }
    const top = await on('tables', { columns: 130, rows: 30 })
    top.press('A')
    await top.see(new RegExp(`orders.*locked by pid ${inTheWay}`))
    await choose(top, 'orders')
    top.press('enter')
    await top.see('orders_placed_idx (placed)')
    top.press('escape', '5')
    await top.see(/orders_placed_again\s+duplicate/)
    await choose(top, 'orders_placed_again')
    top.press('enter')
    await top.see(`is locked by pid ${inTheWay}`)
    await top.see(LIVE)
  })
})

test('another database is read once, over a connection that is gone after that', async () => {
  const top = await on('indexes')
  top.press('D')
  await top.see('database:')
  top.press(...OTHER)
  top.press('enter')
  await top.see(`database ${OTHER} as it was at`)
  await top.see(/elsewhere_two\s+duplicate/)
  const client = await connect(sharedCluster().uri)
  await eventually(async () => {
    const { rowCount } = await client.query('SELECT FROM pg_stat_activity WHERE datname = $1', [OTHER])
    return rowCount === 0
  })
  top.press('escape')
  await top.see(/orders_placed_again\s+duplicate/)
})

test('sequences stand in a list of their own', async () => {
  const client = await connect(uriOf(DATABASE))
  await client.query('CREATE TABLE IF NOT EXISTS tickets (id smallserial PRIMARY KEY)')
  await client.query("SELECT setval('tickets_id_seq', 32700)")
  const top = await on('tables')
  top.press('Q')
  await top.see(/tickets_id_seq.*99\.7%/)
})

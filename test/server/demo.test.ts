import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { INCIDENTS } from '#src/demo/incidents/index.ts'
import { type DemoRun, startDemo } from '#src/demo/run.ts'
import { chooseServerUser, type ServerUser } from '#src/demo/server-user.ts'
import { connect, eventually } from '#test/support/cluster.ts'

const program = join(import.meta.dirname, '..', 'support', 'run-demo.ts')

describe('lock-storm', () => {
  it('has an idle transaction, an ALTER behind it and a crowd behind that, which cancelling the ALTER frees', async () => {
    const { ask } = await happening('lock-storm')
    expect(await ask(strangers)).toEqual([])
    expect(await ask('SELECT count(*) > 30 AS storm FROM pg_locks WHERE NOT granted')).toEqual([
      { storm: true },
    ])
    expect(
      await ask(`SELECT r.application_name AS root, r.state FROM pg_stat_activity AS a
        JOIN LATERAL unnest(pg_blocking_pids(a.pid)) AS b(pid) ON true JOIN pg_stat_activity AS r ON r.pid = b.pid
        WHERE a.query LIKE 'ALTER TABLE%'`),
    ).toContainEqual({ root: 'billing-worker', state: 'idle in transaction' })
    expect(
      await ask(`SELECT count(*) > 20 AS behind FROM pg_stat_activity AS a
        WHERE (SELECT pid FROM pg_stat_activity WHERE query LIKE 'ALTER TABLE%') = ANY (pg_blocking_pids(a.pid))`),
    ).toEqual([{ behind: true }])
    await ask("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'ALTER TABLE%'")
    const relation = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND wait_event = 'relation'"
    await eventually(async () => (await ask(relation)).length === 0)
    const row = "SELECT FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')"
    expect(await ask(row)).not.toEqual([])
    expect(await ask(columnOfTheMigration)).toHaveLength(0)
  })

  it('is cured for good when its root is terminated: the ALTER runs, the victims go on', async () => {
    const { ask, run } = await happening('lock-storm')
    await ask(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'billing-worker'",
    )
    await eventually(async () => (await ask('SELECT FROM pg_locks WHERE NOT granted')).length === 0)
    expect(await ask(columnOfTheMigration)).toHaveLength(1)
    const paid = "SELECT calls FROM pg_stat_statements WHERE query LIKE 'UPDATE public.orders SET status = %'"
    const before = sum(await ask(paid))
    await eventually(async () => sum(await ask(paid)) > before + 10)
    expect(await ask("SELECT FROM pg_stat_activity WHERE application_name = 'billing-worker'")).toEqual([])
    expect(run.faults).toEqual(new Set())
  })
})

describe('prepared-transaction', () => {
  it('blocks the ledger without a session, until it is rolled back', async () => {
    const { ask } = await happening('prepared-transaction')
    expect(await ask('SELECT gid, owner, database FROM pg_prepared_xacts')).toEqual([
      { gid: 'settlement-77', owner: 'payments', database: 'shop' },
    ])
    const held = 'SELECT FROM pg_stat_activity WHERE 0 = ANY (pg_blocking_pids(pid))'
    expect((await ask(held)).length).toBeGreaterThanOrEqual(8)
    await ask("ROLLBACK PREPARED 'settlement-77'")
    await eventually(async () => (await ask(held)).length === 0)
  })
})

describe('slow-queries', () => {
  it('writes temporary files and has parallel workers; a cancelled report does not come back', async () => {
    const { ask } = await happening('slow-queries')
    await eventually(
      async () =>
        (await ask("SELECT FROM pg_stat_activity WHERE backend_type = 'parallel worker'")).length > 0,
    )
    await eventually(
      async () =>
        (await ask("SELECT FROM pg_stat_database WHERE datname = 'shop' AND temp_bytes > 50000000")).length >
        0,
    )
    const active =
      "FROM pg_stat_activity WHERE application_name = 'basket-analysis' AND backend_type = 'client backend' AND state = 'active'"
    await eventually(async () => (await ask(`SELECT pg_cancel_backend(pid) ${active}`)).length > 0)
    await eventually(async () => (await ask(`SELECT ${active}`)).length === 0)
    const others = "SELECT sum(calls)::int AS calls FROM pg_stat_statements WHERE query LIKE '%next_paths%'"
    const before = sum(await ask(others))
    await eventually(async () => sum(await ask(others)) >= before + 2, 40_000)
    expect(await ask(`SELECT ${active}`)).toEqual([])
  })

  it('has a query that runs often and long enough to be caught, whose plan shows a missing index and a spill', async () => {
    const { ask, run } = await happening('slow-queries')
    const running = "FROM pg_stat_activity WHERE application_name = 'returns-export' AND state = 'active'"
    const [caught] = await eventually(async () => {
      const rows = await ask(`SELECT query ${running} AND query LIKE '%page_views%'`)
      return rows.length > 0 && rows
    })
    await ask(
      "SELECT set_config('work_mem', '64kB', false), set_config('max_parallel_workers_per_gather', '0', false)",
    )
    const explain = async () =>
      (await ask(`EXPLAIN (ANALYZE, FORMAT TEXT) ${caught?.query}`))
        .map((row) => row['QUERY PLAN'])
        .join('\n')
    expect(await explain()).toMatch(
      /external merge {2}Disk.*SubPlan 1.*Seq Scan on page_views .*loops=100.*Rows Removed by Filter: 1\d{5}\n/s,
    )
    await ask('CREATE INDEX ON public.page_views (customer_id)')
    expect(await explain()).toMatch(/SubPlan 1.*Index (?:Only )?Scan using page_views_customer_id_idx/s)
    expect(run.faults).toEqual(new Set())
  })
})

describe('index-build', () => {
  it('reports its progress, and leaves an invalid index when it is cancelled', async () => {
    const { ask } = await happening('index-build')
    const progress =
      'SELECT phase, blocks_total > 0 AND blocks_done < blocks_total AS going FROM pg_stat_progress_create_index'
    await eventually(async () => (await ask(progress))[0]?.going === true)
    await ask('SELECT pg_cancel_backend(pid) FROM pg_stat_progress_create_index')
    await eventually(async () => (await ask(progress)).length === 0)
    expect(await ask('SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid')).toEqual(
      [{ name: 'page_views_slug_idx' }],
    )
  })
})

describe('index-sins', () => {
  it('has a duplicate, an unused, an invalid and a missing index', async () => {
    const { ask, run } = await happening('index-sins')
    expect(await ask('SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid')).toEqual(
      [{ name: 'customers_email_key' }],
    )
    expect(
      await ask(`SELECT count(*)::int AS copies FROM pg_index WHERE indrelid = 'public.orders'::regclass
        GROUP BY indkey::text HAVING count(*) > 1`),
    ).toEqual([{ copies: 2 }])
    expect(
      await ask(
        "SELECT idx_scan::int FROM pg_stat_user_indexes WHERE indexrelname = 'orders_total_status_idx'",
      ),
    ).toEqual([{ idx_scan: 0 }])
    const scans = "SELECT seq_scan::int AS calls FROM pg_stat_user_tables WHERE relname = 'shipments'"
    const before = sum(await ask(scans))
    await eventually(async () => sum(await ask(scans)) > before + 2)
    expect(run.faults).toEqual(new Set())
  })
})

describe('connections', () => {
  it('comes close to max_connections, and a superuser still gets in', async () => {
    const { ask, run } = await happening('connections')
    const taken =
      "SELECT count(*)::int AS taken FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename <> 'postgres'"
    expect((await ask(taken))[0]?.taken).toBeGreaterThanOrEqual(57 - 12 - 2)
    const grown = Number((await ask(taken))[0]?.taken)
    await eventually(async () => Number((await ask(taken))[0]?.taken) > grown)
    expect(await (await connect(run.uri)).query('SELECT 1 AS one')).toMatchObject({ rows: [{ one: 1 }] })
    expect(
      await ask(
        "SELECT FROM pg_stat_activity WHERE application_name = 'mobile-api' AND state = 'idle in transaction'",
      ),
    ).not.toEqual([])
  })
})

describe('all', () => {
  it('has all but the connections at once, and no password in pg_stat_statements', async () => {
    const { ask, run } = await happening('all')
    expect(
      await ask(`SELECT
          (SELECT count(*) FROM pg_locks WHERE NOT granted) > 30 AS storm,
          (SELECT count(*)::int FROM pg_prepared_xacts) AS prepared,
          (SELECT count(*)::int FROM pg_stat_progress_create_index) AS builds,
          (SELECT count(*)::int FROM pg_index WHERE indexrelid = 'customers_email_key'::regclass AND NOT indisvalid) AS invalid`),
    ).toEqual([{ storm: true, prepared: 1, builds: 1, invalid: 1 }])
    expect(await ask(strangers)).toEqual([])
    const secret = `SELECT query FROM pg_stat_statements WHERE query LIKE '%${run.cluster.password}%'`
    expect((await ask(secret)).filter(({ query }) => !String(query).includes('LIKE'))).toEqual([])
    expect(run.faults).toEqual(new Set())
  })
})

describe('the command', () => {
  it('prints the connection string and nothing else on standard output, and ends cleanly on SIGTERM', async () => {
    await withScratch(async (scratch) => {
      const child = runProgram(scratch, ['index-build', '--print'])
      await eventually(async () => child.out().endsWith('\n'), 60_000)
      expect(child.out()).toMatch(/^postgresql:\/\/postgres:[\w-]+@127\.0\.0\.1:\d+\/shop\n$/)
      const client = await connect(child.out().trim())
      expect((await client.query('SELECT FROM pg_stat_progress_create_index')).rowCount).toBe(1)
      child.kill('SIGTERM')
      expect(await child.code).toBe(0)
      expect(readdirSync(scratch)).toEqual([])
      expect(child.err()).toMatch(/\d\.\d s {2}starting the server/)
    })
  })

  it('opens the TUI with a terminal, then leaves nothing', async () => {
    await withScratch(async (scratch) => {
      const child = runProgram(scratch, ['prepared-transaction', '--terminal'])
      expect(await child.code).toBe(0)
      expect(child.out()).toMatch(/^top postgresql:/)
      expect(readdirSync(scratch)).toEqual([])
    })
  })

  it('prints the one-shot screens without a terminal, for a plain user too', async () => {
    await withScratch(async (scratch) => {
      const child = runProgram(scratch, ['prepared-transaction'], chooseServerUser())
      expect(await child.code).toBe(0)
      expect(child.out()).toMatch(/^one-shot postgresql:/)
      expect(readdirSync(scratch)).toEqual([])
    })
  })

  it.each(['making a data directory', 'building a shop', 'making it happen'])(
    'leaves nothing when it is interrupted while %s',
    async (step) => {
      await withScratch(async (scratch) => {
        const child = runProgram(scratch, ['lock-storm', '--print'])
        await eventually(async () => child.err().includes(step), 60_000)
        child.kill('SIGTERM')
        expect(await child.code).toBe(128 + 15)
        expect(readdirSync(scratch)).toEqual([])
        expect(child.out()).toBe('')
        expect(child.err()).not.toMatch(/error|at .*\.ts/i)
      })
    },
  )

  it('names the incidents there are, and PostgreSQL when there is none', async () => {
    await withScratch(async (scratch) => {
      const unknown = runProgram(scratch, ['flood'])
      expect(await unknown.code).toBe(2)
      expect(unknown.err()).toBe(
        `no incident "flood"; there are: ${INCIDENTS.map(({ id }) => id).join(', ')}\n`,
      )
      const without = runProgram(scratch, ['lock-storm'], null, { PGTRIAGE_PG_BINARIES: scratch })
      expect(await without.code).toBe(2)
      expect(without.err()).toContain('no demo server: no initdb and postgres in')
      expect(without.err()).toContain('install PostgreSQL')
      expect(readdirSync(scratch)).toEqual([])
    })
  })
})

const columnOfTheMigration =
  "SELECT FROM pg_attribute WHERE attrelid = 'public.orders'::regclass AND attname = 'delivery_note'"

/** Client sessions that lack what a person goes by: an address, an application's name, a role of the shop. */
const strangers = `SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND (client_addr IS NULL OR application_name = ''
    OR usename NOT IN ('web', 'payments', 'billing', 'reporting', 'deploy'))`

type Rows = Record<string, unknown>[]

/** Starts an incident for this test, and gives a way to ask its server. */
async function happening(id: string): Promise<{ run: DemoRun; ask: (sql: string) => Promise<Rows> }> {
  const incident = INCIDENTS.find((known) => known.id === id)
  if (incident === undefined) throw new Error(`no incident ${id}`)
  const run = await startDemo(incident)
  const client = new pg.Client({ connectionString: run.uri })
  client.on('error', () => undefined)
  onTestFinished(() => run.end())
  await client.connect()
  return { run, ask: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows }
}

function sum(rows: Rows): number {
  return rows.reduce((total, row) => total + Number(row.calls), 0)
}

function runProgram(
  scratch: string,
  words: string[],
  user: ServerUser | null = null,
  more: Record<string, string> = {},
) {
  const child = spawn(process.execPath, [program, ...words], {
    env: { ...process.env, TMPDIR: scratch, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (data) => {
    out += data
  })
  child.stderr.on('data', (data) => {
    err += data
  })
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out: () => out, err: () => err, kill: (signal: NodeJS.Signals) => child.kill(signal) }
}

async function withScratch(work: (scratch: string) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'pgt-'))
  chmodSync(scratch, 0o777)
  try {
    await work(scratch)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/**
 * `npm run bench`: what pgtriage costs its user and the server, beside pg_activity and pg_top where they are
 * installed, in a real pseudo-terminal of 50 rows by 160 columns on a private server with real sessions. Absolute
 * figures are the machine's; the ratios within a run are what counts. Linux only, since it reads /proc.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import process from 'node:process'
import pg from 'pg'
import { type Cluster, startCluster } from '#src/demo/cluster.ts'
import { type CatalogTurn, drawCatalog, makeTables, measureCatalog } from './catalog.ts'
import { build, type Contestant, type Door, OTHERS } from './contestants.ts'
import { gatherCrowd } from './crowd.ts'
import { type Bench, measureTurn, type Turn } from './measure.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { benchPlans } from './plans.ts'
import type { Command } from './recorder.ts'
import { drawResults, drawStorm, type Result, type StormResult } from './report.ts'
import { measureStorm, type StormShape, type StormTurn } from './storm.ts'

const SETUP = `
CREATE EXTENSION pg_stat_statements;
CREATE ROLE bench_crowd LOGIN;
CREATE ROLE bench_pgtriage LOGIN IN ROLE pg_monitor;
CREATE ROLE bench_pg_activity LOGIN IN ROLE pg_monitor;
CREATE ROLE bench_pg_top LOGIN IN ROLE pg_monitor;
CREATE SCHEMA bench;
CREATE TABLE bench.orders AS
  SELECT i AS id, i % 500 AS customer_id, i * 0.5 AS amount FROM generate_series(1, 1000) AS i;
CREATE TABLE bench.stock AS SELECT 1 AS item, 100 AS quantity, '' AS reason;
CREATE TABLE bench.links AS SELECT i AS id, '' AS changed_by FROM generate_series(0, 2000) AS i;
CREATE INDEX ON bench.links (id);
GRANT USAGE ON SCHEMA bench TO bench_crowd;
GRANT ALL ON ALL TABLES IN SCHEMA bench TO bench_crowd;
ANALYZE`

/** A plan is read in no time: its runs are many. */
const PLAN_RUNS = 5

interface Stage {
  readonly cluster: Cluster
  readonly client: pg.Client
  readonly door: Door
  readonly socketPath: string
  readonly contestants: readonly { readonly contestant: Contestant; readonly command: Command }[]
}

const options = optionsOrExit()
if (options.plans) {
  process.stdout.write(benchPlans(options.runs * PLAN_RUNS))
  process.exit()
}
const home = mkdtempSync(join(tmpdir(), 'pgtriage-bench-'))
const stopping = new AbortController()
process.on('SIGINT', () => stopping.abort(new Error('interrupted')))
process.on('SIGTERM', () => stopping.abort(new Error('interrupted')))
try {
  const cluster = await startCluster({
    settings: {
      max_connections: '2600',
      shared_preload_libraries: 'pg_stat_statements',
      'pg_stat_statements.track_planning': 'on',
      'pg_stat_statements.max': '2000',
      // Nothing but the programs should work while they are measured.
      autovacuum: 'off',
      track_io_timing: 'off',
      log_lock_waits: 'off',
    },
    hba: ['local all all trust'],
    signal: stopping.signal,
  })
  try {
    await perform(cluster)
  } finally {
    await cluster.stop()
  }
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  rmSync(home, { recursive: true, force: true })
}
process.exit()

async function perform(cluster: Cluster): Promise<void> {
  const client = new pg.Client({ connectionString: cluster.uri })
  client.on('error', (error) => stopping.abort(error))
  await client.connect()
  await client.query(SETUP)
  const door: Door = { socketDirectory: cluster.socketDirectory, port: cluster.port, home }
  const stage: Stage = {
    cluster,
    client,
    door,
    socketPath: join(cluster.socketDirectory, `.s.PGSQL.${cluster.port}`),
    contestants: contestantsFor(door),
  }
  say(
    `Node ${process.version}, PostgreSQL ${cluster.versionNum}, ${cpus().length} processors, load ${load()}`,
  )
  if (options.catalog !== null) {
    process.stdout.write(`\n${drawCatalog(await measureCatalogs(stage, options.catalog))}\n`)
    await client.end()
    return
  }
  const results: Result[] = []
  for (const sessions of options.sessions) {
    const found = await measureSize(stage, sessions)
    results.push(...found)
    process.stdout.write(`\n${drawResults(found)}\n`)
  }
  const storms: StormResult[] = []
  for (const waiters of options.waiters) {
    for (const shape of ['waiters', 'chain'] as const) {
      const found = await measureStorms(stage, { shape, waiters })
      storms.push(...found)
      process.stdout.write(`\n${drawStorm(found)}\n`)
    }
  }
  say(`load ${load()}`)
  if (options.json !== null) {
    const machine = { node: process.version, server: cluster.versionNum, processors: cpus().length }
    writeFileSync(options.json, `${JSON.stringify({ machine, options, results, storms }, null, 1)}\n`)
  }
  await client.end()
}

/** Our own screens over a database of so many tables: nobody else has such. */
async function measureCatalogs(stage: Stage, tables: number): Promise<CatalogTurn[]> {
  const { client, door, cluster, contestants } = stage
  say(`making ${tables} tables`)
  await makeTables(client, tables, { uri: cluster.uri, database: 'bench_catalog' })
  const turns: CatalogTurn[] = []
  for (const { contestant } of contestants.filter(({ contestant: { role } }) => role === 'bench_pgtriage')) {
    for (let run = 0; run < options.runs; run += 1) {
      for (const screen of ['indexes', 'tables'] as const) {
        stopping.signal.throwIfAborted()
        say(`run ${run + 1} of ${options.runs}: ${screen}`)
        const around = {
          door,
          client,
          postmaster: cluster.pid(),
          database: 'bench_catalog',
          presses: options.presses,
        }
        const turn = await measureCatalog(contestant, screen, around)
        if (options.verbose) process.stderr.write(`${JSON.stringify(turn, null, 1)}\n`)
        turns.push(turn)
      }
    }
  }
  return turns
}

/** All programs at one size of the crowd, taking turns in each run. */
async function measureSize(stage: Stage, sessions: number): Promise<Result[]> {
  const { contestants, socketPath } = stage
  say(`opening ${sessions} sessions`)
  const crowd = await gatherCrowd({ kind: 'mixed', count: sessions, socketPath })
  try {
    const turns = contestants.map((): Turn[] => [])
    const bench = benchOf(stage, crowd.members)
    for (let run = 0; run < options.runs; run += 1) {
      for (let turn = 0; turn < contestants.length; turn += 1) {
        stopping.signal.throwIfAborted()
        const index = (run + turn) % contestants.length
        const { contestant, command } = contestants[index] ?? {}
        if (contestant === undefined || command === undefined) continue
        say(`run ${run + 1} of ${options.runs}: ${contestant.name}`)
        const measured = await measureTurn(contestant, command, bench)
        if (options.verbose) process.stderr.write(`${JSON.stringify(measured, null, 1)}\n`)
        turns[index]?.push(measured)
      }
    }
    return contestants.map(({ contestant }, index) => ({
      sessions,
      name: contestant.name,
      turns: turns[index] ?? [],
    }))
  } finally {
    await crowd.disperse()
    await untilAlone(stage)
  }
}

/** Every program that has a screen of locks, under one shape and size of the storm. */
async function measureStorms(
  stage: Stage,
  { shape, waiters }: { readonly shape: StormShape; readonly waiters: number },
): Promise<StormResult[]> {
  const { socketPath } = stage
  const taking = stage.contestants.filter(({ contestant }) => contestant.locks !== undefined)
  const crowd = await gatherCrowd({ kind: 'mixed', count: 10, socketPath })
  const turns = taking.map((): StormTurn[] => [])
  try {
    for (let run = 0; run < options.runs; run += 1) {
      for (let turn = 0; turn < taking.length; turn += 1) {
        stopping.signal.throwIfAborted()
        const index = (run + turn) % taking.length
        const { contestant, command } = taking[index] ?? {}
        if (contestant === undefined || command === undefined) continue
        say(`run ${run + 1} of ${options.runs}: ${waiters} ${shape}, ${contestant.name}`)
        const bench = benchOf(stage, crowd.members)
        const measured = await measureStorm(contestant, command, { bench, shape, waiters, socketPath })
        if (options.verbose) process.stderr.write(`${JSON.stringify(measured, null, 1)}\n`)
        turns[index]?.push(measured)
        await untilAlone(stage, crowd.members.length)
      }
    }
    return taking.map(({ contestant }, index) => ({
      name: contestant.name,
      shape,
      waiters,
      turns: turns[index] ?? [],
    }))
  } finally {
    await crowd.disperse()
  }
}

function benchOf({ door, client, cluster }: Stage, members: Bench['members']): Bench {
  const { refreshes, presses, launches } = options
  return { door, client, postmaster: cluster.pid(), members, refreshes, presses, launches }
}

/** The sessions of a crowd end when the server notices that their sockets are closed. */
async function untilAlone({ client }: Stage, others = 0): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(pg_terminate_backend(pid))::int AS count FROM pg_stat_activity
       WHERE usename = 'bench_crowd' AND application_name NOT LIKE 'b%' OR usename = 'bench_crowd' AND $1 = 0`,
      [others],
    )
    if (rows[0]?.count === 0) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the sessions of the crowd do not end')
}

function contestantsFor(door: Door): Stage['contestants'] {
  const builds = options.builds.map((directory, index) =>
    build(directory, index === 0 ? 'pgtriage' : relative('', directory)),
  )
  return [...builds, ...OTHERS].flatMap((contestant) => {
    if (options.only.length > 0 && !options.only.includes(contestant.name)) return []
    const command = contestant.command(door)
    if (command === null) say(`${contestant.name} is not installed`)
    return command === null ? [] : [{ contestant, command }]
  })
}

function optionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`)
    process.exit(2)
  }
}

function load(): string {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')
}

function say(words: string): void {
  process.stderr.write(`${words}\n`)
}

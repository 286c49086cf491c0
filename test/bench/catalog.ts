/** A database of thousands of tables: how soon its indexes and tables are on the screen, and what that costs the server. */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import Table from 'cli-table3'
import pg from 'pg'
import type { Contestant, Door, KeyTrial } from './contestants.ts'
import { tryKey } from './measure.ts'
import { cpuMs, treeOf } from './process-usage.ts'
import { Recorder } from './recorder.ts'
import { readUsage, type Usage, usageBetween } from './server-usage.ts'
import { median } from './statistics.ts'

/** One launch onto one of the screens. */
export interface CatalogTurn {
  readonly screen: 'indexes' | 'tables'
  /** From exec to the first rows. */
  readonly firstPageMs: number
  /** Of the program's processes until then. */
  readonly launchCpuMs: number
  /** Ms from press to effect. */
  readonly cursor: readonly number[]
  /** The largest of our backends, by its own pages alone: what the server gave it beside shared memory. */
  readonly backendBytes: number
  readonly usage: Usage
}

/** Tables made at a time: each is a lock until its transaction ends. */
const PART = 500
const LIMIT_MS = 60_000

/** Each with a primary key and one more index, ten rows and statistics. */
export async function makeTables(
  client: pg.Client,
  tables: number,
  target: { readonly uri: string; readonly database: string },
): Promise<void> {
  await client.query(`CREATE DATABASE ${target.database}`)
  const url = new URL(target.uri)
  url.pathname = `/${target.database}`
  const inside = new pg.Client({ connectionString: url.href })
  await inside.connect()
  for (let at = 0; at < tables; at += PART) {
    await inside.query(`DO $$ BEGIN
      FOR i IN ${at + 1}..${Math.min(tables, at + PART)} LOOP
        EXECUTE format('CREATE TABLE public.t%s (id int PRIMARY KEY, a int, b text)', i);
        EXECUTE format('CREATE INDEX ON public.t%s (a)', i);
        EXECUTE format('INSERT INTO public.t%s SELECT n, n, n FROM generate_series(1, 10) AS n', i);
        EXECUTE format('ANALYZE public.t%s', i);
      END LOOP;
    END $$`)
  }
  // As autovacuum does with catalogs, which is off here; plans without statistics are nobody's.
  await inside.query('VACUUM ANALYZE')
  // The estimates of bloat need the statistics of columns.
  await inside.query('GRANT pg_read_all_data TO bench_pgtriage')
  await inside.end()
}

/** Opens a screen on that database, looks on, and moves the cursor. */
export async function measureCatalog(
  contestant: Contestant,
  screen: CatalogTurn['screen'],
  {
    door,
    client,
    postmaster,
    database,
    presses,
  }: {
    readonly door: Door
    readonly client: pg.Client
    readonly postmaster: number
    readonly database: string
    readonly presses: number
  },
): Promise<CatalogTurn> {
  const command = contestant.command(door)
  if (command === null) throw new Error(`${contestant.name} is not installed`)
  const args = [...command.args, '-d', database, '--screen', screen]
  const before = await readUsage(client, contestant.role, postmaster)
  const recorder = new Recorder({ ...command, args })
  try {
    await recorder.when(
      () => recorder.lines.some((line) => /A all \d{3,}/.test(line)),
      LIMIT_MS,
      'the first reading',
    )
    recorder.type('A')
    const firstMs = await recorder.when(
      () => recorder.lines.filter((line) => /\bt\d+/.test(line)).length > 10,
      LIMIT_MS,
      'the first page',
    )
    const launchCpuMs = cpuMs(treeOf(recorder.pid))
    await delay(1500)
    const backendBytes = await largestBackend(client, contestant.role)
    const usage = usageBetween(before, await readUsage(client, contestant.role, postmaster))
    recorder.type('j')
    await delay(300)
    const cursor = await tryKey(CURSOR, recorder, presses)
    return { screen, firstPageMs: firstMs - recorder.startedMs, launchCpuMs, cursor, backendBytes, usage }
  } finally {
    await recorder.quit(contestant.quit)
  }
}

const CURSOR: KeyTrial = {
  keys: ['j', 'j', 'k', 'j', 'k', 'k'],
  mark: ({ lines }) => lines.find((line) => line.startsWith('▶'))?.match(/t\d+\w*/)?.[0] ?? null,
}

async function largestBackend(client: pg.Client, role: string): Promise<number> {
  const { rows } = await client.query<{ pid: number }>(
    'SELECT pid FROM pg_catalog.pg_stat_activity WHERE usename = $1',
    [role],
  )
  return Math.max(
    ...rows.map(({ pid }) => {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
      return Number(/^Anonymous:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024
    }),
  )
}

/** A line for each screen, medians over the turns; the statements with what each took on average. */
export function drawCatalog(turns: readonly CatalogTurn[]): string {
  const table = new Table({
    head: ['screen', 'first page ms', 'CPU ms', 'cursor ms', 'cursor p95', 'backend MB', 'statements'],
    style: { head: [], border: [] },
  })
  for (const screen of ['indexes', 'tables'] as const) {
    const own = turns.filter((turn) => turn.screen === screen)
    const presses = own.flatMap(({ cursor }) => cursor).toSorted((a, b) => a - b)
    const [last] = own
    table.push([
      screen,
      median(own.map(({ firstPageMs }) => firstPageMs)).toFixed(0),
      median(own.map(({ launchCpuMs }) => launchCpuMs)).toFixed(0),
      median(presses).toFixed(1),
      (presses[Math.floor(presses.length * 0.95)] ?? 0).toFixed(1),
      (median(own.map(({ backendBytes }) => backendBytes)) / 1024 ** 2).toFixed(0),
      (last?.usage.texts ?? [])
        .toSorted((a, b) => b.ms / b.calls - a.ms / a.calls)
        .slice(0, 6)
        .map(
          ({ text, ms, calls }) =>
            `${/pgtriage:([\w-]+)/.exec(text)?.[1] ?? text.slice(0, 30)} ${(ms / calls).toFixed(0)} ms`,
        )
        .join('\n'),
    ])
  }
  return table.toString()
}

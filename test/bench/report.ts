/** The figures of all runs as a table: medians, and each program's ratio to ours. */
import Table from 'cli-table3'
import type { Turn } from './measure.ts'
import { median, quantile } from './statistics.ts'
import type { StormShape, StormTurn } from './storm.ts'

/** What one program gave at one size, over all runs. */
export interface Result {
  readonly sessions: number
  readonly name: string
  readonly turns: readonly Turn[]
}

interface Figure {
  readonly title: string
  readonly digits: number
  readonly value: (turns: readonly Turn[]) => number
}

const FIGURES: readonly Figure[] = [
  {
    title: 'first live data ms',
    digits: 0,
    value: (turns) => median(warm(turns).map((each) => each.firstDataMs)),
  },
  {
    title: '  p90',
    digits: 0,
    value: (turns) =>
      quantile(
        warm(turns).map((each) => each.firstDataMs),
        0.9,
      ),
  },
  {
    title: '  the first launch of all',
    digits: 0,
    value: (turns) => turns[0]?.launches[0]?.firstDataMs ?? Number.NaN,
  },
  { title: '  CPU ms to there', digits: 0, value: (turns) => median(warm(turns).map((each) => each.cpuMs)) },
  { title: 'real interval ms', digits: 0, value: each((turn) => turn.intervalMs) },
  { title: 'CPU ms per refresh', digits: 1, value: each((turn) => turn.cpuMs) },
  { title: 'bytes per refresh', digits: 0, value: each(bytes) },
  {
    title: '  least for those cells',
    digits: 0,
    value: each((turn) => turn.output.leastBytes / turn.usage.refreshes),
  },
  {
    title: '  times the least',
    digits: 2,
    value: each((turn) => turn.output.bytes / turn.output.leastBytes),
  },
  {
    title: 'frames per refresh',
    digits: 2,
    value: each((turn) => turn.output.frames / turn.usage.refreshes),
  },
  ...(['cursor', 'sort', 'help'] as const).flatMap((kind): Figure[] => [
    { title: `${kind}: key to paint ms`, digits: 1, value: (turns) => median(presses(turns, kind)) },
    { title: '  p95', digits: 1, value: (turns) => quantile(presses(turns, kind), 0.95) },
  ]),
  {
    title: 'cursor on a link of 4 KB/s: ms',
    digits: 1,
    value: (turns) => median(turns.flatMap((turn) => turn.slowLink)),
  },
  {
    title: '  p95',
    digits: 1,
    value: (turns) =>
      quantile(
        turns.flatMap((turn) => turn.slowLink),
        0.95,
      ),
  },
  { title: 'memory MiB after launch', digits: 0, value: each((turn) => turn.residentMib.afterLaunch) },
  { title: '  at the end', digits: 0, value: each((turn) => turn.residentMib.atEnd) },
  {
    title: 'server: statements',
    digits: 1,
    value: each((turn) => turn.usage.statements / turn.usage.refreshes),
  },
  { title: '  rows', digits: 0, value: each((turn) => turn.usage.rows / turn.usage.refreshes) },
  { title: '  CPU ms', digits: 1, value: each((turn) => turn.usage.cpuMs / turn.usage.refreshes) },
  {
    title: '  statement ms',
    digits: 1,
    value: each((turn) => turn.usage.statementMs / turn.usage.refreshes),
  },
  { title: '  connections', digits: 0, value: each((turn) => turn.usage.connections) },
]

/** One table for a size: a column per program, and how many times ours each of the others needs. */
export function drawResults(results: readonly Result[]): string {
  const [ours, ...others] = results
  if (ours === undefined) return ''
  const table = new Table({
    head: [`${ours.sessions} sessions`, ours.name, ...others.flatMap(({ name }) => [name, '/ ours'])],
    colAligns: ['left', ...Array<'right'>(1 + others.length * 2).fill('right')],
    style: { head: [], border: [], compact: true },
  })
  for (const { title, digits, value } of FIGURES) {
    const own = value(ours.turns)
    table.push([
      title,
      shown(own, digits),
      ...others.flatMap(({ turns }) => {
        const other = value(turns)
        return [shown(other, digits), shown(other / own, 2)]
      }),
    ])
  }
  return table.toString()
}

/** What one program gave under one storm, over all runs. */
export interface StormResult {
  readonly name: string
  readonly shape: StormShape
  readonly waiters: number
  readonly turns: readonly StormTurn[]
}

interface StormFigure {
  readonly title: string
  readonly digits: number
  readonly value: (turn: StormTurn) => number
}

const STORM_FIGURES: readonly StormFigure[] = [
  { title: 'outbreak to seen ms', digits: 0, value: (turn) => turn.seenAfterOutbreakMs },
  { title: 'launch to seen ms', digits: 0, value: (turn) => turn.seenAfterLaunchMs },
  { title: '  CPU ms to there', digits: 0, value: (turn) => turn.launchCpuMs },
  { title: 'real interval ms', digits: 0, value: (turn) => turn.intervalMs },
  { title: 'CPU ms per refresh', digits: 1, value: (turn) => turn.cpuMs },
  { title: 'bytes per refresh', digits: 0, value: (turn) => turn.output.bytes / turn.usage.refreshes },
  { title: 'cursor: key to paint ms, p95', digits: 1, value: (turn) => quantile(turn.cursor, 0.95) },
  {
    title: 'server: CPU ms per refresh',
    digits: 1,
    value: (turn) => turn.usage.cpuMs / turn.usage.refreshes,
  },
  {
    title: '  statements',
    digits: 1,
    value: (turn) => turn.usage.statements / turn.usage.refreshes,
  },
]

/** The storms of one shape and size: ours, and each other program with its ratio to ours. */
export function drawStorm(results: readonly StormResult[]): string {
  const [ours, ...others] = results
  if (ours === undefined) return ''
  const shape = ours.shape === 'chain' ? 'in a chain' : 'for one row'
  const table = new Table({
    head: [`${ours.waiters} wait ${shape}`, ours.name, ...others.flatMap(({ name }) => [name, 'x'])],
    colAligns: ['left', ...Array<'right'>(1 + others.length * 2).fill('right')],
    style: { head: [], border: [], compact: true },
  })
  for (const { title, digits, value } of STORM_FIGURES) {
    const own = median(ours.turns.map(value))
    table.push([
      title,
      shown(own, digits),
      ...others.flatMap(({ turns }) => {
        const other = median(turns.map(value))
        return [shown(other, digits), shown(other / own, 2)]
      }),
    ])
  }
  const rows = results.map(({ name, turns }) => `${name}: ${turns[0]?.rootRow.trim().slice(0, 120) ?? ''}`)
  return `${table.toString()}\n${rows.join('\n')}`
}

/** The launches after the very first, whose caches were cold. */
function warm(turns: readonly Turn[]): Turn['launches'] {
  return turns.flatMap(({ launches }, index) =>
    index === 0 && launches.length > 1 ? launches.slice(1) : launches,
  )
}

function each(value: (turn: Turn) => number): Figure['value'] {
  return (turns) => median(turns.map(value))
}

function bytes({ output, usage }: Turn): number {
  return output.bytes / usage.refreshes
}

function presses(turns: readonly Turn[], kind: keyof Turn['keys']): readonly number[] {
  return turns.flatMap((turn) => turn.keys[kind] ?? [])
}

function shown(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '-'
}

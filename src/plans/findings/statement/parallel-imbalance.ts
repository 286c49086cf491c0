import { latency } from '#src/text/units.ts'
import { sum } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { type Region, regionsOf } from './regions.ts'

const LEAST_FACTOR = 1.5
/** Workers start some milliseconds after the leader, so short work is its own for the most part. */
const LEAST_SAVED_MS = 10

/**
 * Judged where the region hands its rows to the Gather: further down, processes take turns (a member of a Parallel
 * Append may be one process's alone) and are uneven by design. A leader that did less than the others was busy
 * collecting their rows, so it is left out of the mean.
 */
export const parallelImbalance = {
  id: 'parallel-imbalance',
  about:
    'One process of a parallel region takes at least 1.5 times the mean of all, and even shares would save 10 ms or more, worth a finding.',
  source: 'pgplan (parallel overhead); manual 15.1',
  find: (context) => regionsOf(context).flatMap((region) => findFor(region, context)),
} satisfies Rule

interface Share {
  readonly who: string
  readonly ms: number
  readonly rows: number
}

function findFor(region: Region, context: RuleContext): readonly Found[] {
  const { gather, child } = region
  if ((child.imbalance ?? 0) < LEAST_FACTOR || context.isStoppedEarly(gather)) return []
  const shares = sharesOf(region)
  const [slowest] = shares.toSorted((a, b) => b.ms - a.ms)
  if (slowest === undefined || shares.length < 2) return []
  const meanMs = sum(shares.map(({ ms }) => ms)) / shares.length
  const factor = slowest.ms / meanMs
  const savesMs = slowest.ms - meanMs
  if (
    factor < LEAST_FACTOR ||
    savesMs < LEAST_SAVED_MS ||
    !context.isWorth(savesMs - child.roundingEpsMs * shares.length)
  )
    return []
  const meanRows = sum(shares.map(({ rows }) => rows)) / shares.length
  return [
    {
      node: gather,
      savesMs,
      title: `${slowest.who} works ${factor.toFixed(1)} times as long as the mean of ${shares.length} processes`,
      advice:
        slowest.rows >= LEAST_FACTOR * meanRows
          ? 'It had more of the rows. Blocks of a table, or whole members of an Append, are what processes take turns with: split the largest partition, or let several workers scan it (its parallel_workers).'
          : 'It had no more rows than the others, so some of its rows or blocks are slow ones: look for expressions that are costly for few rows, and for reads from disk.',
      remedy: null,
      evidence: [
        { label: 'slowest', value: slowest.ms, unit: 'ms' },
        { label: 'mean', value: meanMs, unit: 'ms' },
        { label: 'slowest to mean', value: factor, unit: 'factor' },
        {
          label: 'each',
          value: shares.map(({ who, ms }) => `${who} ${latency(ms / 1000)}`).join(', '),
          unit: 'text',
        },
      ],
    },
  ]
}

/** What each process did of the region; empty where that is not known (without VERBOSE). */
function sharesOf({ child }: Region): readonly Share[] {
  const { leaderInclMs, rowsTotal, workers } = child
  if (leaderInclMs === null) return []
  const others = workers.flatMap(({ number, sumMs, rowsTotal: rows }) =>
    sumMs === null ? [] : [{ who: `worker ${number}`, ms: sumMs, rows: rows ?? 0 }],
  )
  const rows = Math.max(0, (rowsTotal ?? 0) - sum(others.map((other) => other.rows)))
  const didLeast = others.every(({ ms }) => ms >= leaderInclMs)
  return didLeast ? others : [{ who: 'leader', ms: leaderInclMs, rows }, ...others]
}

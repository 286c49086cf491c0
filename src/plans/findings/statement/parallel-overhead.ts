import { latency, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { LEAST_MS } from './least.ts'
import { type Region, regionsOf } from './regions.ts'

const LEAST_SHARE = 0.05
/** Without the clock of the leader the Gather's own time holds its wait for uneven workers too. */
const LEAST_SHARE_UNKNOWN = 0.3
/** From so many rows on it is the rows that cost, one message each; below it is the start of the workers. */
const MANY_ROWS = 10_000

/**
 * On the clock of the leader: what the Gather took less what the slowest process did meanwhile, which is the start and
 * the end of the workers and the handing over of their rows. Time in which the leader waits for work is none of it.
 */
export const parallelOverhead = {
  id: 'parallel-overhead',
  about:
    'Starting workers and collecting their rows takes at least a twentieth of the execution; without VERBOSE, a Gather’s own time at least 30 %.',
  source: 'manual 15.1 and 19.7.2 (parallel_setup_cost, parallel_tuple_cost); pgplan (parallel overhead)',
  find: (context) => regionsOf(context).flatMap((region) => findFor(region, context)),
} satisfies Rule

function findFor(region: Region, context: RuleContext): readonly Found[] {
  const { gather, child, launched } = region
  const overheadMs = overheadOf(region)
  const isKnown = gather.leaderExclRawMs !== null
  const leastShare = isKnown ? LEAST_SHARE : LEAST_SHARE_UNKNOWN
  const certainMs = overheadMs - gather.roundingEpsMs
  // Without any worker there is nothing to start, nor anybody to collect from.
  if (
    launched === 0 ||
    certainMs < LEAST_MS ||
    !context.isWorth(certainMs) ||
    certainMs < leastShare * context.wholeMs
  )
    return []
  const rows = gather.rowsTotal ?? 0
  const many = rows >= MANY_ROWS
  return [
    {
      node: gather,
      savesMs: overheadMs,
      title: titleFor(gather, many, overheadMs),
      advice: many
        ? 'Each row is copied from its worker to the leader. Filter or aggregate below the Gather, or see whether the plan without workers is as fast.'
        : 'Workers take some milliseconds to start, which short work does not give back. See whether the plan without them is as fast; parallel_setup_cost or parallel_workers of the table would then keep them away.',
      remedy: 'SET max_parallel_workers_per_gather = 0;',
      evidence: [
        {
          label: isKnown ? 'beyond the slowest process' : 'beyond the mean process',
          value: overheadMs,
          unit: 'ms',
        },
        { label: 'rows collected', value: rows, unit: 'rows' },
        { label: 'processes that took part', value: child.participants, unit: 'count' },
      ],
    },
  ]
}

function titleFor({ type, leaderExclRawMs, rowsTotal }: PlanNode, many: boolean, ms: number): string {
  const took = latency(ms / 1000)
  if (leaderExclRawMs === null) return `${type} takes ${took} beyond the mean of its processes`
  return many
    ? `collecting ${things(rowsTotal ?? 0, 'row')} from workers takes ${took}`
    : `starting and ending workers takes ${took}`
}

function overheadOf({ gather, child }: Region): number {
  const { leaderExclRawMs } = gather
  if (leaderExclRawMs === null) return gather.exclWallRawMs
  const waitsMs = Math.max(0, (child.slowestWorkerMs ?? 0) - (child.leaderInclMs ?? 0))
  return leaderExclRawMs - waitsMs
}

import { count, percent, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { numberIn, sum } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { adviseHashMem, KB, processesOf } from './memory.ts'
import { inputsOf } from './sides.ts'
import { certainInclusiveMs, certainMs, isTelling, savingOf } from './times.ts'

const LEAST_LOOKUPS = 1_000
/** Fewer hits than this are too few where the cache had to drop entries … */
const FEW_HITS = 0.5
/** … or where there are no times to tell what a hit saves. */
const HARDLY_ANY = 0.1

/**
 * A cache that is too small drops entries that are asked for again; each dropped one costs at most one more run of what
 * is below. One that is large enough and still has few hits is asked for ever new keys; it does harm where keeping rows
 * takes longer than the hits save, for a hit ratio of a third is a gain all the same.
 */
export const memoizeThrash = {
  id: 'memoize-thrash',
  about:
    'Of 1000 lookups of a Memoize or more, less than half are hits and entries were dropped for lack of memory; or it takes longer than its hits save. Both where that is worth a finding.',
  source: 'manual 19.7.1 (enable_memoize), nodeMemoize.c (PostgreSQL 14 and later); pgexplain',
  find: (context) =>
    context.executed.flatMap((node) =>
      node.type === 'Memoize' && !context.isStoppedEarly(node)
        ? (findTooSmall(node, context) ?? findUseless(node, context))
        : [],
    ),
} satisfies Rule

interface Cache {
  readonly hits: number
  readonly misses: number
  readonly evictions: number
  readonly overflows: number
  readonly lookups: number
}

/** Of all processes: each has a cache of its own. */
function cacheOf(node: PlanNode): Cache {
  const total = (key: string) => sum(processesOf(node).map((process) => numberIn(process, key) ?? 0))
  const [hits, misses] = [total('Cache Hits'), total('Cache Misses')]
  return {
    hits,
    misses,
    evictions: total('Cache Evictions'),
    overflows: total('Cache Overflows'),
    lookups: hits + misses,
  }
}

function findTooSmall(node: PlanNode, context: RuleContext): readonly Found[] | null {
  const cache = cacheOf(node)
  const { hits, misses, lookups, evictions, overflows } = cache
  const dropped = evictions + overflows
  if (lookups < LEAST_LOOKUPS || dropped === 0 || hits / lookups >= FEW_HITS) return null
  const [input] = inputsOf(node)
  const again = Math.min(1, dropped / misses)
  const worth = certainMs(node) + again * (input === undefined ? 0 : certainInclusiveMs(input))
  if (!isTelling(context, worth)) return []
  return [
    {
      ...commonOf(node, cache),
      savesMs: savingOf(context, node.exclWallMs + again * (input?.inclWallMs ?? 0)),
      title: `memoize drops ${count(dropped)} ${dropped === 1 ? 'entry' : 'entries'} for lack of memory, ${percent(hits / lookups)} hits`,
      ...adviceOnMemory(node, cache, context),
    },
  ]
}

/** Without evictions what is kept is all there is: then only an entry too large for the whole cache was dropped. */
function adviceOnMemory(
  node: PlanNode,
  { misses, evictions, hits, lookups }: Cache,
  context: RuleContext,
): Pick<Found, 'advice' | 'remedy'> {
  const peak =
    Math.max(...processesOf(node).map((process) => numberIn(process, 'Peak Memory Usage') ?? 0)) * KB
  const kept = misses - evictions
  if (peak === 0 || kept <= 0 || evictions === 0)
    return {
      advice: 'Raise work_mem for this statement, or set enable_memoize = off if keys hardly repeat.',
      remedy: null,
    }
  const { advice, remedy } = adviseHashMem(
    (peak * misses) / kept,
    'every entry is kept at the latest',
    context,
  )
  const doubt =
    hits < lookups * HARDLY_ANY
      ? ' If keys hardly repeat, enable_memoize = off is better for this statement.'
      : ''
  return { advice: `${advice}${doubt}`, remedy }
}

function findUseless(node: PlanNode, context: RuleContext): readonly Found[] {
  const cache = cacheOf(node)
  const { hits, misses, lookups } = cache
  const [input] = inputsOf(node)
  if (lookups < LEAST_LOOKUPS || misses === 0 || input === undefined) return []
  // What a hit saved is taken at its most, and what the cache took at its least.
  const savedMs = (hits * (2 * input.inclWallMs - certainInclusiveMs(input))) / misses
  const lostMs = certainMs(node) - savedMs
  const isWorth = context.model.hasTiming ? isTelling(context, lostMs) : hits / lookups < HARDLY_ANY
  if (!isWorth) return []
  return [
    {
      ...commonOf(node, cache),
      savesMs: savingOf(context, Math.max(0, lostMs)),
      title: `memoize of ${things(lookups, 'lookup')} with ${percent(hits / lookups)} hits costs more than it saves`,
      advice: `Keys hardly repeat: ${count(misses)} of ${count(lookups)} were new. The planner expected fewer distinct values: ANALYZE, or set n_distinct; enable_memoize = off helps this statement alone.`,
      remedy: 'SET enable_memoize = off;',
    },
  ]
}

function commonOf(node: PlanNode, { hits, misses, evictions, overflows, lookups }: Cache) {
  return {
    node,
    evidence: [
      { label: 'cache hits', value: hits, unit: 'count' },
      { label: 'cache misses', value: misses, unit: 'count' },
      { label: 'hit ratio', value: hits / lookups, unit: 'ratio' },
      { label: 'evictions', value: evictions, unit: 'count' },
      { label: 'overflows', value: overflows, unit: 'count' },
    ],
  } satisfies Partial<Found>
}

import { latency } from '#src/text/units.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { LEAST_MS } from './least.ts'

/** Of the nodes that take most. */
const MOST = 5
const LEAST_ERROR = 0.2

/**
 * Times are printed with three decimals of a millisecond for one loop on average: in many short loops what is rounded
 * off adds up to much of the node's time. That the blocks were read for the first time is a finding about caching.
 */
export const unreliableTimings = {
  id: 'unreliable-timings',
  about:
    'The time of one of the five most expensive nodes may be off by a fifth or more through rounding, which is worth a finding; or the plan was run without times.',
  source: 'manual 14.1.2 and EXPLAIN (TIMING); explain.c prints three decimals',
  find: (context) => {
    const { isExecuted, hasTiming } = context.model
    if (!isExecuted) return []
    return hasTiming ? rounded(context) : [untimed()]
  },
} satisfies Rule

function untimed(): Found {
  return {
    node: null,
    savesMs: null,
    title: 'the nodes have no times: TIMING was off',
    advice: 'Rows and blocks are right; where the time went cannot be told. Run it once more with TIMING on.',
    remedy: null,
    evidence: [{ label: 'times', value: 'off', unit: 'text' }],
  }
}

/** One for the plan: who doubts one of these times, doubts its neighbours too. */
function rounded({ executed, isWorth }: RuleContext): readonly Found[] {
  const [worst, ...others] = executed
    .toSorted((a, b) => b.exclWallMs - a.exclWallMs)
    .slice(0, MOST)
    .filter(
      ({ exclWallMs, roundingEpsMs }) =>
        roundingEpsMs >= LEAST_MS && isWorth(roundingEpsMs) && roundingEpsMs > LEAST_ERROR * exclWallMs,
    )
    .toSorted((a, b) => b.roundingEpsMs - a.roundingEpsMs)
  if (worst === undefined) return []
  return [
    {
      node: worst,
      savesMs: null,
      title: `its ${latency(worst.exclWallMs / 1000)} may be off by ${latency(worst.roundingEpsMs / 1000)}`,
      advice:
        'Times are rounded for each loop, and it or what is below it has very many. Go by the time of the node above all of these loops, and by rows and blocks.',
      remedy: null,
      evidence: [worst, ...others].flatMap(({ type, exclWallMs, roundingEpsMs }) => [
        { label: `${type}, own time`, value: exclWallMs, unit: 'ms' },
        { label: `${type}, off by up to`, value: roundingEpsMs, unit: 'ms' },
      ]),
    },
  ]
}

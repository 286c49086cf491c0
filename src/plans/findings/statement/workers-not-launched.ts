import { things } from '#src/text/units.ts'
import { textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { LEAST_MS } from './least.ts'
import { leaderHelps, type Region, regionsOf } from './regions.ts'
import { settingsOf } from './settings.ts'

/**
 * `Workers Launched` is that of the last run of the Gather, so how many took part over all of its runs decides what
 * could go: the same work in as many equal shares as were planned.
 */
export const workersNotLaunched = {
  id: 'workers-not-launched',
  about: 'Fewer workers were launched than planned, and the full number would save time worth a finding.',
  source: 'manual 15.1; pev2, pgplan and pgexplain',
  find: (context) => regionsOf(context).flatMap((region) => findFor(region, context)),
} satisfies Rule

function findFor({ gather, child, planned, launched }: Region, context: RuleContext): readonly Found[] {
  if (planned === null || launched === null || launched >= planned) return []
  const { hasTiming } = context.model
  const shares = planned + (leaderHelps(context) ? 1 : 0)
  const savesMs = child.inclWallMs - child.inclSumMs / shares
  const certainMs = savesMs - child.roundingEpsMs
  if (hasTiming && (certainMs < LEAST_MS || !context.isWorth(certainMs))) return []
  return [
    {
      node: gather,
      savesMs: hasTiming ? savesMs : null,
      title: `${launched} of ${things(planned, 'planned worker')} launched`,
      advice:
        'No worker was free, or none is allowed. Raise max_parallel_workers, up to max_worker_processes (which takes a restart), or let fewer statements run in parallel at once.',
      remedy: remedyFor(planned, context),
      evidence: [
        { label: 'workers planned', value: planned, unit: 'count' },
        { label: 'workers launched', value: launched, unit: 'count' },
        { label: 'processes that took part', value: child.participants, unit: 'count' },
      ],
    },
  ]
}

/** Only where the plan tells that the limit is what stood in the way. */
function remedyFor(planned: number, context: RuleContext): string | null {
  const limit = textIn(settingsOf(context), 'max_parallel_workers')
  return limit !== null && Number(limit) < planned ? `SET max_parallel_workers = ${planned};` : null
}

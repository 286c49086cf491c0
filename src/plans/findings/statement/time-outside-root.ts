import { latency } from '#src/text/units.ts'
import type { OutsideRoot } from '../../model/nodes.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { LEAST_MS } from './least.ts'

const LEAST_SHARE = 0.1

/**
 * A WITH query that changes data always runs to its end, whatever is read of it, so the rest of it runs after the plan
 * that reads it, and its time is in that of no node above. It says where the time is; nothing of it is too much as such.
 */
export const timeOutsideRoot = {
  id: 'time-outside-root',
  about: 'A part of the plan runs outside of the tree of its root for a tenth of the execution or more.',
  source: 'manual 7.8.4 (data-modifying statements in WITH)',
  find: (context) => context.model.outsideRoot.flatMap((outside) => findFor(outside, context)),
} satisfies Rule

function findFor({ node, ms }: OutsideRoot, context: RuleContext): readonly Found[] {
  const certainMs = ms - node.roundingEpsMs
  if (certainMs < LEAST_MS || !context.isWorth(certainMs) || certainMs < LEAST_SHARE * context.wholeMs)
    return []
  return [
    {
      node,
      savesMs: null,
      title: `${latency(ms / 1000)} of ${latency(context.wholeMs / 1000)} are outside of the root's time`,
      advice:
        'A WITH query that changes data runs to its end, even if nothing more of it is read. Look for the time below it.',
      remedy: null,
      evidence: [
        { label: 'outside of the root', value: ms, unit: 'ms' },
        { label: 'root', value: context.model.rootMs ?? 0, unit: 'ms' },
      ],
    },
  ]
}

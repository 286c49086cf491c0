import { things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { inputsOf, nameOf } from './sides.ts'
import { certainMs, savingOf, shareOf } from './times.ts'

const LEAST_LOOPS = 100
const LEAST_SHARE = 0.1
/** Rows that are given again; to keep fewer is just right. */
const LEAST_ROWS = 100_000

/** Rows are read once and kept, and then gone through from the first to the last for each row of the outer side. */
export const materializeRescans = {
  id: 'materialize-rescans',
  about:
    'A Materialize is gone through 100 times or more, for 100 000 rows or more, and that takes a tenth of the execution on its own.',
  source: 'pgplan (100 loops)',
  find: (context) => context.executed.flatMap((node) => findFor(node, context)),
} satisfies Rule

function findFor(node: PlanNode, context: RuleContext): readonly Found[] {
  const [input] = inputsOf(node)
  const loops = (node.loops ?? 0) / node.participants
  if (node.type !== 'Materialize' || input === undefined || loops < LEAST_LOOPS) return []
  if (node.rowsTotal === null || node.rowsTotal < LEAST_ROWS || context.isStoppedEarly(node)) return []
  const share = shareOf(context, certainMs(node))
  if (context.model.hasTiming && (!context.isHot(node) || share < LEAST_SHARE)) return []
  return [
    {
      node,
      savesMs: savingOf(context, node.exclWallMs),
      title: `${things(input.rowsTotal ?? 0, 'row')} of ${nameOf(input)} are gone through ${things(node.loops ?? 0, 'time')}`,
      advice:
        'The join looks at all of these rows for each row of its other side. An equality that can be hashed, or an index on the columns that are compared, would find the partners alone.',
      remedy: null,
      evidence: [
        { label: 'loops', value: node.loops ?? 0, unit: 'count' },
        { label: 'rows kept', value: input.rowsTotal ?? 0, unit: 'rows' },
        { label: 'rows given', value: node.rowsTotal, unit: 'rows' },
      ],
    },
  ]
}

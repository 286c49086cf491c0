import { count, things } from '#src/text/units.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { bitmapPages } from './lossy-bitmap.ts'
import { discardOf } from './removed.ts'
import { type Scan, scansOf, verb, worthOf } from './scan.ts'

const LEAST_REMOVED = 1_000
const LEAST_SHARE = 0.1

/** With lossy and exact pages both the bitmap was too large, which is told as that. */
export const recheckLoss = {
  id: 'recheck-loss',
  about:
    'An index that only knows candidates gives 1000 rows or more that do not match, at least a tenth of all, though the bitmap had room.',
  source: 'manual 12.9 (GIN and GiST), 65.5 (BRIN), F.35 (pg_trgm)',
  find: (context) =>
    scansOf(context, ['Bitmap Heap Scan', 'Index Scan', 'Index Only Scan']).flatMap((scan) =>
      findFor(scan, context),
    ),
} satisfies Rule

function findFor(scan: Scan, context: RuleContext): readonly Found[] {
  const { exact, lossy } = bitmapPages(scan)
  const discard = discardOf(scan, 'Index Recheck')
  const worth = worthOf(context, scan, discard.share)
  if (exact > 0 && lossy > 0) return []
  if (discard.atLeast < LEAST_REMOVED || discard.share < LEAST_SHARE || worth === null) return []
  return [
    {
      node: scan.node,
      ...worth,
      title: `${scan.title} ${verb(scan, 'recheck')} ${things(discard.removed, 'row')} in vain to find ${count(scan.rows)}`,
      advice:
        lossy > 0
          ? 'The index tells pages, not rows, as BRIN does: fewer pages_per_range, a table that lies in the order of the column, or a B-tree would find fewer in vain.'
          : 'The index gives candidates that do not match: a longer search pattern, another operator class, or GIN instead of GiST would give fewer.',
      remedy: null,
      evidence: [
        { label: 'rows removed by recheck', value: discard.removed, unit: 'rows' },
        { label: 'rows kept', value: scan.rows, unit: 'rows' },
        { label: 'removed', value: discard.share, unit: 'ratio' },
      ],
    },
  ]
}

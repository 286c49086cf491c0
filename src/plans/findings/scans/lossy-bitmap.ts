import { percent, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import { numberIn, sum } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { discardOf } from './removed.ts'
import { type Scan, scansOf, verb, worthOf } from './scan.ts'

const LEAST_REMOVED = 1_000
const LEAST_SHARE = 0.1

/**
 * A page that is remembered as a whole costs no more than its rows that do not match, so there must be such rows. Where
 * no page is exact the index itself tells no more than pages (BRIN), and memory would not help.
 */
export const lossyBitmap = {
  id: 'lossy-bitmap',
  about:
    'A bitmap outgrew work_mem: a tenth of its pages or more are lossy, and 1000 rows or more were removed by recheck.',
  source: 'tidbitmap.c; pgplan and pgexplain',
  find: (context) => scansOf(context, ['Bitmap Heap Scan']).flatMap((scan) => findFor(scan, context)),
} satisfies Rule

/** Pages of bitmaps; a node prints those of the leader, its workers their own (from 18 on). */
export function bitmapPages({ members }: Scan): { readonly exact: number; readonly lossy: number } {
  const pages = (key: string) => sum(members.flatMap((node) => pagesIn(node, key)))
  return { exact: pages('Exact Heap Blocks'), lossy: pages('Lossy Heap Blocks') }
}

function pagesIn({ raw, workers }: PlanNode, key: string): readonly number[] {
  return [raw.properties, ...workers.map(({ properties }) => properties)].map(
    (each) => numberIn(each, key) ?? 0,
  )
}

function findFor(scan: Scan, context: RuleContext): readonly Found[] {
  const { exact, lossy } = bitmapPages(scan)
  const discard = discardOf(scan, 'Index Recheck')
  const worth = worthOf(context, scan, discard.share)
  if (exact === 0 || lossy < (exact + lossy) * LEAST_SHARE || discard.atLeast < LEAST_REMOVED) return []
  if (worth === null) return []
  const workMem = enoughMemory((exact + lossy) / Math.max(1, scan.loops / scan.node.participants))
  return [
    {
      node: scan.node,
      ...worth,
      title: `bitmap too large: ${scan.title} ${verb(scan, 'recheck')} ${things(discard.removed, 'row')} in vain`,
      advice: `${percent(lossy / (exact + lossy))} of the pages were remembered without their rows, as work_mem was too small. About ${workMem} would do for this bitmap, more where several are combined; so would an index that finds fewer rows.`,
      remedy: `SET work_mem = '${workMem}';`,
      evidence: [
        { label: 'lossy heap blocks', value: lossy, unit: 'blocks' },
        { label: 'exact heap blocks', value: exact, unit: 'blocks' },
        { label: 'rows removed by recheck', value: discard.removed, unit: 'rows' },
      ],
    },
  ]
}

/** A page of a bitmap takes an entry of 48 bytes and two pointers (tbm_calculate_entries in tidbitmap.c). */
const ENTRY_BYTES = 64
const MEGABYTE = 1_048_576

function enoughMemory(pages: number): string {
  return `${Math.max(1, Math.ceil((pages * ENTRY_BYTES) / MEGABYTE))}MB`
}

import { BLOCK_BYTES, bytes, things } from '#src/text/units.ts'
import { readBlocks } from '../../blocks.ts'
import { sum, textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import { factsOf, relationOf } from '../names.ts'
import type { Rule } from '../rule.ts'
import { discardOf, examinedRows } from './removed.ts'
import { type Scan, scansOf, verb, worthOf } from './scan.ts'

const LEAST_ROWS = 10_000
const BLOCKS_PER_ROW = 0.5
const LEAST_READ_BLOCKS = 1_000
const READ_SHARE = 0.5
const VISITS_PER_PAGE = 2

/**
 * An index scan that looks at another page for each second row is scattered: the order of the index is not that of the
 * table. That alone may be the best there is, so one of three must hold too: it reads the whole index, most pages come
 * from outside of shared buffers, or it looks at the pages of the table twice on average, so a sequential scan would
 * look at fewer. An inner side that finds a few rows each time is no range, and a distance (ORDER BY <->) has no other
 * way.
 */
export const indexScanScattered = {
  id: 'index-scan-scattered',
  about:
    'An index scan of 10 000 rows or more in one go looks at a page for every two of them, without a condition, mostly not in shared buffers, or at more pages than twice the table.',
  source: 'pgplan (low selectivity: 10 000 rows, 1000 blocks, half from disk); cost_index in costsize.c',
  find: (context) =>
    context.model.hasBuffers
      ? scansOf(context, ['Index Scan']).flatMap((scan) => findFor(scan, context))
      : [],
} satisfies Rule

/** Whether the rows of an index scan lie all over the table, so that reading it in another way would be better. */
export function isScattered(scan: Scan, context: RuleContext): boolean {
  const { properties } = scan.node.raw
  const runs = scan.loops / scan.node.participants
  if (textIn(properties, 'Order By') !== null || scan.rows / Math.max(1, runs) < LEAST_ROWS) return false
  if (scan.touched < examinedRows(scan.members) * BLOCKS_PER_ROW || discardOf(scan, 'Filter').share >= 0.5)
    return false
  const read = readOf(scan)
  const pages = pagesOf(scan, context)
  return (
    textIn(properties, 'Index Cond') === null ||
    (read >= LEAST_READ_BLOCKS && read >= scan.touched * READ_SHARE) ||
    (pages !== null && scan.touched >= pages * VISITS_PER_PAGE)
  )
}

function findFor(scan: Scan, context: RuleContext): readonly Found[] {
  if (!isScattered(scan, context)) return []
  const pages = pagesOf(scan, context)
  const share = pages === null ? 1 : Math.max(0, 1 - pages / scan.touched)
  const worth = worthOf(context, scan, share)
  if (worth === null) return []
  const relation = relationOf(scan.node, context.facts)
  const index = scan.node.indexName
  return [
    {
      node: scan.node,
      ...worth,
      title: `${scan.title} ${verb(scan, 'visit')} ${bytes(scan.touched * BLOCK_BYTES)} of pages for ${things(scan.rows, 'row')}`,
      advice: `The table does not lie in the order of ${index ?? 'the index'}. A sequential or bitmap scan looks at each page once: compare with enable_indexscan off, and check random_page_cost and work_mem; or let an index hold all columns that are needed, or CLUSTER${relation === null ? '' : ` ${relation}`}, which locks the table.`,
      remedy: null,
      evidence: [
        { label: 'blocks visited', value: scan.touched, unit: 'blocks' },
        { label: 'of them read', value: readOf(scan), unit: 'blocks' },
        { label: 'rows', value: scan.rows, unit: 'rows' },
        ...(pages === null ? [] : [{ label: 'pages of the table', value: pages, unit: 'blocks' } as const]),
      ],
    },
  ]
}

function readOf({ members }: Scan): number {
  return sum(members.map(({ exclBuffers }) => readBlocks(exclBuffers)))
}

function pagesOf({ members }: Scan, { facts }: RuleContext): number | null {
  const pages = members.flatMap((node) => factsOf(node, facts)?.pages ?? [])
  return pages.length < members.length || sum(pages) === 0 ? null : sum(pages)
}

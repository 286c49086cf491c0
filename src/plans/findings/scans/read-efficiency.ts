import { BLOCK_BYTES, bytes, things } from '#src/text/units.ts'
import { numberIn, sum, textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { bloatedFrom } from './bloat-smell.ts'
import { examinedRows } from './removed.ts'
import { type Scan, scansOf, verb, worthOf } from './scan.ts'
import { vacuumOf } from './vacuum.ts'

const LEAST_BLOCKS = 1_000
const BYTES_PER_ROW = 100_000

/**
 * Rows that a filter removed were read for something, and are told by the rules on filters; so pages are counted
 * against all rows that were looked at. A search that finds nothing looks at some pages all the same: each is taken for
 * a row. How many searches a list of values made is only known from PostgreSQL 18 on.
 */
export const readEfficiency = {
  id: 'read-efficiency',
  about:
    'A scan looks at 100 kB or more for each row that it meets, kept or not, and at 1000 blocks or more.',
  source: 'pgMustard (read efficiency); manual 24.1 and 24.2',
  find: (context) =>
    context.model.hasBuffers
      ? scansOf(context, ['Seq Scan', 'Index Scan', 'Index Only Scan', 'Bitmap Heap Scan'])
          .filter((scan) => bloatedFrom(scan, context) === null)
          .flatMap((scan) => findFor(scan, context))
      : [],
} satisfies Rule

function findFor(scan: Scan, context: RuleContext): readonly Found[] {
  const rows = examinedRows(scan.members)
  const searches = searchesOf(scan)
  if (searches === null || scan.touched < LEAST_BLOCKS) return []
  const perRow = (scan.touched * BLOCK_BYTES) / (rows + searches)
  const worth = worthOf(context, scan, 1 - BYTES_PER_ROW / perRow)
  if (perRow < BYTES_PER_ROW || worth === null) return []
  const isIndexed = scan.node.indexName !== null
  return [
    {
      node: scan.node,
      ...worth,
      title: `${scan.title} ${verb(scan, 'look')} at ${bytes(scan.touched * BLOCK_BYTES)} for ${things(rows, 'row')}`,
      advice: isIndexed
        ? 'Most of what the index led to is gone (dead rows that no VACUUM removed, or that an old transaction still needs), or its condition does not narrow where it begins and ends. VACUUM, then REINDEX where it stays so.'
        : 'Most of the pages hold dead or no rows, unless the filter reads values stored out of line (TOAST). VACUUM lets new rows use the room; VACUUM FULL (which locks the table) or pg_repack gives it back.',
      remedy: vacuumOf(scan, context.facts),
      evidence: [
        { label: 'blocks visited', value: scan.touched, unit: 'blocks' },
        { label: 'rows met', value: rows, unit: 'rows' },
        { label: 'a row', value: Math.round(perRow), unit: 'bytes' },
      ],
    },
  ]
}

/** How often it began; null where a list of values made it search more often than is told. */
function searchesOf(scan: Scan): number | null {
  const told = scan.members.map(({ raw }) => numberIn(raw.properties, 'Index Searches'))
  const searches = sum(told.map((each) => each ?? 0))
  const lists = scan.members.some(({ raw }) => /ANY \(/.test(textIn(raw.properties, 'Index Cond') ?? ''))
  return lists && told.includes(null) ? null : Math.max(scan.loops, searches)
}

import { BLOCK_BYTES, bytes } from '#src/text/units.ts'
import { sum } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import { factsOf } from '../names.ts'
import type { Rule } from '../rule.ts'
import { examinedRows } from './removed.ts'
import { type Scan, scansOf, verb, worthOf } from './scan.ts'
import { vacuumOf } from './vacuum.ts'

const LEAST_FACTOR = 5
const LEAST_BLOCKS = 1_000

/**
 * A sequential scan looks at every page and every live row, so its pages for each row can be compared with what the
 * catalog tells of the last VACUUM or ANALYZE. An index scan looks at a page for each row wherever the table lies in
 * another order, which says nothing of bloat.
 */
export const bloatSmell = {
  id: 'bloat-smell',
  about:
    'A sequential scan reads 5 times as many pages for its rows as the catalog expects, and 1000 more; needs the server.',
  source: 'manual 24.1.2, pg_class (relpages, reltuples); pgMustard (read efficiency)',
  find: (context) =>
    context.model.hasBuffers ? scansOf(context, ['Seq Scan']).flatMap((scan) => findFor(scan, context)) : [],
} satisfies Rule

/** The pages that the rows of a scan should take, where it reads far more than these; otherwise null. */
export function bloatedFrom(scan: Scan, context: RuleContext): number | null {
  const expected = expectedPages(scan, context)
  if (expected === null || scan.touched - expected < LEAST_BLOCKS) return null
  return scan.touched < expected * LEAST_FACTOR ? null : expected
}

function expectedPages({ members }: Scan, { facts }: RuleContext): number | null {
  const expected = members.flatMap((node) => {
    const { tuples = null, pages = 0 } = factsOf(node, facts) ?? {}
    return tuples === null || tuples <= 0 ? [] : (examinedRows([node]) * pages) / tuples
  })
  return expected.length < members.length ? null : sum(expected)
}

function findFor(scan: Scan, context: RuleContext): readonly Found[] {
  const expected = bloatedFrom(scan, context)
  const worth = expected === null ? null : worthOf(context, scan, 1 - expected / scan.touched)
  if (expected === null || worth === null) return []
  return [
    {
      node: scan.node,
      ...worth,
      title: `${scan.title} ${verb(scan, 'read')} ${bytes(scan.touched * BLOCK_BYTES)} where ${bytes(expected * BLOCK_BYTES)} would do`,
      advice:
        'Most of the pages hold dead or no rows, unless the filter reads values stored out of line (TOAST). VACUUM lets new rows use the room; VACUUM FULL (which locks the table) or pg_repack gives it back.',
      remedy: vacuumOf(scan, context.facts),
      evidence: [
        { label: 'blocks visited', value: scan.touched, unit: 'blocks' },
        { label: 'blocks expected', value: Math.ceil(expected), unit: 'blocks' },
        { label: 'rows', value: examinedRows(scan.members), unit: 'rows' },
      ],
    },
  ]
}

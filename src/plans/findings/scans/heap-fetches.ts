import { things } from '#src/text/units.ts'
import { numberIn, sum } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { examinedRows } from './removed.ts'
import { type Scan, scansOf, verb, worthOf } from './scan.ts'
import { vacuumOf } from './vacuum.ts'

const LEAST_FETCHES = 1_000
const LEAST_SHARE = 0.1

/** Heap Fetches are the sum over all loops and workers, unlike rows (explain.c prints ntuples2 as it is). */
export const heapFetches = {
  id: 'heap-fetches',
  about: 'An index-only scan looks into the table 1000 times or more, for at least a tenth of its rows.',
  source: 'manual 11.9; thresholds of pgexplain, classes of pev2',
  find: (context) => scansOf(context, ['Index Only Scan']).flatMap((scan) => findFor(scan, context)),
} satisfies Rule

function findFor(scan: Scan, context: RuleContext): readonly Found[] {
  const fetches = sum(scan.members.map(({ raw }) => numberIn(raw.properties, 'Heap Fetches') ?? 0))
  // A fetch that finds a dead row gives none, so there may be more fetches than rows.
  const share = Math.min(1, fetches / Math.max(1, examinedRows(scan.members)))
  const worth = worthOf(context, scan, share)
  if (fetches < LEAST_FETCHES || share < LEAST_SHARE || worth === null) return []
  return [
    {
      node: scan.node,
      ...worth,
      title: `${scan.title} ${verb(scan, 'visit')} the table ${things(fetches, 'time')} for ${things(scan.rows, 'row')}`,
      advice:
        'Pages are not marked all-visible. VACUUM marks them, except where an old transaction still needs what changed; for good, let autovacuum come more often (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor).',
      remedy: vacuumOf(scan, context.facts),
      evidence: [
        { label: 'heap fetches', value: fetches, unit: 'count' },
        { label: 'rows', value: scan.rows, unit: 'rows' },
        { label: 'fetched', value: share, unit: 'ratio' },
      ],
    },
  ]
}

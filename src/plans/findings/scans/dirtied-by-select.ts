import { BLOCK_BYTES, bytes } from '#src/text/units.ts'
import { sum } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { type Scan, scansOf, worthOf } from './scan.ts'
import { vacuumOf } from './vacuum.ts'

const LEAST_BLOCKS = 1_000
const LEAST_SHARE = 0.1
const WRITING = new Set(['ModifyTable', 'LockRows'])

/** How much of the time that took cannot be told: the pages are written by others, later. */
export const dirtiedBySelect = {
  id: 'dirtied-by-select',
  about: 'A scan of a statement that changes nothing dirties at least a tenth of its blocks, 1000 or more.',
  source: 'access/heap/heapam_visibility.c (hint bits); manual 24.1',
  find: (context) =>
    context.model.nodes.some(({ type }) => WRITING.has(type))
      ? []
      : scansOf(context, ['Seq Scan', 'Index Scan', 'Index Only Scan', 'Bitmap Heap Scan']).flatMap((scan) =>
          findFor(scan, context),
        ),
} satisfies Rule

function findFor(scan: Scan, context: RuleContext): readonly Found[] {
  const dirtied = sum(
    scan.members.map(
      ({ exclBuffers }) =>
        (exclBuffers['Shared Dirtied Blocks'] ?? 0) + (exclBuffers['Local Dirtied Blocks'] ?? 0),
    ),
  )
  if (dirtied < LEAST_BLOCKS || dirtied < scan.touched * LEAST_SHARE || worthOf(context, scan, 1) === null)
    return []
  return [
    {
      node: scan.node,
      savesMs: null,
      title: `${bytes(dirtied * BLOCK_BYTES)} of pages dirtied though nothing changes`,
      advice:
        'The first to read rows after they changed notes that in them (hint bits) and prunes dead ones. It is slower only this once; VACUUM after a bulk load spares the readers that.',
      remedy: vacuumOf(scan, context.facts),
      evidence: [
        { label: 'blocks dirtied', value: dirtied, unit: 'blocks' },
        { label: 'blocks visited', value: scan.touched, unit: 'blocks' },
      ],
    },
  ]
}

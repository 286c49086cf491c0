import { bytes, percent, things } from '#src/text/units.ts'
import type { PlanNode } from '../../model/node.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'

const LEAST_FPI_SHARE = 0.3
/** A megabyte of whole pages; a few of them are in any change after a checkpoint. */
const LEAST_FPI = 128
/** Each is a write of WAL that the statement had to do itself; single ones are in any large change. */
const LEAST_BUFFERS_FULL = 10

/**
 * The first change of a page after a checkpoint writes the whole page to the WAL (full_page_writes). How much time that
 * took is in no plan; it is also what standbys and archives have to take. Scans write pages for hint bits alone, which
 * is not spoken of here.
 */
export const walHeavy = {
  id: 'wal-heavy',
  about:
    'A change that takes time worth a finding writes a whole page for at least 30 % of its WAL records (128 pages or more), or finds the WAL buffers full 10 times or more.',
  source: 'manual 28.4 and 28.5 (WAL configuration); EXPLAIN (WAL)',
  find: (context) =>
    context.executed
      .filter((node) => node.type === 'ModifyTable' && context.isHot(node))
      .flatMap((node) => [...pagesOf(node), ...buffersOf(node)]),
} satisfies Rule

function pagesOf(node: PlanNode): readonly Found[] {
  const { records, pages, size } = walOf(node)
  if (records === 0 || pages < LEAST_FPI || pages / records < LEAST_FPI_SHARE) return []
  return [
    {
      node,
      savesMs: null,
      title: `${percent(Math.min(1, pages / records))} of its WAL records hold whole pages, ${bytes(size)} in all`,
      advice:
        'They follow each checkpoint: let checkpoints be further apart (max_wal_size, checkpoint_timeout), or compress the pages. Fewer indexes leave fewer pages to change.',
      remedy: 'SET wal_compression = on;',
      evidence: [
        { label: 'whole pages', value: pages, unit: 'count' },
        { label: 'WAL records', value: records, unit: 'count' },
        { label: 'WAL', value: size, unit: 'bytes' },
      ],
    },
  ]
}

/** PostgreSQL 18 and later. */
function buffersOf(node: PlanNode): readonly Found[] {
  const { full, size } = walOf(node)
  if (full < LEAST_BUFFERS_FULL) return []
  return [
    {
      node,
      savesMs: null,
      title: `WAL buffers were full ${things(full, 'time')} for ${bytes(size)} of WAL`,
      advice:
        'Each time the statement had to write WAL out itself before it could go on. Raise wal_buffers (it takes a restart), and keep fewer indexes on what is changed in bulk.',
      remedy: null,
      evidence: [
        { label: 'WAL buffers full', value: full, unit: 'count' },
        { label: 'WAL', value: size, unit: 'bytes' },
      ],
    },
  ]
}

function walOf({ exclBuffers }: PlanNode) {
  return {
    records: exclBuffers['WAL Records'] ?? 0,
    pages: exclBuffers['WAL FPI'] ?? 0,
    size: exclBuffers['WAL Bytes'] ?? 0,
    full: exclBuffers['WAL Buffers Full'] ?? 0,
  }
}

import { count, things } from '#src/text/units.ts'
import { textIn } from '../../model/values.ts'
import type { RuleContext } from '../context.ts'
import type { Found } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { type Comparison, comparisonsOf } from './comparisons.ts'
import { adviseIndex, type IndexAdvice, indexColumnsFor, isEquality } from './index-columns.ts'
import { type Discard, discardOf } from './removed.ts'
import { type Scan, scansOf, verb, worthOf } from './scan.ts'

const LEAST_ROWS = 10_000
/** From here on an index is likely to be faster; below, a scan of it visits about as many pages as the table has. */
const MOST_SHARE = 0.9
const HALF_SHARE = 0.5
/** What a notice must be worth, of the whole execution. */
const NOTICE_SHARE = 0.1
/** A table as small as this is read as fast as an index of it is searched; many loops over it are not its fault. */
const LEAST_ROWS_PER_LOOP = 1_000

/**
 * Speaks at a half too, as a notice, where a tenth of the time could go: to keep a third by an index may pay off where
 * the rows lie together or the index holds all columns, and rarely otherwise.
 */
export const seqScanDiscards = {
  id: 'seq-scan-discards',
  about:
    'A sequential scan throws away at least half of what it reads, 10 000 rows or more; below nine tenths it is a notice.',
  source:
    'manual 11.1; thresholds of explain.depesz.com (SELECT hints), pev2 (50 and 90 %) and pgplan (50 and 95 %)',
  find: (context) =>
    wastefulScans(context, HALF_SHARE).flatMap((waste) =>
      hasEqualities(waste) ? [] : foundFor(waste, context),
    ),
} satisfies Rule

/** The one index that serves all of the filter is known here, so it is a finding of its own. */
export const seqScanEqualities = {
  id: 'seq-scan-equalities',
  about:
    'A sequential scan throws away at least nine tenths of 10 000 rows or more by several columns that equal constants.',
  source: 'manual 11.3; explain.depesz.com (INDEXABLE_SEQSCAN_MULTI_EQUAL_AND)',
  find: (context) =>
    wastefulScans(context, MOST_SHARE).flatMap((waste) =>
      hasEqualities(waste) ? foundFor(waste, context) : [],
    ),
} satisfies Rule

interface Waste {
  readonly scan: Scan
  readonly discard: Discard
  readonly filter: string
  readonly comparisons: readonly (Comparison | null)[]
  readonly worth: Pick<Found, 'savesMs'>
}

/** A filter that only asks a sub-query is not for an index: what is slow about that is told of the sub-query. */
function wastefulScans(context: RuleContext, share: number): readonly Waste[] {
  return scansOf(context, ['Seq Scan']).flatMap((scan) => {
    const discard = discardOf(scan, 'Filter')
    const read = discard.removed + scan.rows
    if (discard.atLeast < LEAST_ROWS || discard.share < share) return []
    if (read < scan.loops * LEAST_ROWS_PER_LOOP) return []
    const worth = worthOf(context, scan, discard.share)
    if (worth === null || (discard.share < MOST_SHARE && isLittle(worth, context))) return []
    const filter = textIn(scan.node.raw.properties, 'Filter') ?? ''
    const comparisons = comparisonsOf(filter, scan.node.alias)
    if (filter.includes('SubPlan ') && comparisons.every((comparison) => comparison === null)) return []
    return [{ scan, discard, filter, comparisons, worth }]
  })
}

function isLittle({ savesMs }: Pick<Found, 'savesMs'>, { wholeMs }: RuleContext): boolean {
  return savesMs !== null && savesMs < wholeMs * NOTICE_SHARE
}

function hasEqualities({ comparisons, discard }: Waste): boolean {
  const columns = new Set(
    comparisons.flatMap((each) => (each !== null && isEquality(each) ? each.column : [])),
  )
  return (
    discard.share >= MOST_SHARE &&
    columns.size > 1 &&
    comparisons.every((each) => each !== null && isEquality(each))
  )
}

function foundFor(waste: Waste, context: RuleContext): readonly Found[] {
  const { scan, discard, filter, worth } = waste
  const read = discard.removed + scan.rows
  const loops =
    scan.loops > scan.node.participants * scan.members.length ? ` in ${things(scan.loops, 'loop')}` : ''
  return [
    {
      node: scan.node,
      ...worth,
      ...adviceFor(waste, context),
      title: `${scan.title} ${verb(scan, 'read')} ${things(read, 'row')}${loops} to keep ${count(scan.rows)}`,
      evidence: [
        { label: 'rows removed by filter', value: discard.removed, unit: 'rows' },
        { label: 'rows kept', value: scan.rows, unit: 'rows' },
        { label: 'removed', value: discard.share, unit: 'ratio' },
        { label: 'filter', value: filter, unit: 'text' },
      ],
      ...(discard.share < MOST_SHARE ? { severity: 'notice' } : {}),
    },
  ]
}

function adviceFor({ scan, discard, filter, comparisons }: Waste, context: RuleContext): IndexAdvice {
  const columns = indexColumnsFor(comparisons)
  if (discard.share < MOST_SHARE)
    return {
      advice:
        'So many rows are kept that an index pays off only where they lie close together, or where it holds every column that is needed.',
      remedy: null,
    }
  if (columns !== null)
    return adviseIndex(scan, { columns, comparisons, does: 'would find the rows that are kept' }, context)
  return { advice: adviceOnKind(filter), remedy: null }
}

/** LIKE, ILIKE and regular expressions, not their negations. */
const PATTERN = / ~~?\*? /

/** Where no B-tree can be told from the filter. */
function adviceOnKind(filter: string): string {
  if (PATTERN.test(filter))
    return 'A trigram index (pg_trgm) serves a pattern that begins with anything, and a B-tree with text_pattern_ops one that begins with a fixed text.'
  return 'An index that serves the most selective part of the filter would find the rows that are kept: on the expression as it is written, or a partial index for a condition that never changes.'
}

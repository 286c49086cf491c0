/** What the statistics of columns suggest for an index: hints to look, never verdicts. */
import type { columnStatistics } from '#queries/column-statistics.ts'
import type { EntryRow } from '#queries/define.ts'
import { quoteIdentifier } from '#src/text/identifiers.ts'
import { bytes, percent, things } from '#src/text/units.ts'
import type { IndexFacts } from './facts.ts'
import type { Remedy } from './verdict.ts'

/** A hint. Texts are raw. */
export interface Candidate {
  /** `one value`: searches for it gain nothing; `few values`: none gains much; `nulls`: they need no entry. */
  readonly kind: 'one value' | 'few values' | 'nulls'
  readonly why: string
  readonly evidence: readonly string[]
  readonly confidence: 'low'
  /** None: the definition is the author's to write. */
  readonly remedy: Remedy | null
  readonly caveats: readonly string[]
}

/** Below there is nothing to win (pgtriage's own; pg-extras diagnose reports NULLs from 1 MB on). */
const LEAST_BYTES = 10 * 1024 * 1024

/** Entries that no search needs (pg-extras diagnose: 50 %). */
const NULLS = 0.5

/** Who looks for the most common value reads nearly all rows, by whatever index (pgtriage's own). */
const ONE_VALUE = 0.9

/** With so few values each is a quarter of the rows and more on average (pgtriage's own). */
const FEW_VALUES = 4

/**
 * The hints on one index, from the statistics of the columns of its table. Only for a btree of one plain column that
 * nothing else relies on: those of several columns serve searches that these numbers tell nothing of.
 */
export function candidatesOf(
  index: IndexFacts,
  columns: readonly EntryRow<typeof columnStatistics>[],
): readonly Candidate[] {
  const [key] = index.keys
  const column = columns.find(
    ({ relid, attnum }) => relid === index.tableOid && Number(attnum) === key?.attribute,
  )
  if (column === undefined || index.keys.length !== 1 || !isOpen(index)) return []
  const name = quoteIdentifier(column.attname ?? '')
  const nulls = column.null_frac ?? 0
  const values = column.distinct_count === null ? null : Number(column.distinct_count)
  const common = column.most_common_frequency ?? 0
  const scans = Number(index.row.idx_scan ?? 0)
  const used = scans > 0 ? [`it was scanned ${things(scans, 'time')}: see what for first`] : []
  if (nulls >= NULLS) {
    const why = `about ${percent(nulls)} of its entries are NULL`
    return [
      {
        kind: 'nulls',
        why,
        evidence: [why, `WHERE ${name} IS NOT NULL would spare part of its ${bytes(index.bytes)}`],
        confidence: 'low',
        remedy: null,
        caveats: [`searches for ${name} IS NULL, and sorting by it, need all entries`, ...used],
      },
    ]
  }
  if (common > ONE_VALUE) {
    const why = `about ${percent(common)} of its rows have one value`
    return [
      {
        kind: 'one value',
        why,
        evidence: [why, `a partial index without that value would be smaller than its ${bytes(index.bytes)}`],
        confidence: 'low',
        remedy: null,
        caveats: ['searches for the other values may need it', ...used],
      },
    ]
  }
  if (values !== null && values > 0 && values <= FEW_VALUES) {
    const why = `about ${things(values, 'value')} in ${things(Number(index.row.table_tuples ?? 0), 'row')}`
    return [
      {
        kind: 'few values',
        why,
        evidence: [why, 'a search for one of them reads much of the table'],
        confidence: 'low',
        remedy: null,
        caveats: ['a rare value among them, counting, and sorting may need it', ...used],
      },
    ]
  }
  return []
}

function isOpen({ row, method, predicate, included, bytes, isPartitioned, isAttached }: IndexFacts): boolean {
  return (
    method === 'btree' &&
    bytes >= LEAST_BYTES &&
    predicate === null &&
    included.length === 0 &&
    !isPartitioned &&
    !isAttached &&
    row.is_valid === true &&
    row.is_unique !== true &&
    row.is_clustered !== true &&
    row.constraint_name === null &&
    row.extension === null
  )
}

/** How much of a btree is air: what it takes beside what it would take right after a REINDEX. */
import {
  allStored,
  type ColumnStatistics,
  doubtOfWidth,
  type StoredColumn,
  storedColumn,
} from '#src/bloat/columns.ts'
import {
  type BloatEstimate,
  type BloatWorld,
  bloatOf,
  type Doubt,
  doubtOfAge,
  doubtOfSize,
  unknownBloat,
} from '#src/bloat/estimate.ts'
import { booleanOption, integerOption, storageOptions } from '#src/text/storage-options.ts'
import { BLOCK_BYTES } from '#src/text/units.ts'
import { type BtreeContents, btreeBytes } from './btree-size.ts'
import type { IndexFacts } from './facts.ts'

/** Columns by relation: of a table and of its indexes. */
export type ColumnsOf = (relid: number) => readonly ColumnStatistics[]

/** ANALYZE counts a sample: in a large table it may have missed most of the rare values. */
const MISSED_VALUES = 3

/**
 * The estimate for one index. The peers' formula takes each entry at its full width, and is off by hundreds of percent
 * for one that stores equal values once (13+): this one models what CREATE INDEX would write.
 */
export function indexBloat(index: IndexFacts, columnsOf: ColumnsOf, world: BloatWorld): BloatEstimate {
  const entries = index.row.reltuples === null ? null : Number(index.row.reltuples)
  if (index.method !== 'btree') return unknownBloat(`no estimate for ${index.method}, only for btree`)
  if (index.isPartitioned) return unknownBloat('it has no pages of its own: see its partitions')
  if (index.row.is_valid !== true) return unknownBloat('it is not valid: what it holds is not known')
  if (entries === null) return unknownBloat('its entries were never counted: VACUUM or ANALYZE the table')
  const stored = columnsOf(index.oid)
  const columns = storedColumnsOf(index, stored, columnsOf(index.tableOid))
  if (typeof columns === 'string') return unknownBloat(columns)
  const actualBytes = world.exactBytes ?? index.bytes
  const contents: BtreeContents = {
    entries,
    columns,
    tableRows: index.row.table_tuples === null ? entries : Number(index.row.table_tuples),
    fillfactor: fillfactorOf(index.row.reloptions),
    deduplicates: deduplicates(index, stored),
    isPartial: index.predicate !== null,
    missedValues: 1,
  }
  const expected = btreeBytes(contents)
  return bloatOf(actualBytes, expected, [
    doubtOfAge(world, contents.tableRows),
    doubtOfSize(actualBytes),
    doubtOfWidth(columns),
    doubtOfPredicate(index),
    doubtOfLengths(contents, actualBytes),
    doubtOfValues(contents, expected, actualBytes),
  ])
}

/** Each column as it is stored, with the statistics of the table's column or of the expression itself. */
function storedColumnsOf(
  { keys, included }: IndexFacts,
  stored: readonly ColumnStatistics[],
  table: readonly ColumnStatistics[],
): readonly StoredColumn[] | string {
  const found = [...keys, ...included].map(({ attribute }, at) => {
    const own = stored.find(({ attnum }) => Number(attnum) === at + 1)
    const isComputed = attribute === 0
    const statistics = isComputed ? own : table.find(({ attnum }) => Number(attnum) === attribute)
    if (own === undefined || statistics === undefined) return 'its columns are not known'
    return storedColumn(own, { statistics, isComputed })
  })
  return allStored(found)
}

/**
 * Whether a build stores equal keys once (manual: B-Tree Indexes, Deduplication): never where they are unique or other
 * columns come along, nor where equal values may look different.
 */
function deduplicates({ row, included }: IndexFacts, stored: readonly ColumnStatistics[]): boolean {
  const keys = stored.filter(({ equal_image }) => equal_image !== null)
  return (
    row.is_unique !== true &&
    included.length === 0 &&
    booleanOption(storageOptions(row.reloptions), 'deduplicate_items') !== false &&
    keys.length > 0 &&
    keys.every(({ equal_image }) => equal_image === true)
  )
}

function fillfactorOf(reloptions: unknown): number {
  return (integerOption(storageOptions(reloptions), 'fillfactor') ?? 90) / 100
}

function doubtOfPredicate({ predicate }: IndexFacts): Doubt | null {
  return predicate === null
    ? null
    : { confidence: 'low', caveat: 'the statistics are of all rows, and it holds some of them' }
}

/** How much the size hangs on lengths, of which the mean alone is known. */
function doubtOfLengths(contents: BtreeContents, actualBytes: number): Doubt | null {
  const varying = contents.columns.filter(({ similar }) => similar === null)
  if (varying.length === 0) return null
  const sizes = [-4, 4].map((more) =>
    btreeBytes({
      ...contents,
      columns: contents.columns.map((each) =>
        each.varies ? { ...each, width: Math.max(1, each.width + more) } : each,
      ),
    }),
  )
  return doubtOfSpread(sizes, actualBytes, () => {
    const names = varying.map(({ name }) => name).join(', ')
    return `it depends on how much the lengths of ${names} vary, which is not known`
  })
}

/** How much it hangs on the number of distinct values, which is the least sure of all statistics. */
function doubtOfValues(contents: BtreeContents, expected: number, actualBytes: number): Doubt | null {
  if (!contents.deduplicates) return null
  const sizes = [expected, btreeBytes({ ...contents, missedValues: MISSED_VALUES })]
  return doubtOfSpread(
    sizes,
    actualBytes,
    () => 'it depends on the number of distinct values, which ANALYZE only guesses',
  )
}

/** Half of the way between two sizes is what an estimate may be off by. */
function doubtOfSpread(sizes: readonly number[], actualBytes: number, caveat: () => string): Doubt | null {
  const points = (Math.max(...sizes) - Math.min(...sizes)) / 2 / Math.max(actualBytes, BLOCK_BYTES)
  return points <= 0.05 ? null : { confidence: points > 0.15 ? 'low' : 'medium', caveat: caveat() }
}

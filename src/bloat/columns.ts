/** What rows and index entries take: column by column, each value at its alignment (manual: Database Page Layout). */
import type { columnStatistics } from '#queries/column-statistics.ts'
import type { EntryRow } from '#queries/define.ts'
import type { Doubt } from './estimate.ts'

/** A row of the entry `column-statistics`. */
export type ColumnStatistics = EntryRow<typeof columnStatistics>

/** One column as it is stored. */
export interface StoredColumn {
  readonly name: string
  /** Whether each value has a length of its own. */
  readonly varies: boolean
  /** Mean bytes of a value, with its length word. */
  readonly width: number
  readonly alignment: number
  /** Share of values about as long as the mean; null where nobody knows. */
  readonly similar: number | null
  /** Share of rows where it is NULL. */
  readonly nulls: number
  /** Distinct values: as a number where positive, as a share of the rows where negative. */
  readonly distinct: number
}

/** Rows that have the same columns set: `present` tells for each column the share of them that has a value. */
export interface Shape {
  /** Of all rows. */
  readonly share: number
  readonly present: readonly number[]
}

/** Columns whose NULLs are told apart from all others; each doubles the shapes. */
const MOST_NULLABLE = 6

/** The next multiple of `alignment`. */
export function aligned(offset: number, alignment = 8): number {
  return Math.ceil(offset / alignment) * alignment
}

/** The column, or why nothing is known of it. An expression has its statistics unpacked: one byte of four is stored. */
export function storedColumn(
  stored: ColumnStatistics,
  { statistics, isComputed }: { readonly statistics: ColumnStatistics; readonly isComputed: boolean },
): StoredColumn | string {
  const { attname, attlen, avg_width, similar_width, null_frac, distinct_count, distinct_ratio } = statistics
  const name = attname ?? ''
  if (Number(stored.attlen) === -2) return `how long the names in ${name} are is not known`
  if (statistics.readable !== true) {
    const remedy = isComputed ? 'GRANT pg_read_all_data (14+)' : 'GRANT SELECT on the table'
    return `not possible: this role may not read the statistics of ${name}; ${remedy}`
  }
  if (avg_width === null || attlen === null) return `no statistics of ${name}: ANALYZE the table`
  const varies = Number(stored.attlen) < 0
  const width = Number(avg_width)
  return {
    name,
    varies,
    width: varies ? (isComputed && width <= SHORT + 3 ? width - 3 : width) : Number(stored.attlen),
    alignment: ALIGNMENTS[stored.attalign ?? 'd'] ?? 8,
    similar: varies ? similar_width : 1,
    nulls: null_frac ?? 0,
    distinct: distinct_count === null ? -(distinct_ratio ?? 1) : Number(distinct_count),
  }
}

const ALIGNMENTS: Readonly<Record<string, number>> = { c: 1, s: 2, i: 4, d: 8 }

/** Without a histogram: numbers as texts, codes and hashes are more usual in an index than prose. */
const USUALLY_SIMILAR = 2 / 3

/** A value of a varying type up to here has one byte for its length, and stands at any offset. */
const SHORT = 127

/** All columns, or why one of them is not known. */
export function allStored(found: readonly (StoredColumn | string)[]): readonly StoredColumn[] | string {
  const reason = found.find((each) => typeof each === 'string')
  return reason ?? found.filter((each) => typeof each !== 'string')
}

/** Tells rows apart by which columns are NULL, as if one column's NULLs had nothing to do with another's. */
export function shapesOf(columns: readonly StoredColumn[]): readonly Shape[] {
  const weight = ({ nulls, width }: StoredColumn) => nulls * (1 - nulls) * width
  const apart = new Set(
    columns
      .filter(({ nulls }) => nulls > 0 && nulls < 1)
      .toSorted((a, b) => weight(b) - weight(a))
      .slice(0, MOST_NULLABLE),
  )
  return columns.reduce<readonly Shape[]>(
    (shapes, column) =>
      shapes.flatMap(({ share, present }) =>
        apart.has(column)
          ? [
              { share: share * (1 - column.nulls), present: [...present, 1] },
              { share: share * column.nulls, present: [...present, 0] },
            ]
          : [{ share, present: [...present, 1 - column.nulls] }],
      ),
    [{ share: 1, present: [] }],
  )
}

/**
 * Mean bytes of a row of that shape: its header and values, filled up to a multiple of 8. Where a column has values of
 * any length it ends anywhere; where they are about as long as each other, around the mean, which was rounded down.
 */
export function meanBytes(headerBytes: number, columns: readonly StoredColumn[], { present }: Shape): number {
  const end = headerBytes + valueBytes(columns, present)
  const varying = columns.filter(({ varies }, at) => varies && (present[at] ?? 0) > 0)
  if (varying.length === 0) {
    const finest = Math.min(8, ...columns.map(({ alignment }) => alignment))
    return present.every((share) => share === 0 || share === 1) ? aligned(end) : end + (8 - finest) / 2
  }
  const anywhere = end + varying.length / 2 + 3.5
  const around = (aligned(end) + aligned(end + 1)) / 2
  const similar = varying.reduce((product, column) => product * (column.similar ?? USUALLY_SIMILAR), 1)
  return varying.length > 2 ? anywhere : similar * around + (1 - similar) * anywhere
}

/** Where a varying column ends is anybody's guess, so the next one's alignment costs what it does on average. */
function valueBytes(columns: readonly StoredColumn[], present: readonly number[]): number {
  let [mean, complete, isLoose] = [0, 0, false]
  for (const [at, { varies, width, alignment }] of columns.entries()) {
    const share = present[at] ?? 0
    if (share === 0) continue
    const padding = isLoose ? (alignment - 1) / 2 : aligned(complete, alignment) - complete
    const bytes = width + (varies && width <= SHORT ? 0 : padding)
    mean += share * bytes
    complete += bytes
    isLoose ||= varies
  }
  return mean
}

/** Values that an index compresses, and a table moves out of the row, take less than they are long. */
export function doubtOfWidth(columns: readonly StoredColumn[]): Doubt | null {
  const wide = columns.find(({ varies, width }) => varies && width > 500)
  return wide === undefined
    ? null
    : { confidence: 'low', caveat: `values of ${wide.name} are long, and may be stored compressed` }
}

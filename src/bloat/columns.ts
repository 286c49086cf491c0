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
  const { attname, attlen, avg_width, null_frac, distinct_count, distinct_ratio } = statistics
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
    nulls: null_frac ?? 0,
    distinct: distinct_count === null ? -(distinct_ratio ?? 1) : Number(distinct_count),
  }
}

const ALIGNMENTS: Readonly<Record<string, number>> = { c: 1, s: 2, i: 4, d: 8 }

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
 * Mean bytes of a row of that shape: its header and values, filled up to a multiple of 8. Widths are rounded down, so one
 * varying column is taken at both whole widths around the mean; several of them end anywhere.
 */
export function meanBytes(headerBytes: number, columns: readonly StoredColumn[], { present }: Shape): number {
  const end = headerBytes + valueBytes(columns, present)
  const varying = columns.filter(({ varies }, at) => varies && (present[at] ?? 0) > 0).length
  if (varying === 0) return aligned(end)
  if (varying === 1) return (aligned(end) + aligned(end + 1)) / 2
  return end + varying / 2 + 3.5
}

function valueBytes(columns: readonly StoredColumn[], present: readonly number[]): number {
  return columns.reduce((offset, { varies, width, alignment }, at) => {
    const share = present[at] ?? 0
    const start = varies && width <= SHORT ? offset : aligned(offset, alignment)
    return offset + share * (start - offset + width)
  }, 0)
}

/** Values that an index compresses, and a table moves out of the row, take less than they are long. */
export function doubtOfWidth(columns: readonly StoredColumn[]): Doubt | null {
  const wide = columns.find(({ varies, width }) => varies && width > 500)
  return wide === undefined
    ? null
    : { confidence: 'low', caveat: `values of ${wide.name} are long, and may be stored compressed` }
}

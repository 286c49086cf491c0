/** Indexes as they are dropped: one alone, or that of a partitioned table with those of its partitions. */
import { later } from '#src/text/times.ts'
import type { IndexFacts } from './facts.ts'

export interface IndexTree {
  /** The index that is attached to no other. */
  readonly top: IndexFacts
  /** All, with the top. */
  readonly members: readonly IndexFacts[]
  /** Those with storage, whose scans are counted. */
  readonly leaves: readonly IndexFacts[]
}

/** What the statistics of all leaves say together. */
export interface TreeCounts {
  readonly scans: number
  /** ISO 8601; null for none known (always before 16). */
  readonly lastScan: string | null
  /** Rows inserted, and updates that had to write to indexes. */
  readonly writes: number
  /** Scans of all indexes of the tables. */
  readonly tableScans: number
  readonly tablePages: number
}

/** One tree for each top, in the order of the tops. */
export function treesOf(indexes: readonly IndexFacts[]): readonly IndexTree[] {
  const byOid = new Map(indexes.map((index) => [index.oid, index]))
  const groups = Map.groupBy(indexes, (index) => topOf(index, byOid))
  return [...groups].map(([top, members]) => ({
    top,
    members,
    leaves: members.filter(({ isPartitioned }) => !isPartitioned),
  }))
}

/** Scans of all indexes of each table, by its oid. */
export function scansByTable(indexes: readonly IndexFacts[]): ReadonlyMap<number, number> {
  const scans = new Map<number, number>()
  for (const { tableOid, row } of indexes)
    scans.set(tableOid, (scans.get(tableOid) ?? 0) + Number(row.idx_scan ?? 0))
  return scans
}

/** What the statistics of a tree say; `scansOf` gives the scans of all indexes of a table. */
export function countsOf({ leaves }: IndexTree, scansOf: (table: number) => number): TreeCounts {
  const sum = (count: (index: IndexFacts) => number | bigint | null) =>
    leaves.reduce((total, index) => total + Number(count(index) ?? 0), 0)
  return {
    scans: sum(({ row }) => row.idx_scan),
    lastScan: leaves.reduce<string | null>((latest, { row }) => later(latest, row.last_idx_scan), null),
    writes:
      sum(({ row }) => row.table_inserts) +
      sum(({ row }) => row.table_updates) -
      sum(({ row }) => row.table_hot_updates),
    tableScans: sum(({ tableOid }) => scansOf(tableOid)),
    tablePages: sum(({ row }) => row.table_pages),
  }
}

function topOf(index: IndexFacts, byOid: ReadonlyMap<number, IndexFacts>): IndexFacts {
  const above = index.row.parent === null ? undefined : byOid.get(index.row.parent)
  return above === undefined ? index : topOf(above, byOid)
}

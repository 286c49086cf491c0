/** What a partitioned table has in its partitions: it has no rows, pages or statistics of its own. */
import type { TableFacts } from './facts.ts'

/** Sums over all partitions at any depth that hold rows (foreign tables are not among them). */
export interface PartitionTotals {
  readonly leaves: number
  readonly heapPages: number
  readonly indexPages: number
  readonly toastPages: number
  readonly pages: number
  /** Rows of those that were ever counted. */
  readonly rows: number
  /** Partitions that never were. */
  readonly uncounted: number
  readonly live: number
  readonly dead: number
}

const NOTHING: PartitionTotals = {
  leaves: 0,
  heapPages: 0,
  indexPages: 0,
  toastPages: 0,
  pages: 0,
  rows: 0,
  uncounted: 0,
  live: 0,
  dead: 0,
}

/** Sums by the oid of every partitioned table, those below others too. */
export function partitionTotals(tables: readonly TableFacts[]): ReadonlyMap<number, PartitionTotals> {
  const byOid = new Map(tables.map((table) => [table.oid, table]))
  const totals = new Map<number, PartitionTotals>()
  for (const table of tables) if (table.isPartitioned) totals.set(table.oid, NOTHING)
  for (const leaf of tables) {
    if (leaf.isPartitioned) continue
    for (const ancestor of ancestorsOf(leaf, byOid)) {
      const before = totals.get(ancestor.oid)
      if (before !== undefined) totals.set(ancestor.oid, sum(before, leaf))
    }
  }
  return totals
}

/** The partitioned tables that a table is part of, the nearest first. */
export function ancestorsOf(
  { parent }: TableFacts,
  byOid: ReadonlyMap<number, TableFacts>,
): readonly TableFacts[] {
  const found = new Set<TableFacts>()
  for (let at = parent; at !== null; ) {
    const table = byOid.get(at)
    // A row read at another moment could close a circle.
    if (table === undefined || found.has(table)) break
    found.add(table)
    at = table.parent
  }
  return [...found]
}

function sum(before: PartitionTotals, leaf: TableFacts): PartitionTotals {
  return {
    leaves: before.leaves + 1,
    heapPages: before.heapPages + leaf.heapPages,
    indexPages: before.indexPages + leaf.indexPages,
    toastPages: before.toastPages + leaf.toastPages,
    pages: before.pages + leaf.pages,
    rows: before.rows + (leaf.target.rows ?? 0),
    uncounted: before.uncounted + (leaf.target.rows === null ? 1 : 0),
    live: before.live + leaf.live,
    dead: before.dead + leaf.target.dead,
  }
}

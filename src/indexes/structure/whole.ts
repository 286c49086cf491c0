/** Indexes of partitioned tables that are not valid, for partitions lack their part. */
import type { EntryRow } from '#queries/define.ts'
import type { unattachedPartitions } from '#queries/unattached-partitions.ts'
import type { IndexFacts } from '../facts.ts'
import { append } from './kept.ts'

/** A row of the entry `unattached-partitions`. */
export type Unattached = EntryRow<typeof unattachedPartitions>

export interface Wholes {
  /** The partitions that lack their part of an index, or have one that is not valid. */
  lacking(index: IndexFacts): readonly Unattached[]
  /** Valid indexes that look like the missing parts of an index. */
  partsFor(index: IndexFacts): readonly IndexFacts[]
  /** The index of the partitioned table that one of a partition may be a part of; null for none. */
  meantFor(index: IndexFacts): IndexFacts | null
}

/** Brings partitions and indexes together. */
export function wholesOf(indexes: readonly IndexFacts[], unattached: readonly Unattached[]): Wholes {
  const byPartition = Map.groupBy(unattached, ({ relid }) => relid ?? 0)
  const byIndex = Map.groupBy(unattached, ({ indexrelid }) => indexrelid ?? 0)
  const known = new Map(indexes.filter(({ oid }) => byIndex.has(oid)).map((index) => [index.oid, index]))
  const loose = new Map<number, IndexFacts[]>()
  for (const index of indexes)
    if (byPartition.has(index.tableOid) && !index.isAttached) append(loose, index.tableOid, index)
  return {
    lacking: ({ oid }) => byIndex.get(oid) ?? [],
    partsFor: (index) =>
      (byIndex.get(index.oid) ?? []).flatMap(({ relid, attached }) => {
        if (attached !== null) return []
        const part = loose
          .get(relid ?? 0)
          ?.find((each) => each.row.is_valid === true && isAlike(each, index) && hasSameColumns(each, index))
        return part === undefined ? [] : [part]
      }),
    meantFor: (index) => {
      if (index.isAttached) return null
      const wholes = byPartition.get(index.tableOid)?.map(({ indexrelid }) => known.get(indexrelid ?? 0))
      return wholes?.find((whole) => whole !== undefined && isAlike(index, whole)) ?? null
    },
  }
}

// Attribute numbers may differ between a partition and its table: that many columns of that kind will do for a guess.
function isAlike(part: IndexFacts, whole: IndexFacts): boolean {
  return (
    part.method === whole.method &&
    part.row.is_unique === whole.row.is_unique &&
    part.keys.length === whole.keys.length &&
    part.included.length === whole.included.length &&
    (part.predicate === null) === (whole.predicate === null)
  )
}

function hasSameColumns(part: IndexFacts, whole: IndexFacts): boolean {
  return (
    part.row.attributes === whole.row.attributes &&
    part.row.options === whole.row.options &&
    part.row.collations === whole.row.collations &&
    part.row.opfamilies === whole.row.opfamilies &&
    part.row.nulls_not_distinct === whole.row.nulls_not_distinct &&
    part.expressions === whole.expressions &&
    (part.row.constraint_name !== null || whole.row.constraint_name === null)
  )
}

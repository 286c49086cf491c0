/** Where the indexes of a foreign key have to be: on the table, or on every partition that holds rows. */
import type { ForeignKeyFacts, KeyColumn, Partition } from './foreign-key.ts'

/** The referencing columns by their numbers on a partition, which may be others than on the table. */
export function columnsOn(partition: Partition, key: ForeignKeyFacts): readonly KeyColumn[] {
  return key.columns.map((column, at) => ({ ...column, attribute: partition.attributes[at] ?? 0 }))
}

/** A relation whose indexes count, with the columns by its own numbers. */
export interface Place {
  readonly relid: number
  readonly columns: readonly KeyColumn[]
}

/** The partitions that hold rows; the table itself where it is not partitioned, or has no such partition yet. */
export function placesOf(key: ForeignKeyFacts): readonly Place[] {
  const leaves = key.partitions.filter(({ kind }) => kind === 'r')
  return leaves.length === 0
    ? [{ relid: key.relid, columns: key.columns }]
    : leaves.map((leaf) => ({ relid: leaf.relid, columns: columnsOn(leaf, key) }))
}

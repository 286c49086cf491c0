/** Which indexes find the rows that refer to one, for the foreign keys of their tables. */
import { coverOf } from './cover.ts'
import type { IndexFacts } from './facts.ts'
import type { ForeignKeyFacts, KeyColumn } from './foreign-key.ts'
import { columnsOn } from './partitions.ts'
import type { IndexTree } from './trees.ts'

/** The foreign keys that would be slower without an index. */
export interface Serving {
  /** Keys that nothing else would serve. */
  readonly alone: readonly ForeignKeyFacts[]
  /** Keys that an index which stays serves as well. */
  readonly shared: readonly ForeignKeyFacts[]
}

interface KeyAt {
  readonly key: ForeignKeyFacts
  readonly columns: readonly KeyColumn[]
}

/** Gives the answer for any tree; `stays` tells the indexes that are in no danger of being dropped. */
export function servingOf(
  keys: readonly ForeignKeyFacts[],
  indexes: readonly IndexFacts[],
  stays: (index: IndexFacts) => boolean,
): (tree: IndexTree) => Serving {
  const keysByTable = Map.groupBy(
    keys.filter(({ row }) => row.is_enforced !== false).flatMap(placed),
    ({ relid }) => relid,
  )
  const indexesByTable = Map.groupBy(indexes, ({ tableOid }) => tableOid)
  return ({ members }) => {
    const served = members.flatMap((index) =>
      (keysByTable.get(index.tableOid) ?? [])
        .filter(({ columns }) => coverOf(index, columns) !== null)
        .map((at) => ({ ...at, index })),
    )
    const alone = new Set(
      served.filter(({ index, columns }) => !isShared(index, columns)).map(({ key }) => key),
    )
    return {
      alone: [...alone],
      shared: [...new Set(served.map(({ key }) => key))].filter((key) => !alone.has(key)),
    }
  }

  function isShared(index: IndexFacts, columns: readonly KeyColumn[]): boolean {
    return (indexesByTable.get(index.tableOid) ?? []).some(
      (other) => other !== index && coverOf(other, columns) === 'full' && stays(other),
    )
  }
}

function placed(key: ForeignKeyFacts): readonly (KeyAt & { readonly relid: number })[] {
  return [
    { key, relid: key.relid, columns: key.columns },
    ...key.partitions.map((partition) => ({
      key,
      relid: partition.relid,
      columns: columnsOn(partition, key),
    })),
  ]
}

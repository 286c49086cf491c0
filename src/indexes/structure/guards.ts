/** What keeps an index from being offered for DROP, whatever its shape, and which of two twins stays. */
import type { IndexFacts } from '../facts.ts'

/** What the parts of the index of a partitioned table, on its partitions, are needed for. */
interface Parts {
  replicaIdentity: boolean
  clustered: boolean
  foreignKeys: number
  /** Of a primary key, an exclusion or unique constraint, where the whole is none. */
  constraint: boolean
  extension: string | null
}

/** For each index of a partitioned table: what goes when it goes. */
export type PartsOf = ReadonlyMap<number, Readonly<Parts>>

/** Gathers what hangs on the indexes of partitioned tables, through all levels. */
export function partsOf(indexes: readonly IndexFacts[]): PartsOf {
  const parents = new Map(
    indexes.filter(({ isPartitioned }) => isPartitioned).map((index) => [index.oid, index]),
  )
  const found = new Map<number, Parts>()
  for (const { row, oid } of indexes) {
    let above = row.parent
    if (above === null) continue
    const seen = new Set([oid])
    while (above !== null && !seen.has(above)) {
      seen.add(above)
      const parent = parents.get(above)
      const parts = found.get(above) ?? {
        replicaIdentity: false,
        clustered: false,
        foreignKeys: 0,
        constraint: false,
        extension: null,
      }
      found.set(above, parts)
      parts.replicaIdentity ||= row.is_replica_identity === true
      parts.clustered ||= row.is_clustered === true
      parts.foreignKeys += Number(row.foreign_keys ?? 0)
      parts.constraint ||= row.constraint_name !== null && parent?.row.constraint_name === null
      parts.extension ??= row.extension
      above = parent?.row.parent ?? null
    }
  }
  return found
}

/** Why it stays, as a fragment; null where nothing but its shape decides. */
export function whyKept({ row, oid, isAttached, schema }: IndexFacts, parts: PartsOf): string | null {
  const below = parts.get(oid)
  if (row.persistence === 't') return 'belongs to one session'
  if (schema === 'pg_catalog' || schema === 'information_schema' || schema.startsWith('pg_toast'))
    return 'belongs to the server'
  if (row.is_primary === true) return 'the primary key'
  if (row.is_replica_identity === true || below?.replicaIdentity === true)
    return 'logical replication identifies rows by it'
  if (Number(row.foreign_keys ?? 0) > 0 || (below?.foreignKeys ?? 0) > 0) return 'foreign keys rely on it'
  if (row.is_exclusion === true || row.constraint_type === 'x') return 'an exclusion constraint'
  if (isAttached) return 'part of the index of a partitioned table'
  if (below?.constraint === true) return 'a constraint of a partition is part of it'
  return null
}

/** Who made it, where that is an extension; null for a person. */
export function makerOf({ row, oid, schema }: IndexFacts, parts: PartsOf): string | null {
  // The chunks of a hypertable are no members of the extension, but their indexes go with those of the hypertable.
  if (schema.startsWith('_timescaledb_')) return 'timescaledb'
  return row.extension ?? parts.get(oid)?.extension ?? null
}

/** Whether CLUSTER without a name goes by it, or by a part of it. */
export function isClustered({ row, oid }: IndexFacts, parts: PartsOf): boolean {
  return row.is_clustered === true || parts.get(oid)?.clustered === true
}

/** The lower, the rather it stays among twins; the oid decides between equals. */
export function rankOf(index: IndexFacts, parts: PartsOf): number {
  const { row } = index
  if (row.is_primary === true) return 0
  if (row.is_replica_identity === true) return 1
  if (Number(row.foreign_keys ?? 0) > 0) return 2
  if (row.is_exclusion !== true && row.constraint_name !== null) return 3
  if (row.is_exclusion === true) return 4
  if (row.is_unique === true) return 5
  return isClustered(index, parts) ? 6 : 7
}

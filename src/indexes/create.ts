/** How an index for a foreign key would be made, for a person to copy. */
import { qualified, quoteIdentifier } from '#src/text/identifiers.ts'
import { coverOf } from './cover.ts'
import type { IndexFacts } from './facts.ts'
import type { ForeignKeyFacts, Partition } from './foreign-key.ts'
import { columnsOn } from './partitions.ts'
import type { Remedy } from './verdict.ts'

/** NAMEDATALEN less the end mark. */
const LONGEST_NAME = 63

/** More statements than anybody copies out of a terminal. */
const MOST_PARTITIONS = 500

/** The indexes that are there. */
export interface Existing {
  /** Their names as `qualified` writes them. */
  readonly names: ReadonlySet<string>
  readonly byTable: ReadonlyMap<number, readonly IndexFacts[]>
}

export function existingOf(indexes: readonly IndexFacts[]): Existing {
  return {
    names: new Set(indexes.map(({ schema, name }) => qualified(schema, name))),
    byTable: Map.groupBy(indexes, ({ tableOid }) => tableOid),
  }
}

/**
 * CREATE INDEX CONCURRENTLY on the referencing columns. PostgreSQL refuses CONCURRENTLY on a partitioned table: there
 * the index of the table is made alone, one on each partition, and each is attached (manual: Partition Maintenance).
 */
export function createIndexRemedy(key: ForeignKeyFacts, { names, byTable }: Existing): Remedy {
  const list = key.columns.map(({ name }) => quoteIdentifier(name)).join(', ')
  if (!key.isPartitioned) {
    return {
      sql: [`CREATE INDEX CONCURRENTLY ON ${qualified(key.schema, key.table)} (${list});`],
      notes: [CONCURRENTLY],
    }
  }
  const given = new Set<string>()
  const partitions = key.partitions.slice(0, MOST_PARTITIONS)
  const leftOut = key.partitions.length - partitions.length
  const sql = statements({ relid: key.relid, schema: key.schema, name: key.table }, null)
  return {
    sql,
    notes: [
      ...(leftOut > 0 ? [`The statements of ${leftOut} more partitions are left out.`] : []),
      PARTITIONED,
      CONCURRENTLY,
    ],
  }

  function statements(
    relation: Pick<Partition, 'relid' | 'schema' | 'name'>,
    above: string | null,
  ): readonly string[] {
    const table = qualified(relation.schema, relation.name)
    const name = freeName(relation)
    const index = qualified(relation.schema, name)
    const inside = partitions.filter(({ parent }) => parent === relation.relid)
    return [
      `CREATE INDEX ${quoteIdentifier(name)} ON ONLY ${table} (${list});`,
      ...inside.flatMap((partition) =>
        partition.kind === 'p' ? statements(partition, index) : ofLeaf(partition, index),
      ),
      ...(above === null ? [] : [`ALTER INDEX ${above} ATTACH PARTITION ${index};`]),
    ]
  }

  function ofLeaf(partition: Partition, above: string): readonly string[] {
    const attach = (index: string) => `ALTER INDEX ${above} ATTACH PARTITION ${index};`
    const existing = byTable.get(partition.relid)?.find((index) => isTheSame(index, key, partition))
    if (existing !== undefined) return [attach(qualified(existing.schema, existing.name))]
    const name = freeName(partition)
    return [
      `CREATE INDEX CONCURRENTLY ${quoteIdentifier(name)} ON ${qualified(partition.schema, partition.name)} (${list});`,
      attach(qualified(partition.schema, name)),
    ]
  }

  function freeName({ schema, name }: Pick<Partition, 'schema' | 'name'>): string {
    const base = [name, ...key.columns.map((column) => column.name)].join('_')
    for (let number = 0; ; number += 1) {
      const free = `${cutToBytes(base, LONGEST_NAME - 8)}_idx${number === 0 ? '' : number}`
      const whole = qualified(schema, free)
      if (names.has(whole) || given.has(whole)) continue
      given.add(whole)
      return free
    }
  }
}

// Where a column has a collation the index may be of another operator class, which cannot be attached.
function isTheSame(index: IndexFacts, key: ForeignKeyFacts, partition: Partition): boolean {
  const columns = columnsOn(partition, key)
  return (
    !index.isAttached &&
    index.method === 'btree' &&
    index.predicate === null &&
    index.included.length === 0 &&
    index.keys.length === columns.length &&
    coverOf(index, columns) === 'full' &&
    index.keys.every(
      ({ attribute, option, classOptions }, at) =>
        attribute === columns[at]?.attribute &&
        columns[at]?.collation === 0 &&
        option === 0 &&
        classOptions === null,
    )
  )
}

function cutToBytes(name: string, most: number): string {
  let kept = ''
  let bytes = 0
  for (const character of name) {
    bytes += Buffer.byteLength(character)
    if (bytes > most) break
    kept += character
  }
  return kept
}

const CONCURRENTLY =
  'Each CONCURRENTLY runs outside a transaction, reads the table twice and waits for transactions that began before; where it fails it leaves an invalid index to drop.'
const PARTITIONED =
  'The index of the partitioned table is invalid until those of all partitions are attached. CREATE INDEX … ON ONLY takes SHARE on that table for a moment: set lock_timeout.'

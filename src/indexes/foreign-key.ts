/** A foreign key as the verdicts see it: the row of the catalog with its lists taken apart. */
import type { EntryRow } from '#queries/define.ts'
import type { foreignKeys } from '#queries/foreign-keys.ts'

/** A row of the entry `foreign-keys`. */
export type ForeignKeyRow = EntryRow<typeof foreignKeys>

/** A referencing column, as an index has to match it. */
export interface KeyColumn {
  readonly attribute: number
  /** Raw. */
  readonly name: string
  /** oid, 0 for none. */
  readonly collation: number
  readonly type: string
  /** Operator families whose indexes can answer the comparison of the key; none where it compares another type. */
  readonly families: readonly number[]
  readonly referencedName: string
  readonly referencedType: string
}

/** A partition of the referencing table, of whatever level; names are raw. */
export interface Partition {
  readonly relid: number
  readonly parent: number
  readonly schema: string
  readonly name: string
  /** `pg_class.relkind`: r, p, or f. */
  readonly kind: string
  /** Where it has the referencing columns, in their order. */
  readonly attributes: readonly number[]
}

/** A foreign key; names are raw. */
export interface ForeignKeyFacts {
  readonly row: ForeignKeyRow
  readonly oid: number
  readonly relid: number
  readonly schema: string
  readonly table: string
  readonly name: string
  readonly columns: readonly KeyColumn[]
  readonly referencedSchema: string
  readonly referencedTable: string
  readonly isPartitioned: boolean
  readonly partitions: readonly Partition[]
}

interface ColumnJson {
  readonly name: string
  readonly collation: number
  readonly type: string
}

/** Takes a row apart. */
export function foreignKeyFactsOf(row: ForeignKeyRow): ForeignKeyFacts {
  const attributes = row.attributes?.split(' ').map(Number) ?? []
  const own = (row.columns ?? []) as readonly ColumnJson[]
  const referenced = (row.referenced_columns ?? []) as readonly ColumnJson[]
  const families = (row.families ?? []) as readonly (readonly (number | string)[])[]
  return {
    row,
    oid: row.oid ?? 0,
    relid: row.relid ?? 0,
    schema: row.schema ?? '',
    table: row.table ?? '',
    name: row.constraint ?? '',
    columns: attributes.map((attribute, at) => ({
      attribute,
      name: own[at]?.name ?? '',
      collation: own[at]?.collation ?? 0,
      type: own[at]?.type ?? '',
      families: families[at]?.map(Number) ?? [],
      referencedName: referenced[at]?.name ?? '',
      referencedType: referenced[at]?.type ?? '',
    })),
    referencedSchema: row.referenced_schema ?? '',
    referencedTable: row.referenced_table ?? '',
    isPartitioned: row.table_kind === 'p',
    partitions: (row.partitions ?? []) as readonly Partition[],
  }
}

/** An index as the verdicts see it: the row of the catalog with its vectors taken apart. */
import type { EntryRow } from '#queries/define.ts'
import type { indexes } from '#queries/indexes.ts'
import { BLOCK_BYTES } from '#src/text/units.ts'

/** A row of the entry `indexes`. */
export type IndexRow = EntryRow<typeof indexes>

/** One key column or INCLUDEd column, at its place. */
export interface IndexPart {
  /** Attribute number of the table; 0 for an expression. */
  readonly attribute: number
  /** oid of the collation, 0 for none; null for an INCLUDEd column, as are the following. */
  readonly collation: number | null
  /** `pg_index.indoption`: 1 DESC, 2 NULLS FIRST. */
  readonly option: number | null
  /** Operator family and input type, `1976/23`; null where the class is unknown. */
  readonly family: string | null
  /** Parameters of its operator class as text; null for none. */
  readonly classOptions: string | null
}

/** An index; names are raw. */
export interface IndexFacts {
  readonly row: IndexRow
  readonly oid: number
  readonly tableOid: number
  readonly schema: string
  readonly table: string
  readonly name: string
  readonly method: string
  readonly keys: readonly IndexPart[]
  readonly included: readonly IndexPart[]
  /** Its expressions as node trees without the places in the text they were written in, as one text; null for none. */
  readonly expressions: string | null
  /** The same of the condition of a partial index. */
  readonly predicate: string | null
  /** Of a partitioned table: it has no storage of its own. */
  readonly isPartitioned: boolean
  /** Attached to the index of a partitioned table: it cannot be dropped alone. */
  readonly isAttached: boolean
  /** Bytes, by the pages counted at the last VACUUM, ANALYZE or build. */
  readonly bytes: number
}

/** Takes a row apart. */
export function indexFactsOf(row: IndexRow): IndexFacts {
  const attributes = numbers(row.attributes)
  const keyCount = Number(row.key_count ?? attributes.length)
  const collations = numbers(row.collations)
  const options = numbers(row.options)
  const families = row.opfamilies?.split(' ') ?? []
  const classOptions = (row.opclass_options ?? {}) as Readonly<Record<string, string>>
  const parts = attributes.map((attribute, at): IndexPart => {
    const isKey = at < keyCount
    return {
      attribute,
      collation: isKey ? (collations[at] ?? 0) : null,
      option: isKey ? (options[at] ?? 0) : null,
      family: isKey ? (families[at] ?? null) : null,
      classOptions: isKey ? (classOptions[String(at + 1)] ?? null) : null,
    }
  })
  return {
    row,
    oid: row.indexrelid ?? 0,
    tableOid: row.indrelid ?? 0,
    schema: row.schema ?? '',
    table: row.table ?? '',
    name: row.index ?? '',
    method: row.method ?? '',
    keys: parts.slice(0, keyCount),
    included: parts.slice(keyCount),
    expressions: withoutPlaces(row.expressions),
    predicate: withoutPlaces(row.predicate),
    isPartitioned: row.idx_scan === null,
    isAttached: row.parent !== null,
    bytes: Number(row.relpages ?? 0) * BLOCK_BYTES,
  }
}

function numbers(vector: string | null): readonly number[] {
  return vector === null || vector === '' ? [] : vector.split(' ').map(Number)
}

/** Up to PostgreSQL 16 a node knows where in the statement it was written: twins differ by that alone. */
function withoutPlaces(tree: string | null): string | null {
  return tree === null ? null : tree.replace(/ :(?:location|stmt_location|stmt_len) -?\d+/g, '')
}

/** Names as SQL takes them, so that a remedy can be copied. */
import type { PlanNode } from '../model/node.ts'
import { textIn } from '../model/values.ts'
import type { PlanFacts, RelationFacts } from './facts.ts'

const PLAIN = /^[a-z_][a-z0-9_]*$/

/**
 * The key words of PostgreSQL 13 to 18 that are no names of columns or tables without quotes (manual, appendix C:
 * reserved, and reserved except for functions and types).
 */
const RESERVED: ReadonlySet<string> = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
   column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
   current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
   from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
   localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
   returning right select session_user similar some symmetric system_user table tablesample then to trailing true
   union unique user using variadic verbose when where window with`.split(/\s+/),
)

/** A name with quotes where it needs them. */
export function quoteIdentifier(name: string): string {
  return PLAIN.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`
}

/** `schema.table` of what the node scans, the schema where it is known; null for what is no relation. */
export function relationOf(node: PlanNode, facts: PlanFacts | null): string | null {
  const name = textIn(node.raw.properties, 'Relation Name')
  if (name === null) return null
  const schema = textIn(node.raw.properties, 'Schema') ?? factsOf(node, facts)?.schema ?? null
  return schema === null ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
}

/** What the server knows of the relation that the node scans; null where that is unknown or could be another's. */
export function factsOf(node: PlanNode, facts: PlanFacts | null): RelationFacts | null {
  const name = textIn(node.raw.properties, 'Relation Name')
  const schema = textIn(node.raw.properties, 'Schema')
  const [found, another] = (facts?.relations ?? []).filter(
    (relation) => relation.name === name && (schema === null || relation.schema === schema),
  )
  return another === undefined ? (found ?? null) : null
}

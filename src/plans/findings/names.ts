/** The relation that a node of a plan scans, by name and by what the server knows of it. */
import { qualified, quoteIdentifier } from '#src/text/identifiers.ts'
import type { PlanNode } from '../model/node.ts'
import { textIn } from '../model/values.ts'
import type { PlanFacts, RelationFacts } from './facts.ts'

/** `schema.table` of what the node scans, the schema where it is known; null for what is no relation. */
export function relationOf(node: PlanNode, facts: PlanFacts | null): string | null {
  const name = textIn(node.raw.properties, 'Relation Name')
  if (name === null) return null
  const schema = textIn(node.raw.properties, 'Schema') ?? factsOf(node, facts)?.schema ?? null
  return schema === null ? quoteIdentifier(name) : qualified(schema, name)
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

/** What is said of a plan that was run, as far as a plan that was not run could tell it as well. */
import type { PlanFacts } from '../findings/facts.ts'
import type { Finding } from '../findings/finding.ts'
import { findingsOf } from '../findings/findings.ts'
import { modelOf, type PlanModel } from '../model/model.ts'
import type { PlanObject, RawNode, RawStatement } from '../plan.ts'

/** Properties that EXPLAIN prints of a run alone (explain.c), by how they begin. */
const OF_A_RUN =
  /^(?:Actual|Rows Removed|Conflicting Tuples|Tuples Inserted|Heap Fetches|Index Searches|Exact Heap|Lossy Heap|Sort Method|Sort Space|Full-sort|Pre-sorted Groups|Peak Memory|Disk Usage|Hash Batches|Hash Buckets|Original Hash|HashAgg Batches|Cache |Storage|Maximum Storage|Workers Launched|Shared |Local |Temp |I\/O |WAL |Execution Time|Triggers|JIT|Serialization)/

/** What would be found if it had only been planned. */
export function plannedFindings(model: PlanModel, facts: PlanFacts | null): readonly Finding[] {
  return findingsOf(modelOf(withoutRun(model.statement)), facts)
}

function withoutRun({ root, ...statement }: RawStatement): RawStatement {
  if (root === null) return { ...statement, root }
  const copies = new Map<RawNode, RawNode>()
  const order: RawNode[] = [root]
  for (const node of order) order.push(...node.children)
  // Those below come first: a plan may be as deep as its author likes.
  for (const node of order.toReversed())
    copies.set(node, {
      properties: planned(node.properties),
      workers: [],
      children: node.children.map((child) => copies.get(child) ?? child),
    })
  return { ...statement, properties: planned(statement.properties), root: copies.get(root) ?? root }
}

function planned(properties: PlanObject): PlanObject {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !OF_A_RUN.test(key)))
}

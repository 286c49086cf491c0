/** What a node of a plan is called: the words of EXPLAIN's own text. */
import type { PlanNode } from '#src/plans/model/node.ts'
import { textIn } from '#src/plans/model/values.ts'
import type { PlanObject } from '#src/plans/plan.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'

/** `Parallel Seq Scan on orders o`, `Index Scan Backward using orders_pkey on orders` (explain.c, ExplainNode). */
export function titleOf({ raw: { properties }, relation, alias, indexName, type }: PlanNode): SafeText {
  const prefix = [
    textIn(properties, 'Partial Mode') === 'Simple' ? null : textIn(properties, 'Partial Mode'),
    properties['Parallel Aware'] === true ? 'Parallel' : null,
    properties['Async Capable'] === true ? 'Async' : null,
  ]
  const name = [...prefix, nameOf(type, properties)].filter((word) => word !== null && word !== '').join(' ')
  // A Bitmap Index Scan tells the index alone, and says `on` for it.
  const using = indexName === null ? '' : relation === null ? ` on ${indexName}` : ` using ${indexName}`
  const as = alias === null || alias === relation ? '' : ` ${alias}`
  return toSafeText(`${name}${using}${relation === null ? '' : ` on ${relation}${as}`}`)
}

/** `‹InitPlan 1› `, or nothing. */
export function subplanTag({ subplan }: PlanNode): SafeText {
  return subplan === null ? safe`` : toSafeText(`[${subplan}] `)
}

function nameOf(type: string, properties: PlanObject): string {
  const strategy = textIn(properties, 'Strategy')
  switch (type) {
    case 'Aggregate':
      return AGGREGATES[strategy ?? ''] ?? 'Aggregate'
    case 'SetOp':
      return `${strategy === 'Hashed' ? 'HashSetOp' : 'SetOp'} ${textIn(properties, 'Command') ?? ''}`.trim()
    case 'Nested Loop':
    case 'Hash Join':
    case 'Merge Join':
      return joinName(type, textIn(properties, 'Join Type') ?? 'Inner')
    case 'ModifyTable':
      return textIn(properties, 'Operation') ?? type
    case 'Foreign Scan':
      return foreignName(textIn(properties, 'Operation') ?? 'Select')
    case 'Custom Scan':
      return `Custom Scan (${textIn(properties, 'Custom Plan Provider') ?? '?'})`
    default:
      return textIn(properties, 'Scan Direction') === 'Backward' ? `${type} Backward` : type
  }
}

const AGGREGATES: Readonly<Record<string, string>> = {
  Sorted: 'GroupAggregate',
  Hashed: 'HashAggregate',
  Mixed: 'MixedAggregate',
}

function joinName(type: string, join: string): string {
  if (join === 'Inner') return type
  return type === 'Nested Loop' ? `Nested Loop ${join} Join` : type.replace('Join', `${join} Join`)
}

function foreignName(operation: string): string {
  return operation === 'Select' ? 'Foreign Scan' : `Foreign ${operation}`
}

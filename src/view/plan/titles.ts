/** What a node of a plan is called: the words of EXPLAIN's own text. */
import type { PlanNode } from '#src/plans/model/node.ts'
import { textIn } from '#src/plans/model/values.ts'
import type { PlanObject } from '#src/plans/plan.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'

/** `Parallel Seq Scan on orders o`, `Index Scan Backward using orders_pkey on orders` (explain.c, ExplainNode). */
export function titleOf(node: PlanNode): SafeText {
  const { relation, indexName } = node
  // A Bitmap Index Scan tells the index alone, and says `on` for it.
  const using = indexName === null ? '' : relation === null ? ` on ${indexName}` : ` using ${indexName}`
  return toSafeText(`${fullName(node)}${using}${onRelation(node)}`)
}

/** The same where the line is short: `Par Seq Scan on orders o`, `Index Scan Backward orders_pkey on orders`. */
export function compactTitleOf(node: PlanNode): SafeText {
  const { relation, indexName } = node
  const using = indexName === null ? '' : relation === null ? ` on ${indexName}` : ` ${indexName}`
  return toSafeText(`${compactName(node)}${using}${onRelation(node)}`)
}

/** What it does and by which index, without the table: `Index Scan using orders_pkey`, `Parallel Seq Scan`. */
export function methodOf(node: PlanNode): SafeText {
  return toSafeText(node.indexName === null ? fullName(node) : `${fullName(node)} using ${node.indexName}`)
}

/** What it does and on which table, no more: `Index Scan orders`, `Par Seq Scan lines`, `Bitmap Index Scan lines_pkey`. */
export function placeOf(node: PlanNode): SafeText {
  const object = objectOf(node) ?? node.alias ?? node.indexName
  return toSafeText(object === null ? compactName(node) : `${compactName(node)} ${object}`)
}

/** `[InitPlan 1] `, or nothing. */
export function subplanTag({ subplan }: PlanNode): SafeText {
  return subplan === null ? safe`` : toSafeText(`[${subplan}] `)
}

/** The kind of node as EXPLAIN's text says it, raw: `HashAggregate`, `Hash Left Join`, `Insert`. */
export function kindNameOf({ type, raw: { properties } }: PlanNode): string {
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
      return type
  }
}

function fullName(node: PlanNode): string {
  const { properties } = node.raw
  const partial = textIn(properties, 'Partial Mode')
  return [
    partial === 'Simple' ? null : partial,
    properties['Parallel Aware'] === true ? 'Parallel' : null,
    properties['Async Capable'] === true ? 'Async' : null,
    kindNameOf(node),
    backward(node, properties),
  ]
    .filter((word) => word !== null && word !== '')
    .join(' ')
}

function compactName(node: PlanNode): string {
  return fullName(node).replace(/\bParallel\b/, 'Par')
}

function backward({ type }: PlanNode, properties: PlanObject): string | null {
  return type.startsWith('Index') && textIn(properties, 'Scan Direction') === 'Backward' ? 'Backward' : null
}

/** A subquery has no name but its alias (explain.c, ExplainTargetRel). */
function onRelation(node: PlanNode): string {
  const object = objectOf(node)
  const names = [object, node.alias === object ? null : node.alias].filter((name) => name !== null)
  return names.length === 0 ? '' : ` on ${names.join(' ')}`
}

function objectOf({ relation, raw: { properties } }: PlanNode): string | null {
  return relation ?? textIn(properties, 'Function Name') ?? textIn(properties, 'Table Function Name')
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

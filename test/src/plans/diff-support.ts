/** Plans to compare, and what came of it in few words. */
import { diffPlans, type PlanDiff } from '#src/plans/diff/diff.ts'
import type { DiffRow } from '#src/plans/diff/rows.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import type { PlanObject, RawNode } from '#src/plans/plan.ts'
import { modelFrom, ran } from './model-plans.ts'

/** A node of 1 ms. */
export function node(type: string, ...below: readonly (RawNode | PlanObject)[]): RawNode {
  const children = below.filter(isNode)
  const more = below.filter((each): each is PlanObject => !isNode(each))
  return ran(type, { ms: sizeOf(children) + 1 }, Object.assign({}, ...more), children)
}

/** A scan of a table by its alias. */
export function scan(relation: string, alias = relation, more: PlanObject = {}): RawNode {
  return node('Seq Scan', { 'Relation Name': relation, Alias: alias, ...more })
}

export function indexScan(relation: string, index: string): RawNode {
  return node('Index Scan', { 'Relation Name': relation, Alias: relation, 'Index Name': index })
}

export function diffOf(before: RawNode, after: RawNode): PlanDiff {
  return diffPlans(modelFrom(before), modelFrom(after))
}

const MARKS = { same: '=', changed: '~', added: '+', removed: '-' } as const

/** A row a line: mark, depth, name; `moved` behind what is joined to something else. */
export function sketch({ rows }: PlanDiff): readonly string[] {
  return rows.map((row) => {
    const moved = row.isMoved ? ' moved' : ''
    return `${MARKS[row.change]} ${'. '.repeat(row.depth)}${nameOf(row)}${moved}`
  })
}

function nameOf({ before, after, change }: DiffRow): string {
  const names = [before, after].flatMap((each) => (each === null ? [] : [nodeName(each)]))
  return change === 'changed' ? names.join(' > ') : (names.at(-1) ?? '')
}

function nodeName({ type, alias, indexName }: PlanNode): string {
  return [type, alias, indexName].filter((part) => part !== null).join(' ')
}

function isNode(each: RawNode | PlanObject): each is RawNode {
  return 'children' in each
}

function sizeOf(nodes: readonly RawNode[]): number {
  return nodes.reduce((sum, { properties }) => sum + Number(properties['Actual Total Time']), 0)
}

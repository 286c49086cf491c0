/** A plan as it is compared: what each node does, and on what. */
import type { PlanModel } from '../model/model.ts'
import type { PlanNode } from '../model/node.ts'
import { textIn } from '../model/values.ts'
import { roleOf } from './role.ts'

/** What a node names: a table, a function, a CTE, an index. */
export interface Thing {
  /** `relation`, `function`, `cte`, …; a table that is changed is another thing than a table that is read. */
  readonly kind: string
  readonly name: string
  readonly alias: string
}

/** A node as it is compared. */
export interface Item {
  readonly node: PlanNode
  readonly parent: Item | null
  readonly children: readonly Item[]
  /** Its place among the children of its parent. */
  readonly place: number
  readonly role: string
  readonly thing: Thing | null
  /** The sub-plan that it is a part of, by name; empty in the main plan. */
  readonly unit: string
  /** The top of that sub-plan or of the plan. */
  readonly unitRoot: Item
  /** The type with what makes it another kind of it: strategy, partial mode, join type, … */
  readonly type: string
  /** What it sorts, groups or caches by. */
  readonly keys: string
}

/** The nodes of a plan in the order they are printed. */
export type Outline = readonly Item[]

export function outlineOf({ nodes }: PlanModel): Outline {
  const items: Growing[] = []
  for (const node of nodes) {
    const parent = node.parent === null ? null : (items[node.parent.index] ?? null)
    const item = grow(node, parent)
    items.push(item)
    parent?.children.push(item)
  }
  return items
}

/** Whether a node hands its rows to the one above. */
export function isData({ node }: Item): boolean {
  return node.kind === 'data'
}

/** Whether two nodes are of the same kind and on the same thing, whatever it is called there. */
export function isAlike(a: Item, b: Item): boolean {
  return a.type === b.type && a.node.indexName === b.node.indexName && a.thing?.name === b.thing?.name
}

/** An order of plans that does not depend on which is asked of first; 0 for plans that compare alike. */
export function compareOutlines(a: Outline, b: Outline): number {
  if (a.length !== b.length) return a.length - b.length
  for (const [at, item] of a.entries()) {
    const other = b[at]
    if (other === undefined) break
    const [first, second] = [signatureOf(item), signatureOf(other)]
    if (first !== second) return first < second ? -1 : 1
  }
  return 0
}

type Growing = Item & { readonly children: Item[] }

function grow(node: PlanNode, parent: Item | null): Growing {
  const isUnitRoot = parent === null || node.kind !== 'data'
  const item: { -readonly [K in keyof Growing]: Growing[K] } = {
    node,
    parent,
    children: [],
    place: parent?.children.length ?? 0,
    role: roleOf(node.type),
    thing: thingOf(node, parent),
    unit: isUnitRoot ? unitName(node) : parent.unit,
    unitRoot: parent?.unitRoot ?? PENDING,
    type: typeOf(node),
    keys: KEYS.map((key) => String(node.raw.properties[key] ?? '')).join('\0'),
  }
  if (isUnitRoot) item.unitRoot = item
  return item
}

/** Stands in until the root of a plan is there to be its own. */
const PENDING = {} as Item

/** `InitPlan 1 (returns $0)` up to PostgreSQL 16 is `InitPlan 1` from 17 on. */
function unitName({ subplan }: PlanNode): string {
  return (subplan ?? '').replace(/ \(returns .*\)$/, '')
}

const NAMES: readonly (readonly [key: string, kind: string])[] = [
  ['Relation Name', 'relation'],
  ['CTE Name', 'cte'],
  ['Function Name', 'function'],
  ['Table Function Name', 'table function'],
  ['Tuplestore Name', 'tuplestore'],
  // A join that a foreign server does.
  ['Relations', 'relations'],
]

function thingOf(
  { type, indexName, alias, raw: { properties } }: PlanNode,
  parent: Item | null,
): Thing | null {
  if (type === 'Bitmap Index Scan' && indexName !== null)
    return { kind: 'index', name: indexName, alias: owner(parent)?.alias ?? '' }
  for (const [key, kind] of NAMES) {
    const name = textIn(properties, key)
    if (name !== null) return { kind: type === 'ModifyTable' ? type : kind, name, alias: alias ?? '' }
  }
  return alias === null ? null : { kind: type, name: alias, alias }
}

/** The table that a bitmap is of. */
function owner(parent: Item | null): Thing | null {
  let above = parent
  while (above !== null && above.thing === null) above = above.parent
  return above?.thing ?? null
}

/** What tells kinds of one type apart; where it was left out it is as good as the second. */
const KINDS: readonly (readonly [key: string, usual: string])[] = [
  ['Strategy', ''],
  ['Partial Mode', 'Simple'],
  ['Join Type', 'Inner'],
  ['Operation', ''],
  ['Command', ''],
  ['Scan Direction', 'Forward'],
  ['Parallel Aware', 'false'],
  ['Custom Plan Provider', ''],
]

function typeOf({ type, raw: { properties } }: PlanNode): string {
  let kind = type
  for (const [key, usual] of KINDS) {
    const value = properties[key]
    if (value !== undefined && String(value) !== usual) kind += `\0${key}\0${String(value)}`
  }
  return kind
}

const KEYS = ['Sort Key', 'Group Key', 'Cache Key']

function signatureOf({ node, role, thing, unit, type, keys }: Item): string {
  const name = thing === null ? '' : `${thing.kind}\0${thing.name}\0${thing.alias}`
  return [node.depth, node.kind, role, name, unit, type, node.indexName ?? '', keys].join('\0')
}

import type { PlanObject, PlanValue, RawNode, RawStatement } from '../plan.ts'
import { ReadFailure } from './failure.ts'
import { readJson } from './json.ts'
import { type Draft, isList, isObject, put } from './objects.ts'

/** PostgreSQL's words in text; the other formats print an empty list. */
export const REWRITES_TO_NOTHING = 'Query rewrites to nothing'

/** Column names under which clients hand over a plan as JSON inside JSON. */
const COLUMN_NAMES: ReadonlySet<string> = new Set(['QUERY PLAN', 'query plan', 'EXPLAIN', 'explain', 'plan'])

/** The statements of one document in JSON, YAML or XML; `offset` is where it begins. */
export function statementsOf(value: PlanValue, offset: number): readonly RawStatement[] {
  const found: RawStatement[] = []
  const waiting: PlanValue[] = [value]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (isList(next)) {
      if (next.length === 0) found.push(withoutPlan(REWRITES_TO_NOTHING))
      for (const item of next.toReversed()) waiting.push(item)
    } else if (isObject(next)) {
      const inner = columnOf(next)
      if (inner !== undefined) waiting.push(inner)
      else found.push(statementOf(next, offset))
    } else if (typeof next === 'string') {
      if (/^\s*[[{]/.test(next)) waiting.push(readJson(next, 0).value)
      else found.push(withoutPlan(next))
    } else {
      throw new ReadFailure(offset, `Expected an object with \`Plan\`, got \`${String(next)}\`.`)
    }
  }
  return found
}

function columnOf(object: PlanObject): PlanValue | undefined {
  const keys = Object.keys(object)
  const key = keys.length === 1 ? keys[0] : undefined
  if (key === undefined || !COLUMN_NAMES.has(key)) return undefined
  return object[key]
}

function withoutPlan(why: string): RawStatement {
  return { root: null, properties: {}, withoutPlan: why }
}

function statementOf(object: PlanObject, offset: number): RawStatement {
  if (typeof object['Node Type'] === 'string')
    return { root: nodeOf(object), properties: {}, withoutPlan: null }
  const plan = object.Plan
  if (!isObject(plan))
    throw new ReadFailure(offset, `Expected an object with \`Plan\`, got ${keysOf(object)}.`)
  const properties: Draft = {}
  for (const [key, value] of Object.entries(object)) if (key !== 'Plan') put(properties, key, value)
  return { root: nodeOf(plan), properties, withoutPlan: null }
}

function keysOf(object: PlanObject): string {
  const keys = Object.keys(object).slice(0, 3)
  return keys.length === 0 ? 'an empty one' : `one with \`${keys.join('`, `')}\``
}

interface OpenNode {
  readonly source: PlanObject
  readonly siblings: RawNode[]
}

/** The tree of a plan, without recursion: its depth is not ours to bound. */
function nodeOf(plan: PlanObject): RawNode {
  const top: RawNode[] = []
  const waiting: OpenNode[] = [{ source: plan, siblings: top }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { Plans: plans, Workers: workers } = next.source
    const children: RawNode[] = []
    next.siblings.push({
      properties: isList(plans) || isList(workers) ? withoutBelow(next.source) : next.source,
      workers: isList(workers) ? mergedWorkers(workers.filter(isObject)) : [],
      children,
    })
    if (!isList(plans)) continue
    for (const source of plans.toReversed())
      if (isObject(source)) waiting.push({ source, siblings: children })
  }
  const [root] = top
  if (root === undefined) throw new Error('a plan without a node')
  return root
}

function withoutBelow(source: PlanObject): PlanObject {
  const properties: Draft = {}
  for (const key in source) {
    const value = source[key] ?? null
    if ((key !== 'Plans' && key !== 'Workers') || !isList(value)) put(properties, key, value)
  }
  return properties
}

/** PostgreSQL up to 12 prints a worker twice, see the JSON reader. */
function mergedWorkers(workers: readonly PlanObject[]): readonly PlanObject[] {
  const byNumber = new Map<PlanValue | undefined, PlanObject>()
  for (const worker of workers) {
    const number = worker['Worker Number']
    byNumber.set(number, { ...byNumber.get(number), ...worker })
  }
  return [...byNumber.values()]
}

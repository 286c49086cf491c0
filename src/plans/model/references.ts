/** Which nodes mention the value of an InitPlan. */
import type { PlanValue } from '../plan.ts'
import { hasRun, type TreeNode } from './tree.ts'
import { isGroup, isList, textIn } from './values.ts'

/** The nodes that mention each reference, in pre-order. */
export type References = ReadonlyMap<string, readonly TreeNode[]>

/** Every reference to an InitPlan that ran. Without VERBOSE those of target lists are not printed. */
export function referencesOf(nodes: readonly TreeNode[]): References {
  const wanted = new Set(nodes.flatMap((node) => (isInitPlan(node) ? valuesOf(node) : [])))
  const references = new Map<string, TreeNode[]>()
  if (wanted.size === 0) return references
  for (const node of nodes) {
    for (const reference of mentionedIn(node)) {
      if (!wanted.has(reference)) continue
      const mentioning = references.get(reference)
      if (mentioning === undefined) references.set(reference, [node])
      else if (mentioning.at(-1) !== node) mentioning.push(node)
    }
  }
  return references
}

/** How the values of an InitPlan are written where they are used: `$0` up to PostgreSQL 16, then `(InitPlan 1)`. */
export function valuesOf({ raw }: TreeNode): readonly string[] {
  const name = textIn(raw.properties, 'Subplan Name') ?? ''
  const returned = /\(returns ([^)]*)\)/.exec(name)?.[1]
  return returned === undefined ? [`(${name})`] : returned.split(',').map((value) => value.trim())
}

function isInitPlan(node: TreeNode): boolean {
  return node.kind === 'InitPlan' && hasRun(node)
}

/** Names of things, which may look like a reference and are none. */
const NAMES = new Set(['Subplan Name', 'Alias', 'Relation Name', 'Schema', 'Index Name', 'CTE Name'])

/** Literals and quoted names come first, so that a `$1` inside of them is no reference. */
const REFERENCE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\d+|\(InitPlan [^()]+\)/g

function* mentionedIn({ raw }: TreeNode): Generator<string> {
  const open: PlanValue[] = []
  for (const [key, value] of Object.entries(raw.properties)) if (!NAMES.has(key)) open.push(value)
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value === 'string') {
      if (value.includes('$') || value.includes('(InitPlan ')) yield* value.match(REFERENCE) ?? []
    } else if (isList(value)) for (const each of value) open.push(each)
    else if (isGroup(value)) for (const each of Object.values(value)) open.push(each)
  }
}

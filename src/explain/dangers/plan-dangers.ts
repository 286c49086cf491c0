/** What the nodes of a plan tell of running it: rows written or locked, foreign servers asked, much work. */
import type { PlanDocument, PlanObject, PlanValue, RawNode } from '#src/plans/plan.ts'
import type { Danger } from '../contract.ts'
import { type Names, namesIn, together } from './names.ts'

/** A relation that the plan writes. */
export interface Written {
  readonly operation: Operation
  /** Null where the plan tells none. */
  readonly schema: string | null
  readonly name: string
}

export type Operation = 'Insert' | 'Update' | 'Delete' | 'Merge'

/** A total cost from which a run may take long; at the default costs 1 million pages of 8 kB are read in order. */
const COSTLY = 1_000_000

const WRITING: Readonly<Record<Operation, { readonly does: string; readonly leaves: string }>> = {
  Insert: { does: 'inserts rows into', leaves: 'their dead versions and WAL stay' },
  Update: {
    does: 'updates rows of',
    leaves: 'dead versions and WAL stay, and the rows are locked while it runs',
  },
  Delete: { does: 'deletes rows of', leaves: 'WAL stays, and the rows are locked while it runs' },
  Merge: {
    does: 'merges rows into',
    leaves: 'dead versions and WAL stay, and rows are locked while it runs',
  },
}

/** Relations written by any statement of a plan; one for each operation. */
export function writtenBy(document: PlanDocument): readonly Written[] {
  return nodesIn(document).flatMap(({ properties }) => {
    const operation = properties.Operation
    if (!isOperation(operation)) return []
    const targets = properties['Target Tables']
    const all = [properties, ...(Array.isArray(targets) ? (targets as readonly PlanObject[]) : [])]
    return all.flatMap((target) => {
      const name = textOf(target['Relation Name'])
      return name === null ? [] : [{ operation, schema: textOf(target.Schema), name }]
    })
  })
}

/** What the plan itself tells; `isForeign` knows the tables whose rows another server keeps. */
export function planDangers(
  document: PlanDocument,
  isForeign: (written: Written) => boolean,
): readonly Danger[] {
  const nodes = nodesIn(document)
  const types = nodes.map(({ properties }) => String(properties['Node Type']))
  return [
    ...writtenBy(document).map((written) => writeDanger(written, isForeign(written))),
    ...(types.includes('ModifyTable') && writtenBy(document).length === 0 ? [UNNAMED_WRITE] : []),
    ...(types.includes('LockRows') ? [LOCKS] : []),
    ...nodes.filter(({ properties }) => properties['Node Type'] === 'Foreign Scan').map(foreignDanger),
    ...nodes.filter(isDistributed).map(distributedDanger),
    ...costDanger(document),
    ...(document.statements.some(isUtility) ? [UTILITY] : []),
  ]
}

/** Whether running it needs a transaction that may write. */
export function isWriting(dangers: readonly Danger[]): boolean {
  return dangers.some(({ kind }) => kind === 'writes' || kind === 'locks rows')
}

/** The calls and operators in all expressions of a plan, and the relations that it writes. */
export function namesInPlan(document: PlanDocument): Names {
  const found = together(
    nodesIn(document).flatMap(({ properties }) => expressionsOf(properties).map((text) => namesIn(text))),
  )
  const written = writtenBy(document)
  const schemas = written.flatMap(({ schema }) => (schema === null ? [] : [schema]))
  return {
    ...found,
    words: new Set([...found.calls.map(({ name }) => name), ...written.map(({ name }) => name)]),
    qualifiers: new Set([...found.calls.flatMap(({ schema }) => schema ?? []), ...schemas]),
  }
}

/** Sentences are the same for the same statement, so that one look can be compared with the next. */
function writeDanger({ operation, schema, name }: Written, isForeign: boolean): Danger {
  const { does, leaves } = WRITING[operation]
  const relation = schema === null ? name : `${schema}.${name}`
  if (isForeign)
    return {
      kind: 'writes',
      sentence: `${does} ${relation}, which is a foreign table or has one below: its server may not roll all of that back`,
      isUndone: false,
    }
  return { kind: 'writes', sentence: `${does} ${relation}: rolled back, but ${leaves}`, isUndone: true }
}

const UNNAMED_WRITE: Danger = {
  kind: 'writes',
  sentence: 'writes rows: rolled back, but dead versions and WAL stay',
  isUndone: true,
}

const LOCKS: Danger = {
  kind: 'locks rows',
  sentence: 'locks the rows that it returns until the rollback: others that want them wait',
  isUndone: true,
}

const UTILITY: Danger = {
  kind: 'writes',
  sentence: 'a rule adds a command without a plan (NOTIFY, say)',
  isUndone: true,
}

function foreignDanger({ properties }: RawNode): Danger {
  const [schema, name] = [textOf(properties.Schema), textOf(properties['Relation Name'])]
  const relation =
    name === null ? 'foreign tables' : `the foreign table ${schema === null ? '' : `${schema}.`}${name}`
  return {
    kind: 'foreign',
    sentence: `reads ${relation}: what its server runs for that (a view with functions, a program) may not be undone`,
    isUndone: false,
  }
}

function isDistributed({ properties }: RawNode): boolean {
  return /citus/i.test(String(properties['Custom Plan Provider'] ?? ''))
}

function distributedDanger(): Danger {
  return {
    kind: 'foreign',
    sentence: 'runs on other nodes (Citus): what they do may not be undone',
    isUndone: false,
  }
}

function costDanger({ statements }: PlanDocument): readonly Danger[] {
  const cost = Math.max(0, ...statements.map(({ root }) => Number(root?.properties['Total Cost'] ?? 0)))
  if (!(cost >= COSTLY)) return []
  const magnitude = Math.floor(Math.log10(cost))
  const sentence = `is estimated to cost at least ${(10 ** magnitude).toLocaleString('en')}: it may run long, read much and write temporary files`
  return [{ kind: 'costly', sentence, isUndone: true }]
}

function isUtility({ withoutPlan }: PlanDocument['statements'][number]): boolean {
  return withoutPlan !== null && !/rewrites to nothing/i.test(withoutPlan)
}

function nodesIn({ statements }: PlanDocument): readonly RawNode[] {
  const nodes = statements.flatMap(({ root }) => (root === null ? [] : [root]))
  for (const node of nodes) nodes.push(...node.children)
  return nodes
}

/** What is no expression, or one of another server. */
const NO_EXPRESSION =
  /^(Node Type|Parent Relationship|Relation Name|Schema|Alias|Index Name|CTE Name|Subplan Name|Join Type|Strategy|Partial Mode|Operation|Command|Remote SQL|Scan Direction|Sort Method|Sort Space Type|Cache Mode|Storage)$/

function expressionsOf(properties: PlanObject): readonly string[] {
  return Object.entries(properties).flatMap(([key, value]) => (NO_EXPRESSION.test(key) ? [] : textsIn(value)))
}

function textsIn(value: PlanValue): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap((each: PlanValue) => textsIn(each))
  return []
}

function isOperation(value: PlanValue | undefined): value is Operation {
  return typeof value === 'string' && Object.hasOwn(WRITING, value)
}

function textOf(value: PlanValue | undefined): string | null {
  return typeof value === 'string' ? value : null
}

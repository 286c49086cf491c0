/** What functions do that a statement calls when it is run: as sentences. */
import type { Danger } from '../contract.ts'
import type { CallGraph } from './call-graph.ts'
import type { Names } from './names.ts'
import type { FunctionNode, RelationNode } from './nodes.ts'
import type { Operation, Written } from './plan-dangers.ts'
import { Reach } from './reach.ts'
import { dangerOf, labelOf, MORE } from './sentences.ts'

/** Bits of `pg_trigger.tgtype` by what fires it. */
const FIRED_BY: Readonly<Record<Operation, number>> = {
  Insert: 4,
  Delete: 8,
  Update: 16,
  Merge: 4 + 8 + 16,
}

/** What foreign keys do to the rows that refer to a changed one. */
const CHANGED = 8 + 16

/** What is asked about a run. */
export interface Calls {
  /** All names of the text. */
  readonly text: Names
  /** Calls and operators of the plan. */
  readonly plan: Names
  readonly written: readonly Written[]
  readonly searchPath: readonly string[]
}

/** What running it may do by way of functions, those of triggers among them. */
export function callDangers(calls: Calls, graph: CallGraph): readonly Danger[] {
  const reach = new Reach(graph)
  const called = calledBy(calls, graph)
  return [
    ...called.flatMap((oid) => functionDangers(oid, graph, reach)),
    ...hiddenCalls(calls, { graph, reach })
      .filter((oid) => !called.includes(oid))
      .flatMap((oid) => effectDangers(oid, graph, reach)),
    ...writtenDangers(calls, { graph, reach }),
    ...(graph.isComplete ? [] : [MORE]),
  ]
}

/** Whether a relation that is written, or one below it, is a foreign table. */
export function isForeignTarget(written: Written, calls: Calls, graph: CallGraph): boolean {
  const reach = new Reach(graph)
  const relations = reach.relationsFrom(targetsOf(written, calls, { graph, reach }))
  return relations.some((oid) => graph.relations.get(oid)?.isForeign === true)
}

/** All functions that a run may come to call, by what the graph knows. */
export function callReach(calls: Calls, graph: CallGraph): ReadonlySet<number> {
  const reach = new Reach(graph)
  const relations = calls.written.flatMap((written) =>
    reach.writtenFrom(targetsOf(written, calls, { graph, reach })),
  )
  const nodes = relations.flatMap((oid) => graph.relations.get(oid) ?? [])
  return reach.functionsFrom([
    ...calledBy(calls, graph),
    ...hiddenCalls(calls, { graph, reach }),
    ...nodes.flatMap(({ writes, triggers }) => [...writes, ...triggers.map((trigger) => trigger.function)]),
  ])
}

/** What neither text nor plan shows as a call: operators, domains, casts, and constants that a view was folded to. */
function hiddenCalls({ text, plan }: Calls, { graph, reach }: Found): readonly number[] {
  const { operators, checks, folded } = reach.touchedBy(text)
  return [
    ...operators,
    ...checks,
    ...reach.touchedBy(plan).operators,
    // The volatile ones of a view stand in the plan where they are called at all.
    ...folded.filter((oid) => graph.functions.get(oid)?.isVolatile === false),
  ]
}

interface Found {
  readonly graph: CallGraph
  readonly reach: Reach
}

/** Functions that text or plan call by name. */
function calledBy({ text, plan, searchPath }: Calls, graph: CallGraph): readonly number[] {
  const wanted = new Set(
    [...text.calls, ...plan.calls].map(({ schema, name }) => JSON.stringify([schema, name])),
  )
  const isWanted = ({ schema, name }: FunctionNode) =>
    wanted.has(JSON.stringify([schema, name])) ||
    (searchPath.includes(schema) && wanted.has(JSON.stringify([null, name])))
  return [...graph.functions].filter(([, node]) => isWanted(node)).map(([oid]) => oid)
}

function functionDangers(oid: number, graph: CallGraph, reach: Reach): readonly Danger[] {
  const node = graph.functions.get(oid)
  const dangers = effectDangers(oid, graph, reach)
  if (node === undefined || dangers.length > 0 || !node.isVolatile || node.isBuiltin || node.looks)
    return dangers
  const sentence = `calls ${labelOf(node)}, which is marked volatile: no write is seen in it, and a read-only transaction refuses any`
  return [{ kind: 'volatile function', sentence, isUndone: true }]
}

function effectDangers(oid: number, graph: CallGraph, reach: Reach): readonly Danger[] {
  return reach
    .effectsOf(oid)
    .map((reached) => dangerOf(`calls ${labelOf(graph.functions.get(oid))}`, reached))
}

function writtenDangers(calls: Calls, { graph, reach }: Found): readonly Danger[] {
  return calls.written.flatMap((written) => {
    const targets = targetsOf(written, calls, { graph, reach })
    const own = reach.relationsFrom(targets)
    return reach.writtenFrom(targets).flatMap((oid) => {
      const relation = graph.relations.get(oid)
      if (relation === undefined) return []
      const isTarget = own.includes(oid)
      if (!isTarget && written.operation === 'Insert') return []
      return [
        ...(isTarget ? [] : [cascadeDanger(relation)]),
        ...triggerDangers(relation, isTarget ? FIRED_BY[written.operation] : CHANGED, { graph, reach }),
        ...relation.writes.flatMap((each) => effectDangers(each, graph, reach)),
      ]
    })
  })
}

function targetsOf(
  { schema, name }: Written,
  { searchPath }: Calls,
  { graph, reach }: Found,
): readonly number[] {
  return reach.relationsNamed([name]).filter((oid) => isIn(graph.relations.get(oid), schema, searchPath))
}

function triggerDangers(relation: RelationNode, fired: number, { graph, reach }: Found): readonly Danger[] {
  return relation.triggers
    .filter(({ type }) => (type & fired) !== 0)
    .flatMap((trigger) => {
      const node = graph.functions.get(trigger.function)
      const fires = `fires the trigger ${trigger.name} of ${relation.schema}.${relation.name}, which calls ${labelOf(node)}`
      const dangers = reach.effectsOf(trigger.function).map((reached) => dangerOf(fires, reached))
      if (dangers.length > 0) return dangers
      return [
        { kind: 'writes', sentence: `${fires}: what it writes is rolled back`, isUndone: true } as const,
      ]
    })
}

function cascadeDanger({ schema, name }: RelationNode): Danger {
  return {
    kind: 'writes',
    sentence: `may change rows of ${schema}.${name} by a foreign key: rolled back, but they are locked while it runs`,
    isUndone: true,
  }
}

function isIn(
  relation: RelationNode | undefined,
  schema: string | null,
  searchPath: readonly string[],
): boolean {
  return (
    relation !== undefined &&
    (schema === null ? searchPath.includes(relation.schema) : relation.schema === schema)
  )
}

/** What functions do that a statement calls, or that the planner calls for it: as sentences. */
import type { Danger } from '../contract.ts'
import type { CallGraph, FunctionNode, RelationNode } from './call-graph.ts'
import type { Call, Names } from './names.ts'
import type { Operation, Written } from './plan-dangers.ts'
import { Reach, type Reached } from './reach.ts'

/** Bits of `pg_trigger.tgtype` by what fires it. */
const FIRED_BY: Readonly<Record<Operation, number>> = {
  Insert: 4,
  Delete: 8,
  Update: 16,
  Merge: 4 + 8 + 16,
}

const MORE: Danger = {
  kind: 'volatile function',
  sentence: 'leads to more functions than were looked at: what they do outside of the transaction stays',
  isUndone: false,
}

/**
 * What planning alone may do, that neither a read-only transaction nor a rollback keeps from lasting. The planner
 * calls functions that are not marked volatile when their arguments are constants, also those in views, defaults,
 * indexes and statistics; and those of operators on statistics, however they are marked.
 */
export function planningDangers(names: Names, graph: CallGraph): readonly Danger[] {
  const reach = new Reach(graph)
  const planned = reach.plannedFor(reach.relationsNamed(names.words))
  const hidden = reach.hiddenIn(names)
  const called = [...reach.functionsNamed(names.words), ...hidden.functions, ...planned.functions]
  const roots = new Set([
    ...called.filter((oid) => graph.functions.get(oid)?.isVolatile === false),
    ...hidden.operators,
    ...planned.operators,
  ])
  return [
    ...[...roots].flatMap((oid) =>
      reach
        .effectsOf([oid])
        .filter(({ effect }) => !effect.isUndone && effect.isRefusedReadOnly !== true)
        .map((reached) => dangerOf(`planning alone may call ${labelOf(graph.functions.get(oid))}`, reached)),
    ),
    ...(graph.isComplete ? [] : [MORE]),
  ]
}

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
export function callDangers({ text, plan, written, searchPath }: Calls, graph: CallGraph): readonly Danger[] {
  const reach = new Reach(graph)
  const called = resolve([...text.calls, ...plan.calls], graph, searchPath)
  return [
    ...called.flatMap((oid) => functionDangers(oid, graph, reach)),
    ...hiddenCalls(text, plan, { graph, reach })
      .filter((oid) => !called.includes(oid))
      .flatMap((oid) => effectDangers(oid, graph, reach)),
    ...writtenDangers(written, { graph, reach, searchPath }),
    ...(graph.isComplete ? [] : [MORE]),
  ]
}

/** What neither text nor plan shows as a call: operators, domains, and constants that views were folded to. */
function hiddenCalls(text: Names, plan: Names, { graph, reach }: Found): readonly number[] {
  const hidden = reach.hiddenIn(text)
  const planned = reach.plannedFor(reach.relationsNamed(text.words))
  return [
    ...hidden.functions,
    ...hidden.operators,
    ...reach.hiddenIn(plan).operators,
    ...planned.operators,
    // The volatile ones of a view stand in the plan where they are called at all.
    ...planned.functions.filter((oid) => graph.functions.get(oid)?.isVolatile === false),
  ]
}

interface Found {
  readonly graph: CallGraph
  readonly reach: Reach
}

function resolve(calls: readonly Call[], graph: CallGraph, searchPath: readonly string[]): readonly number[] {
  const wanted = new Set(calls.map(({ schema, name }) => JSON.stringify([schema, name])))
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
    .effectsOf([oid])
    .map((reached) => dangerOf(`calls ${labelOf(graph.functions.get(oid))}`, reached))
}

function writtenDangers(
  written: readonly Written[],
  { graph, reach, searchPath }: Found & { readonly searchPath: readonly string[] },
): readonly Danger[] {
  return written.flatMap(({ operation, schema, name }) => {
    const targets = reach
      .relationsNamed([name])
      .filter((oid) => isIn(graph.relations.get(oid), schema, searchPath))
    const reached = reach.writtenFrom(targets)
    const own = reach.relationsFrom(targets)
    return reached.flatMap((oid) => {
      const relation = graph.relations.get(oid)
      if (relation === undefined) return []
      const isTarget = own.includes(oid)
      if (!isTarget && operation === 'Insert') return []
      return [
        ...(isTarget ? [] : [cascadeDanger(relation)]),
        ...triggerDangers(relation, isTarget ? FIRED_BY[operation] : 8 + 16, { graph, reach }),
        ...relation.writes.flatMap((each) => effectDangers(each, graph, reach)),
      ]
    })
  })
}

function triggerDangers(relation: RelationNode, fired: number, { graph, reach }: Found): readonly Danger[] {
  return relation.triggers
    .filter(({ type }) => (type & fired) !== 0)
    .flatMap((trigger) => {
      const node = graph.functions.get(trigger.function)
      const fires = `fires the trigger ${trigger.name} of ${relation.schema}.${relation.name}, which calls ${labelOf(node)}`
      const dangers = reach.effectsOf([trigger.function]).map((reached) => dangerOf(fires, reached))
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

function dangerOf(begins: string, { effect, by }: Reached): Danger {
  const leads = by === null ? '' : `, which may lead to ${labelOf(by)}`
  return { kind: effect.kind, sentence: `${begins}${leads}: ${effect.says}`, isUndone: effect.isUndone }
}

function labelOf(node: FunctionNode | undefined): string {
  if (node === undefined) return 'a function'
  return node.isBuiltin ? `${node.name}()` : `${node.schema}.${node.name}()`
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

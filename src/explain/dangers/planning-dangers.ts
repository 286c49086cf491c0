/**
 * What parsing and planning a statement may do, before anything of it is run. The server then calls the CHECKs of
 * domains on literals; with constants, functions that are not marked volatile, also those in views, defaults, indexes,
 * statistics, casts and inlined SQL functions; and functions of operators on statistics, however they are marked.
 */
import type { Danger } from '../contract.ts'
import type { CallGraph } from './call-graph.ts'
import type { Names } from './names.ts'
import { Reach } from './reach.ts'
import { dangerOf, labelOf, MORE } from './sentences.ts'

/** What neither a read-only transaction nor a rollback keeps from lasting. */
export function planningDangers(names: Names, graph: CallGraph): readonly Danger[] {
  const reach = new Reach(graph)
  const { called } = plannedCalls(names, graph, reach)
  return [
    ...[...called].flatMap((oid) =>
      reach
        .effectsOf(oid)
        .filter(({ effect }) => !effect.isUndone && effect.isRefusedReadOnly !== true)
        .map((reached) => dangerOf(`planning alone may call ${labelOf(graph.functions.get(oid))}`, reached)),
    ),
    ...(graph.isComplete ? [] : [MORE]),
  ]
}

/** All functions whose source decides what planning may do, by what the graph knows. */
export function planningReach(names: Names, graph: CallGraph): Iterable<number> {
  const reach = new Reach(graph)
  const { called, inlined } = plannedCalls(names, graph, reach)
  return new Set([...inlined, ...reach.functionsFrom(called)])
}

interface PlannedCalls {
  /** Functions that the server may call before a run. */
  readonly called: ReadonlySet<number>
  /** Functions that it does not call, but may put the body of in the place of a call. */
  readonly inlined: ReadonlySet<number>
}

function plannedCalls(names: Names, graph: CallGraph, reach: Reach): PlannedCalls {
  const called = new Set<number>()
  const inlined = new Set<number>()
  const heed = (oid: number): void => {
    const node = graph.functions.get(oid)
    if (node === undefined) return
    if (!node.isVolatile && !node.isSet) called.add(oid)
    else if (node.isInlinable) inlined.add(oid)
  }
  const heedPiece = (piece: Names, relations: readonly number[]): void => {
    for (const touched of [reach.touchedBy(piece), reach.touchedByRelations(relations)]) {
      for (const oid of [...touched.operators, ...touched.checks]) called.add(oid)
      for (const oid of touched.folded) heed(oid)
    }
    // Any word: a call may look like a column, as in `(row).f`.
    for (const oid of reach.functionsNamed(piece.words)) heed(oid)
  }
  heedPiece(names, [])
  // A set that grows is gone through to its new end.
  for (const oid of inlined) {
    const node = graph.functions.get(oid)
    if (node === undefined) continue
    heedPiece(node.names, node.relations)
    for (const each of node.calls) heed(each)
  }
  return { called, inlined }
}

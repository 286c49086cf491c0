/** What may happen when a function is called, a relation is planned or written: its own effects, and those it leads to. */
import type { CallGraph, FunctionNode } from './call-graph.ts'
import type { Effect } from './effects.ts'
import type { Names } from './names.ts'

/** An effect, and whose it is. */
export interface Reached {
  readonly effect: Effect
  /** Null for the function itself that was asked about. */
  readonly by: FunctionNode | null
}

/** Follows the calls of a graph that has stopped growing. */
export class Reach {
  readonly #graph: CallGraph
  readonly #byName: ReadonlyMap<string, readonly number[]>
  readonly #relationsByName: ReadonlyMap<string, readonly number[]>

  constructor(graph: CallGraph) {
    this.#graph = graph
    this.#byName = grouped(graph.functions)
    this.#relationsByName = grouped(graph.relations)
  }

  /** These functions, and all that they may call. */
  functionsFrom(roots: Iterable<number>): ReadonlySet<number> {
    const seen = new Set(roots)
    for (const oid of seen) {
      const node = this.#graph.functions.get(oid)
      if (node !== undefined) for (const next of this.#callsOf(node)) seen.add(next)
    }
    return seen
  }

  /** Every effect that calling a function may have, each once. */
  effectsOf(root: number): readonly Reached[] {
    const found = new Map<string, Reached>()
    for (const oid of this.functionsFrom([root])) {
      const node = this.#graph.functions.get(oid)
      for (const effect of node?.effects ?? [])
        if (!found.has(effect.says))
          found.set(effect.says, { effect, by: oid === root ? null : (node ?? null) })
    }
    return [...found.values()]
  }

  /** What the planner may call for these relations, be they read or written: no trigger, no check. */
  plannedFor(relations: readonly number[]): {
    readonly functions: readonly number[]
    readonly operators: readonly number[]
  } {
    const nodes = this.relationsFrom(relations).flatMap((oid) => this.#graph.relations.get(oid) ?? [])
    return {
      functions: nodes.flatMap(({ reads, writes }) => [...reads, ...writes]),
      operators: nodes.flatMap(({ operators }) => operators),
    }
  }

  /** These relations, those of their rules, and their children. */
  relationsFrom(relations: readonly number[]): readonly number[] {
    return this.#spread(relations, (node) => [...node.leadsTo, ...node.children])
  }

  /** These relations, their children, and those that a change of them changes. */
  writtenFrom(relations: readonly number[]): readonly number[] {
    return this.#spread(relations, (node) => [...node.children, ...node.cascadesTo])
  }

  /** Relations of these names, in whatever schema was looked at. */
  relationsNamed(names: Iterable<string>): readonly number[] {
    return [...names].flatMap((name) => this.#relationsByName.get(name) ?? [])
  }

  /** Functions of these names, in whatever schema was looked at. */
  functionsNamed(names: Iterable<string>): readonly number[] {
    return [...names].flatMap((name) => this.#byName.get(name) ?? [])
  }

  /** Functions behind the operators, and behind the domains and casts of the types, that names hold. */
  hiddenIn({ operators, words }: Names): {
    readonly functions: readonly number[]
    readonly operators: readonly number[]
  } {
    const { hidden } = this.#graph
    return {
      functions: hidden
        .filter(({ what, name }) => what !== 'operator' && words.has(name))
        .map((each) => each.function),
      operators: hidden
        .filter(({ what, name }) => what === 'operator' && operators.has(name))
        .map((each) => each.function),
    }
  }

  #callsOf(node: FunctionNode): readonly number[] {
    if (node.isBuiltin) return []
    const { names } = node
    const hidden = this.hiddenIn(names)
    const relations = this.relationsNamed(names.words)
    const planned = this.plannedFor(relations)
    const writes = node.effects.some(({ kind }) => kind === 'writes')
    const triggers = writes ? this.#triggersOf(this.writtenFrom(relations)) : []
    return [
      ...node.calls,
      ...node.casts,
      ...this.functionsNamed(names.calls.map(({ name }) => name)),
      ...hidden.functions,
      ...hidden.operators,
      ...planned.functions,
      ...planned.operators,
      ...triggers,
    ]
  }

  #triggersOf(relations: readonly number[]): readonly number[] {
    return relations.flatMap((oid) =>
      (this.#graph.relations.get(oid)?.triggers ?? []).map((trigger) => trigger.function),
    )
  }

  #spread(
    from: readonly number[],
    next: (node: {
      readonly leadsTo: readonly number[]
      readonly children: readonly number[]
      readonly cascadesTo: readonly number[]
    }) => readonly number[],
  ): readonly number[] {
    const seen = new Set(from)
    for (const oid of seen) {
      const node = this.#graph.relations.get(oid)
      if (node !== undefined) for (const other of next(node)) seen.add(other)
    }
    return [...seen]
  }
}

function grouped(nodes: ReadonlyMap<number, { readonly name: string }>): ReadonlyMap<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const [oid, { name }] of nodes) {
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [oid])
    else group.push(oid)
  }
  return groups
}

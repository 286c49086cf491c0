/** What names, functions, relations and types lead to, in a graph that does not grow meanwhile. */
import { type CallGraph, UNSHOWN_OPERATORS } from './call-graph.ts'
import type { Effect } from './effects.ts'
import type { Names } from './names.ts'
import type { FunctionNode, RelationNode } from './nodes.ts'

/** An effect, and whose it is. */
export interface Reached {
  readonly effect: Effect
  /** Null for the function itself that was asked about. */
  readonly by: FunctionNode | null
}

/** Functions that a piece of SQL leads to beside those that it calls by name; oids. */
export interface Touched {
  /** Behind operators; the planner calls those on statistics, volatile or not. */
  readonly operators: readonly number[]
  /** Of domains: a literal is checked while its statement is parsed. */
  readonly checks: readonly number[]
  /** Of rules, defaults, indexes, casts, …: the planner calls them with constants, unless they are volatile. */
  readonly folded: readonly number[]
}

export class Reach {
  readonly #graph: CallGraph
  readonly #functions: ReadonlyMap<string, readonly number[]>
  readonly #relations: ReadonlyMap<string, readonly number[]>
  readonly #types: ReadonlyMap<string, readonly number[]>
  readonly #behindOperators: readonly (readonly [number, FunctionNode])[]
  readonly #touched = new Map<Names, Touched>()

  constructor(graph: CallGraph) {
    this.#graph = graph
    this.#functions = grouped(graph.functions)
    this.#relations = grouped(graph.relations)
    this.#types = grouped(graph.types)
    this.#behindOperators = [...graph.functions].filter(([, { operators }]) => operators.length > 0)
  }

  /** These functions, and all that they may call. */
  functionsFrom(roots: Iterable<number>): ReadonlySet<number> {
    return spread(roots, (oid) => this.#callsOf(oid))
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

  /** By way of the relations, types and operators that the names of a piece of SQL hold. */
  touchedBy(names: Names): Touched {
    const known = this.#touched.get(names)
    if (known !== undefined) return known
    const touched = this.#touch(names, this.relationsNamed(names.words))
    this.#touched.set(names, touched)
    return touched
  }

  /** The same for relations that are known by oid. */
  touchedByRelations(relations: readonly number[]): Touched {
    return relations.length === 0 ? NOTHING : this.#touch(NO_NAMES, relations)
  }

  /** These relations, those of their rules, and their children. */
  relationsFrom(relations: Iterable<number>): readonly number[] {
    return this.#relationsFrom(relations, (node) => [...node.leadsTo, ...node.children])
  }

  /** These relations, their children, and those that a change of them changes. */
  writtenFrom(relations: Iterable<number>): readonly number[] {
    return this.#relationsFrom(relations, (node) => [...node.children, ...node.cascadesTo])
  }

  /** Relations of these names, in whatever schema was looked at. */
  relationsNamed(names: Iterable<string>): readonly number[] {
    return named(this.#relations, names)
  }

  /** Functions of these names, in whatever schema was looked at. */
  functionsNamed(names: Iterable<string>): readonly number[] {
    return named(this.#functions, names)
  }

  #touch(names: Names, relations: readonly number[]): Touched {
    const nodes = this.relationsFrom(relations).flatMap((oid) => this.#graph.relations.get(oid) ?? [])
    const functions = this.functionsNamed(names.words).flatMap((oid) => this.#graph.functions.get(oid) ?? [])
    const types = this.#typesFrom([
      ...named(this.#types, names.words),
      ...nodes.flatMap((node) => node.types),
      ...functions.flatMap((node) => node.types),
    ])
    const typeNodes = [...types].flatMap((oid) => this.#graph.types.get(oid) ?? [])
    return {
      operators: [...this.#operatorsOn(types, names), ...nodes.flatMap((node) => node.operators)],
      checks: typeNodes.flatMap(({ checks }) => checks),
      folded: [
        ...nodes.flatMap(({ reads, writes }) => [...reads, ...writes]),
        ...typeNodes.flatMap(({ folds }) => folds),
        ...functions.flatMap(({ defaults }) => defaults),
      ],
    }
  }

  /** An operator on types that are nowhere in sight is another one than is meant. */
  #operatorsOn(types: ReadonlySet<number>, { operators }: Names): readonly number[] {
    const shown = new Set([...operators, ...UNSHOWN_OPERATORS])
    return this.#behindOperators
      .filter(([, node]) => node.operators.some((each) => shown.has(each)))
      .filter(([, node]) => node.types.every((type) => types.has(type)))
      .map(([oid]) => oid)
  }

  #callsOf(oid: number): Iterable<number> {
    const node = this.#graph.functions.get(oid)
    if (node === undefined || node.isBuiltin) return []
    const relations = [...node.relations, ...this.relationsNamed(node.names.words)]
    const writes = node.effects.some(({ kind }) => kind === 'writes')
    return [
      ...node.calls,
      ...this.functionsNamed(node.names.calls.map(({ name }) => name)),
      ...allOf(this.touchedBy(node.names)),
      ...allOf(this.touchedByRelations(node.relations)),
      ...(writes ? this.#triggersOf(this.writtenFrom(relations)) : []),
    ]
  }

  #triggersOf(relations: readonly number[]): readonly number[] {
    return relations.flatMap((oid) =>
      (this.#graph.relations.get(oid)?.triggers ?? []).map((trigger) => trigger.function),
    )
  }

  #relationsFrom(from: Iterable<number>, next: (node: RelationNode) => readonly number[]): readonly number[] {
    const { relations } = this.#graph
    return [
      ...spread(from, (oid) => {
        const node = relations.get(oid)
        return node === undefined ? [] : next(node)
      }),
    ]
  }

  #typesFrom(from: Iterable<number>): ReadonlySet<number> {
    return spread(from, (oid) => this.#graph.types.get(oid)?.leadsTo ?? [])
  }
}

const NO_NAMES: Names = {
  calls: [],
  words: new Set(),
  qualifiers: new Set(),
  operators: new Set(),
  escapedAt: null,
}

const NOTHING: Touched = { operators: [], checks: [], folded: [] }

function allOf({ operators, checks, folded }: Touched): readonly number[] {
  return [...operators, ...checks, ...folded]
}

function spread(from: Iterable<number>, next: (oid: number) => Iterable<number>): ReadonlySet<number> {
  const seen = new Set(from)
  // A set that grows is gone through to its new end.
  for (const oid of seen) for (const other of next(oid)) seen.add(other)
  return seen
}

function named(groups: ReadonlyMap<string, readonly number[]>, names: Iterable<string>): readonly number[] {
  return [...names].flatMap((name) => groups.get(name) ?? [])
}

function grouped(
  nodes: ReadonlyMap<number, { readonly name: string }>,
): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>()
  for (const [oid, { name }] of nodes) {
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [oid])
    else group.push(oid)
  }
  return groups
}

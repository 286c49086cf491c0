/** Functions, relations and types that a statement leads to, looked up by name and by oid as they are needed. */
import type { Entry, EntryRow, Value } from '#queries/define.ts'
import { explainFunctions } from '#queries/explain/functions.ts'
import { explainRelations } from '#queries/explain/relations.ts'
import { FIRST_NORMAL_OID, MOST_ROWS } from '#queries/explain/trees.ts'
import { explainTypes } from '#queries/explain/types.ts'
import type { Outcome } from '#src/server/contract.ts'
import type { Names } from './names.ts'
import {
  type FunctionNode,
  functionNode,
  type RelationNode,
  relationNode,
  type TypeNode,
  typeNode,
} from './nodes.ts'

/** Asks an entry in the transaction that is open. */
export type Ask = <E extends Entry>(entry: E, parameters: readonly Value[]) => Promise<Outcome<EntryRow<E>>>

/** What was not possible, as the server tells it. */
export type Failed = Extract<Outcome<never>, { readonly ok: false }>

/** Operators that SQL calls without showing them: IN, LIKE, BETWEEN, CASE, NULLIF, USING, … */
export const UNSHOWN_OPERATORS = ['=', '<>', '<', '>', '<=', '>=', '~~', '!~~', '~~*', '!~~*', '~', '!~']

/** Rounds of looking up what was found the round before; what is nested deeper is not followed. */
const ROUNDS = 50
/** Oids that are asked for at once; fewer than the rows that an entry gives. */
const AT_ONCE = MOST_ROWS / 2
/** As many names, functions, relations and types as are looked at. */
const MOST = 20_000
/** And as long as that may take, ms. */
const LONGEST_MS = 5000

export class CallGraph {
  readonly functions = new Map<number, FunctionNode>()
  readonly relations = new Map<number, RelationNode>()
  readonly types = new Map<number, TypeNode>()
  /** False when there is more than was looked at. */
  isComplete = true
  readonly #ask: Ask
  readonly #startedMs = performance.now()
  readonly #asked = nothing()
  readonly #followed = new Set<number>()
  #pending = nothing()

  constructor(ask: Ask, searchPath: readonly string[]) {
    this.#ask = ask
    for (const schema of searchPath) this.#asked.schemas.add(schema)
    for (const operator of UNSHOWN_OPERATORS) this.#pending.operators.add(operator)
  }

  /** Looks up names, and what relations and types lead to. Gives why that was not possible. */
  async look(names: Names): Promise<Failed | null> {
    this.#heed(names)
    return await this.#lookUp()
  }

  /** Looks up what these functions lead to, and what that does; `reached` tells all of them by what is known. */
  async follow(reached: () => Iterable<number>): Promise<Failed | null> {
    for (;;) {
      const next = [...reached()].filter((oid) => !this.#followed.has(oid))
      if (next.length === 0 || !this.isComplete) return null
      for (const oid of next) {
        this.#followed.add(oid)
        const node = this.functions.get(oid)
        if (node === undefined) continue
        want(this.#pending.functions, this.#asked.functions, node.calls)
        want(this.#pending.relations, this.#asked.relations, node.relations)
        this.#heed({ ...node.names, qualifiers: new Set([...node.names.qualifiers, node.schema]) })
      }
      const failed = await this.#lookUp()
      if (failed !== null) return failed
    }
  }

  async #lookUp(): Promise<Failed | null> {
    for (let round = 0; isAny(this.#pending); round += 1) {
      if (round === ROUNDS || this.#isTooMuch()) {
        this.isComplete = false
        this.#pending = nothing()
        return null
      }
      const failed = await this.#look()
      if (failed !== null) return failed
    }
    return null
  }

  #isTooMuch(): boolean {
    const { words } = this.#asked
    const size = words.size + this.functions.size + this.relations.size + this.types.size
    return size > MOST || performance.now() - this.#startedMs > LONGEST_MS
  }

  #heed({ words, qualifiers, operators }: Names): void {
    want(this.#pending.words, this.#asked.words, words)
    want(this.#pending.schemas, this.#asked.schemas, qualifiers)
    want(this.#pending.operators, this.#asked.operators, operators)
  }

  async #look(): Promise<Failed | null> {
    const { words, schemas, operators, oids } = this.#takePending()
    const relations = await this.#ask(explainRelations, [words, schemas, oids.relations])
    if (!relations.ok) return relations
    const types = await this.#ask(explainTypes, [words, schemas, oids.types])
    if (!types.ok) return types
    const functions = await this.#ask(explainFunctions, [words, schemas, oids.functions, operators])
    if (!functions.ok) return functions
    if ([relations, types, functions].some(({ rows }) => rows.length >= MOST_ROWS)) this.isComplete = false
    for (const row of relations.rows) this.#addRelation(row)
    for (const row of types.rows) this.#addType(row)
    for (const row of functions.rows) this.#addFunction(row)
    return null
  }

  /** What to ask next, as JSON. A schema that is new may hold any of the names and operators. */
  #takePending() {
    const pending = this.#pending
    this.#pending = {
      ...nothing(),
      functions: takeRest(pending.functions),
      relations: takeRest(pending.relations),
      types: takeRest(pending.types),
    }
    take(pending.words, this.#asked.words)
    take(pending.schemas, this.#asked.schemas)
    take(pending.operators, this.#asked.operators)
    take(pending.functions, this.#asked.functions)
    take(pending.relations, this.#asked.relations)
    take(pending.types, this.#asked.types)
    const { words, operators } = pending.schemas.size > 0 ? this.#asked : pending
    return {
      words: json(words),
      schemas: json(this.#asked.schemas),
      operators: json(operators),
      oids: {
        functions: json(pending.functions),
        relations: json(pending.relations),
        types: json(pending.types),
      },
    }
  }

  #addRelation(row: EntryRow<typeof explainRelations>): void {
    if (row.oid === null || this.relations.has(row.oid)) return
    const node = relationNode(row)
    this.relations.set(row.oid, node)
    this.#wantFunctions([...node.reads, ...node.operators, ...node.writes].filter(isUsers))
    this.#wantFunctions(node.triggers.map((trigger) => trigger.function))
    const others = [...node.leadsTo, ...node.children, ...node.cascadesTo]
    want(this.#pending.relations, this.#asked.relations, others)
    want(this.#pending.types, this.#asked.types, node.types)
  }

  #addType(row: EntryRow<typeof explainTypes>): void {
    if (row.oid === null || this.types.has(row.oid)) return
    const node = typeNode(row)
    this.types.set(row.oid, node)
    this.#wantFunctions([...node.checks, ...node.folds].filter(isUsers))
    want(this.#pending.types, this.#asked.types, node.leadsTo)
  }

  #addFunction(row: EntryRow<typeof explainFunctions>): void {
    if (row.oid === null || this.functions.has(row.oid)) return
    const node = functionNode(row)
    this.functions.set(row.oid, node)
    this.#wantFunctions(node.defaults.filter(isUsers))
    want(this.#pending.types, this.#asked.types, node.types)
  }

  #wantFunctions(wanted: Iterable<number>): void {
    want(this.#pending.functions, this.#asked.functions, wanted)
  }
}

function nothing() {
  return {
    words: new Set<string>(),
    schemas: new Set<string>(),
    operators: new Set<string>(),
    functions: new Set<number>(),
    relations: new Set<number>(),
    types: new Set<number>(),
  }
}

function isAny(pending: Readonly<Record<string, ReadonlySet<unknown>>>): boolean {
  return Object.values(pending).some(({ size }) => size > 0)
}

function want<T>(pending: Set<T>, asked: ReadonlySet<T>, wanted: Iterable<T>): void {
  for (const each of wanted) if (!asked.has(each)) pending.add(each)
}

function take<T>(pending: ReadonlySet<T>, asked: Set<T>): void {
  for (const each of pending) asked.add(each)
}

/** Leaves what is asked now, and gives what has to wait. */
function takeRest(pending: Set<number>): Set<number> {
  const rest = new Set([...pending].slice(AT_ONCE))
  for (const oid of rest) pending.delete(oid)
  return rest
}

/** What came with the server is shown by plans, or harmless. */
function isUsers(oid: number): boolean {
  return oid >= FIRST_NORMAL_OID
}

function json(values: Iterable<string | number>): string {
  return JSON.stringify([...values])
}

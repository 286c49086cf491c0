/** Functions and relations that a statement leads to, and what leads from one to the next. */
import type { Entry, EntryRow, Value } from '#queries/define.ts'
import { explainFunctions, explainHidden, explainRelations } from '#queries/explain/functions.ts'
import type { Outcome } from '#src/server/contract.ts'
import { behaviourInExtension, behaviourOfBuiltin, type Effect } from './effects.ts'
import type { Names } from './names.ts'
import { namesInSource, outside, ownEffects } from './source.ts'

/** Asks an entry in the transaction that is open. */
export type Ask = <E extends Entry>(entry: E, parameters: readonly Value[]) => Promise<Outcome<EntryRow<E>>>

export interface FunctionNode {
  readonly schema: string
  readonly name: string
  readonly isVolatile: boolean
  readonly isBuiltin: boolean
  /** It is known for nothing but looking. */
  readonly looks: boolean
  /** What it does by itself. */
  readonly effects: readonly Effect[]
  /** Oids of functions that it calls for sure; the names in its source tell what it may call. */
  readonly calls: readonly number[]
  /** Oids of functions of casts that a call of it may need. */
  readonly casts: readonly number[]
  readonly names: Names
}

export interface RelationNode {
  readonly schema: string
  readonly name: string
  readonly isForeign: boolean
  readonly reads: readonly number[]
  readonly operators: readonly number[]
  readonly writes: readonly number[]
  readonly triggers: readonly Trigger[]
  readonly leadsTo: readonly number[]
  readonly children: readonly number[]
  readonly cascadesTo: readonly number[]
}

export interface Trigger {
  readonly name: string
  readonly function: number
  /** The bits of `pg_trigger.tgtype`. */
  readonly type: number
}

/** A function that an operator, or a domain or a cast of a type, calls. */
export interface Hidden {
  readonly what: 'operator' | 'domain' | 'cast'
  readonly name: string
  readonly function: number
}

/** Rounds of looking up what was found the round before; code that is nested deeper is not followed. */
const ROUNDS = 30
/** As many names, functions and relations as are looked at. */
const MOST = 20_000
/** And as long as that may take, ms. */
const LONGEST_MS = 5000

/** What was not possible, as the server tells it. */
type Failed = Extract<Outcome<never>, { readonly ok: false }>

/** Learns of functions and relations by name and by oid, and follows those that it is told to. */
export class CallGraph {
  readonly functions = new Map<number, FunctionNode>()
  readonly relations = new Map<number, RelationNode>()
  readonly hidden: Hidden[] = []
  /** False when there is more than was looked at. */
  isComplete = true
  readonly #ask: Ask
  readonly #startedMs = performance.now()
  readonly #words = new Set<string>()
  readonly #schemas: Set<string>
  readonly #operators = new Set<string>()
  readonly #asked = new Set<number>()
  readonly #followed = new Set<number>()
  #pending: Pending = nothing()

  constructor(ask: Ask, searchPath: readonly string[]) {
    this.#ask = ask
    this.#schemas = new Set(searchPath)
  }

  /** Looks up names, and the relations that relations lead to. Gives why that was not possible. */
  async look(names: Names): Promise<Failed | null> {
    this.#heed(names)
    return await this.#lookUp()
  }

  /** Looks up what these functions call, and what that calls; `reached` gives all of them by what is known. */
  async follow(reached: () => Iterable<number>): Promise<Failed | null> {
    for (;;) {
      const next = [...reached()].filter((oid) => !this.#followed.has(oid))
      if (next.length === 0 || !this.isComplete) return null
      for (const oid of next) {
        this.#followed.add(oid)
        const node = this.functions.get(oid)
        if (node === undefined) continue
        this.#wantFunctions(node.calls)
        this.#heed({ ...node.names, qualifiers: new Set([...node.names.qualifiers, node.schema]) })
      }
      const failed = await this.#lookUp()
      if (failed !== null) return failed
    }
  }

  async #lookUp(): Promise<Failed | null> {
    for (let round = 0; this.#hasPending(); round += 1) {
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
    const size = this.#words.size + this.functions.size + this.relations.size
    return size > MOST || performance.now() - this.#startedMs > LONGEST_MS
  }

  #heed({ words, qualifiers, operators }: Names): void {
    for (const word of words) if (!this.#words.has(word)) this.#pending.words.add(word)
    for (const schema of qualifiers) if (!this.#schemas.has(schema)) this.#pending.schemas.add(schema)
    for (const operator of operators)
      if (!this.#operators.has(operator)) this.#pending.operators.add(operator)
  }

  #hasPending(): boolean {
    return Object.values(this.#pending).some(({ size }) => size > 0)
  }

  async #look(): Promise<Failed | null> {
    const pending = this.#pending
    this.#pending = nothing()
    for (const word of pending.words) this.#words.add(word)
    for (const schema of pending.schemas) this.#schemas.add(schema)
    for (const operator of pending.operators) this.#operators.add(operator)
    for (const oid of [...pending.functions, ...pending.relations]) this.#asked.add(oid)
    // A schema that is new may hold any of the names.
    const words = json(pending.schemas.size > 0 ? this.#words : pending.words)
    const schemas = json(this.#schemas)
    const relations = await this.#ask(explainRelations, [words, schemas, json(pending.relations)])
    if (!relations.ok) return relations
    const hidden = await this.#ask(explainHidden, [json(pending.operators), json(pending.words)])
    if (!hidden.ok) return hidden
    const functions = await this.#ask(explainFunctions, [words, schemas, json(pending.functions)])
    if (!functions.ok) return functions
    const limits = [relations, hidden, functions]
    if (limits.some(({ rows }) => rows.length >= ROWS)) this.isComplete = false
    for (const row of relations.rows) this.#addRelation(row)
    for (const row of hidden.rows) this.#addHidden(row)
    for (const row of functions.rows) this.#addFunction(row)
    return null
  }

  #addRelation(row: EntryRow<typeof explainRelations>): void {
    const { oid, schema, name } = row
    if (oid === null || schema === null || name === null || this.relations.has(oid)) return
    const node: RelationNode = {
      schema,
      name,
      isForeign: row.is_foreign === true,
      reads: oids(row.reads),
      operators: oids(row.operators),
      writes: oids(row.writes),
      triggers: row.triggers as readonly Trigger[],
      leadsTo: oids(row.leads_to),
      children: oids(row.children),
      cascadesTo: oids(row.cascades_to),
    }
    this.relations.set(oid, node)
    this.#wantFunctions([...node.reads, ...node.operators, ...node.writes].filter(isUsers))
    this.#wantFunctions(node.triggers.map((trigger) => trigger.function))
    for (const other of [...node.leadsTo, ...node.children, ...node.cascadesTo])
      if (!this.relations.has(other) && !this.#asked.has(other)) this.#pending.relations.add(other)
  }

  #addHidden(row: EntryRow<typeof explainHidden>): void {
    if (row.name === null || row.function === null) return
    this.hidden.push({ what: row.what as Hidden['what'], name: row.name, function: row.function })
    this.#wantFunctions([row.function].filter(isUsers))
  }

  #addFunction(row: EntryRow<typeof explainFunctions>): void {
    if (row.oid === null || this.functions.has(row.oid)) return
    const node = functionNode(row)
    this.functions.set(row.oid, node)
    this.#wantFunctions(node.casts)
  }

  #wantFunctions(wanted: readonly number[]): void {
    for (const oid of wanted)
      if (!this.functions.has(oid) && !this.#asked.has(oid)) this.#pending.functions.add(oid)
  }
}

/** The LIMIT of the entries. */
const ROWS = 2000
/** FirstNormalObjectId: what has a lower oid came with the server. */
const FIRST_NORMAL_OID = 16_384

interface Pending {
  readonly words: Set<string>
  readonly schemas: Set<string>
  readonly operators: Set<string>
  readonly functions: Set<number>
  readonly relations: Set<number>
}

function nothing(): Pending {
  return {
    words: new Set(),
    schemas: new Set(),
    operators: new Set(),
    functions: new Set(),
    relations: new Set(),
  }
}

function functionNode(row: EntryRow<typeof explainFunctions>): FunctionNode {
  const { schema, name } = row
  const isBuiltin = row.is_builtin === true && schema === 'pg_catalog'
  // What came with the server is known by its name; nobody else's code is behind it.
  const source = isBuiltin ? null : row.source
  return {
    schema: schema ?? '',
    name: name ?? '',
    isVolatile: row.volatility === 'v',
    isBuiltin,
    ...behaviourOf(row, isBuiltin),
    calls: isBuiltin ? [] : oids(row.calls),
    casts: oids(row.casts),
    names: namesInSource(source),
  }
}

function behaviourOf(
  row: EntryRow<typeof explainFunctions>,
  isBuiltin: boolean,
): Pick<FunctionNode, 'looks' | 'effects'> {
  const { name, extension, language } = row
  const isVolatile = row.volatility === 'v'
  const known = isBuiltin ? behaviourOfBuiltin(name ?? '') : behaviourInExtension(extension ?? '', name ?? '')
  if (known.kind === 'acts') return { looks: false, effects: [known.effect] }
  if (known.kind === 'looks') return { looks: true, effects: [] }
  if (isBuiltin) return { looks: !isVolatile, effects: isVolatile ? [outside(language ?? '')] : [] }
  const effects = ownEffects({
    language: language ?? '',
    isTrusted: row.is_trusted === true,
    isVolatile,
    isBuiltin: row.is_builtin === true,
    source: row.source,
    writes: row.writes === true,
  })
  return { looks: false, effects }
}

function isUsers(oid: number): boolean {
  return oid >= FIRST_NORMAL_OID
}

function oids(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.map(Number) : []
}

function json(values: Iterable<string | number>): string {
  return JSON.stringify([...values])
}

/** What the catalogs tell of a function, a relation and a type, as far as it matters for what may run. */
import type { EntryRow } from '#queries/define.ts'
import type { explainFunctions } from '#queries/explain/functions.ts'
import type { explainRelations } from '#queries/explain/relations.ts'
import type { explainTypes } from '#queries/explain/types.ts'
import { behaviourInExtension, behaviourOfBuiltin, type Effect } from './effects.ts'
import type { Names } from './names.ts'
import { namesInSource, outside, ownEffects } from './source.ts'

export interface FunctionNode {
  readonly schema: string
  readonly name: string
  readonly isVolatile: boolean
  /** It gives rows: the planner never calls it. */
  readonly isSet: boolean
  readonly isBuiltin: boolean
  /** The planner may put its body in the place of a call, and then calls what that calls. */
  readonly isInlinable: boolean
  /** It is known for nothing but looking. */
  readonly looks: boolean
  /** What it does by itself. */
  readonly effects: readonly Effect[]
  /** Oids of functions that it calls for sure; the names in its source tell what it may call. */
  readonly calls: readonly number[]
  readonly relations: readonly number[]
  /** Oids of types of users in its signature and its body. */
  readonly types: readonly number[]
  /** Oids of functions that stand in for arguments that a call leaves out. */
  readonly defaults: readonly number[]
  readonly operators: readonly string[]
  readonly names: Names
}

export interface RelationNode {
  readonly schema: string
  readonly name: string
  readonly isForeign: boolean
  /** Oids of functions of rules and policies. */
  readonly reads: readonly number[]
  /** Oids of functions of operators in them: the planner calls those on statistics, volatile or not. */
  readonly operators: readonly number[]
  /** Oids of functions of defaults, constraints, indexes, …; the planner may call those, too. */
  readonly writes: readonly number[]
  readonly types: readonly number[]
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

export interface TypeNode {
  readonly name: string
  /** Oids of functions that a literal calls as soon as it is read. */
  readonly checks: readonly number[]
  /** Oids of functions of its default and of casts. */
  readonly folds: readonly number[]
  readonly leadsTo: readonly number[]
}

export function functionNode(row: EntryRow<typeof explainFunctions>): FunctionNode {
  const { schema, name } = row
  const isBuiltin = row.is_builtin === true && schema === 'pg_catalog'
  return {
    schema: schema ?? '',
    name: name ?? '',
    isVolatile: row.volatility === 'v',
    isSet: row.is_set === true,
    isBuiltin,
    isInlinable: !isBuiltin && row.language === 'sql',
    ...behaviourOf(row, isBuiltin),
    // What came with the server is known by its name; nobody else's code is behind it.
    calls: isBuiltin ? [] : oids(row.calls),
    relations: isBuiltin ? [] : oids(row.relations),
    types: oids(row.types),
    defaults: oids(row.defaults),
    operators: Array.isArray(row.operators) ? row.operators.map(String) : [],
    names: namesInSource(isBuiltin ? null : row.source),
  }
}

export function relationNode(row: EntryRow<typeof explainRelations>): RelationNode {
  return {
    schema: row.schema ?? '',
    name: row.name ?? '',
    isForeign: row.is_foreign === true,
    reads: oids(row.reads),
    operators: oids(row.operators),
    writes: oids(row.writes),
    types: oids(row.types),
    triggers: row.triggers as readonly Trigger[],
    leadsTo: oids(row.leads_to),
    children: oids(row.children),
    cascadesTo: oids(row.cascades_to),
  }
}

export function typeNode(row: EntryRow<typeof explainTypes>): TypeNode {
  return {
    name: row.name ?? '',
    checks: oids(row.checks),
    folds: oids(row.folds),
    leadsTo: oids(row.leads_to),
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

function oids(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.map(Number) : []
}

/** What the server knows beyond a plan, asked for on the session that planned it. */
import type { Entry, EntryRow, Value } from '#queries/define.ts'
import { planForeignKeys } from '#queries/plan-foreign-keys.ts'
import { planFunctions } from '#queries/plan-functions.ts'
import { planRelations } from '#queries/plan-relations.ts'
import type {
  ForeignKeyFacts,
  FunctionFacts,
  IndexFacts,
  PlanFacts,
  RelationFacts,
} from '#src/plans/findings/facts.ts'
import { mentionsOf } from '#src/plans/findings/mentions.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import type { Outcome } from '#src/server/contract.ts'

/** Runs an entry on the session that the statement was planned on, so that its names mean the same there. */
export type RunEntry = <E extends Entry>(
  entry: E,
  parameters: readonly Value[],
) => Promise<Outcome<EntryRow<E>>>

/** Null where any of it could not be asked: a plan can be read without. Asks only for what the plan mentions. */
export async function gatherFacts(run: RunEntry, model: PlanModel): Promise<PlanFacts | null> {
  const { relations, functions, constraints } = mentionsOf(model)
  const relationRows = await ask(run, planRelations, relations)
  const functionRows = await ask(run, planFunctions, functions)
  const keyRows = await ask(run, planForeignKeys, constraints)
  if (relationRows === null || functionRows === null || keyRows === null) return null
  return {
    relations: relationRows.flatMap(relationFacts),
    functions: functionRows.flatMap(functionFacts),
    foreignKeys: keyRows.flatMap(foreignKeyFacts),
  }
}

/** One after the other: a session asks one thing at a time. */
async function ask<E extends Entry>(
  run: RunEntry,
  entry: E,
  things: readonly object[],
): Promise<readonly EntryRow<E>[] | null> {
  if (things.length === 0) return []
  const outcome = await run(entry, [JSON.stringify(things)])
  return outcome.ok ? outcome.rows : null
}

function relationFacts(row: EntryRow<typeof planRelations>): readonly RelationFacts[] {
  const { schema, name, indexes } = row
  if (schema === null || name === null) return []
  return [
    {
      schema,
      name,
      tuples: numberOf(row.reltuples),
      pages: numberOf(row.relpages) ?? 0,
      modifiedSinceAnalyze: numberOf(row.n_mod_since_analyze),
      analyzedAt: row.analyzed_at,
      indexes: Array.isArray(indexes) ? indexes.filter(isIndex) : [],
    },
  ]
}

function functionFacts(row: EntryRow<typeof planFunctions>): readonly FunctionFacts[] {
  const { call, signature, is_built_in, volatility, parallel } = row
  if (call === null) return []
  return [
    {
      name: call,
      signature,
      isBuiltIn: is_built_in === true,
      volatility: isVolatility(volatility) ? volatility : null,
      parallel: isParallel(parallel) ? parallel : null,
    },
  ]
}

function foreignKeyFacts(row: EntryRow<typeof planForeignKeys>): readonly ForeignKeyFacts[] {
  const { name, on_relation, schema, referencing, columns, is_partitioned, has_index } = row
  if (name === null || on_relation === null || schema === null || referencing === null) return []
  if (!Array.isArray(columns)) return []
  return [
    {
      name,
      onRelation: on_relation,
      schema,
      table: referencing,
      isPartitioned: is_partitioned === true,
      columns: columns.filter((column) => typeof column === 'string'),
      hasIndex: has_index,
    },
  ]
}

/** Counts beyond 2^53 lose their last digits, which are estimates anyway. */
function numberOf(count: number | bigint | null): number | null {
  return count === null ? null : Number(count)
}

/** The query builds them with just these keys. */
function isIndex(value: unknown): value is IndexFacts {
  return typeof value === 'object' && value !== null && 'columns' in value && Array.isArray(value.columns)
}

function isVolatility(text: string | null): text is NonNullable<FunctionFacts['volatility']> {
  return text === 'immutable' || text === 'stable' || text === 'volatile'
}

function isParallel(text: string | null): text is NonNullable<FunctionFacts['parallel']> {
  return text === 'safe' || text === 'restricted' || text === 'unsafe'
}

/** What tests of findings on real plans share: a statement that is explained, and what a rule says of it. */
import type pg from 'pg'
import { contextOf } from '#src/plans/findings/context.ts'
import type { PlanFacts } from '#src/plans/findings/facts.ts'
import type { Found } from '#src/plans/findings/finding.ts'
import type { Rule } from '#src/plans/findings/rule.ts'
import { modelOf, type PlanModel } from '#src/plans/model/model.ts'
import { readPlan } from '#src/plans/read/read.ts'

export interface Asked {
  /** Settings for the transaction. */
  readonly set?: Readonly<Record<string, string>>
  /** Of EXPLAIN, without FORMAT. */
  readonly options?: string
}

/** Leaves every value as the text that arrived: node-pg would read JSON itself, and round numbers. */
const TEXTS = { getTypeParser: () => (text: string) => text }

/** The model of a statement that was explained just now; what it changed is undone. */
export async function explained(client: pg.Client, sql: string, asked: Asked = {}): Promise<PlanModel> {
  const { set = {}, options = 'ANALYZE, BUFFERS, VERBOSE, SETTINGS' } = asked
  await client.query('BEGIN')
  try {
    for (const [name, value] of Object.entries(set))
      await client.query('SELECT set_config($1, $2, true)', [name, value])
    const { rows } = await client.query({ text: `EXPLAIN (${options}, FORMAT JSON) ${sql}`, types: TEXTS })
    const read = readPlan(String(rows[0]?.['QUERY PLAN']))
    const statement = read.ok ? read.document.statements[0] : undefined
    if (statement === undefined) throw new Error('no plan')
    return modelOf(statement)
  } finally {
    await client.query('ROLLBACK')
  }
}

/** What one rule of a list says. */
export function foundBy(
  rules: readonly Rule[],
  id: string,
  of: { readonly model: PlanModel; readonly facts?: PlanFacts | null },
): readonly Found[] {
  const rule = rules.find((each) => each.id === id)
  if (rule === undefined) throw new Error(`no rule ${id}`)
  return rule.find(contextOf(of.model, of.facts ?? null))
}

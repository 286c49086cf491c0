/** A plan that is looked at, with everything that was made of it. */
import type { Analyzed, Planned, Question } from '#src/explain/contract.ts'
import type { PlanFacts } from '#src/plans/findings/facts.ts'
import type { Finding } from '#src/plans/findings/finding.ts'
import { findingsOf } from '#src/plans/findings/findings.ts'
import { modelOf, type PlanModel } from '#src/plans/model/model.ts'
import type { PlanDocument, Unreadable } from '#src/plans/plan.ts'
import { readPlan } from '#src/plans/read/read.ts'

export interface ShownStatement {
  readonly model: PlanModel
  readonly findings: readonly Finding[]
  /** What the server knew of it. */
  readonly facts: PlanFacts | null
}

export interface ShownPlan {
  /** Where it comes from, for a person: `pid 4711`, `pasted`. */
  readonly origin: string
  readonly kind: 'read' | 'planned' | 'analyzed'
  /** What must be known of it beside its numbers: `without the settings of app`; null for nothing. */
  readonly notice: string | null
  /** What the server was asked; null for a plan that was read. */
  readonly planned: Planned | null
  readonly statements: readonly ShownStatement[]
  /** As it was printed. */
  readonly text: string
  /** ISO 8601. */
  readonly at: string
}

/** A text that is a plan, one that should be and cannot be read, or no plan at all (then it is a query). */
export type ReadText =
  | { readonly kind: 'plan'; readonly shown: ShownPlan }
  | { readonly kind: 'unreadable'; readonly unreadable: Unreadable }
  | { readonly kind: 'query' }

export function readShown(text: string, origin: string, at: Date): ReadText {
  if (!looksLikePlan(text)) return { kind: 'query' }
  const read = readPlan(text)
  if (!read.ok)
    return SQL.test(text) ? { kind: 'query' } : { kind: 'unreadable', unreadable: read.unreadable }
  const statements = statementsOf(read.document, null)
  return {
    kind: 'plan',
    shown: { origin, kind: 'read', notice: null, planned: null, statements, text, at: at.toISOString() },
  }
}

/** What begins so and is no plan is a query with words of plans in it: `WHERE (cost=5)`. */
const SQL = /^\s*(?:--|\/\*|\(|(?:select|with|insert|update|delete|merge|values|table|explain)\b)/i

/** Where a plan comes from, as it is told. */
export type Source = Pick<ShownPlan, 'origin' | 'notice'>

export function plannedShown(planned: Planned, source: Source): ShownPlan {
  return shownOf(planned, source, 'planned')
}

export function analyzedShown(analyzed: Analyzed, source: Source): ShownPlan {
  return shownOf(analyzed, source, 'analyzed')
}

/** The question that a plan answers; null where it was only read. */
export function questionOf(shown: ShownPlan | null): Question | null {
  return shown?.planned?.question ?? null
}

/**
 * No statement that EXPLAIN takes begins like JSON, XML or a frame, and none holds `(cost=` or a node's arrow in front of
 * a word but in a literal.
 */
function looksLikePlan(text: string): boolean {
  const head = text.slice(0, HEAD)
  return (
    /^\s*[[{<]/.test(head) ||
    /QUERY PLAN|\((?:cost|actual time|actual rows|never executed)=?|"Plan"\s*:|<Plan>|^\s*- Plan:|rewrites to nothing|no plan structure/m.test(
      head,
    ) ||
    /^\W*(?:Parallel )?(?:Seq|Index|Bitmap|Result|Sort|Limit|Hash|Nested|Merge|Aggregate|Append|Gather)\b.*\n\s*(?:->|[A-Z][\w ]+:)/.test(
      head,
    )
  )
}

/** A plan shows what it is within its beginning, also behind the text of a long query. */
const HEAD = 200_000

function shownOf(planned: Planned, { origin, notice }: Source, kind: ShownPlan['kind']): ShownPlan {
  const { document, facts, planText: text, at } = planned
  return { origin, notice, kind, planned, statements: statementsOf(document, facts), text, at }
}

function statementsOf(document: PlanDocument, facts: PlanFacts | null): readonly ShownStatement[] {
  return document.statements.map((statement) => {
    const model = modelOf(statement)
    return { model, findings: findingsOf(model, facts), facts }
  })
}

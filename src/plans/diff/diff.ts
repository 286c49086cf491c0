/** Two plans of one statement side by side. */
import type { PlanFacts } from '../findings/facts.ts'
import type { Finding } from '../findings/finding.ts'
import type { PlanModel } from '../model/model.ts'
import type { PlanNode } from '../model/node.ts'
import { comparisonOf, type Measure, measureOf } from './deltas.ts'
import { findingsWithout } from './findings.ts'
import { matchPlans } from './match.ts'
import { plannedFindings } from './planned-part.ts'
import { type DiffRow, rowsOf } from './rows.ts'
import { type SettingChange, settingChanges } from './settings.ts'

export interface PlanDiff {
  readonly before: PlanModel
  readonly after: PlanModel
  readonly measure: Measure
  /** No node of one plan is in the other: these are plans of different statements. */
  readonly nothingMatches: boolean
  /** Every node of both plans, once. */
  readonly rows: readonly DiffRow[]
  readonly settings: readonly SettingChange[]
  /** Findings of the second that the first has not, and the other way round: of the same rule on the same node. */
  readonly newFindings: readonly Finding[]
  readonly resolvedFindings: readonly Finding[]
  /** Where one plan alone was run: what only a run tells of it. Nothing says whether the other has it as well. */
  readonly runFindings: readonly Finding[]
}

/** What is said of both plans. */
export interface FindingsOfBoth {
  readonly before: readonly Finding[]
  readonly after: readonly Finding[]
  /** What the server knew when they were found. */
  readonly facts?: { readonly before: PlanFacts | null; readonly after: PlanFacts | null }
}

export function diffPlans(
  before: PlanModel,
  after: PlanModel,
  findings: FindingsOfBoth = { before: [], after: [] },
): PlanDiff {
  const match = matchPlans(before, after)
  const partnerIn = (outline: typeof match.before) => (node: PlanNode) => {
    const item = outline[node.index]
    return item === undefined ? null : (match.partners.of(item)?.node ?? null)
  }
  const comparable = comparableOf(before, after, findings)
  const rows = rowsOf(match, comparisonOf(before, after))
  return {
    before,
    after,
    measure: measureOf(before, after),
    nothingMatches: rows.every(({ change }) => change === 'added' || change === 'removed'),
    rows,
    settings: settingChanges(before.statement, after.statement),
    newFindings: findingsWithout(comparable.after, comparable.before, partnerIn(match.after)),
    resolvedFindings: findingsWithout(comparable.before, comparable.after, partnerIn(match.before)),
    runFindings: comparable.left,
  }
}

/** Of a plan that was run and one that was not only what both could tell is compared. */
function comparableOf(before: PlanModel, after: PlanModel, findings: FindingsOfBoth) {
  if (before.isExecuted === after.isExecuted) return { ...findings, left: NONE }
  const [run, side] = before.isExecuted ? ([before, 'before'] as const) : ([after, 'after'] as const)
  const planned = plannedFindings(run, findings.facts?.[side] ?? null)
  const rules = new Set(planned.map(({ rule }) => rule))
  const left = findings[side].filter(({ rule }) => !rules.has(rule))
  return { before: findings.before, after: findings.after, [side]: planned, left }
}

const NONE: readonly Finding[] = []

/** Two plans of one statement side by side. */
import type { Finding } from '../findings/finding.ts'
import type { PlanModel } from '../model/model.ts'
import type { PlanNode } from '../model/node.ts'
import { comparisonOf, type Measure, measureOf } from './deltas.ts'
import { findingsWithout } from './findings.ts'
import { matchPlans } from './match.ts'
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
}

/** What is said of both plans. */
export interface FindingsOfBoth {
  readonly before: readonly Finding[]
  readonly after: readonly Finding[]
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
  const rows = rowsOf(match, comparisonOf(before, after))
  return {
    before,
    after,
    measure: measureOf(before, after),
    nothingMatches: rows.every(({ change }) => change === 'added' || change === 'removed'),
    rows,
    settings: settingChanges(before.statement, after.statement),
    newFindings: findingsWithout(findings.after, findings.before, partnerIn(match.after)),
    resolvedFindings: findingsWithout(findings.before, findings.after, partnerIn(match.before)),
  }
}

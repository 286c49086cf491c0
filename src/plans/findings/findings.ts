/** All that is said of a plan, what saves most on top. */
import type { PlanModel } from '../model/model.ts'
import { contextOf } from './context.ts'
import type { PlanFacts } from './facts.ts'
import type { Finding, Found, Severity } from './finding.ts'
import { rules } from './rules.ts'

/** The findings of every rule, sorted by the time that could go, then by severity, then by place. */
export function findingsOf(model: PlanModel, facts: PlanFacts | null = null): readonly Finding[] {
  if (model.root === null) return []
  const context = contextOf(model, facts)
  return rules
    .flatMap((rule) => rule.find(context).map((found) => findingOf(rule.id, found, context.wholeMs)))
    .sort(byWeight)
}

const CRITICAL_SHARE = 0.3
const WARNING_SHARE = 0.1

const RANK: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, notice: 2 }

function findingOf(rule: string, found: Found, wholeMs: number): Finding {
  const share = found.savesMs === null || wholeMs <= 0 ? null : Math.min(1, found.savesMs / wholeMs)
  return { ...found, rule, share, severity: found.severity ?? severityOf(share) }
}

function severityOf(share: number | null): Severity {
  if (share === null) return 'notice'
  return share >= CRITICAL_SHARE ? 'critical' : share >= WARNING_SHARE ? 'warning' : 'notice'
}

function byWeight(a: Finding, b: Finding): number {
  return (
    (b.savesMs ?? 0) - (a.savesMs ?? 0) ||
    RANK[a.severity] - RANK[b.severity] ||
    (a.node?.index ?? -1) - (b.node?.index ?? -1)
  )
}

/** How grave a finding is, as a sign and a look. */
import type { Finding, Severity } from '#src/plans/findings/finding.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import type { Token } from '#src/theme/theme.ts'

export const SEVERITIES: Readonly<
  Record<Severity, { readonly mark: SafeText; readonly token: Token; readonly rank: number }>
> = {
  critical: { mark: safe`!!`, token: 'critical', rank: 2 },
  warning: { mark: safe`!`, token: 'warning', rank: 1 },
  notice: { mark: safe`i`, token: 'notice', rank: 0 },
}

/** The gravest finding of each node that has any. */
export function worstOf(findings: readonly Finding[]): ReadonlyMap<PlanNode, Severity> {
  const worst = new Map<PlanNode, Severity>()
  for (const { node, severity } of findings) {
    const before = node === null ? undefined : worst.get(node)
    if (node !== null && (before === undefined || SEVERITIES[severity].rank > SEVERITIES[before].rank))
      worst.set(node, severity)
  }
  return worst
}

/** What is wrong with one plan and not with the other. */
import type { Finding } from '../findings/finding.ts'
import type { PlanNode } from '../model/node.ts'

/** Findings of `of` whose rule does not speak of the same node of the other plan, by `partnerOf`. */
export function findingsWithout(
  of: readonly Finding[],
  others: readonly Finding[],
  partnerOf: (node: PlanNode) => PlanNode | null,
): readonly Finding[] {
  const known = new Map<string, number>()
  for (const { rule, node } of others) {
    const key = keyOf(rule, node)
    known.set(key, (known.get(key) ?? 0) + 1)
  }
  return of.filter(({ rule, node }) => {
    const partner = node === null ? null : partnerOf(node)
    if (node !== null && partner === null) return true
    const key = keyOf(rule, partner)
    const left = known.get(key) ?? 0
    known.set(key, left - 1)
    return left <= 0
  })
}

function keyOf(rule: string, node: PlanNode | null): string {
  return `${rule} ${node?.index ?? '-'}`
}

/** All that is said of the tables of a database. */
import type { TableCase, TableContext, TableRule } from './case.ts'
import { type TableFacts, type TableRow, tableFactsOf } from './facts.ts'
import { bySeverity, type TableFinding } from './finding.ts'
import { freezeState } from './freeze.ts'
import { hotUpdates } from './hot.ts'
import { ancestorsOf, partitionTotals } from './partitions.ts'
import { neverAnalyzed, partitionsNotAnalyzed, staleStatistics } from './rules/analyze.ts'
import { freezeMultixact, freezeXid } from './rules/freeze.ts'
import { autovacuumDisabled, noReplicaIdentity, unlogged } from './rules/settings.ts'
import { hotBlocked, neverFrozen, sequentialScans } from './rules/use.ts'
import { vacuumOverdue } from './rules/vacuum.ts'
import { vacuumNeed } from './vacuum.ts'

/** A table and what is said of it, the most urgent first. */
export interface TableVerdict extends TableCase {
  readonly findings: readonly TableFinding[]
}

/** All rules, the more telling ones first. */
const rules: readonly TableRule[] = [
  freezeXid,
  freezeMultixact,
  noReplicaIdentity,
  vacuumOverdue,
  autovacuumDisabled,
  neverAnalyzed,
  staleStatistics,
  partitionsNotAnalyzed,
  hotBlocked,
  sequentialScans,
  neverFrozen,
  unlogged,
]

/** Works out every table, in the order of the rows. */
export function tableVerdicts(rows: readonly TableRow[], context: TableContext): readonly TableVerdict[] {
  const facts = rows.map(tableFactsOf)
  const byOid = new Map(facts.map((each) => [each.oid, each]))
  const totals = partitionTotals(facts)
  return facts.map((each) => {
    const isServed = !context.inRecovery && !each.isPartitioned && !each.isTemporary
    const { settings } = context
    const table: TableCase = {
      facts: each,
      need: isServed ? vacuumNeed(each.target, settings) : null,
      toastNeed: isServed && each.toast !== null ? vacuumNeed(each.toast, settings) : null,
      freeze: freezeState(each, settings),
      hot: hotUpdates(each),
      totals: totals.get(each.oid) ?? null,
      isPublished: isPublished(each, byOid),
    }
    const findings = rules.flatMap((rule) => rule(table, context) ?? [])
    return { ...table, findings: findings.toSorted(bySeverity) }
  })
}

function isPublished(table: TableFacts, byOid: ReadonlyMap<number, TableFacts>): boolean {
  return [table, ...ancestorsOf(table, byOid)].some(({ row }) => row.publishes_changes === true)
}

/** What a standby cannot tell of its tables, for a person; null on a primary. */
export function unknownHere({ inRecovery }: Pick<TableContext, 'inRecovery'>): string | null {
  return inRecovery
    ? 'a standby counts no dead rows and no changes: what VACUUM and ANALYZE owe is only known on the primary'
    : null
}

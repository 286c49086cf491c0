/** What is said of a table, and what a person could do about it. */

/** How sure a finding is: `high` would be signed by a careful person, `low` is a hint to look. */
export type Confidence = 'high' | 'medium' | 'low'

/** How urgent it is: `critical` harms now or soon, `warning` will, `info` is good to know. */
export type Severity = 'info' | 'warning' | 'critical'

/** What can be done: shown and copied, never run. */
export interface Remedy {
  /** Statements in their order, each ending in a semicolon; names quoted where needed. */
  readonly sql: readonly string[]
  /** What to know before running it (locks it takes, where to run it), a sentence each; empty for nothing. */
  readonly notes: readonly string[]
}

/** What a finding is about. */
export type FindingId =
  | 'vacuum-overdue'
  | 'vacuum-blocked'
  | 'vacuum-running'
  | 'freeze'
  | 'multixact-freeze'
  | 'never-analyzed'
  | 'stale-statistics'
  | 'partitions-not-analyzed'
  | 'autovacuum-disabled'
  | 'hot-blocked'
  | 'sequential-scans'
  | 'never-frozen'
  | 'unlogged'
  | 'no-replica-identity'
  | 'bloat'
  | 'bloat'

/** One thing worth saying; every text is raw. */
export interface TableFinding {
  readonly id: FindingId
  readonly severity: Severity
  /** What is so, one line without the name of the table. */
  readonly sentence: string
  /** Why, one fragment each. */
  readonly evidence: readonly string[]
  readonly confidence: Confidence
  readonly remedy: Remedy | null
  /** What could make it wrong, one fragment each. */
  readonly caveats: readonly string[]
}

const ORDER: readonly Severity[] = ['critical', 'warning', 'info']

/** The most urgent first; equals stay in their order. */
export function bySeverity(a: TableFinding, b: TableFinding): number {
  return ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity)
}

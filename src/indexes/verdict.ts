/** What is said of an index, and what a person could do about it. */
import type { IndexFacts } from './facts.ts'

/** How sure a verdict is: `high` would be signed by a careful person, `low` is a hint to look. */
export type Confidence = 'high' | 'medium' | 'low'

/** What can be done: shown and copied, never run. */
export interface Remedy {
  /** Statements in their order, each ending in a semicolon; names quoted where needed. */
  readonly sql: readonly string[]
  /** What to know before running it (locks it takes, an order to keep), a sentence each; empty for nothing. */
  readonly notes: readonly string[]
}

/**
 * What the shape of an index says: `keep`; `duplicate` of another; `redundant`, for a longer one does its work;
 * `dup_constraint`, a constraint that says what another already says; `review`, when a person has to decide;
 * `invalid`, left by a failed build; `building`, by somebody now, or rebuilt, or dropped.
 */
export type Structure =
  | 'keep'
  | 'duplicate'
  | 'redundant'
  | 'dup_constraint'
  | 'review'
  | 'invalid'
  | 'building'

export interface StructureVerdict {
  readonly structure: Structure
  /** The index that does its work, or for `review` the one to compare it with: it is kept. Null where there is none. */
  readonly coveredBy: IndexFacts | null
  /** Why, the main thing first, one sentence fragment each; raw texts. */
  readonly evidence: readonly string[]
  readonly confidence: Confidence
  readonly remedy: Remedy | null
  /** What could make it wrong, one fragment each. */
  readonly caveats: readonly string[]
}

/**
 * `used` also for what is never scanned but guards something; `unknown` where the statistics cannot tell (too young, a
 * standby); `low`: much written for few scans, or kept by something that a person has to weigh.
 */
export type Usage = 'used' | 'unused' | 'low' | 'unknown'

export interface UsageVerdict {
  readonly usage: Usage
  /** Why that and not another; null for what is simply scanned. */
  readonly reason: string | null
  /**
   * What could be done without it: set only for `unused`, never for an index that guards uniqueness, a constraint, a
   * foreign key, replica identity or partitions.
   */
  readonly remedy: Remedy | null
  readonly confidence: Confidence
  readonly caveats: readonly string[]
}

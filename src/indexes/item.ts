/** One line of what is to be said about the indexes of a database: an index, or a foreign key that lacks one. */
import type { BloatEstimate } from '#src/bloat/estimate.ts'
import type { IndexFacts } from './facts.ts'
import type { ForeignKeyVerdict } from './foreign-keys.ts'
import type { Confidence, Remedy, StructureVerdict, UsageVerdict } from './verdict.ts'

/** The verdicts in the order of their weight: what hurts, what can go, what is missing, what to look at. */
export const VERDICTS = [
  'invalid',
  'missing',
  'duplicate',
  'redundant',
  'unused',
  'bloated',
  'partial',
  'low use',
  'review',
  'hint',
  'building',
  'unknown',
  'ok',
] as const

/** The one word for an item: the heaviest of what its shape, its use, its bloat and its hints say. */
export type Verdict = (typeof VERDICTS)[number]

/** Names are raw. */
export interface Item {
  /** Stays the same across readings. */
  readonly key: string
  readonly verdict: Verdict
  /** It costs next to nothing now: a small table, or one that nothing is deleted for. */
  readonly isMinor: boolean
  readonly schema: string
  readonly table: string
  readonly tableOid: number
  /** The index, or the constraint of a foreign key. */
  readonly name: string
  /** Null for a foreign key. */
  readonly index: IndexFacts | null
  /** Null for a foreign key. */
  readonly structure: StructureVerdict | null
  readonly usage: UsageVerdict | null
  /** Null where no estimate was tried. */
  readonly bloat: BloatEstimate | null
  /** The index that does its work, or the one that a foreign key uses. */
  readonly coveredBy: IndexFacts | null
  /** Why, in a few words. */
  readonly why: string
  /** One fragment each. */
  readonly evidence: readonly string[]
  readonly confidence: Confidence
  readonly remedy: Remedy | null
  /** What could make it wrong. */
  readonly caveats: readonly string[]
  /** Null for an index. */
  readonly foreignKey: ForeignKeyVerdict | null
}

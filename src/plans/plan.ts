/** A plan as it was printed: the same keys and values whatever format it was printed in. */

/**
 * A value as PostgreSQL prints it in JSON. Whole numbers beyond 2^53 are bigints; keys that this program does not
 * know are kept like the others.
 */
export type PlanValue =
  | number
  | bigint
  | string
  | boolean
  | null
  | readonly PlanValue[]
  | { readonly [key: string]: PlanValue }

/** Properties by PostgreSQL's own names (`Node Type`, `Actual Total Time`, …). */
export type PlanObject = Readonly<Record<string, PlanValue>>

/** One node as printed. */
export interface RawNode {
  /** All of its properties but `Plans` and `Workers`. */
  readonly properties: PlanObject
  /** The entries of `Workers`, each with its `Worker Number`. */
  readonly workers: readonly PlanObject[]
  readonly children: readonly RawNode[]
}

/** One statement as printed. */
export interface RawStatement {
  /** Null for a statement without a plan: `Utility Statement`, `CREATE TABLE AS`, or one rewritten to nothing. */
  readonly root: RawNode | null
  /** What stands beside the plan: `Planning Time`, `Execution Time`, `Triggers`, `JIT`, `Settings`, `Planning`, … */
  readonly properties: PlanObject
  /** Why there is no plan, in PostgreSQL's words; null where there is one. */
  readonly withoutPlan: string | null
}

/** What an input held. */
export interface PlanDocument {
  readonly format: 'json' | 'text' | 'yaml' | 'xml'
  readonly statements: readonly RawStatement[]
}

/** What could not be read, and where; lines and columns from 1, in the input as it was given. */
export interface Unreadable {
  readonly line: number
  readonly column: number
  /** Expected, got, do: one sentence. */
  readonly reason: string
}

export type ReadPlan =
  | { readonly ok: true; readonly document: PlanDocument }
  | { readonly ok: false; readonly unreadable: Unreadable }

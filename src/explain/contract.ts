/** Running EXPLAIN on a server: what is asked, what was found out before consent, what came of it. */
import type { Entry } from '#queries/define.ts'
import type { PlanFacts } from '#src/plans/findings/facts.ts'
import type { PlanDocument } from '#src/plans/plan.ts'
import type { Failure } from '#src/server/contract.ts'

/** One statement to be explained. */
export interface Question {
  /** As typed, pasted, or taken from a session; one statement, with or without a semicolon. */
  readonly text: string
  /** The database to plan it in; null for the one that is connected. */
  readonly database: string | null
  /** `SET LOCAL` before it, by name: work_mem, enable_*, search_path, … */
  readonly settings: Readonly<Record<string, string>>
  /** Values for `$1`, `$2`, … as texts (null for NULL); empty where the text has none or they are not known. */
  readonly values: readonly (string | null)[]
  /**
   * What planning alone may do, that was shown and agreed to. Planning is refused at the step `consent` while it may
   * do something that no rollback undoes; the refusal tells these dangers.
   */
  readonly agreed?: readonly Danger[]
}

/** Something that running the statement would do, or could do, and a rollback may not undo. */
export interface Danger {
  readonly kind: 'writes' | 'locks rows' | 'volatile function' | 'foreign' | 'costly' | 'standby'
  /** What it would do, in one sentence: `deletes rows of public.orders; rolled back, but triggers and … stay`. */
  readonly sentence: string
  /** Whether the rollback takes it back. */
  readonly isUndone: boolean
}

/** How placeholders were planned. */
export type PlannedAs =
  /** No placeholders, or all with values. */
  | 'itself'
  /** EXPLAIN (GENERIC_PLAN), 16 and later. */
  | 'generic'
  /** PREPARE with plan_cache_mode = force_generic_plan and NULLs: partitions may be pruned by the NULLs. */
  | 'generic by prepare'

/** What was asked of the server for a plan. */
export interface Sent {
  /** Statements of its transaction, in their order. */
  readonly messages: readonly string[]
  /** Entries that were asked between them: what the statement calls, and what the server knows of what it reads. */
  readonly entries: readonly Entry[]
}

/** What is known after PREPARE and plain EXPLAIN, with nothing run. */
export interface Planned {
  readonly question: Question
  readonly database: string
  readonly plannedAs: PlannedAs
  /** The text that was sent: typed literals before placeholders are rewritten as casts. */
  readonly sentText: string
  /** The types of the placeholders, as `regtype` prints them. */
  readonly parameterTypes: readonly string[]
  /** `SELECT`, `INSERT`, …, as the plan tells it. */
  readonly writes: boolean
  readonly document: PlanDocument
  /** The plan as the server printed it. */
  readonly planText: string
  readonly dangers: readonly Danger[]
  /** What a reader must know of this plan: `partitions may be pruned by the NULLs in place of values`. */
  readonly warnings: readonly string[]
  readonly facts: PlanFacts | null
  readonly sent: Sent
  readonly tookMs: number
  /** ISO 8601. */
  readonly at: string
}

/** A statement that was run. */
export interface Analyzed extends Planned {
  /** What EXPLAIN ANALYZE was told beside FORMAT JSON: `ANALYZE`, `BUFFERS`, … */
  readonly options: readonly string[]
}

/** Failed, with the server's words; `position` is the code point of the person's text that it points at, from 1. */
export interface Refusal {
  readonly failure: Failure
  readonly position: number | null
  /** At which step: a person must know whether anything ran. */
  readonly step: 'connect' | 'settings' | 'parse' | 'plan' | 'index' | 'consent' | 'run'
  /** What to try now: a longer timeout, TIMING OFF, plain EXPLAIN. */
  readonly remedies: readonly string[]
  /**
   * Dangers that consent did not cover, for another question: all of those that a fresh look found, or that it
   * writes, told by the server that refused it in a read-only transaction.
   */
  readonly dangers?: readonly Danger[]
}

export type Outcome<T> = ({ readonly ok: true } & T) | ({ readonly ok: false } & Refusal)

/** What a person agreed to. */
export interface Consent {
  /**
   * The dangers that were shown; the run is refused when a fresh look finds one that is not among them. It may write
   * only when one of them is of the kind `writes` or `locks rows`.
   */
  readonly dangers: readonly Danger[]
  /** `statement_timeout` of the run, ms. */
  readonly timeoutMs: number
  /** False for TIMING OFF: where reading the clock costs much. */
  readonly timing: boolean
}

/** Where a run is; told as it goes. */
export type Progress = 'connecting' | 'checking' | 'planning' | 'running' | 'rolling back'

export interface Explainer {
  /** Plans without running. Nothing is changed; locks are waited for briefly. */
  plan(question: Question, onProgress?: (progress: Progress) => void): Promise<Outcome<Planned>>
  /** Runs it, in a transaction that is always rolled back, on a connection that is closed afterwards. */
  analyze(
    question: Question,
    consent: Consent,
    onProgress?: (progress: Progress) => void,
  ): Promise<Outcome<Analyzed>>
  /** Plans it as if an index existed (HypoPG), beside the plan without it. */
  whatIf(question: Question, indexes: readonly string[]): Promise<Outcome<WhatIf>>
  /** Cancels what is under way; it then ends as refused. */
  cancel(): Promise<void>
  close(): Promise<void>
}

export interface WhatIf {
  readonly without: Planned
  readonly with: Planned
  /** The hypothetical indexes, each with whether the plan uses it and its estimated size. */
  readonly indexes: readonly {
    readonly definition: string
    readonly isUsed: boolean
    readonly sizeBytes: number | null
  }[]
}

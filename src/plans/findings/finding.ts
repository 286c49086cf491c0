/** What is said of a plan: what is wrong, where, how much of the time could go, and what to do. */
import type { PlanNode } from '../model/node.ts'

/** `critical` from a third of the execution on, `warning` from a tenth on; without times what the rule says. */
export type Severity = 'critical' | 'warning' | 'notice'

/** A number that a finding rests on. */
export interface Evidence {
  /** `rows removed by filter`, `heap fetches`, … */
  readonly label: string
  readonly value: number | string
  /** `factor` is how many times as many; `ratio` lies between 0 and 1. */
  readonly unit: 'rows' | 'ms' | 'bytes' | 'blocks' | 'ratio' | 'factor' | 'count' | 'text'
}

/** What a rule found. Texts hold names from the server and are hostile until sanitised. */
export interface Found {
  /** Null for what is true of the whole statement. */
  readonly node: PlanNode | null
  /** How much of the time on the wall could go at best, ms; null where the plan was not timed or it cannot be said. */
  readonly savesMs: number | null
  /** What is wrong, up to some 60 characters: `seq scan reads 300k rows to keep 19k`. */
  readonly title: string
  /** What to do, in one or two sentences. */
  readonly advice: string
  /** The statement or setting that would do it, ready to be copied; null where there is none. It is never run. */
  readonly remedy: string | null
  readonly evidence: readonly Evidence[]
  /** Where the share of time does not tell how grave it is. */
  readonly severity?: Severity
}

export interface Finding extends Found {
  /** The id of its rule. */
  readonly rule: string
  readonly severity: Severity
  /** `savesMs` as a share of the execution, 0 to 1; null where that is not known. */
  readonly share: number | null
}

/** Two plans of one statement side by side. */

import type { Finding } from '../findings/finding.ts'
import type { PlanModel } from '../model/model.ts'
import type { PlanNode } from '../model/node.ts'

/** `same`: the same kind of node on the same thing; `changed`: another kind or another index in its place. */
export type Change = 'same' | 'changed' | 'added' | 'removed'

/** A node of either plan, or one of each in the same place. */
export interface DiffRow {
  readonly change: Change
  readonly before: PlanNode | null
  readonly after: PlanNode | null
  /** In the drawn tree, which is that of the second plan with what went away put in its old place. */
  readonly depth: number
  readonly isLast: boolean
  readonly parent: DiffRow | null
  /** The own time after less that before, ms; null where either was not timed, 0 within the noise. */
  readonly deltaMs: number | null
  /** Whether the difference is within what rounding and two runs of the same plan differ by. */
  readonly isNoise: boolean
}

/** A setting that differs (EXPLAIN's SETTINGS): null where it has its default. */
export interface SettingChange {
  readonly name: string
  readonly before: string | null
  readonly after: string | null
}

export interface PlanDiff {
  readonly before: PlanModel
  readonly after: PlanModel
  readonly rows: readonly DiffRow[]
  readonly settings: readonly SettingChange[]
  /** Findings of the second that the first has not, and the other way round. */
  readonly newFindings: readonly Finding[]
  readonly resolvedFindings: readonly Finding[]
}

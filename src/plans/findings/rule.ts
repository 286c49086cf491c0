/** A rule as data. */
import type { RuleContext } from './context.ts'
import type { Found } from './finding.ts'

export interface Rule {
  /** `sort-on-disk`: how findings and `docs` name it; never changed once published. */
  readonly id: string
  /** What it looks for and when it speaks, one sentence with its thresholds. */
  readonly about: string
  /** Where its trigger and advice come from: a section of the manual, a view, a peer. */
  readonly source: string
  find(context: RuleContext): readonly Found[]
}

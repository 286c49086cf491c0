/** What is asked of the server about one backend, and how each answer reads. */
import type { Entry, Row, Value } from '#queries/define.ts'
import type { Session } from '#src/activity/sessions.ts'
import type { Failure } from '#src/server/contract.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'

/** What an entry last answered about the backend, and why there is nothing newer. */
export interface Findings {
  readonly rows: readonly Row[]
  readonly failure: Failure | null
}

/** One question, with its parameters for this backend. */
export interface Section {
  readonly title: string
  readonly entry: Entry
  readonly parameters: readonly Value[]
  /** No lines when there is nothing to tell. */
  lines(findings: Findings, width: number, theme: Theme): readonly Drawable[]
}

/** The sections for a session; those that make no sense for it are left out. */
export function sectionsFor(_session: Session): readonly Section[] {
  return []
}

/** What the detail and the keys of the Locks screen need of its model. */
import type { Remedy } from '#src/locks/advice.ts'
import type { LockAnalysis } from '#src/locks/analysis.ts'
import type { Party } from '#src/locks/party.ts'
import type { App } from '#src/ui/app.ts'
import type { LiveTable } from '#src/ui/live-table.ts'
import type { LocksTableRow } from '#src/view/locks/rows.ts'

export interface LocksContext {
  readonly app: App
  readonly table: LiveTable<LocksTableRow>
  readonly analysis: LockAnalysis | null
  readonly detail: { readonly party: Party } | null
  /** The party that keys act on: the one in the detail, or under the cursor. */
  readonly chosen: Party | null
  /** Those that cancel and terminate are aimed at: the one in the detail, or the tagged ones. */
  readonly targets: readonly Party[]
  /** Those that the advice on the screen would do this to, while no row was chosen; else none. */
  advised(action: Remedy['action']): readonly Party[]
  /** Opens the detail of the row under the cursor, or what is drawn together in it. */
  enter(): void
  closeDetail(): void
  /** Puts the cursor on a party in the tree, unfolding what hides it. */
  goToParty(party: Party): void
  /** The whole text of the chosen session's query, raw; null when none is known. */
  fullQuery(): Promise<string | null>
}

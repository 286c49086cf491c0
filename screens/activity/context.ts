/** What the detail and the keys of the Activity screen need of its model. */
import type { Session, Sessions } from '#src/activity/sessions.ts'
import type { App } from '#src/ui/app.ts'
import type { LiveTable } from '#src/ui/live-table.ts'

export interface ActivityContext {
  readonly app: App
  readonly table: LiveTable<Session>
  /** The sessions of the newest snapshot, hidden ones among them. */
  readonly sessions: Sessions
  /** The open detail, if there is one. */
  readonly detail: { readonly session: Session } | null
  /** The session that keys act on: the one in the detail, or under the cursor. */
  readonly chosen: Session | null
  openDetail(session: Session): void
  closeDetail(): void
  /** The whole text of the chosen session's query, raw; null when none is known. */
  fullQuery(): Promise<string | null>
  /** Tells after each new snapshot of the sessions or of their locks. */
  onSnapshot(listener: () => void): () => void
}

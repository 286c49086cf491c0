/** What the detail and the keys of the Indexes screen need of its model. */
import type { Item } from '#src/indexes/item.ts'
import type { Ask } from '#src/reading/ask.ts'
import type { App } from '#src/ui/app.ts'
import type { LiveTable } from '#src/ui/live-table.ts'
import type { Beside } from './columns.ts'

export interface IndexesContext {
  readonly app: App
  readonly table: LiveTable<Item>
  /** All items of the newest reading. */
  readonly items: readonly Item[]
  readonly beside: Beside
  /** Asks about the database that is shown. */
  readonly ask: Ask
  /** The open detail, if there is one. */
  readonly detail: { readonly item: Item } | null
  /** The item that keys act on: the one in the detail, or under the cursor. */
  readonly chosen: Item | null
  openDetail(item: Item): void
  closeDetail(): void
  /** Shows only the indexes of a table, or again all. */
  toggleTable(): void
  /** Tells after each new reading. */
  onReading(listener: () => void): () => void
}

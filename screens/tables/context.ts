/** What the detail and the keys of the Tables screen need of its model. */
import type { Ask } from '#src/reading/ask.ts'
import type { TableReading } from '#src/reading/tables.ts'
import type { TableItem } from '#src/tables/item.ts'
import type { TableReport } from '#src/tables/items.ts'
import type { SequenceState } from '#src/tables/sequences.ts'
import type { App } from '#src/ui/app.ts'
import type { LiveTable } from '#src/ui/live-table.ts'
import type { Beside } from './columns.ts'

export interface TablesContext {
  readonly app: App
  readonly table: LiveTable<TableItem>
  readonly sequences: LiveTable<SequenceState>
  /** Whether the sequences are shown instead of the tables. */
  readonly showsSequences: boolean
  /** What was worked out of the newest reading; null before the first. */
  readonly report: TableReport | null
  readonly reading: TableReading | null
  readonly beside: Beside
  /** Asks about the database that is shown. */
  readonly ask: Ask
  /** The open detail, if there is one. */
  readonly detail: { readonly item: TableItem } | null
  openDetail(item: TableItem): void
  closeDetail(): void
  /** Tells after each new reading. */
  onReading(listener: () => void): () => void
}

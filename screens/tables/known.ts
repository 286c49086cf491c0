/** All that the detail of a table draws. */
import type { EntryRow } from '#queries/define.ts'
import type { tableDetail } from '#queries/table-detail.ts'
import type { Failure } from '#src/server/contract.ts'
import type { VacuumProgressRow } from '#src/tables/case.ts'
import type { XminHolder } from '#src/tables/horizon.ts'
import type { TableItem } from '#src/tables/item.ts'
import type { Shown } from '#src/ui/catalog-detail.ts'
import type { Beside } from './columns.ts'

/** What belongs to the table, or why it is not known. */
export interface Belongings {
  /** Null where the table is gone. */
  readonly row: EntryRow<typeof tableDetail> | null
  readonly failure: Failure | null
}

export interface Detail extends Shown<TableItem, Belongings> {
  readonly beside: Beside
  /** The worst first. */
  readonly holders: readonly XminHolder[]
  /** Of this table and its TOAST table. */
  readonly progress: readonly VacuumProgressRow[]
  readonly roleNames: ReadonlyMap<number, string>
}

/** The views of the Tables screen. */
import { REPORTED_RATIO } from '#src/bloat/estimate.ts'
import { severityOf, type TableItem } from '#src/tables/item.ts'

export type TableViewId = 'findings' | 'vacuum' | 'freeze' | 'bloated' | 'all'
export type ViewId = TableViewId | 'sequences'

/** The views with their keys, in the order of the line. */
export const VIEWS = [
  { id: 'findings', key: 'f', label: 'findings', title: 'Show tables that something is wrong with' },
  { id: 'vacuum', key: 'v', label: 'vacuum due', title: 'Show tables that a vacuum or analyze is due for' },
  { id: 'freeze', key: 'z', label: 'freeze', title: 'Show tables whose transaction ids grow old' },
  { id: 'bloated', key: 'b', label: 'bloated', title: 'Show bloated tables' },
  { id: 'all', key: 'A', label: 'all', title: 'Show all tables' },
  { id: 'sequences', key: 'Q', label: 'sequences', title: 'Show sequences, the fullest first' },
] as const satisfies readonly {
  readonly id: ViewId
  readonly key: string
  readonly label: string
  readonly title: string
}[]

/** Older than this share of the age at which autovacuum comes by force, a table is worth a look. */
const OLD = 0.8

/** Whether a table is in a view. */
export function isIn(view: TableViewId, item: TableItem): boolean {
  const { need, toastNeed, freeze, bloat } = item
  switch (view) {
    case 'findings':
      return severityOf(item) !== null && severityOf(item) !== 'info'
    case 'vacuum':
      return (
        need?.vacuumDue === true ||
        need?.analyzeDue === true ||
        need?.hasManyDead === true ||
        toastNeed?.vacuumDue === true
      )
    case 'freeze':
      return Math.max(freeze?.xid?.ofMaxAge ?? 0, freeze?.mxid?.ofMaxAge ?? 0) >= OLD
    case 'bloated':
      return bloat?.isKnown === true && bloat.ratio >= REPORTED_RATIO
    case 'all':
      return true
  }
}

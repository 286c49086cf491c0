/** Whether updates of a table are heap-only (manual: Heap-Only Tuples), and what keeps them from it. */
import type { TableFacts } from './facts.ts'

export interface HotUpdates {
  /** Since the statistics began. */
  readonly updates: number
  /** Share of them that needed no new index entry; null without any. */
  readonly hotRatio: number | null
  /** Share whose new version did not fit on its page; null before 16 and without any. */
  readonly newPageRatio: number | null
  /** Share that stayed on the page and still needed index entries: an indexed column changed; null before 16. */
  readonly indexedRatio: number | null
  /** What keeps most of the others from it; null where nothing does or it is not known (before 16). */
  readonly blockedBy: 'indexed column' | 'full pages' | null
}

/** HOT updates by the counters of the table; a partitioned table has none of its own. */
export function hotUpdates({ row }: TableFacts): HotUpdates {
  const updates = Number(row.n_tup_upd ?? 0)
  const hot = Number(row.n_tup_hot_upd ?? 0)
  const newPage = row.n_tup_newpage_upd === null ? null : Number(row.n_tup_newpage_upd)
  const share = (part: number) => (updates === 0 ? null : Math.min(1, Math.max(0, part / updates)))
  // The three counters are not read in one moment.
  const indexed = newPage === null ? null : Math.max(0, updates - hot - newPage)
  return {
    updates,
    hotRatio: share(hot),
    newPageRatio: newPage === null ? null : share(newPage),
    indexedRatio: indexed === null ? null : share(indexed),
    blockedBy:
      newPage === null || indexed === null || newPage + indexed === 0
        ? null
        : indexed > newPage
          ? 'indexed column'
          : 'full pages',
  }
}

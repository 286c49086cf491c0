/** One line of what is known of the tables of a database. */
import type { BloatEstimate } from '#src/bloat/estimate.ts'
import type { Severity } from './finding.ts'
import type { TableVerdict } from './verdicts.ts'

/** A table with its verdicts. */
export interface TableItem extends TableVerdict {
  /** Stays the same across readings. */
  readonly key: string
  /** Null where no estimate was tried. */
  readonly bloat: BloatEstimate | null
}

/** The most urgent of its findings; null without any. */
export function severityOf({ findings }: TableItem): Severity | null {
  return findings[0]?.severity ?? null
}

/** Blocks of a table with all that belongs to it, or of its partitions together. */
export function pagesOf({ facts, totals }: TableItem): number {
  return totals?.pages ?? facts.pages
}

/** Rows as last counted; null where they never were. */
export function rowsOf({ facts, totals }: TableItem): number | null {
  return totals === null ? facts.target.rows : totals.rows
}

/** Dead rows by the statistics, of its partitions together. */
export function deadOf({ facts, totals }: TableItem): number {
  return totals?.dead ?? facts.target.dead
}

/** A table with all that was worked out of it, and what the rules know besides. */
import type { EntryRow } from '#queries/define.ts'
import type { vacuumProgress } from '#queries/vacuum-progress.ts'
import type { TableFacts } from './facts.ts'
import type { TableFinding } from './finding.ts'
import type { FreezeState } from './freeze.ts'
import type { XminHolder } from './horizon.ts'
import type { HotUpdates } from './hot.ts'
import type { PartitionTotals } from './partitions.ts'
import type { AutovacuumSettings } from './settings.ts'
import type { VacuumNeed } from './vacuum.ts'

/** A row of the entry `vacuum-progress`. */
export type VacuumProgressRow = EntryRow<typeof vacuumProgress>

/** What is so for all tables of the database. */
export interface TableContext {
  readonly settings: AutovacuumSettings
  readonly versionNum: number
  /** A standby counts no dead rows and no changes, and runs no VACUUM: what rests on these is not said there. */
  readonly inRecovery: boolean
  /** By rank. */
  readonly holders: readonly XminHolder[]
  readonly progress: readonly VacuumProgressRow[]
  /** Of the server's clock, seconds since the epoch; null where it was not asked: ages of times are not used then. */
  readonly nowSeconds: number | null
}

/** One table, worked out. */
export interface TableCase {
  readonly facts: TableFacts
  /** Null on a standby, for partitioned and for temporary tables, to which autovacuum never comes. */
  readonly need: VacuumNeed | null
  /** The same for its TOAST table; null without one too. */
  readonly toastNeed: VacuumNeed | null
  readonly freeze: FreezeState
  readonly hot: HotUpdates
  /** Null for a table that is not partitioned. */
  readonly totals: PartitionTotals | null
  /** Whether UPDATE or DELETE of it is published, by itself or as a partition. */
  readonly isPublished: boolean
}

/** Says one thing of a table, or nothing. */
export type TableRule = (table: TableCase, context: TableContext) => TableFinding | null

/** Pages below which dead rows, statistics and scans cost nothing to speak of: 1 MB. */
export const SMALL_PAGES = 128

/** Pages of a table that is worth a warning: 10 MB (postgres_dba). */
export const LARGE_PAGES = 1280

/** How long ago a time of the catalog is, in seconds; null where it or the clock is not known. */
export function secondsSince(time: string | null, { nowSeconds }: TableContext): number | null {
  if (time === null || nowSeconds === null) return null
  return Math.max(0, nowSeconds - Date.parse(time) / 1000)
}

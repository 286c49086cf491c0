/** What one reading of the catalogs tells of the indexes of a database. */
import type { columnStatistics } from '#queries/column-statistics.ts'
import type { EntryRow } from '#queries/define.ts'
import type { foreignKeys } from '#queries/foreign-keys.ts'
import type { indexBuilds } from '#queries/index-builds.ts'
import type { relationLocks } from '#queries/relation-locks.ts'
import type { statisticsSince } from '#queries/statistics-since.ts'
import type { IndexRow } from './facts.ts'
import type { Unattached } from './structure/whole.ts'

/** The rows that the verdicts are made of. */
export interface IndexRows {
  /** False while only a part is known, on which no verdict can rest. */
  readonly isWhole: boolean
  readonly facts: {
    readonly versionNum: number
    readonly inRecovery: boolean
    readonly extensions: Readonly<Record<string, unknown>>
  }
  /** False where something that an index may be needed for could not be read. */
  readonly isGuarded: boolean
  readonly rows: readonly IndexRow[]
  readonly foreignKeys: readonly EntryRow<typeof foreignKeys>[]
  readonly locks: readonly EntryRow<typeof relationLocks>[]
  /** Null where they could not be read. */
  readonly builds: readonly EntryRow<typeof indexBuilds>[] | null
  readonly unattached: readonly Unattached[]
  /** Null where it is not known. */
  readonly statistics: EntryRow<typeof statisticsSince> | null
  readonly columns: readonly EntryRow<typeof columnStatistics>[]
}

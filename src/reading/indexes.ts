/** One reading of all that the verdicts on indexes need. */
import type { columnStatistics } from '#queries/column-statistics.ts'
import type { Entry, EntryRow, ServerFacts } from '#queries/define.ts'
import { foreignKeys } from '#queries/foreign-keys.ts'
import { indexBuilds } from '#queries/index-builds.ts'
import { indexes } from '#queries/indexes.ts'
import { LARGEST_INDEXES, largestIndexes } from '#queries/largest-indexes.ts'
import { relationLocks } from '#queries/relation-locks.ts'
import { statisticsSince } from '#queries/statistics-since.ts'
import { unattachedPartitions } from '#queries/unattached-partitions.ts'
import { type Ask, Asker, type Read } from './ask.ts'
import { readColumnStatistics } from './column-statistics.ts'

/** What is asked, for whoever wants to see the SQL. */
export const INDEX_ENTRIES: readonly Entry[] = [
  indexes,
  foreignKeys,
  statisticsSince,
  relationLocks,
  indexBuilds,
  unattachedPartitions,
]

/** The rows of one moment, as near as several statements can be. */
export interface IndexReading {
  readonly database: string
  /** False for the largest indexes alone, while all are being read: no verdict can rest on a part. */
  readonly isWhole: boolean
  readonly facts: ServerFacts
  /** False where something that an index may be needed for could not be read. */
  readonly isGuarded: boolean
  readonly rows: readonly EntryRow<typeof indexes>[]
  readonly foreignKeys: readonly EntryRow<typeof foreignKeys>[]
  readonly locks: readonly EntryRow<typeof relationLocks>[]
  /** Null where they could not be read. */
  readonly builds: readonly EntryRow<typeof indexBuilds>[] | null
  readonly unattached: readonly EntryRow<typeof unattachedPartitions>[]
  /** Null where it is not known. */
  readonly statistics: EntryRow<typeof statisticsSince> | null
  /** Of the largest tables and indexes. */
  readonly columns: readonly EntryRow<typeof columnStatistics>[]
}

/**
 * Reads them one after another; `preview` hears of the largest ones before, so that a large database has a first page
 * soon. The indexes are a must, without the others their verdicts are missing. What builds
 * indexes is read before and after: one that ends or begins meanwhile would look like the remains of a failed build.
 */
export async function readIndexes(
  ask: Ask,
  facts: ServerFacts,
  preview?: (value: IndexReading) => void,
): Promise<Read<IndexReading>> {
  const asker = new Asker(ask)
  if (preview !== undefined) {
    const largest = await ask(largestIndexes)
    // Fewer are read in no time.
    if (largest.ok && largest.rows.length >= LARGEST_INDEXES) preview(previewOf(largest.rows, facts))
  }
  const before = await readBuilds(asker)
  const outcome = await ask(indexes)
  if (!outcome.ok) return outcome
  const { rows } = outcome
  const after = await readBuilds(asker)
  const unattached = await asker.rows('partitions without their part of an index', unattachedPartitions)
  const keys = await asker.rows('foreign keys', foreignKeys)
  const [statistics = null] = await asker.rows('since when scans are counted', statisticsSince)
  // What follows only tells of bloat.
  const isGuarded = asker.gaps.length === 0
  const tables = new Map(rows.map(({ indexrelid, indrelid }) => [indexrelid ?? 0, indrelid ?? 0]))
  const columns = await readColumnStatistics(
    asker,
    rows.map(({ indexrelid, relpages }) => ({ oid: indexrelid ?? 0, pages: Number(relpages ?? 0) })),
    (oid) => [tables.get(oid) ?? 0],
  )
  return {
    ok: true,
    value: {
      database: facts.database,
      isWhole: true,
      facts,
      isGuarded,
      rows,
      foreignKeys: keys,
      locks: [...before.locks, ...after.locks],
      builds: before.builds === null || after.builds === null ? null : [...before.builds, ...after.builds],
      unattached,
      statistics,
      columns,
    },
    gaps: asker.gaps,
  }
}

/** Columns that were not asked for are unknown. */
const UNKNOWN = Object.fromEntries(indexes.columns.map(({ id }) => [id, null])) as EntryRow<typeof indexes>

function previewOf(rows: readonly EntryRow<typeof largestIndexes>[], facts: ServerFacts): IndexReading {
  return {
    database: facts.database,
    isWhole: false,
    facts,
    isGuarded: false,
    rows: rows.map((row) => ({ ...UNKNOWN, ...row })),
    foreignKeys: [],
    locks: [],
    builds: null,
    unattached: [],
    statistics: null,
    columns: [],
  }
}

async function readBuilds(asker: Asker) {
  const known = asker.gaps.length
  const builds = await asker.rows('indexes being built', indexBuilds)
  const isRead = asker.gaps.length === known
  return { builds: isRead ? builds : null, locks: await asker.rows('locks of DDL', relationLocks) }
}

/** One reading of all that is known of tables and sequences. */
import { autovacuumSettings } from '#queries/autovacuum-settings.ts'
import type { columnStatistics } from '#queries/column-statistics.ts'
import type { Entry, EntryRow, ServerFacts } from '#queries/define.ts'
import { LARGEST_TABLES, largestTables } from '#queries/largest-tables.ts'
import { sequences } from '#queries/sequences.ts'
import { statisticsSince } from '#queries/statistics-since.ts'
import { tables } from '#queries/tables.ts'
import { vacuumProgress } from '#queries/vacuum-progress.ts'
import { xminHolders } from '#queries/xmin-holders.ts'
import { type Ask, Asker, type Read } from './ask.ts'
import { readColumnStatistics } from './column-statistics.ts'

/** What is asked, for whoever wants to see the SQL. */
export const TABLE_ENTRIES: readonly Entry[] = [
  tables,
  autovacuumSettings,
  statisticsSince,
  xminHolders,
  vacuumProgress,
  sequences,
]

/** The rows of one moment, as near as several statements can be. */
export interface TableReading {
  readonly database: string
  /** False for the largest tables alone, while all are being read: no verdict can rest on a part. */
  readonly isWhole: boolean
  readonly facts: ServerFacts
  readonly rows: readonly EntryRow<typeof tables>[]
  /** Null where they are not known. */
  readonly settings: EntryRow<typeof autovacuumSettings> | null
  readonly statistics: EntryRow<typeof statisticsSince> | null
  readonly holders: readonly EntryRow<typeof xminHolders>[]
  readonly progress: readonly EntryRow<typeof vacuumProgress>[]
  readonly sequences: readonly EntryRow<typeof sequences>[]
  /** Of the largest tables. */
  readonly columns: readonly EntryRow<typeof columnStatistics>[]
}

/**
 * Reads them one after another; `preview` hears of the largest ones before, so that a large database has a first page
 * soon. The tables are a must, without the others their verdicts are missing.
 */
export async function readTables(
  ask: Ask,
  facts: ServerFacts,
  preview?: (value: TableReading) => void,
): Promise<Read<TableReading>> {
  if (preview !== undefined) {
    const largest = await ask(largestTables)
    // Fewer are read in no time.
    if (largest.ok && largest.rows.length >= LARGEST_TABLES) preview(previewOf(largest.rows, facts))
  }
  const outcome = await ask(tables)
  if (!outcome.ok) return outcome
  const { rows } = outcome
  const asker = new Asker(ask)
  const [settings = null] = await asker.rows('settings of autovacuum', autovacuumSettings)
  const [statistics = null] = await asker.rows('since when rows are counted', statisticsSince)
  const holders = await asker.rows('who holds back VACUUM', xminHolders)
  const progress = await asker.rows('progress of VACUUM', vacuumProgress)
  const read = await asker.rows('sequences', sequences)
  const columns = await readColumnStatistics(
    asker,
    rows.map(({ oid, relpages }) => ({ oid: oid ?? 0, pages: Number(relpages ?? 0) })),
  )
  return {
    ok: true,
    value: {
      database: facts.database,
      isWhole: true,
      facts,
      rows,
      settings,
      statistics,
      holders,
      progress,
      sequences: read,
      columns,
    },
    gaps: asker.gaps,
  }
}

/** Columns that were not asked for are unknown. */
const UNKNOWN = Object.fromEntries(tables.columns.map(({ id }) => [id, null])) as EntryRow<typeof tables>

function previewOf(rows: readonly EntryRow<typeof largestTables>[], facts: ServerFacts): TableReading {
  return {
    database: facts.database,
    isWhole: false,
    facts,
    rows: rows.map((row) => ({ ...UNKNOWN, ...row })),
    settings: null,
    statistics: null,
    holders: [],
    progress: [],
    sequences: [],
    columns: [],
  }
}

/** All that is to be said of the tables of a database, from one reading of its catalogs. */
import type { autovacuumSettings } from '#queries/autovacuum-settings.ts'
import type { columnStatistics } from '#queries/column-statistics.ts'
import type { EntryRow } from '#queries/define.ts'
import type { statisticsSince } from '#queries/statistics-since.ts'
import { type BloatEstimate, isWorthAReport } from '#src/bloat/estimate.ts'
import { bytes, percent } from '#src/text/units.ts'
import { tableBloat } from './bloat.ts'
import type { VacuumProgressRow } from './case.ts'
import type { TableRow } from './facts.ts'
import { bySeverity, type TableFinding } from './finding.ts'
import { rankHolders, type XminHolder, type XminHolderRow } from './horizon.ts'
import type { TableItem } from './item.ts'
import { type SequenceRow, type SequenceState, sequenceState } from './sequences.ts'
import { autovacuumSettingsOf } from './settings.ts'
import { type TableVerdict, tableVerdicts } from './verdicts.ts'

/** The rows that the verdicts are made of. */
export interface TableRows {
  /** False while only a part is known, on which no verdict can rest. */
  readonly isWhole: boolean
  readonly facts: {
    readonly versionNum: number
    readonly inRecovery: boolean
    readonly ownPids: readonly number[]
  }
  readonly rows: readonly TableRow[]
  /** Null where they are not known: PostgreSQL's defaults are taken. */
  readonly settings: EntryRow<typeof autovacuumSettings> | null
  readonly statistics: EntryRow<typeof statisticsSince> | null
  readonly holders: readonly XminHolderRow[]
  readonly progress: readonly VacuumProgressRow[]
  readonly sequences: readonly SequenceRow[]
  readonly columns: readonly EntryRow<typeof columnStatistics>[]
}

/** What the screen and the command show. */
export interface TableReport {
  readonly items: readonly TableItem[]
  /** Who holds back VACUUM, the worst first. */
  readonly holders: readonly XminHolder[]
  /** The fullest first. */
  readonly sequences: readonly SequenceState[]
}

/** Works out every table and sequence. */
export function tableReportOf(reading: TableRows): TableReport {
  const { facts, settings, statistics, progress } = reading
  const holders = rankHolders(reading.holders, facts.ownPids)
  const columns = Map.groupBy(reading.columns, ({ relid }) => relid ?? 0)
  const verdicts = tableVerdicts(reading.rows, {
    settings: autovacuumSettingsOf(settings ?? {}),
    versionNum: facts.versionNum,
    inRecovery: facts.inRecovery,
    holders,
    progress,
    nowSeconds: statistics?.now == null ? null : Date.parse(statistics.now) / 1000,
  })
  return {
    items: !reading.isWhole
      ? verdicts.map(unjudged)
      : verdicts.map((verdict) => itemOf(verdict, columns.get(verdict.facts.oid) ?? null, facts.inRecovery)),
    holders,
    sequences: reading.sequences
      .map(sequenceState)
      .toSorted((a, b) => (b.usedRatio ?? -1) - (a.usedRatio ?? -1)),
  }
}

function unjudged(verdict: TableVerdict): TableItem {
  const { facts } = verdict
  return { ...verdict, key: keyOf(facts.oid), need: null, toastNeed: null, bloat: null, findings: [] }
}

function keyOf(oid: number): string {
  return `table ${oid}`
}

function itemOf(
  verdict: TableVerdict,
  columns: readonly EntryRow<typeof columnStatistics>[] | null,
  inRecovery: boolean,
): TableItem {
  const { facts } = verdict
  const bloat =
    columns === null
      ? null
      : tableBloat(facts, columns, {
          changedRows: inRecovery ? null : facts.target.changed,
          exactBytes: null,
        })
  const bloated = bloat === null ? [] : bloatFinding(verdict, bloat)
  return {
    ...verdict,
    key: keyOf(facts.oid),
    bloat,
    findings: [...verdict.findings, ...bloated].toSorted(bySeverity),
  }
}

function bloatFinding({ facts }: TableVerdict, bloat: BloatEstimate): readonly TableFinding[] {
  if (!bloat.isKnown || !isWorthAReport(bloat)) return []
  return [
    {
      id: 'bloat',
      severity: 'warning',
      sentence: `about ${bytes(bloat.bytes)} of it (${percent(bloat.ratio)}) is air`,
      evidence: [`written anew, its rows would take about ${bytes(bloat.expectedBytes)}`],
      confidence: bloat.confidence,
      remedy: {
        sql: [`VACUUM (FULL, VERBOSE) ${facts.sqlName};`],
        notes: [
          'Takes ACCESS EXCLUSIVE for as long as it rewrites the table, and room for a second copy: pg_repack does it online.',
          'First see to what keeps dead rows, or it grows again.',
        ],
      },
      caveats: bloat.caveats,
    },
  ]
}

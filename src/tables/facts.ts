/** A table as the verdicts see it: the row of the catalog with numbers as numbers, and its TOAST table beside it. */
import type { EntryRow } from '#queries/define.ts'
import type { tables } from '#queries/tables.ts'
import { qualified } from '#src/text/identifiers.ts'
import { integerOption, type StorageOptions, storageOptions } from '#src/text/storage-options.ts'
import { later } from '#src/text/times.ts'

/** A row of the entry `tables`. */
export type TableRow = EntryRow<typeof tables>

/** What autovacuum looks at; a TOAST table has the same, apart from ANALYZE. */
export interface VacuumTarget {
  /** Null where never counted. */
  readonly rows: number | null
  readonly pages: number
  /** Pages that are all-frozen; null before 18, where nobody counted them. */
  readonly frozenPages: number | null
  readonly dead: number
  readonly inserted: number
  /** Rows changed since the last ANALYZE; null for TOAST, which is never analyzed. */
  readonly changed: number | null
  /** Ages in ids; null where there is none. */
  readonly freezeAge: number | null
  readonly mxidAge: number | null
  /** Those that count for it. */
  readonly options: StorageOptions
}

/** A table; names are raw. */
export interface TableFacts {
  readonly row: TableRow
  readonly oid: number
  readonly schema: string
  readonly name: string
  /** `schema.name` with quotes where SQL needs them. */
  readonly sqlName: string
  /** Without rows of its own. */
  readonly isPartitioned: boolean
  /** Of some session, the only one that can vacuum it. */
  readonly isTemporary: boolean
  readonly parent: number | null
  readonly target: VacuumTarget
  readonly toast: VacuumTarget | null
  /** Pages at the last VACUUM or ANALYZE: of the table, its indexes, its TOAST table with index, and all of these. */
  readonly heapPages: number
  readonly indexPages: number
  readonly toastPages: number
  readonly pages: number
  readonly live: number
  /** Percent of a page that INSERT fills. */
  readonly fillfactor: number
  /** ISO 8601 in UTC, by hand or by autovacuum; null for none known. */
  readonly lastVacuum: string | null
  readonly lastAnalyze: string | null
}

/** Takes a row apart. */
export function tableFactsOf(row: TableRow): TableFacts {
  const schema = row.schema ?? ''
  const name = row.table ?? ''
  const options = storageOptions(row.reloptions)
  const [heapPages, indexPages, toastPages] = [row.relpages, row.index_pages, row.toast_pages].map(
    number,
  ) as [number, number, number]
  return {
    row,
    oid: row.oid ?? 0,
    schema,
    name,
    sqlName: qualified(schema, name),
    isPartitioned: row.kind === 'p',
    isTemporary: row.persistence === 't',
    parent: row.parent,
    target: {
      rows: orNull(row.reltuples),
      pages: heapPages,
      frozenPages: orNull(row.relallfrozen),
      dead: number(row.n_dead_tup),
      inserted: number(row.n_ins_since_vacuum),
      changed: number(row.n_mod_since_analyze),
      freezeAge: orNull(row.freeze_age),
      mxidAge: orNull(row.mxid_age),
      options,
    },
    toast: toastOf(row, options),
    heapPages,
    indexPages,
    toastPages,
    pages: heapPages + indexPages + toastPages,
    live: number(row.n_live_tup),
    fillfactor: integerOption(options, 'fillfactor') ?? 100,
    lastVacuum: later(row.last_vacuum, row.last_autovacuum),
    lastAnalyze: later(row.last_analyze, row.last_autoanalyze),
  }
}

function toastOf(row: TableRow, optionsOfTable: StorageOptions): VacuumTarget | null {
  if (row.toast_oid === null) return null
  return {
    rows: orNull(row.toast_reltuples),
    pages: number(row.toast_relpages),
    frozenPages: orNull(row.toast_relallfrozen),
    dead: number(row.toast_n_dead_tup),
    inserted: number(row.toast_n_ins_since_vacuum),
    changed: null,
    freezeAge: orNull(row.toast_freeze_age),
    mxidAge: orNull(row.toast_mxid_age),
    // Any parameter of its own, and none of the table's counts (autovacuum.c, do_autovacuum).
    options: storageOptions(row.toast_reloptions) ?? optionsOfTable,
  }
}

function number(value: number | bigint | null): number {
  return Number(value ?? 0)
}

function orNull(value: number | bigint | null): number | null {
  return value === null ? null : Number(value)
}

/** `pgtriage tables`: what the Tables screen would say now. */
import process from 'node:process'
import type { Column, EntryRow, Row } from '#queries/define.ts'
import type { relationSizes } from '#queries/relation-sizes.ts'
import { tables as entry } from '#queries/tables.ts'
import { readExactSizes } from '#src/reading/exact-sizes.ts'
import { readTables } from '#src/reading/tables.ts'
import { deadOf, pagesOf, rowsOf, severityOf, type TableItem } from '#src/tables/item.ts'
import { tableReportOf } from '#src/tables/items.ts'
import type { SequenceState } from '#src/tables/sequences.ts'
import { unknownHere } from '#src/tables/verdicts.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import { BLOCK_BYTES, bytes, count, percent } from '#src/text/units.ts'
import type { ConnectionRequest } from './connect.ts'
import { EXIT, type Io } from './io.ts'
import { documentColumn } from './output/columns.ts'
import { csvDocument } from './output/csv.ts'
import { jsonLists } from './output/json.ts'
import { remedyBlocks } from './output/remedies.ts'
import { DEFAULT_WIDTH, type Format } from './output/rows.ts'
import { drawTable } from './output/table.ts'
import { readOnce } from './reading.ts'

export interface TablesRequest extends ConnectionRequest {
  readonly format: Format
  /** Cells of a line; the terminal's when not told. */
  readonly width?: number
}

/** Prints what is to be said of the tables; as JSON and CSV every table. Gives the exit code. */
export async function tables(request: TablesRequest, io: Io): Promise<number> {
  const answer = await readOnce(request, io, async (ask, facts) => {
    const read = await readTables(ask, facts)
    if (!read.ok) return read
    const oids = read.value.rows
      .filter(({ kind }) => kind !== 'p')
      .toSorted((a, b) => Number(b.relpages ?? 0) - Number(a.relpages ?? 0))
      .flatMap(({ oid }) => oid ?? [])
    return { ...read, value: { reading: read.value, sizes: await readExactSizes(ask, oids) } }
  })
  if (answer === null) return EXIT.usage
  const { reading, sizes } = answer.value
  const { items, sequences } = tableReportOf(reading)
  const standby = unknownHere(answer.facts)
  if (standby !== null) io.err(standby)
  if (request.format === 'table') {
    const shown = items
      .filter((item) => severityOf(item) === 'critical' || severityOf(item) === 'warning')
      .toSorted((a, b) => rank(a) - rank(b) || pagesOf(b) - pagesOf(a))
    const full = sequences.filter(({ severity }) => severity !== null)
    const width = request.width ?? process.stdout.columns ?? DEFAULT_WIDTH
    io.out(shown.length === 0 ? 'nothing is wrong with any table\n' : tableTable(shown, sizes, width))
    if (full.length > 0) io.out(`\n${sequenceTable(full, width)}`)
    io.out(remedyBlocks([...shown.flatMap(aboutTable), ...full.map(aboutSequence)]))
    io.err(`${items.length} tables, ${sequences.length} sequences in database ${answer.facts.database}`)
  } else if (request.format === 'csv') {
    io.out(
      csvDocument(
        COLUMNS,
        items.map((item) => rowOf(item, sizes)),
      ),
    )
  } else {
    io.out(
      jsonLists(
        { ...answer, command: 'tables', entry: entry.id },
        { rows: items.map((item) => rowOf(item, sizes)), sequences: sequences.map(sequenceOf) },
      ),
    )
  }
  return EXIT.ok
}

type Sizes = ReadonlyMap<number, EntryRow<typeof relationSizes>>

function rank(item: TableItem): number {
  return severityOf(item) === 'critical' ? 0 : 1
}

const COLUMNS: readonly Column[] = [
  documentColumn('schema', 'name'),
  documentColumn('table', 'name'),
  documentColumn('kind', 'text'),
  documentColumn('size_bytes', 'bytes'),
  documentColumn('size_exact', 'bool'),
  documentColumn('rows', 'count'),
  documentColumn('dead_rows', 'count'),
  documentColumn('vacuum_due', 'bool'),
  documentColumn('vacuum_threshold', 'count'),
  documentColumn('insert_threshold', 'count'),
  documentColumn('analyze_due', 'bool'),
  documentColumn('analyze_threshold', 'count'),
  documentColumn('last_vacuum', 'time'),
  documentColumn('last_analyze', 'time'),
  documentColumn('freeze_age', 'count'),
  documentColumn('freeze_max_age', 'count'),
  documentColumn('mxid_age', 'count'),
  documentColumn('mxid_max_age', 'count'),
  documentColumn('hot_ratio', 'ratio'),
  documentColumn('seq_scan', 'count'),
  documentColumn('seq_tup_read', 'count'),
  documentColumn('idx_scan', 'count'),
  documentColumn('bloat_bytes', 'bytes'),
  documentColumn('bloat_confidence', 'text'),
  documentColumn('severity', 'text'),
  documentColumn('findings', 'json'),
]

/** What a standby, a partitioned or a temporary table cannot tell is null. */
function rowOf(item: TableItem, sizes: Sizes): Row {
  const { facts, need, toastNeed, freeze, hot, bloat, findings } = item
  const exact = sizes.get(facts.oid)?.total_bytes ?? null
  return {
    schema: facts.schema,
    table: facts.name,
    kind: facts.row.kind,
    size_bytes: exact ?? pagesOf(item) * BLOCK_BYTES,
    size_exact: exact !== null,
    rows: rowsOf(item),
    dead_rows: need === null && item.totals === null ? null : deadOf(item),
    vacuum_due: need === null ? null : need.vacuumDue || toastNeed?.vacuumDue === true,
    vacuum_threshold: need?.vacuumThreshold ?? null,
    insert_threshold: need?.insertThreshold ?? null,
    analyze_due: need?.analyzeDue ?? null,
    analyze_threshold: need?.analyzeThreshold ?? null,
    last_vacuum: facts.lastVacuum,
    last_analyze: facts.lastAnalyze,
    freeze_age: freeze.xid?.age ?? null,
    freeze_max_age: freeze.xid?.maxAge ?? null,
    mxid_age: freeze.mxid?.age ?? null,
    mxid_max_age: freeze.mxid?.maxAge ?? null,
    hot_ratio: hot.hotRatio,
    seq_scan: facts.row.seq_scan,
    seq_tup_read: facts.row.seq_tup_read,
    idx_scan: facts.row.idx_scan,
    bloat_bytes: bloat?.isKnown === true ? Math.round(bloat.bytes) : null,
    bloat_confidence: bloat?.isKnown === true ? bloat.confidence : null,
    severity: severityOf(item),
    findings: findings.map(({ id, severity, sentence, evidence, confidence, remedy, caveats }) => ({
      id,
      severity,
      sentence,
      evidence,
      confidence,
      caveats,
      action: remedy?.sql.join('\n') ?? null,
    })),
  }
}

function sequenceOf({ row, usedRatio, limit, left, unknownBecause, severity, remedy }: SequenceState) {
  return {
    schema: row.schema,
    sequence: row.sequence,
    used_ratio: usedRatio,
    limit_by:
      limit.kind === 'sequence'
        ? 'sequence'
        : `${limit.column.schema}.${limit.column.table}.${limit.column.column} (${limit.column.type})`,
    limit: limit.value,
    left,
    reason: unknownBecause,
    severity,
    action: remedy?.sql.join('\n') ?? null,
  }
}

function aboutTable({ facts, findings }: TableItem) {
  return findings
    .filter(({ severity }) => severity !== 'info')
    .map(({ sentence, remedy }) => ({ about: `${facts.sqlName}: ${sentence}`, sql: remedy?.sql ?? [] }))
}

function aboutSequence({ sqlName, remedy }: SequenceState) {
  return { about: `${sqlName} runs out`, sql: remedy?.sql ?? [] }
}

function tableTable(items: readonly TableItem[], sizes: Sizes, width: number): string {
  return drawTable(
    [
      { label: safe`table` },
      { label: safe`size`, align: 'right' },
      { label: safe`rows`, align: 'right' },
      { label: safe`dead`, align: 'right' },
      { label: safe`what is wrong`, flexible: true },
    ],
    items.flatMap((item) =>
      item.findings
        .filter(({ severity }) => severity !== 'info')
        .map(({ severity, sentence }, at) => [
          at === 0 ? toSafeText(item.facts.sqlName) : safe``,
          at === 0
            ? bytes(Number(sizes.get(item.facts.oid)?.total_bytes ?? pagesOf(item) * BLOCK_BYTES))
            : safe``,
          at > 0 ? safe`` : rowsOf(item) === null ? safe`?` : count(rowsOf(item)),
          at === 0 ? count(deadOf(item)) : safe``,
          safe`${severity === 'critical' ? safe`!! ` : safe`! `}${toSafeText(sentence)}`,
        ]),
    ),
    width,
  )
}

function sequenceTable(sequences: readonly SequenceState[], width: number): string {
  return drawTable(
    [{ label: safe`sequence` }, { label: safe`used`, align: 'right' }, { label: safe`left`, align: 'right' }],
    sequences.map(({ sqlName, usedRatio, left }) => [
      toSafeText(sqlName),
      percent(usedRatio),
      left === null ? safe`` : safe`${left}`,
    ]),
    width,
  )
}

/** `pgtriage indexes`: what the Indexes screen would say now. */
import process from 'node:process'
import type { Column, EntryRow, Row } from '#queries/define.ts'
import { indexes as entry } from '#queries/indexes.ts'
import type { relationSizes } from '#queries/relation-sizes.ts'
import type { Item } from '#src/indexes/item.ts'
import { itemsOf } from '#src/indexes/items.ts'
import { readExactSizes } from '#src/reading/exact-sizes.ts'
import { readIndexes } from '#src/reading/indexes.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import { bytes, count } from '#src/text/units.ts'
import type { ConnectionRequest } from './connect.ts'
import { EXIT, type Io } from './io.ts'
import { documentColumn } from './output/columns.ts'
import { csvDocument } from './output/csv.ts'
import { jsonLists } from './output/json.ts'
import { remedyBlocks } from './output/remedies.ts'
import { DEFAULT_WIDTH, type Format } from './output/rows.ts'
import { drawTable } from './output/table.ts'
import { readOnce } from './reading.ts'

export interface IndexesRequest extends ConnectionRequest {
  readonly format: Format
  /** Days that scans have to be counted for before an index is called unused. */
  readonly statisticsDays: number
  /** Cells of a line; the terminal's when not told. */
  readonly width?: number
}

/** Prints what is to be said of the indexes; as JSON and CSV every index. Gives the exit code. */
export async function indexes(request: IndexesRequest, io: Io): Promise<number> {
  const answer = await readOnce(request, io, async (ask, facts) => {
    const read = await readIndexes(ask, facts)
    if (!read.ok) return read
    const largest = read.value.rows.toSorted((a, b) => Number(b.relpages ?? 0) - Number(a.relpages ?? 0))
    const oids = largest.flatMap(({ indexrelid, idx_scan }) =>
      indexrelid === null || idx_scan === null ? [] : [indexrelid],
    )
    return { ...read, value: { reading: read.value, sizes: await readExactSizes(ask, oids) } }
  })
  if (answer === null) return EXIT.usage
  const { reading, sizes } = answer.value
  const items = itemsOf(reading, request.statisticsDays)
  const own = items.filter(({ index }) => index !== null)
  if (request.format === 'table') {
    const shown = items.filter(({ verdict }) => verdict !== 'ok' && verdict !== 'unknown')
    const width = request.width ?? process.stdout.columns ?? DEFAULT_WIDTH
    io.out(
      shown.length === 0
        ? 'nothing to say of any index\n'
        : `${indexTable(shown, sizes, width)}${remedyBlocks(shown.map(aboutOf))}`,
    )
    io.err(`${own.length} indexes in database ${answer.facts.database}`)
  } else if (request.format === 'csv') {
    io.out(
      csvDocument(
        COLUMNS,
        own.map((item) => rowOf(item, sizes)),
      ),
    )
  } else {
    io.out(
      jsonLists(
        { ...answer, command: 'indexes', entry: entry.id },
        { rows: own.map((item) => rowOf(item, sizes)), foreign_keys: items.flatMap(foreignKeyOf) },
      ),
    )
  }
  return EXIT.ok
}

type Sizes = ReadonlyMap<number, EntryRow<typeof relationSizes>>

const COLUMNS: readonly Column[] = [
  documentColumn('schema', 'name'),
  documentColumn('table', 'name'),
  documentColumn('index', 'name'),
  documentColumn('structure', 'text'),
  documentColumn('covered_by', 'name'),
  documentColumn('usage', 'text'),
  documentColumn('usage_reason', 'text'),
  documentColumn('size_bytes', 'bytes'),
  documentColumn('size_exact', 'bool'),
  documentColumn('scans', 'count'),
  documentColumn('last_scan', 'time'),
  documentColumn('bloat_bytes', 'bytes'),
  documentColumn('bloat_confidence', 'text'),
  documentColumn('action', 'sql'),
  documentColumn('evidence', 'json'),
  documentColumn('confidence', 'text'),
]

function rowOf(item: Item, sizes: Sizes): Row {
  const { index, structure, usage, bloat, remedy } = item
  const exact = sizes.get(index?.oid ?? 0)?.main_bytes ?? null
  return {
    schema: item.schema,
    table: item.table,
    index: item.name,
    structure: structure?.structure ?? null,
    covered_by: item.coveredBy?.name ?? null,
    usage: usage?.usage ?? null,
    usage_reason: usage?.reason ?? null,
    size_bytes: exact ?? index?.bytes ?? null,
    size_exact: exact !== null,
    scans: index?.row.idx_scan ?? null,
    last_scan: index?.row.last_idx_scan ?? null,
    bloat_bytes: bloat?.isKnown === true ? Math.round(bloat.bytes) : null,
    bloat_confidence: bloat?.isKnown === true ? bloat.confidence : null,
    action: remedy === null ? null : remedy.sql.join('\n'),
    evidence: item.evidence,
    confidence: item.confidence,
  }
}

function foreignKeyOf({ foreignKey, remedy }: Item): readonly object[] {
  if (foreignKey === null) return []
  const { schema, table, constraint, columns, verdict, reason } = foreignKey
  return [{ schema, table, constraint, columns, verdict, reason, action: remedy?.sql.join('\n') ?? null }]
}

function aboutOf({ verdict, name, schema, table, remedy }: Item) {
  return { about: `${verdict}: ${name} on ${schema}.${table}`, sql: remedy?.sql ?? [] }
}

function indexTable(items: readonly Item[], sizes: Sizes, width: number): string {
  return drawTable(
    [
      { label: safe`verdict` },
      { label: safe`index` },
      { label: safe`table` },
      { label: safe`size`, align: 'right' },
      { label: safe`scans`, align: 'right' },
      { label: safe`why`, flexible: true },
    ],
    items.map((item) => [
      toSafeText(item.verdict),
      item.index === null ? safe`FK ${toSafeText(item.name)}` : toSafeText(item.name),
      toSafeText(`${item.schema}.${item.table}`),
      item.index === null || item.index.isPartitioned
        ? safe``
        : bytes(Number(sizes.get(item.index.oid)?.main_bytes ?? item.index.bytes)),
      item.index === null || item.index.row.idx_scan === null ? safe`` : count(item.index.row.idx_scan),
      toSafeText(item.why),
    ]),
    width,
  )
}

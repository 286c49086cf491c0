/** How much of a table is air: what it takes beside what it would take right after a VACUUM FULL. */
import {
  aligned,
  allStored,
  type ColumnStatistics,
  doubtOfWidth,
  meanBytes,
  type Shape,
  type StoredColumn,
  shapesOf,
  storedColumn,
} from '#src/bloat/columns.ts'
import {
  type BloatEstimate,
  type BloatWorld,
  bloatOf,
  type Doubt,
  doubtOfAge,
  doubtOfSize,
  unknownBloat,
} from '#src/bloat/estimate.ts'
import { BLOCK_BYTES } from '#src/text/units.ts'
import type { TableFacts } from './facts.ts'

/** Room on a page, and beside each row its line pointer. */
const ROOM = BLOCK_BYTES - 24
const LINE_POINTER = 4

/** The estimate for the pages of the rows themselves: those of TOAST are not modelled. */
export function tableBloat(
  table: TableFacts,
  columns: readonly ColumnStatistics[],
  world: BloatWorld,
): BloatEstimate {
  const { rows, pages } = table.target
  if (table.isPartitioned) return unknownBloat('it has no pages of its own: see its partitions')
  if (rows === null) return unknownBloat('its rows were never counted: VACUUM or ANALYZE it')
  const stored = allStored(
    columns.map((column) => storedColumn(column, { statistics: column, isComputed: false })),
  )
  if (typeof stored === 'string') return unknownBloat(stored)
  const actualBytes = world.exactBytes ?? pages * BLOCK_BYTES
  const attributes = Math.max(0, ...columns.map(({ relnatts }) => Number(relnatts ?? 0)))
  const expected = expectedPages(rows, table.fillfactor / 100, rowBytes(stored, attributes)) * BLOCK_BYTES
  return bloatOf(actualBytes, expected, [
    doubtOfAge(world, rows),
    doubtOfSize(actualBytes),
    doubtOfWidth(stored),
    doubtOfToast(table, stored),
  ])
}

/** Mean bytes of a row; `attributes` counts dropped columns too, which are NULL in every new row. */
function rowBytes(columns: readonly StoredColumn[], attributes: number): number {
  const withNulls = aligned(23 + Math.ceil(attributes / 8))
  const hasDropped = attributes > columns.length
  const bytesOf = (shape: Shape) => {
    const complete = hasDropped ? 0 : shape.present.reduce((product, share) => product * share, 1)
    return meanBytes(complete * 24 + (1 - complete) * withNulls, columns, shape)
  }
  return shapesOf(columns).reduce((sum, shape) => sum + shape.share * bytesOf(shape), 0)
}

function expectedPages(rows: number, fillfactor: number, bytes: number): number {
  const room = ROOM - Math.floor(BLOCK_BYTES * (1 - fillfactor))
  return Math.ceil(rows / Math.max(1, Math.floor(room / (bytes + LINE_POINTER))))
}

function doubtOfToast({ toastPages }: TableFacts, columns: readonly StoredColumn[]): Doubt | null {
  return toastPages > 1 && columns.some(({ varies, width }) => varies && width > 100)
    ? { confidence: 'medium', caveat: 'the pages of its TOAST table are not modelled' }
    : null
}

/** What CREATE INDEX would write for a btree (nbtsort.c and nbtdedup.c of PostgreSQL 13 to 18). */
import { aligned, meanBytes, type Shape, type StoredColumn, shapesOf } from '#src/bloat/columns.ts'
import { BLOCK_BYTES } from '#src/text/units.ts'

/** What goes into the index. */
export interface BtreeContents {
  readonly entries: number
  /** The key columns, then the INCLUDEd ones. */
  readonly columns: readonly StoredColumn[]
  /** Rows of the table, which the shares of distinct values are of. */
  readonly tableRows: number
  /** 0.1 to 1. */
  readonly fillfactor: number
  /** Whether equal keys are stored once with a list of row addresses. */
  readonly deduplicates: boolean
  /** Whether it holds some rows of the table only. */
  readonly isPartial: boolean
  /** How many distinct values there really are for each one in the statistics. */
  readonly missedValues: number
}

/** Room on a page: without its header and the special space of a btree. */
const ROOM = BLOCK_BYTES - 24 - 16
const LINE_POINTER = 4
const ROW_ADDRESS = 6
/** Pages above the leaves are filled to that (BTREE_NONLEAF_FILLFACTOR). */
const UPPER_FILLFACTOR = 0.7
/** A build ends a list of addresses, with its key, at a tenth of a page. */
const LONGEST_LIST = Math.floor((Math.floor(BLOCK_BYTES / 10 / 8) * 8 - LINE_POINTER) / 8) * 8

/** Bytes of the index right after a build. */
export function btreeBytes(contents: BtreeContents): number {
  const { entries, columns, isPartial } = contents
  // The rows that a condition picks may have no NULLs at all: what takes more is less of an alarm.
  const possible = isPartial ? [columns, columns.map((column) => ({ ...column, nulls: 0 }))] : [columns]
  const pages = possible.map((each) => pagesOf({ ...contents, columns: each }))
  // The first page describes the index; an empty one has no other.
  return (1 + (entries === 0 ? 0 : Math.max(...pages))) * BLOCK_BYTES
}

function pagesOf(contents: BtreeContents): number {
  const { columns, fillfactor, deduplicates, entries } = contents
  const levels = shapesOf(columns).map((shape) => {
    const key = keyBytes(columns, shape)
    const rows = entries * shape.share
    const keys = deduplicates ? Math.min(rows, Math.max(1, distinctKeys(contents, shape))) : rows
    const perPage = rowsPerPage({ key, rowsPerKey: keys === 0 ? 1 : rows / keys, fillfactor })
    return { key: key * shape.share, leaves: rows / perPage }
  })
  const key = levels.reduce((sum, level) => sum + level.key, 0)
  const leaves = Math.ceil(levels.reduce((sum, level) => sum + level.leaves, 0))
  // A key that is not unique has the address of its row in the pages above.
  return leaves + upperPages(leaves, key + (deduplicates ? 8 : 0))
}

/** A header of 8 bytes, or 16 where a value is NULL. */
function keyBytes(columns: readonly StoredColumn[], shape: Shape): number {
  const isComplete = shape.present.every((share) => share === 1)
  return meanBytes(isComplete ? 8 : 16, columns, shape)
}

/** As many combinations as there could be: what is taken for more keys is never taken for more bloat. */
function distinctKeys({ columns, tableRows, missedValues }: BtreeContents, { present }: Shape): number {
  return columns.reduce((product, { distinct, nulls }, at) => {
    if ((present[at] ?? 0) === 0) return product
    const values = Math.max(1, distinct < 0 ? -distinct * tableRows : distinct)
    return product * (nulls === 0 || present[at] === 1 ? values : values + 1)
  }, missedValues)
}

/** Upper pages are filled with one entry for each page below. */
function upperPages(pages: number, key: number): number {
  if (pages <= 1) return 0
  const above = Math.ceil(pages / rowsPerPage({ key, rowsPerKey: 1, fillfactor: UPPER_FILLFACTOR }))
  return above + upperPages(above, key)
}

/** Items of one kind: keys of that width, each with the addresses of that many rows. */
interface Level {
  readonly key: number
  readonly rowsPerKey: number
  readonly fillfactor: number
}

/** An item on a page: its bytes without line pointer, and how many rows it stands for. */
interface Item {
  readonly bytes: number
  readonly rows: number
}

/** So many pages are filled to know what goes on one. */
const FILLED_PAGES = 8

/**
 * Fills pages as a build does. A page is full when no further item fits, or with the item that crosses its fill factor,
 * of which the addresses do not count, since they would be cut off. The last item then moves to the next page, and its
 * key stays as the upper bound.
 */
function rowsPerPage(level: Level): number {
  const reserved = Math.floor(BLOCK_BYTES * (1 - level.fillfactor))
  if (level.rowsPerKey === 1) {
    // The same, without a step for each entry.
    const needed = level.key + LINE_POINTER
    const crossing = (ROOM - 2 * LINE_POINTER - reserved) / needed
    const fitting = (ROOM - LINE_POINTER - 8) / needed - 1
    return Math.max(1, Math.floor(Math.min(crossing, fitting)))
  }
  let [free, items, rows, pages, filled] = [ROOM - LINE_POINTER, 0, 0, 0, 0]
  let last: Item = { bytes: 0, rows: 0 }
  for (const item of itemsOf(level)) {
    const needed = item.bytes + LINE_POINTER
    const isCrossed = free - LINE_POINTER + (last.bytes - level.key) < reserved && items > 1
    if (items > 0 && (free < needed + 8 || isCrossed)) {
      filled += items > 1 ? rows - last.rows : rows
      pages += 1
      if (pages === FILLED_PAGES) break
      const moved = items > 1 ? last : { bytes: -LINE_POINTER, rows: 0 }
      free = ROOM - LINE_POINTER - (moved.bytes + LINE_POINTER)
      rows = moved.rows
      items = moved.rows > 0 ? 1 : 0
    }
    free -= needed
    rows += item.rows
    items += 1
    last = item
  }
  return filled / pages
}

/** Without end: each key as full lists of addresses and a rest, or as an entry alone. */
function* itemsOf({ key, rowsPerKey }: Level): Generator<Item> {
  const longest = Math.max(1, Math.floor((LONGEST_LIST - key) / ROW_ADDRESS))
  for (let done = 0, at = 1; ; at += 1) {
    // A broken number of rows for each key is a whole one more for some.
    let rest = Math.max(1, Math.floor(at * rowsPerKey) - done)
    done += rest
    for (; rest > 0; rest -= longest) {
      const rows = Math.min(rest, longest)
      yield { bytes: rows === 1 ? key : aligned(key + rows * ROW_ADDRESS), rows }
    }
  }
}

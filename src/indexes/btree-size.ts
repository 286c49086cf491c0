/** What CREATE INDEX would write for a btree (nbtsort.c and nbtdedup.c of PostgreSQL 13 to 18). */
import { aligned, meanBytes, type Shape, type StoredColumn, shapesOf } from '#src/bloat/columns.ts'
import { PAGE } from '#src/bloat/estimate.ts'

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

/** Items of leaf pages, and the bytes they take with their line pointers. */
interface Items {
  readonly count: number
  readonly bytes: number
}

/** Room on a page: without its header and the special space of a btree. */
const ROOM = PAGE - 24 - 16
const LINE_POINTER = 4
const ROW_ADDRESS = 6
/** Pages above the leaves are filled to that (BTREE_NONLEAF_FILLFACTOR). */
const UPPER_FILLFACTOR = 0.7
/** A build ends a list of addresses at a tenth of a page. */
const LONGEST_LIST = Math.floor(PAGE / 10 / 8) * 8 - LINE_POINTER

/** Bytes of the index right after a build. */
export function btreeBytes(contents: BtreeContents): number {
  const { entries, columns, isPartial } = contents
  // The rows that a condition picks may have no NULLs at all: what takes more is less of an alarm.
  const possible = isPartial ? [columns, columns.map((column) => ({ ...column, nulls: 0 }))] : [columns]
  const pages = possible.map((each) => pagesOf({ ...contents, columns: each }))
  // The first page describes the index; an empty one has no other.
  return (1 + (entries === 0 ? 0 : Math.max(...pages))) * PAGE
}

function pagesOf(contents: BtreeContents): number {
  const { columns, fillfactor, deduplicates } = contents
  const perShape = shapesOf(columns).map((shape) => {
    const key = keyBytes(columns, shape)
    return { key, share: shape.share, items: itemsOf(contents, shape, key) }
  })
  const items = perShape.reduce<Items>(
    (sum, { items }) => ({ count: sum.count + items.count, bytes: sum.bytes + items.bytes }),
    { count: 0, bytes: 0 },
  )
  const key = perShape.reduce((sum, shape) => sum + shape.share * shape.key, 0)
  const leaves = levelPages(items, key, fillfactor)
  // A key that is not unique has the address of its row in the pages above.
  const separator = key + (deduplicates ? 8 : 0) + LINE_POINTER
  return leaves + upperPages(leaves, separator)
}

/** A header of 8 bytes, or 16 where a value is NULL. */
function keyBytes(columns: readonly StoredColumn[], shape: Shape): number {
  const isComplete = shape.present.every((share) => share === 1)
  return meanBytes(isComplete ? 8 : 16, columns, shape)
}

function itemsOf(contents: BtreeContents, shape: Shape, key: number): Items {
  const entries = contents.entries * shape.share
  if (entries === 0) return { count: 0, bytes: 0 }
  if (!contents.deduplicates) return { count: entries, bytes: entries * (key + LINE_POINTER) }
  const keys = Math.min(entries, Math.max(1, distinctKeys(contents, shape)))
  const rows = entries / keys
  const [few, many] = [listOf(key, Math.floor(rows)), listOf(key, Math.ceil(rows))]
  const part = rows - Math.floor(rows)
  return {
    count: keys * (few.count + part * (many.count - few.count)),
    bytes: keys * (few.bytes + part * (many.bytes - few.bytes)),
  }
}

/** One key with that many rows: full lists of addresses and a rest. */
function listOf(key: number, rows: number): Items {
  const longest = Math.max(1, Math.floor((LONGEST_LIST - 7 - key) / ROW_ADDRESS))
  const full = Math.floor(rows / longest)
  const rest = rows % longest
  const bytes = (length: number) => (length === 1 ? key : aligned(key + length * ROW_ADDRESS)) + LINE_POINTER
  return {
    count: full + (rest > 0 ? 1 : 0),
    bytes: full * bytes(longest) + (rest > 0 ? bytes(rest) : 0),
  }
}

/** As many combinations as there could be: what is taken for more keys is never taken for more bloat. */
function distinctKeys({ columns, tableRows, missedValues }: BtreeContents, { present }: Shape): number {
  return columns.reduce((product, { distinct, nulls }, at) => {
    if ((present[at] ?? 0) === 0) return product
    const values = Math.max(1, distinct < 0 ? -distinct * tableRows : distinct)
    return product * (nulls === 0 || present[at] === 1 ? values : values + 1)
  }, missedValues)
}

/**
 * Pages of one level. A page is full with the item that crosses its fill factor, of which a list of addresses does not
 * count, since it would be cut off; that item then moves to the next page, and its key stays as the upper bound.
 */
function levelPages({ count, bytes }: Items, key: number, fillfactor: number): number {
  const item = bytes / count
  const list = item - LINE_POINTER - key
  const spared = Math.max(0, Math.floor(PAGE * (1 - fillfactor)) - list)
  const free = ROOM - LINE_POINTER
  const filled = Math.min(Math.ceil((free - spared) / item), Math.floor((free - 8) / item))
  return Math.ceil(count / Math.max(2, filled - 1))
}

function upperPages(pages: number, item: number): number {
  if (pages <= 1) return 0
  const above = levelPages({ count: pages, bytes: pages * item }, item - LINE_POINTER, UPPER_FILLFACTOR)
  return above + upperPages(above, item)
}

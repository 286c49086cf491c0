/** The columns of the Indexes table. */
import { type Item, VERDICTS, type Verdict } from '#src/indexes/item.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { bytes, count, duration, percent, rate } from '#src/text/units.ts'
import type { Glyphs, Token } from '#src/theme/theme.ts'
import type { Cell, TableColumn } from '#src/view/table/column.ts'

/** What the columns need besides the item. */
export interface Beside {
  /** Exact bytes where they were asked for, or the pid that is in the way of asking. */
  readonly sizeOf: (item: Item) => { readonly bytes: number; readonly isExact: boolean } | null
  readonly lockedBy: (item: Item) => number | null
  /** Scans a second between the last two readings; null where that cannot be known. */
  readonly scanRate: (item: Item) => number | null
  /** Seconds since the last scan (16+); null where none is known. */
  readonly sinceScan: (item: Item) => number | null
}

const EMPTY = safe``

/** The tokens of the verdicts; what needs no eye is dim. */
export const VERDICT_TOKENS: Readonly<Record<Verdict, Token>> = {
  invalid: 'critical',
  missing: 'warning',
  duplicate: 'warning',
  redundant: 'warning',
  unused: 'warning',
  bloated: 'warning',
  partial: 'notice',
  'low use': 'notice',
  review: 'notice',
  hint: 'dim',
  building: 'accent',
  unknown: 'dim',
  ok: 'dim',
}

/** The columns; the order is the order on the line. */
export function indexColumns(beside: Beside, glyphs: Glyphs): readonly TableColumn<Item>[] {
  return [
    {
      id: 'index',
      label: safe`index`,
      width: 20,
      wideWidth: 44,
      priority: 0,
      cell: ({ name, index }) => ({ text: index === null ? safe`FK ${toSafeText(name)}` : toSafeText(name) }),
      sortValue: ({ name }) => name,
      sortsFirst: 'ascending',
    },
    {
      id: 'verdict',
      label: safe`verdict`,
      width: 9,
      priority: 0,
      cell: ({ verdict, isMinor }) => ({
        text: toSafeText(verdict),
        token: isMinor ? 'dim' : VERDICT_TOKENS[verdict],
      }),
      // Within a verdict the largest first: most is won there.
      sortValue: (item) =>
        (item.isMinor ? 0 : VERDICTS.length - VERDICTS.indexOf(item.verdict)) * 2 ** 46 +
        Math.min(sizeNumber(item), 2 ** 46 - 1),
      sortsFirst: 'descending',
    },
    {
      id: 'size',
      label: safe`size`,
      width: 7,
      align: 'right',
      priority: 1,
      cell: (item) => sizeCell(item, beside, glyphs),
      sortValue: (item) => beside.sizeOf(item)?.bytes ?? item.index?.bytes ?? null,
      sortsFirst: 'descending',
    },
    {
      id: 'scans',
      label: safe`scans`,
      width: 5,
      align: 'right',
      priority: 2,
      cell: ({ index, usage }) => ({
        text: index === null || index.row.idx_scan === null ? EMPTY : count(index.row.idx_scan),
        ...(usage?.usage === 'unused' ? { token: 'warning' } : {}),
      }),
      sortValue: ({ index }) => index?.row.idx_scan ?? null,
      sortsFirst: 'descending',
    },
    {
      id: 'rate',
      label: safe`scan/s`,
      width: 6,
      align: 'right',
      priority: 7,
      cell: (item) => {
        const perSecond = beside.scanRate(item)
        return {
          text: perSecond === null ? EMPTY : rate(perSecond),
          ...(perSecond === 0 ? { token: 'dim' } : {}),
        }
      },
      sortValue: beside.scanRate,
      sortsFirst: 'descending',
    },
    {
      id: 'last',
      label: safe`last`,
      width: 7,
      align: 'right',
      priority: 8,
      cell: (item) => {
        const seconds = beside.sinceScan(item)
        return { text: seconds === null ? EMPTY : duration(seconds) }
      },
      sortValue: beside.sinceScan,
      sortsFirst: 'descending',
    },
    {
      id: 'bloat',
      label: safe`bloat`,
      width: 6,
      align: 'right',
      priority: 6,
      cell: (item) => bloatCell(item, glyphs),
      sortValue: bloatBytes,
      sortsFirst: 'descending',
    },
    {
      id: 'table',
      label: safe`table`,
      width: 14,
      wideWidth: 40,
      priority: 4,
      cell: (item) => ({ text: toSafeText(tableName(item)) }),
      sortValue: tableName,
      sortsFirst: 'ascending',
    },
    {
      id: 'why',
      label: safe`why`,
      width: 24,
      flexible: true,
      priority: 0,
      cell: (item) => whyCell(item, beside),
      sortValue: ({ why }) => why,
      sortsFirst: 'ascending',
    },
  ]
}

/** Schema and table; `public` goes without saying. */
export function tableName({ schema, table }: Item): string {
  return schema === 'public' ? table : `${schema}.${table}`
}

function sizeNumber(item: Item): number {
  return item.index?.bytes ?? 0
}

/** A sign stands before what the last VACUUM or ANALYZE counted. */
function sizeCell(item: Item, beside: Beside, glyphs: Glyphs): Cell {
  if (item.index === null || item.index.isPartitioned) return { text: EMPTY }
  const size = beside.sizeOf(item)
  return size === null || !size.isExact
    ? { text: safe`${glyphs.approximately}${bytes(size?.bytes ?? item.index.bytes)}`, token: 'dim' }
    : { text: bytes(size.bytes) }
}

function bloatBytes({ bloat }: Item): number | null {
  return bloat?.isKnown === true ? bloat.bytes : null
}

function bloatCell({ bloat }: Item, glyphs: Glyphs): Cell {
  if (bloat?.isKnown !== true) return { text: EMPTY }
  const text: SafeText =
    bloat.confidence === 'low' ? safe`${glyphs.approximately}${percent(bloat.ratio)}` : percent(bloat.ratio)
  return bloat.confidence === 'low' ? { text, token: 'dim' } : { text }
}

function whyCell(item: Item, { lockedBy }: Beside): Cell {
  const pid = lockedBy(item)
  return pid === null
    ? { text: toSafeText(item.why) }
    : {
        text: safe`locked by pid ${pid}${item.why === '' ? EMPTY : safe`; ${toSafeText(item.why)}`}`,
        token: 'critical',
      }
}

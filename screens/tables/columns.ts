/** The columns of the Tables table. */
import type { Severity, TableFinding } from '#src/tables/finding.ts'
import type { FreezeAge } from '#src/tables/freeze.ts'
import { deadOf, pagesOf, rowsOf, severityOf, type TableItem } from '#src/tables/item.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { bytes, count, duration, percent } from '#src/text/units.ts'
import type { Glyphs, Token } from '#src/theme/theme.ts'
import { bar } from '#src/view/spark.ts'
import type { Cell, TableColumn } from '#src/view/table/column.ts'

/** What the columns need besides the item. */
export interface Beside {
  /** Bytes with indexes and TOAST, exact where they were asked for. */
  readonly sizeOf: (item: TableItem) => { readonly bytes: number; readonly isExact: boolean }
  /** Who is in the way of asking for the exact size; null for nobody. */
  readonly lockedBy: (item: TableItem) => number | null
  /** Bytes that it grew by since it is on screen; null before two exact sizes. */
  readonly growth: (item: TableItem) => number | null
  /** Seconds since an ISO time, by the clock of the reading. */
  readonly since: (time: string | null) => number | null
}

const EMPTY = safe``

export const SEVERITY_TOKENS: Readonly<Record<Severity, Token>> = {
  critical: 'critical',
  warning: 'warning',
  info: 'dim',
}

const WEIGHT: Readonly<Record<Severity, number>> = { critical: 3, warning: 2, info: 1 }

/** The columns; the order is the order on the line. */
export function tableColumns(beside: Beside, glyphs: Glyphs): readonly TableColumn<TableItem>[] {
  return [
    {
      id: 'table',
      label: safe`table`,
      width: 18,
      wideWidth: 44,
      priority: 0,
      cell: (item) => ({ text: toSafeText(nameOf(item)) }),
      sortValue: nameOf,
      sortsFirst: 'ascending',
    },
    {
      id: 'size',
      label: safe`size`,
      width: 7,
      align: 'right',
      priority: 1,
      cell: (item) => sizeCell(item, beside, glyphs),
      sortValue: (item) => beside.sizeOf(item).bytes,
      sortsFirst: 'descending',
    },
    {
      id: 'rows',
      label: safe`rows`,
      width: 4,
      align: 'right',
      priority: 2,
      cell: (item) => ({ text: rowsOf(item) === null ? safe`?` : count(rowsOf(item)) }),
      sortValue: rowsOf,
      sortsFirst: 'descending',
    },
    {
      id: 'dead',
      label: safe`dead`,
      width: 5,
      align: 'right',
      priority: 2,
      cell: deadCell,
      sortValue: deadOf,
      sortsFirst: 'descending',
    },
    {
      id: 'vacuum',
      label: safe`vacuum`,
      width: 7,
      align: 'right',
      priority: 3,
      cell: (item) => vacuumCell(item, beside),
      sortValue: ({ need }) => need?.deadRatio ?? null,
      sortsFirst: 'descending',
    },
    {
      id: 'freeze',
      label: safe`freeze`,
      width: 6,
      wideWidth: 11,
      align: 'right',
      priority: 3,
      cell: (item, cells) => freezeCell(item, glyphs, cells ?? 6),
      sortValue: freezeShare,
      sortsFirst: 'descending',
    },
    {
      id: 'analyze',
      label: safe`analyze`,
      width: 7,
      align: 'right',
      priority: 6,
      cell: (item) => analyzeCell(item, beside),
      sortValue: ({ facts }) => beside.since(facts.lastAnalyze),
      sortsFirst: 'descending',
    },
    {
      id: 'hot',
      label: safe`HOT`,
      width: 5,
      align: 'right',
      priority: 7,
      cell: ({ hot }) => ({ text: hot.hotRatio === null ? EMPTY : percent(hot.hotRatio) }),
      sortValue: ({ hot }) => hot.hotRatio,
      sortsFirst: 'ascending',
    },
    {
      id: 'seq',
      label: safe`seq`,
      width: 5,
      align: 'right',
      priority: 8,
      cell: (item) => ({ text: seqShare(item) === null ? EMPTY : percent(seqShare(item)) }),
      sortValue: ({ facts }) => facts.row.seq_tup_read,
      sortsFirst: 'descending',
    },
    {
      id: 'bloat',
      label: safe`bloat`,
      width: 6,
      align: 'right',
      priority: 5,
      cell: (item) => bloatCell(item, glyphs),
      sortValue: ({ bloat }) => (bloat?.isKnown === true ? bloat.bytes : null),
      sortsFirst: 'descending',
    },
    {
      id: 'growth',
      label: safe`growth`,
      width: 8,
      align: 'right',
      priority: 9,
      cell: (item) => growthCell(beside.growth(item)),
      sortValue: beside.growth,
      sortsFirst: 'descending',
    },
    {
      id: 'why',
      label: safe`what is wrong`,
      width: 22,
      flexible: true,
      priority: 0,
      cell: (item) => whyCell(item, beside),
      // Among equals the largest first.
      sortValue: (item) => weight(item) * 2 ** 46 + Math.min(pagesOf(item), 2 ** 46 - 1),
      sortsFirst: 'descending',
    },
  ]
}

/** Schema and table; `public` goes without saying. */
export function nameOf({ facts }: TableItem): string {
  return facts.schema === 'public' ? facts.name : `${facts.schema}.${facts.name}`
}

function weight(item: TableItem): number {
  const severity = severityOf(item)
  return severity === null ? 0 : WEIGHT[severity]
}

/** A sign stands before what the last VACUUM or ANALYZE counted. */
function sizeCell(item: TableItem, { sizeOf }: Beside, glyphs: Glyphs): Cell {
  const size = sizeOf(item)
  return size.isExact
    ? { text: bytes(size.bytes) }
    : { text: safe`${glyphs.approximately}${bytes(size.bytes)}`, token: 'dim' }
}

/** Dead rows as a share of all, from which on a person looks. */
const MANY_DEAD = 0.2

function deadCell(item: TableItem): Cell {
  const dead = deadOf(item)
  const all = dead + (item.totals?.live ?? item.facts.live)
  if (dead === 0) return { text: EMPTY }
  const share = dead / Math.max(1, all)
  return share >= MANY_DEAD ? { text: percent(share), token: 'warning' } : { text: percent(share) }
}

/** `3.1x`: dead rows beside the threshold; else how long ago the last VACUUM was. */
function vacuumCell({ need, facts, toastNeed }: TableItem, { since }: Beside): Cell {
  const isDue = need?.vacuumDue === true || need?.hasManyDead === true
  if (isDue && need !== null && Number.isFinite(need.deadRatio) && need.deadRatio > 1)
    return { text: toSafeText(`${need.deadRatio.toFixed(1)}x due`), token: 'warning' }
  if (isDue || toastNeed?.vacuumDue === true) return { text: safe`due`, token: 'warning' }
  const seconds = since(facts.lastVacuum)
  return { text: seconds === null ? EMPTY : duration(seconds), token: 'dim' }
}

function analyzeCell({ need, facts }: TableItem, { since }: Beside): Cell {
  if (need?.analyzeDue === true) return { text: safe`due`, token: 'warning' }
  const seconds = since(facts.lastAnalyze)
  return { text: seconds === null ? EMPTY : duration(seconds), token: 'dim' }
}

function worst({ freeze }: TableItem): FreezeAge | null {
  const { xid = null, mxid = null } = freeze ?? {}
  return xid === null || (mxid !== null && mxid.ofMaxAge > xid.ofMaxAge) ? mxid : xid
}

function freezeShare(item: TableItem): number | null {
  return worst(item)?.ofMaxAge ?? null
}

/** Cells of the bar where there is room for one. */
const BAR = 5

/** The age of its oldest id as a share of the age at which autovacuum comes by force. */
function freezeCell(item: TableItem, glyphs: Glyphs, cells: number): Cell {
  const share = freezeShare(item)
  if (share === null) return { text: EMPTY }
  const text = cells >= BAR + 6 ? safe`${bar(share, BAR, glyphs)} ${percent(share)}` : percent(share)
  const of = worst(item)?.ofWraparound ?? 0
  return of >= 0.5 ? { text, token: 'critical' } : share > 1 ? { text, token: 'warning' } : { text }
}

function seqShare({ facts }: TableItem): number | null {
  const seq = Number(facts.row.seq_scan ?? 0)
  const all = seq + Number(facts.row.idx_scan ?? 0)
  return all === 0 ? null : seq / all
}

function bloatCell({ bloat }: TableItem, glyphs: Glyphs): Cell {
  if (bloat?.isKnown !== true) return { text: EMPTY }
  return bloat.confidence === 'low'
    ? { text: safe`${glyphs.approximately}${percent(bloat.ratio)}`, token: 'dim' }
    : { text: percent(bloat.ratio) }
}

function growthCell(grown: number | null): Cell {
  if (grown === null || grown === 0) return { text: EMPTY }
  return { text: grown > 0 ? safe`+${bytes(grown)}` : bytes(grown) }
}

function whyCell(item: TableItem, { lockedBy }: Beside): Cell {
  const pid = lockedBy(item)
  const [first, ...more] = item.findings
  const text = first === undefined ? EMPTY : findingText(first, more.length)
  if (pid !== null)
    return {
      text: safe`locked by pid ${pid}${text.length === 0 ? EMPTY : safe`; ${text}`}`,
      token: 'critical',
    }
  return first === undefined ? { text } : { text, token: SEVERITY_TOKENS[first.severity] }
}

function findingText({ sentence }: TableFinding, more: number): SafeText {
  return more === 0 ? toSafeText(sentence) : safe`${toSafeText(sentence)} (+${more})`
}

/** What can be filtered by on the Indexes screen. */
import type { ColumnKind, Value } from '#queries/define.ts'
import { indexes } from '#queries/indexes.ts'
import type { Item } from '#src/indexes/item.ts'
import type { Filter } from '#src/ui/live-table.ts'
import { type FilterColumn, parseFilter } from '#src/view/filter.ts'

/** The test for a filter as typed, or what is wrong with it. */
export function indexFilter(text: string): Filter<Item> {
  return parseFilter(text, COLUMNS)
}

const HEADINGS: readonly FilterColumn<Item>[] = [
  column('index', 'name', ({ name }) => name),
  column('schema', 'name', ({ schema }) => schema),
  column('table', 'name', ({ table }) => table),
  column('verdict', 'text', ({ verdict }) => verdict),
  column('structure', 'text', ({ structure }) => structure?.structure ?? null),
  column('usage', 'text', ({ usage }) => usage?.usage ?? null),
  column('size', 'bytes', ({ index }) => index?.bytes ?? null),
  column('scans', 'count', ({ index }) => index?.row.idx_scan ?? null),
  column('bloat', 'bytes', ({ bloat }) => (bloat?.isKnown === true ? bloat.bytes : null)),
  column('covered_by', 'name', ({ coveredBy }) => coveredBy?.name ?? null),
  column('confidence', 'text', ({ confidence }) => confidence),
  column('why', 'text', ({ why }) => why),
]

const TAKEN: ReadonlySet<string> = new Set(HEADINGS.map(({ id }) => id))

/** Node trees of expressions are no text that a person looks for: plain words do not search them. */
const COLUMNS: readonly FilterColumn<Item>[] = [
  ...HEADINGS,
  ...indexes.columns
    .filter(({ id }) => !TAKEN.has(id))
    .map(
      ({ id, kind }): FilterColumn<Item> => ({
        id,
        kind,
        value: ({ index }) => index?.row[id] as Value | undefined,
        isNamedOnly: true,
      }),
    ),
]

function column(id: string, kind: ColumnKind, value: (item: Item) => Value | undefined): FilterColumn<Item> {
  return { id, kind, value }
}

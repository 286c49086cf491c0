/** What can be filtered by on the Tables screen. */
import type { ColumnKind, Value } from '#queries/define.ts'
import { sequences } from '#queries/sequences.ts'
import { tables } from '#queries/tables.ts'
import { deadOf, pagesOf, rowsOf, severityOf, type TableItem } from '#src/tables/item.ts'
import type { SequenceState } from '#src/tables/sequences.ts'
import { BLOCK_BYTES } from '#src/text/units.ts'
import type { Filter } from '#src/ui/live-table.ts'
import { type FilterColumn, parseFilter } from '#src/view/filter.ts'
import { limitText } from './sequence-columns.ts'

/** The test for a filter over tables as typed, or what is wrong with it. */
export function tableFilter(text: string): Filter<TableItem> {
  return parseFilter(text, TABLE_COLUMNS)
}

/** The same over sequences. */
export function sequenceFilter(text: string): Filter<SequenceState> {
  return parseFilter(text, SEQUENCE_COLUMNS)
}

const HEADINGS: readonly FilterColumn<TableItem>[] = [
  column('table', 'name', ({ facts }) => facts.name),
  column('schema', 'name', ({ facts }) => facts.schema),
  column('size', 'bytes', (item) => pagesOf(item) * BLOCK_BYTES),
  column('rows', 'count', rowsOf),
  column('dead', 'count', deadOf),
  column('freeze', 'ratio', ({ freeze }) => freeze.xid?.ofMaxAge),
  column('hot', 'ratio', ({ hot }) => hot.hotRatio),
  column('bloat', 'bytes', ({ bloat }) => (bloat?.isKnown === true ? bloat.bytes : null)),
  column('severity', 'text', severityOf),
  column('finding', 'text', ({ findings }) =>
    findings.map(({ id, sentence }) => `${id} ${sentence}`).join(' '),
  ),
]

const TAKEN: ReadonlySet<string> = new Set(HEADINGS.map(({ id }) => id))

const TABLE_COLUMNS: readonly FilterColumn<TableItem>[] = [
  ...HEADINGS,
  ...tables.columns
    .filter(({ id }) => !TAKEN.has(id))
    .map(
      ({ id, kind }): FilterColumn<TableItem> => ({
        id,
        kind,
        value: ({ facts }) => facts.row[id] as Value | undefined,
        isNamedOnly: true,
      }),
    ),
]

const SEQUENCE_COLUMNS: readonly FilterColumn<SequenceState>[] = [
  { id: 'used', kind: 'ratio', value: ({ usedRatio }) => usedRatio },
  { id: 'limit', kind: 'text', value: limitText },
  ...sequences.columns.map(
    ({ id, kind }): FilterColumn<SequenceState> => ({
      id,
      kind,
      value: ({ row }) => row[id] as Value | undefined,
    }),
  ),
]

function column(
  id: string,
  kind: ColumnKind,
  value: (item: TableItem) => Value | undefined,
): FilterColumn<TableItem> {
  return { id, kind, value }
}

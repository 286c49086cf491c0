/** The columns of the list of sequences. */
import type { SequenceState } from '#src/tables/sequences.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import { percent } from '#src/text/units.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import { bar } from '#src/view/spark.ts'
import type { TableColumn } from '#src/view/table/column.ts'
import { SEVERITY_TOKENS } from './columns.ts'

/** Cells of the bar. */
const BAR = 8

/** The columns; the order is the order on the line. */
export function sequenceColumns(glyphs: Glyphs): readonly TableColumn<SequenceState>[] {
  return [
    {
      id: 'sequence',
      label: safe`sequence`,
      width: 22,
      wideWidth: 44,
      priority: 0,
      cell: ({ sqlName }) => ({ text: toSafeText(sqlName) }),
      sortValue: ({ sqlName }) => sqlName,
      sortsFirst: 'ascending',
    },
    {
      id: 'used',
      label: safe`used`,
      width: 14,
      align: 'right',
      priority: 0,
      cell: ({ usedRatio, severity }) => ({
        text: usedRatio === null ? safe`` : safe`${bar(usedRatio, BAR, glyphs)} ${percent(usedRatio)}`,
        ...(severity === null ? {} : { token: SEVERITY_TOKENS[severity] }),
      }),
      sortValue: ({ usedRatio }) => usedRatio,
      sortsFirst: 'descending',
    },
    {
      id: 'left',
      label: safe`left`,
      width: 12,
      wideWidth: 20,
      align: 'right',
      priority: 3,
      cell: ({ left }) => ({ text: left === null ? safe`` : safe`${left}` }),
      sortValue: ({ left }) => left,
      sortsFirst: 'ascending',
    },
    {
      id: 'type',
      label: safe`type`,
      width: 8,
      priority: 4,
      cell: ({ row }) => ({ text: toSafeText(row.type ?? '') }),
      sortValue: ({ row }) => row.type,
      sortsFirst: 'ascending',
    },
    {
      id: 'limit',
      label: safe`ends with`,
      width: 20,
      flexible: true,
      priority: 1,
      cell: (state) => ({ text: toSafeText(limitText(state)) }),
      sortValue: limitText,
      sortsFirst: 'ascending',
    },
  ]
}

/** What ends it, or why that is not known. */
export function limitText({ limit, unknownBecause, cyclesFirst }: SequenceState): string {
  if (unknownBecause !== null) return unknownBecause
  if (cyclesFirst) return 'begins anew (CYCLE)'
  if (limit.kind === 'sequence') return 'the sequence itself'
  const { table, column, type } = limit.column
  return `column ${table}.${column} (${type})`
}

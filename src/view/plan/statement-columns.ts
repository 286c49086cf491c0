/** The columns of the statements that the server remembers, of which one is chosen to be explained. */
import type { EntryRow } from '#queries/define.ts'
import type { statementList } from '#queries/statement-list.ts'
import { normaliseQuery, type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { count, latency } from '#src/text/units.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import type { Cell, TableColumn } from '../table/column.ts'

/** A row of `statement-list`. */
export type StatementRow = EntryRow<typeof statementList>

type Column = TableColumn<StatementRow>

/** Cells of a query that any terminal could show; what is longer is cut before it is made safe. */
const QUERY_CELLS = 500

/** On 80 columns total, calls, mean and query; on more the database, the user and the rows. */
export function statementColumns(glyphs: Glyphs): readonly Column[] {
  return [
    numeric('total_seconds', safe`total`, 0, ({ total_seconds }) => [latency(total_seconds), total_seconds]),
    numeric('calls', safe`calls`, 1, ({ calls }) => [count(calls), calls]),
    numeric('mean_seconds', safe`mean`, 1, ({ mean_seconds }) => [latency(mean_seconds), mean_seconds]),
    numeric('rows', safe`rows`, 4, ({ rows }) => [count(rows), rows]),
    name('datname', safe`db`, 2, ({ datname }) => datname),
    name('rolname', safe`user`, 3, ({ rolname }) => rolname),
    {
      id: 'query',
      label: safe`query`,
      // What makes the columns of a wide terminal leave one of 80.
      width: 46,
      flexible: true,
      priority: 0,
      cell: (row) => queryCell(row, glyphs),
      sortValue: ({ query }) => query,
      sortsFirst: 'ascending',
    },
  ]
}

/** A statement that runs inside a function hangs below something that is not told. */
function queryCell({ query, toplevel }: StatementRow, glyphs: Glyphs): Cell {
  if (query === null) {
    return { text: safe`(the server has lost the text)`, token: 'dim' }
  }
  const text = normaliseQuery(query, QUERY_CELLS)
  return { text: toplevel === false ? safe`${glyphs.tree.last} ${text}` : text }
}

function numeric(
  id: string,
  label: SafeText,
  priority: number,
  read: (row: StatementRow) => readonly [shown: SafeText, value: number | bigint | null],
): Column {
  return {
    id,
    label,
    width: 7,
    align: 'right',
    priority,
    cell: (row) => ({ text: read(row)[0] }),
    sortValue: (row) => read(row)[1],
    sortsFirst: 'descending',
  }
}

function name(
  id: string,
  label: SafeText,
  priority: number,
  value: (row: StatementRow) => string | null,
): Column {
  return {
    id,
    label,
    width: 10,
    wideWidth: 24,
    priority,
    cell: (row) => ({ text: toSafeText(value(row) ?? '') }),
    sortValue: value,
    sortsFirst: 'ascending',
  }
}

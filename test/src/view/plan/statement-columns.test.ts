import { describe, expect, test } from 'vitest'
import { safe } from '#src/text/safe.ts'
import { createTheme } from '#src/theme/theme.ts'
import { type StatementRow, statementColumns } from '#src/view/plan/statement-columns.ts'
import { arrange } from '#src/view/table/arrange.ts'
import { drawTable } from '#src/view/table/draw.ts'
import { openTable } from '#src/view/table/state.ts'

const theme = createTheme({ colour: 'none', unicode: true })
const columns = statementColumns(theme.glyphs)
const keyOf = ({ queryid }: StatementRow) => String(queryid)

const statement: StatementRow = {
  queryid: 1,
  datid: 5,
  datname: 'shop',
  userid: 10,
  rolname: 'reporting',
  toplevel: true,
  calls: 1_234_567,
  total_seconds: 7262.5,
  mean_seconds: 0.0058,
  rows: 12,
  query: 'SELECT\n\tcount(*) FROM orders WHERE customer_id = $1 AND status = $2 ORDER BY placed_at',
}

function draw(width: number, rows: readonly StatementRow[]): readonly string[] {
  const sort = { column: 'total_seconds', direction: 'descending' } as const
  return drawTable({
    columns,
    arrangement: arrange(rows, { columns, sort, keyOf, matches: () => true }),
    state: openTable(sort.column, sort.direction),
    keyOf,
    width,
    height: rows.length,
    theme,
    empty: safe``,
  }).map((line) =>
    line
      .replace(/\x1b\[[0-9;]*m/g, '')
      .replace(/▶?$/, '')
      .trimEnd(),
  )
}

describe('the statements that the server remembers', () => {
  test('have time, calls, mean and query on 80 columns', () => {
    expect(draw(80, [statement])).toEqual([
      '   total▼   calls    mean query',
      '    2h01m    1.2M   5.8ms SELECT count(*) FROM orders WHERE customer_id = $1 AN…',
    ])
  })

  test('have their database, then their user, then their rows where there is room', () => {
    expect(draw(84, [statement])[0]).toBe('   total▼   calls    mean db         query')
    expect(draw(96, [statement])[0]).toBe('   total▼   calls    mean db         user       query')
    expect(draw(110, [statement])[0]).toBe('   total▼   calls    mean    rows db         user       query')
  })

  test('tell what ran inside a function, and what text is lost; hostile names and texts stay on their line', () => {
    const [, ...rows] = draw(110, [
      { ...statement, toplevel: false },
      { ...statement, total_seconds: 1, query: null, datname: null },
      { ...statement, total_seconds: 0.00001, query: 'SELECT \x1b[2J', rolname: 'a\nb' },
    ])
    expect(rows[0]).toContain(' └ SELECT count')
    expect(rows[1]).toContain('reporting  (the server has lost the text)')
    expect(rows[2]).toContain('shop       a⏎b        SELECT \\x1b[2J')
  })
})

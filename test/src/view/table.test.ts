import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { cellWidth } from '#src/text/width.ts'
import { createTheme } from '#src/theme/theme.ts'
import { arrange } from '#src/view/table/arrange.ts'
import { grow, layoutColumns, maximumScroll, type TableColumn } from '#src/view/table/column.ts'
import { drawTable } from '#src/view/table/draw.ts'
import { moveBy, moveTo, openTable, reverseSort, settle, toggleTag } from '#src/view/table/state.ts'

interface Backend {
  readonly pid: number
  readonly seconds: number | null
  readonly query: string
}

const columns: readonly TableColumn<Backend>[] = [
  {
    id: 'pid',
    label: safe`pid`,
    width: 5,
    align: 'right',
    priority: 0,
    cell: ({ pid }) => ({ text: safe`${pid}` }),
    sortValue: ({ pid }) => pid,
    sortsFirst: 'ascending',
  },
  {
    id: 'time',
    label: safe`time`,
    width: 6,
    align: 'right',
    priority: 1,
    cell: ({ seconds }) => ({ text: seconds === null ? safe`` : safe`${seconds}s`, token: 'warning' }),
    sortValue: ({ seconds }) => seconds,
    sortsFirst: 'descending',
  },
  {
    id: 'app',
    label: safe`app`,
    width: 8,
    wideWidth: 12,
    priority: 5,
    cell: () => ({ text: safe`web` }),
    sortValue: () => 'web',
    sortsFirst: 'ascending',
  },
  {
    id: 'query',
    label: safe`query`,
    width: 10,
    flexible: true,
    priority: 0,
    cell: ({ query }) => ({ text: toSafeText(query) }),
    sortValue: ({ query }) => query,
    sortsFirst: 'ascending',
  },
]

const keyOf = ({ pid }: Backend) => String(pid)
const backends = (...pids: number[]): Backend[] =>
  pids.map((pid) => ({ pid, seconds: pid % 10, query: `select ${pid}` }))
const arranged = (
  rows: readonly Backend[],
  column = 'pid',
  direction: 'ascending' | 'descending' = 'ascending',
) => arrange(rows, { columns, sort: { column, direction }, keyOf, matches: () => true })
const plain = createTheme({ colour: 'none', unicode: true })
const strip = (line: string) => line.replace(/\x1b\[[0-9;]*m/g, '')

describe('the columns of a table', () => {
  test('leave the line by priority when it is short', () => {
    const shown = (width: number) => layoutColumns(columns, width, 0).placed.map(({ column }) => column.id)
    expect(shown(80)).toEqual(['pid', 'time', 'app', 'query'])
    expect(shown(24)).toEqual(['pid', 'time', 'query'])
    expect(shown(16)).toEqual(['pid', 'query'])
  })

  test('scroll sideways with the first one frozen', () => {
    const layout = layoutColumns(columns, 24, 2)
    expect(layout.placed.map(({ column }) => column.id)).toEqual(['pid', 'query'])
    expect(layout.moreLeft).toBe(true)
    expect(layout.moreRight).toBe(false)
  })

  test('grow for texts that need it, when the flexible one has enough', () => {
    const needs = grow(new Map(), columns, [])
    expect(needs.get('app')).toBe(8)
    const named = columns.map((column) =>
      column.id === 'app' ? { ...column, cell: () => ({ text: safe`billing-worker` }) } : column,
    )
    const grown = grow(needs, named, backends(1))
    expect(grown.get('app')).toBe(12)
    expect(grow(grown, columns, backends(1))).toBe(grown)
    const widths = (width: number) =>
      layoutColumns(columns, width, 0, grown).placed.map((placed) => placed.width)
    expect(widths(62)).toEqual([5, 6, 8, 40])
    expect(widths(64)).toEqual([5, 6, 10, 40])
    expect(widths(100)).toEqual([5, 6, 12, 74])
  })

  test('never need more cells than the line has', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 220 }), fc.nat(maximumScroll(columns)), (width, scroll) => {
        const { placed } = layoutColumns(columns, width, scroll)
        const cells = placed.reduce((sum, each) => sum + each.width + 1, -1)
        expect(placed.length).toBeGreaterThan(0)
        expect(placed.length > 1 ? cells : (placed[0]?.width ?? 0)).toBeLessThanOrEqual(Math.max(width, 16))
      }),
    )
  })
})

describe('the rows of a table', () => {
  test('sort by the value of a column, in either direction', () => {
    expect(arranged(backends(13, 21, 32), 'time').rows.map(keyOf)).toEqual(['21', '32', '13'])
    expect(arranged(backends(13, 21, 32), 'time', 'descending').rows.map(keyOf)).toEqual(['13', '32', '21'])
  })

  test('keep what is not known at the end in both directions', () => {
    const rows = [{ pid: 1, seconds: null, query: '' }, ...backends(12, 13)]
    expect(arranged(rows, 'time').rows.at(-1)?.pid).toBe(1)
    expect(arranged(rows, 'time', 'descending').rows.at(-1)?.pid).toBe(1)
  })

  test('stay where they are when they compare equal', () => {
    const rows = backends(31, 11, 21)
    expect(arranged(rows, 'time').rows).toEqual(arranged(rows.toReversed(), 'time').rows)
  })

  test('are filtered before they are counted', () => {
    const shown = arrange(backends(1, 2, 3), {
      columns,
      sort: { column: 'pid', direction: 'ascending' },
      keyOf,
      matches: ({ pid }) => pid > 1,
    })
    expect([shown.rows.length, shown.total]).toEqual([2, 3])
  })
})

describe('the cursor', () => {
  const start = openTable('pid', 'ascending')

  test('is on no row until somebody moves it, and then on the first of the window', () => {
    expect(settle(start, arranged(backends(1, 2)), 10).cursor).toBe(null)
    expect(moveBy(start, arranged(backends(1, 2)), 10, 1).cursor).toBe('1')
    expect(moveBy(start, arranged(backends(1, 2)), 10, -1).cursor).toBe('1')
  })

  test('stays on the same backend when rows reorder', () => {
    const chosen = moveTo(start, arranged(backends(11, 22, 33)), 10, 1)
    const moved = settle(chosen, arranged(backends(11, 22, 33), 'pid', 'descending'), 10)
    expect([moved.cursor, moved.cursorIndex]).toEqual(['22', 1])
    const later = settle(chosen, arranged(backends(5, 6, 7, 11, 22)), 10)
    expect([later.cursor, later.cursorIndex]).toEqual(['22', 4])
  })

  test('slides onto no other row when its backend is gone, and goes on from there', () => {
    const chosen = moveTo(start, arranged(backends(11, 22, 33)), 10, 1)
    const lost = settle(chosen, arranged(backends(11, 33)), 10)
    expect(lost.cursor).toBe(null)
    expect(moveBy(lost, arranged(backends(11, 33)), 10, 1).cursor).toBe('33')
  })

  test('stays in the window wherever it goes', () => {
    const rows = arranged(backends(...Array.from({ length: 50 }, (_, index) => index + 1)))
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -60, max: 60 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 30 }),
        (moves, height) => {
          const end = moves.reduce((state, step) => moveBy(state, rows, height, step), start)
          expect(end.top).toBeGreaterThanOrEqual(0)
          expect(end.top).toBeLessThanOrEqual(Math.max(0, 50 - height))
          if (end.cursor !== null) {
            expect(end.cursorIndex).toBeGreaterThanOrEqual(end.top)
            expect(end.cursorIndex).toBeLessThan(end.top + height)
            expect(rows.keyAt(end.cursorIndex)).toBe(end.cursor)
          }
        },
      ),
    )
  })

  test('tags by identity, and a tag goes with its backend', () => {
    const chosen = toggleTag(moveTo(start, arranged(backends(11, 22)), 10, 1))
    expect([...chosen.tags]).toEqual(['22'])
    expect(settle(chosen, arranged(backends(11)), 10).tags.size).toBe(0)
    expect(toggleTag(chosen).tags.size).toBe(0)
  })
})

describe('a drawn table', () => {
  const draw = (width: number, height: number, state = openTable('time', 'descending'), theme = plain) =>
    drawTable({
      columns,
      arrangement: arranged(backends(13, 21, 32), state.sort.column, state.sort.direction),
      state,
      keyOf,
      width,
      height,
      theme,
      empty: 'no session' as SafeText,
    })

  test('reads like this', () => {
    const chosen = toggleTag(
      moveTo(openTable('time', 'descending'), arranged(backends(13, 21, 32), 'time', 'descending'), 5, 1),
    )
    expect(draw(44, 5, chosen).map(strip)).toEqual([
      '    pid  time▼ app      query               ',
      '     13     3s web      select 13           ',
      '▶•   32     2s web      select 32           ',
      '     21     1s web      select 21           ',
    ])
  })

  test('marks the sort, the cursor and the tag in ASCII as well', () => {
    const theme = createTheme({ colour: 'none', unicode: false })
    const rows = arranged(backends(13, 21, 32), 'time')
    const state = reverseSort(toggleTag(moveTo(openTable('time', 'descending'), rows, 5, 0)))
    const [head = '', row = ''] = draw(44, 1, state, theme).map(strip)
    expect(head).toContain('time^')
    expect(row).toMatch(/^>\+ +21/)
  })

  test('keeps the mark of the sort where the label has no room', () => {
    const narrow = columns.map((column) =>
      column.id === 'time' ? { ...column, width: 3, wideWidth: 3 } : column,
    )
    const [head = ''] = drawTable({
      columns: narrow,
      arrangement: arranged(backends(13)),
      state: openTable('time', 'descending'),
      keyOf,
      width: 44,
      height: 2,
      theme: plain,
      empty: 'no session' as SafeText,
    }).map(strip)
    expect(head).toContain(' ti▼ ')
  })

  test('fits its width whatever the width', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 200 }), (width) => {
        expect(draw(width, 5).every((line) => cellWidth(strip(line)) <= width)).toBe(true)
      }),
    )
  })

  test('says what is missing when there are no rows', () => {
    const none = drawTable({
      columns,
      arrangement: arranged([]),
      state: openTable('pid', 'ascending'),
      keyOf,
      width: 40,
      height: 3,
      theme: plain,
      empty: 'no session' as SafeText,
    })
    expect(strip(none[1] ?? '').trim()).toBe('no session')
  })
})

/** Two plans side by side as lines, for the screen and its one-shot twin alike. */
import type { PlanDiff } from '#src/plans/diff/diff.ts'
import type { DiffRow } from '#src/plans/diff/rows.ts'
import { safe } from '#src/text/safe.ts'
import { cellWidth } from '#src/text/width.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { Arrangement } from '../table/arrange.ts'
import { GAP, grow, layoutColumns, type TableColumn } from '../table/column.ts'
import { drawTable, MARGIN } from '../table/draw.ts'
import { openTable } from '../table/state.ts'
import { diffColumns } from './diff-columns.ts'
import { diffFootLines, diffHeadLines } from './diff-head.ts'

/** All lines, each at most `width` cells: both executions, a row for each node of either plan, what is new and resolved. */
export function diffLines(diff: PlanDiff, width: number, theme: Theme): readonly Drawable[] {
  const sheet = { width, theme }
  return [
    ...diffHeadLines(diff, sheet),
    safe``,
    ...tableLines(diff, width, theme),
    safe``,
    ...diffFootLines(diff, sheet),
  ]
}

function tableLines(diff: PlanDiff, width: number, theme: Theme): readonly Drawable[] {
  const { rows } = diff
  const all = diffColumns(diff, theme.glyphs).filter(({ cell }) => rows.some((row) => cell(row).text !== ''))
  const needs = grow(new Map(), all, rows)
  // All rows are known, so each column is as wide as they need, and what does not fit is left out for good.
  const tight = all.map((each) =>
    each.flexible ? each : { ...each, width: needs.get(each.id) ?? each.width },
  )
  const placed = layoutColumns(tight, width - MARGIN, 0).placed.map(({ column }) => column)
  const natural = placed.map((each) => (each.flexible ? widest(each, rows) : each.width))
  const columns = placed.map((each, at) => ({
    ...each,
    width: Math.min(each.width, natural[at] ?? each.width),
  }))
  return drawTable({
    columns,
    arrangement: new Arrangement(rows, rows.length, keyOf),
    state: openTable('', 'ascending'),
    keyOf,
    // A pipe may be as wide as it likes.
    width: Math.min(
      width,
      natural.reduce((sum, cells) => sum + cells + GAP, MARGIN - GAP),
    ),
    height: rows.length,
    theme,
    empty: safe`neither has a plan`,
  })
}

function widest({ cell, label }: TableColumn<DiffRow>, rows: readonly DiffRow[]): number {
  return rows.reduce((most, row) => Math.max(most, cellWidth(cell(row).text)), cellWidth(label))
}

function keyOf({ before, after }: DiffRow): string {
  return `${before?.path ?? ''} ${after?.path ?? ''}`
}

/** The plan over time: the rows of the tree, each with a bar from its first row to its end. */
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { numberIn } from '#src/plans/model/values.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import type { Cell } from '../table/column.ts'
import { ms } from './amounts.ts'
import { cellOf, loopsCell, selfCell } from './cells.ts'
import type { Look } from './look.ts'
import { nodeCell } from './node-cell.ts'
import { column, numeric, ofNode, type PlanTableColumn } from './plan-column.ts'

const AXIS_CELLS = 20
const EMPTY: Cell = { text: safe`` }

/**
 * EXPLAIN tells how long a node had run when it gave its first row and its last, on its own clock, and not when it was
 * first called: every bar begins at that call. Of many loops it tells averages: their ends are added up and drawn
 * dashed, since such runs are scattered over the time of the node above.
 */
export function waterfallColumns(model: PlanModel, glyphs: Glyphs, look: Look): readonly PlanTableColumn[] {
  const wholeMs = wholeMsOf(model)
  const node = column('node', {
    label: safe`node`,
    width: 34,
    wideWidth: 60,
    priority: 0,
    cell: (row, cells) => nodeCell(row, glyphs, cells),
  })
  if (wholeMs === 0) return [{ ...node, flexible: true }]
  return [
    node,
    numeric('loops', { label: safe`loops`, width: 5, priority: 2 }, loopsCell),
    numeric('self', { label: safe`self`, width: 6 + glyphs.atMost.length, priority: 3 }, (each) =>
      selfCell(each, model, { look: { ...look, metric: 'time' }, glyphs }),
    ),
    numeric('first', { label: safe`1st row`, width: 7, priority: 1 }, (each) =>
      timeCell(each, firstRowMs(each)),
    ),
    numeric('last', { label: safe`end`, width: 7, priority: 0 }, (each) => timeCell(each, each.inclWallMs)),
    column('axis', {
      label: safe`0 to ${ms(wholeMs)}`,
      width: AXIS_CELLS,
      flexible: true,
      priority: 0,
      cell: ofNode((each, cells = AXIS_CELLS) =>
        each.neverExecuted ? EMPTY : { text: spanText(each, wholeMs, { cells, glyphs }), token: 'accent' },
      ),
    }),
  ]
}

/** What the bars mean, in a line of 80 cells. */
export function waterfallLegend(model: PlanModel, glyphs: Glyphs): SafeText {
  return wholeMsOf(model) === 0
    ? safe`it has no times: it was not executed, or its nodes were not timed`
    : safe`${line(glyphs)} to 1st row, ${full(glyphs)} to end, from its first call; ${dashed(glyphs)} many loops, 1st row on average`
}

function wholeMsOf({ nodes }: PlanModel): number {
  return nodes.reduce((most, { inclWallMs }) => Math.max(most, inclWallMs), 0)
}

/** As it is printed: of many loops the average. */
function firstRowMs({ raw }: PlanNode): number {
  return numberIn(raw.properties, 'Actual Startup Time') ?? 0
}

/** `──████`; of many loops `▌▌▌▌▌▌`, since their first rows came all over it. At least a sign where it ran at all. */
function spanText(
  node: PlanNode,
  wholeMs: number,
  { cells, glyphs }: { readonly cells: number; readonly glyphs: Glyphs },
): SafeText {
  const place = (value: number) => Math.min(cells, Math.round((value / wholeMs) * cells))
  const end = Math.max(1, place(node.inclWallMs))
  if ((node.loops ?? 1) > node.participants) return dashed(glyphs).repeat(end) as SafeText
  const start = Math.min(place(firstRowMs(node)), end - 1)
  return safe`${line(glyphs).repeat(start) as SafeText}${full(glyphs).repeat(end - start) as SafeText}`
}

function line({ horizontal }: Glyphs): SafeText {
  return horizontal
}

function full({ bar }: Glyphs): SafeText {
  return bar.at(-1) ?? safe`#`
}

/** Half a cell of each; where there is but one bar sign, another one. */
function dashed({ bar }: Glyphs): SafeText {
  return bar.length > 1 ? (bar[Math.floor(bar.length / 2) - 1] ?? safe`=`) : safe`=`
}

function timeCell(node: PlanNode, value: number): Cell {
  return node.neverExecuted ? EMPTY : cellOf(node, ms(value))
}

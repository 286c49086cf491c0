/** A plan as rows of a table without a screen, one for each node: its branches and what it cost on its own. */
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { count } from '#src/text/units.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import type { Cell } from '../table/column.ts'
import { branchesOf } from './branches.ts'
import {
  type BlockKind,
  barCell,
  blocksCell,
  estimateCell,
  inclusiveCell,
  ioCell,
  rowsCell,
  selfCell,
  shareCell,
} from './cells.ts'
import type { Look } from './look.ts'
import { notesOf } from './notes.ts'
import { subplanTag, titleOf } from './titles.ts'

const BAR_CELLS = 10

const EMPTY = safe``

/** A column over the nodes of a plan. */
export interface PlanColumn {
  readonly id: string
  readonly label: SafeText
  readonly align?: 'right'
  readonly cell: (node: PlanNode) => SafeText
}

/** The columns that this plan has values for: times where it was timed, else costs. */
export function planColumns(model: PlanModel, glyphs: Glyphs): readonly PlanColumn[] {
  const branches = branchesOf(model, glyphs)
  const look: Look = { lens: 'wall', metric: model.hasTiming ? 'time' : 'cost' }
  const drawing = { look, glyphs }
  return [
    {
      id: 'node',
      label: safe`node`,
      cell: (node) => safe`${branches[node.index] ?? EMPTY}${subplanTag(node)}${titleOf(node)}`,
    },
    numeric('self', model.hasTiming ? safe`self` : safe`own cost`, (node) => selfCell(node, model, drawing)),
    numeric('share', safe`%`, (node) => shareCell(node, model, look)),
    {
      id: 'bar',
      label: EMPTY,
      cell: (node) => barCell(node, model, { ...drawing, cells: BAR_CELLS }).text,
    },
    numeric('total', model.hasTiming ? safe`total` : safe`cost`, (node) => inclusiveCell(node, look)),
    numeric('rows', safe`rows`, (node) => rowsIn(node, glyphs)),
    ...(model.isExecuted ? [numeric('estimate', safe`est`, (node) => estimateCell(node, glyphs))] : []),
    ...(model.hasBuffers ? [blocksColumn('hit'), blocksColumn('read'), blocksColumn('temp')] : []),
    numeric('io', safe`i/o`, ioCell),
    { id: 'note', label: safe`note`, cell: (node) => toSafeText(notesOf(node).join(', ')) },
  ]
}

function numeric(id: string, label: SafeText, cell: (node: PlanNode) => Cell): PlanColumn {
  return { id, label, align: 'right', cell: (node) => cell(node).text }
}

function blocksColumn(kind: BlockKind): PlanColumn {
  return numeric(kind, toSafeText(kind), (node) => blocksCell(node, kind))
}

/** Rows in all, and over how many loops. */
function rowsIn(node: PlanNode, glyphs: Glyphs): Cell {
  const { text } = rowsCell(node, glyphs)
  const { loops } = node
  return { text: text === '' || loops === null || loops < 2 ? text : safe`${text} in ${count(loops)}` }
}

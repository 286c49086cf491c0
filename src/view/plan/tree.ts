/** A plan as rows of a table without a screen, one for each node: its branches and what it cost on its own. */
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { count } from '#src/text/units.ts'
import { cellWidth } from '#src/text/width.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import type { Cell } from '../table/column.ts'
import { branchesOf, depthMark } from './branches.ts'
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
import { titleWithin } from './node-cell.ts'
import { notesOf } from './notes.ts'

const BAR_CELLS = 10

/** Branches may take this share of the cell; deeper ones are told by number. */
const BRANCHES = 0.4

const EMPTY = safe``

/** A column over the nodes of a plan. */
export interface PlanColumn {
  readonly id: string
  readonly label: SafeText
  readonly align?: 'right'
  /** Columns of the highest number leave the line first; 0 stays. */
  readonly priority: number
  /** At most `cells` wide where it can be told in less. */
  readonly cell: (node: PlanNode, cells?: number) => SafeText
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
      priority: 0,
      cell: (node, cells = Number.MAX_SAFE_INTEGER) => {
        const branch = branches[node.index] ?? EMPTY
        const prefix = cellWidth(branch) > cells * BRANCHES ? depthMark(node.depth, glyphs) : branch
        return safe`${prefix}${titleWithin(node, cells - cellWidth(prefix), glyphs)}`
      },
    },
    numeric('self', model.hasTiming ? safe`self` : safe`own cost`, 0, (node) =>
      selfCell(node, model, drawing),
    ),
    numeric('share', safe`%`, 0, (node) => shareCell(node, model, look)),
    {
      id: 'bar',
      label: EMPTY,
      priority: 3,
      cell: (node) => barCell(node, model, { ...drawing, cells: BAR_CELLS }).text,
    },
    numeric('total', model.hasTiming ? safe`total` : safe`total cost`, 2, (node) =>
      inclusiveCell(node, look),
    ),
    numeric('rows', model.isExecuted ? safe`rows` : safe`planned`, 0, (node) => rowsIn(node, glyphs)),
    ...(model.isExecuted ? [numeric('estimate', safe`est`, 1, (node) => estimateCell(node, glyphs))] : []),
    ...(model.hasBuffers ? [blocksColumn('hit'), blocksColumn('read'), blocksColumn('temp')] : []),
    numeric('io', safe`i/o`, 4, ioCell),
    { id: 'note', label: safe`note`, priority: 5, cell: notesWithin },
  ]
}

function numeric(id: string, label: SafeText, priority: number, cell: (node: PlanNode) => Cell): PlanColumn {
  return { id, label, align: 'right', priority, cell: (node) => cell(node).text }
}

/** Whole notes only: half of a number is a wrong one. */
function notesWithin(node: PlanNode, cells = Number.MAX_SAFE_INTEGER): SafeText {
  const notes = notesOf(node)
  const texts = notes.map((_, at) => toSafeText(notes.slice(0, notes.length - at).join(', ')))
  return texts.find((text) => cellWidth(text) <= cells) ?? EMPTY
}

function blocksColumn(kind: BlockKind): PlanColumn {
  return numeric(kind, toSafeText(kind), 3, (node) => blocksCell(node, kind))
}

/** Rows in all, and over how many loops. */
function rowsIn(node: PlanNode, glyphs: Glyphs): Cell {
  const { text } = rowsCell(node, glyphs)
  const { loops } = node
  return { text: text === '' || loops === null || loops < 2 ? text : safe`${text} in ${count(loops)}` }
}

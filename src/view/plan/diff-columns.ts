/** The columns of two plans side by side. */
import { hitBlocks, readBlocks, spilledBlocks } from '#src/plans/blocks.ts'
import type { PlanDiff } from '#src/plans/diff/diff.ts'
import type { DiffRow } from '#src/plans/diff/rows.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { numberIn } from '#src/plans/model/values.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import { count } from '#src/text/units.ts'
import { cellWidth } from '#src/text/width.ts'
import type { Glyphs, Token } from '#src/theme/theme.ts'
import type { Cell, TableColumn } from '../table/column.ts'
import { amount, blockSize } from './amounts.ts'
import { rowsCell, selfCell } from './cells.ts'
import { markCell, nodeCells } from './diff-node-cell.ts'
import { type Look, wholeOf } from './look.ts'

type Column = TableColumn<DiffRow>

const EMPTY: Cell = { text: safe`` }

/** Room for a title of ordinary length some branches deep; columns leave before it gets less. */
const NODE_CELLS = 36

/** A node whose difference is this share of the longer execution is what the plans differ by … */
const HEAVY = 0.1
/** … and one with less than this is not worth a look. */
const LIGHT = 0.005

/** What both plans are compared by. */
function diffLook({ measure }: PlanDiff): Look {
  return { lens: 'wall', metric: measure ?? 'rows' }
}

/**
 * Mark, node, what it took itself before and after, the difference, rows and blocks. Where a cell tells two values the
 * first is that of the first plan; one value is that of both.
 */
export function diffColumns(diff: PlanDiff, glyphs: Glyphs): readonly Column[] {
  const { before, after, measure } = diff
  const self = measure === 'cost' ? safe`cost` : safe`self`
  const mark = cellWidth(glyphs.atMost)
  const isExecuted = before.isExecuted && after.isExecuted
  return [
    column('mark', {
      label: safe``,
      width: 1,
      wideWidth: 2,
      priority: 0,
      cell: markCell,
    }),
    column('node', {
      label: safe`node`,
      width: NODE_CELLS,
      flexible: true,
      priority: 0,
      cell: nodeCells(diff, glyphs),
    }),
    ...(measure === null
      ? []
      : [
          right('before', { label: safe`A ${self}`, wideWidth: 6 + mark, priority: 1 }, (row) =>
            sideCell(row.before, before, { diff, glyphs }),
          ),
          right('after', { label: safe`B ${self}`, wideWidth: 6 + mark, priority: 1 }, (row) =>
            sideCell(row.after, after, { diff, glyphs }),
          ),
          right('change', { label: safe`change`, wideWidth: 10, priority: 0 }, changeCells(diff, glyphs)),
        ]),
    right('rows', { label: isExecuted ? safe`rows` : safe`planned`, wideWidth: 11, priority: 2 }, (row) =>
      bothCell(row, (node) => rowsText(node, isExecuted, glyphs), glyphs),
    ),
    ...(before.hasBuffers && after.hasBuffers
      ? [
          blocksColumn(
            'buffers',
            (node) => hitBlocks(node.exclBuffers) + readBlocks(node.exclBuffers),
            glyphs,
          ),
          ...(spills(before) || spills(after)
            ? [blocksColumn('temp', (node) => spilledBlocks(node.exclBuffers), glyphs)]
            : []),
        ]
      : []),
  ]
}

function column(
  id: string,
  rest: Pick<Column, 'label' | 'width' | 'priority' | 'cell'> &
    Pick<Partial<Column>, 'wideWidth' | 'align' | 'flexible'>,
): Column {
  return { id, sortValue: () => null, sortsFirst: 'descending', ...rest }
}

function right(
  id: string,
  rest: Pick<Column, 'label' | 'priority'> & { readonly wideWidth: number },
  cell: Column['cell'],
): Column {
  return column(id, { ...rest, width: cellWidth(rest.label), align: 'right', cell })
}

interface Drawing {
  readonly diff: PlanDiff
  readonly glyphs: Glyphs
}

function sideCell(node: PlanNode | null, model: PlanModel, { diff, glyphs }: Drawing): Cell {
  return node === null ? EMPTY : selfCell(node, model, { look: diffLook(diff), glyphs })
}

function changeCells(diff: PlanDiff, glyphs: Glyphs): Column['cell'] {
  const look = diffLook(diff)
  const whole = Math.max(wholeOf(diff.before, look), wholeOf(diff.after, look))
  return ({ delta, isNoise }) => {
    if (delta === null) return EMPTY
    if (isNoise) return { text: glyphs.even, token: 'dim' }
    const share = whole === 0 ? 0 : Math.abs(delta) / whole
    const [arrow, sign] = delta > 0 ? [glyphs.up, safe`+`] : [glyphs.down, safe`-`]
    const arrows = share >= HEAVY ? safe`${arrow}${arrow}` : arrow
    const text = amount(Math.abs(delta), look.metric)
    return {
      text: safe`${arrows} ${text.startsWith('<') ? safe`` : sign}${text}`,
      token: changeToken(delta, share),
    }
  }
}

function changeToken(delta: number, share: number): Token {
  if (share < LIGHT) return 'dim'
  if (delta < 0) return 'good'
  return share >= HEAVY ? 'critical' : 'warning'
}

/** Planned rows where one of the plans did not run: the two would not be of one kind. */
function rowsText(node: PlanNode, isExecuted: boolean, glyphs: Glyphs): SafeText {
  if (isExecuted) return rowsCell(node, glyphs).text
  const planned = numberIn(node.raw.properties, 'Plan Rows')
  return planned === null ? EMPTY.text : count(planned)
}

function blocksColumn(
  label: 'buffers' | 'temp',
  blocksOf: (node: PlanNode) => number,
  glyphs: Glyphs,
): Column {
  const text = (node: PlanNode) => {
    const blocks = blocksOf(node)
    return blocks === 0 ? EMPTY.text : blockSize(blocks)
  }
  return right(label, { label: LABELS[label], wideWidth: 15, priority: 3 }, (row) =>
    bothCell(row, text, glyphs),
  )
}

const LABELS = { buffers: safe`buffers`, temp: safe`temp` }

function spills({ nodes }: PlanModel): boolean {
  return nodes.some(({ exclBuffers }) => spilledBlocks(exclBuffers) > 0)
}

/** One value where both say the same, or only one of them is there; what is nothing in one of them as `0`. */
function bothCell(
  { before, after }: DiffRow,
  textOf: (node: PlanNode) => SafeText,
  { becomes }: Glyphs,
): Cell {
  if (before === null || after === null) {
    const only = after ?? before
    return only === null ? EMPTY : { text: textOf(only) }
  }
  const [from, to] = [textOf(before), textOf(after)]
  if (from === to) return { text: to }
  return { text: safe`${from === '' ? safe`0` : from} ${becomes} ${to === '' ? safe`0` : to}` }
}

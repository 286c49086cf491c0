/** Columns over the rows of a plan. */
import type { PlanNode } from '#src/plans/model/node.ts'
import { safe } from '#src/text/safe.ts'
import type { Cell, TableColumn } from '../table/column.ts'
import type { PlanRow } from './rows.ts'

export type PlanTableColumn = TableColumn<PlanRow>

/** A column of a tree, which keeps its order: nothing is sorted by. */
export function column(
  id: string,
  rest: Pick<PlanTableColumn, 'label' | 'width' | 'priority' | 'cell'> &
    Pick<Partial<PlanTableColumn>, 'wideWidth' | 'align' | 'flexible'>,
): PlanTableColumn {
  return { id, sortValue: () => null, sortsFirst: 'descending', ...rest }
}

/** A number of each node, at the right of its column. */
export function numeric(
  id: string,
  { label, width, priority }: Pick<PlanTableColumn, 'label' | 'width' | 'priority'>,
  cell: (node: PlanNode) => Cell,
): PlanTableColumn {
  return column(id, { label, width, align: 'right', priority, cell: ofNode(cell) })
}

/** What ran after the plan is told in the first cell; its numbers are those of its nodes. */
export function ofNode(cell: (node: PlanNode, cells?: number) => Cell): PlanTableColumn['cell'] {
  return (row, cells) => (row.kind === 'node' ? cell(row.node, cells) : NOTHING)
}

const NOTHING: Cell = { text: safe`` }

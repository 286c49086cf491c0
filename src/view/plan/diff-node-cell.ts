/** The cells that name a node of two plans, and what became of it. */
import type { PlanDiff } from '#src/plans/diff/diff.ts'
import type { Change, DiffRow } from '#src/plans/diff/rows.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { cellWidth } from '#src/text/width.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import type { Cell, TableColumn } from '../table/column.ts'
import { branchesFor, depthMark } from './branches.ts'
import { cutMiddle } from './node-cell.ts'
import { compactTitleOf, kindNameOf, methodOf, subplanTag, titleOf } from './titles.ts'

/** Branches may take this share of the cell; deeper ones are told by number. */
const BRANCHES = 0.5

/** The marks and what they stand for. */
export const MARKS: Readonly<Record<Change, Cell & { readonly meaning: SafeText }>> = {
  same: { text: safe`=`, token: 'dim', meaning: safe`same` },
  changed: { text: safe`~`, token: 'accent', meaning: safe`another way` },
  added: { text: safe`+`, token: 'good', meaning: safe`only in B` },
  removed: { text: safe`-`, token: 'warning', meaning: safe`only in A` },
}

/** Behind the mark of a node that is joined to something else than before. */
export const MOVED = { text: safe`>`, meaning: safe`moved` }

export function markCell({ change, isMoved }: DiffRow): Cell {
  const { text, token } = MARKS[change]
  if (isMoved) return { text: safe`${text}${MOVED.text}`, token: 'accent' }
  return token === undefined ? { text } : { text, token }
}

/** The cell of each node: branches and title, which is cut in its middle where it is too long. */
export function nodeCells(diff: PlanDiff, glyphs: Glyphs): TableColumn<DiffRow>['cell'] {
  const branches = branchesFor(diff.rows, (row) => row, glyphs)
  const prefixes = new Map(diff.rows.map((row, at) => [row, branches[at] ?? EMPTY]))
  return (row, cells = Number.MAX_SAFE_INTEGER) => {
    const branch = prefixes.get(row) ?? EMPTY
    const prefix = cellWidth(branch) > cells * BRANCHES ? depthMark(row.depth, glyphs) : branch
    const text = safe`${prefix}${titleWithin(row, cells - cellWidth(prefix), glyphs)}`
    const { token } = MARKS[row.change]
    return row.change === 'same' || token === undefined ? { text } : { text, token }
  }
}

function titleWithin(row: DiffRow, room: number, glyphs: Glyphs): SafeText {
  const full = titleFor(row, FULL, glyphs)
  return cellWidth(full) <= room ? full : cutMiddle(titleFor(row, SHORT, glyphs), room, glyphs.ellipsis)
}

/** How nodes are called: with what they are on, and without. */
interface Naming {
  readonly title: (node: PlanNode) => SafeText
  readonly method: (node: PlanNode) => SafeText
}

const FULL: Naming = { title: titleOf, method: methodOf }
const SHORT: Naming = { title: compactTitleOf, method: (node) => toSafeText(kindNameOf(node)) }

/** `Index Scan using orders_pkey → Seq Scan on orders`: on what it is told once, where that is the same. */
function titleFor(
  { before, after, change }: DiffRow,
  { title, method }: Naming,
  { becomes }: Glyphs,
): SafeText {
  const shown = after ?? before
  if (shown === null) return EMPTY
  const tag = subplanTag(shown)
  if (before === null || after === null || change !== 'changed') return safe`${tag}${title(shown)}`
  const isOnSame = before.relation === after.relation && before.alias === after.alias
  const naming = isOnSame && method(before) !== method(after) ? method : title
  return safe`${tag}${naming(before)} ${becomes} ${title(after)}`
}

const EMPTY = safe``

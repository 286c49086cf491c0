/** The cell that names a node: branches, title, what is folded below, and what there is to know as far as it has room. */
import type { PlanNode } from '#src/plans/model/node.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { count } from '#src/text/units.ts'
import { cellWidth, sliceCells } from '#src/text/width.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import type { Cell } from '../table/column.ts'
import { ms } from './amounts.ts'
import { depthMark } from './branches.ts'
import { notesOf } from './notes.ts'
import type { PlanRow } from './rows.ts'
import { compactTitleOf, subplanTag, titleOf } from './titles.ts'

/** Branches may take this share of the cell; deeper ones are told by number. */
const BRANCHES = 0.4

/** Of a title that is cut in its middle this share is its beginning; the end has the name of the relation. */
const BEGINNING = 0.55

/** What is drawn where nobody says how wide the cell is. */
const UNBOUNDED = 1000

export function nodeCell(row: PlanRow, glyphs: Glyphs, cells = UNBOUNDED): Cell {
  if (row.outside !== null) return { text: outsideText(row.outside), token: 'notice' }
  const { node, foldedCount } = row
  const prefix = cellWidth(row.prefix) > cells * BRANCHES ? depthMark(node.depth, glyphs) : row.prefix
  const folded = foldedCount === 0 ? safe`` : safe` ${glyphs.leads}${count(foldedCount)}`
  const room = cells - cellWidth(prefix) - cellWidth(folded)
  const title = titleWithin(node, room, glyphs)
  const text = safe`${prefix}${title}${folded}${notesWithin(row, room - cellWidth(title))}`
  return node.neverExecuted ? { text, token: 'dim' } : { text }
}

/** A text in at most `width` cells, its middle left out where it is longer. */
export function cutMiddle(text: SafeText, width: number, ellipsis: SafeText): SafeText {
  const cells = cellWidth(text)
  if (cells <= width) return text
  const room = Math.max(0, width - cellWidth(ellipsis))
  const beginning = Math.ceil(room * BEGINNING)
  const end = sliceCells(text, cells - (room - beginning), room - beginning)
  return width <= 0 ? safe`` : safe`${sliceCells(text, 0, beginning)}${ellipsis}${end}`
}

/** Its title with the name of its sub-plan; where that is too long a compact one, its middle left out. */
export function titleWithin(node: PlanNode, room: number, glyphs: Glyphs): SafeText {
  const tag = subplanTag(node)
  const full = safe`${tag}${titleOf(node)}`
  return cellWidth(full) <= room
    ? full
    : cutMiddle(safe`${tag}${compactTitleOf(node)}`, room, glyphs.ellipsis)
}

/** Whole notes only: half of a number is a wrong one. */
function notesWithin({ node }: PlanRow, room: number): SafeText {
  const shown: SafeText[] = []
  let left = room - FRAME
  for (const note of notesOf(node)) {
    left -= cellWidth(note) + (shown.length === 0 ? 0 : SEPARATOR.length)
    if (left < 0) break
    shown.push(note)
  }
  return shown.length === 0 ? safe`` : safe`  (${toSafeText(shown.join(SEPARATOR))})`
}

const SEPARATOR = ', '
const FRAME = '  ()'.length

function outsideText({ node, ms: outsideMs }: NonNullable<PlanRow['outside']>): SafeText {
  return safe`after the plan: ${toSafeText(node.subplan ?? node.path)} ran on for ${ms(outsideMs)}`
}

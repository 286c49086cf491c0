/** The columns of the plan on the Explain screen. */
import { ioMs, spilledBlocks } from '#src/plans/blocks.ts'
import type { Finding } from '#src/plans/findings/finding.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import { cellWidth } from '#src/text/width.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import type { Cell } from '../table/column.ts'
import {
  type BlockKind,
  barCell,
  blocksCell,
  estimateCell,
  inclusiveCell,
  ioCell,
  loopsCell,
  rowsCell,
  selfCell,
  shareCell,
} from './cells.ts'
import { inclusiveOf, type Look, type Metric, metricsOf } from './look.ts'
import { nodeCell } from './node-cell.ts'
import { column, numeric, ofNode, type PlanTableColumn } from './plan-column.ts'
import type { PlanRow } from './rows.ts'
import { SEVERITIES, worstOf } from './severity.ts'

export interface PlanLook {
  readonly look: Look
  readonly findings: readonly Finding[]
  readonly glyphs: Glyphs
}

/** Room for a title of ordinary length some branches deep; columns leave before it gets less. */
const NODE_CELLS = 40
const BAR_CELLS = 10
const EMPTY: Cell = { text: safe`` }

/**
 * Node, mark of the gravest finding, bar, own part and share by the look, rows; on wider lines loops, estimate, blocks
 * in bytes, inclusive, I/O, temporary files. Columns that nothing of this plan fills are left out. Notes (who paid for
 * whom, processes, rows removed, never executed) stand behind the title as far as there is room.
 */
export function planTableColumns(
  model: PlanModel,
  { look, findings, glyphs }: PlanLook,
): readonly PlanTableColumn[] {
  const { metric } = look
  const worst = worstOf(findings)
  const isKnown = metricsOf(model).includes(metric)
  const time: Look = { ...look, metric: 'time' }
  const drawing = { look, glyphs }
  const mark = cellWidth(glyphs.atMost)
  const timeCells = 6 + mark
  const { isExecuted, hasTiming, hasBuffers, nodes } = model
  return [
    column('node', {
      label: safe`node`,
      width: NODE_CELLS,
      flexible: true,
      priority: 0,
      cell: (row, cells) => nodeCell(row, glyphs, cells),
    }),
    ...given(worst.size > 0, () =>
      column('mark', {
        label: safe``,
        width: 2,
        align: 'right',
        priority: 0,
        cell: (row) => markCell(row, worst),
      }),
    ),
    ...given(isKnown, () => [
      column('bar', {
        label: safe``,
        width: 6,
        wideWidth: BAR_CELLS,
        priority: 0,
        cell: ofNode((node, cells = BAR_CELLS) => barCell(node, model, { ...drawing, cells })),
      }),
      numeric('self', { label: selfLabel(look), width: timeCells, priority: 0 }, (node) =>
        selfCell(node, model, drawing),
      ),
      numeric('share', { label: safe`%`, width: 5, priority: 0 }, (node) => shareCell(node, model, look)),
    ]),
    ...given(metric !== 'time' && hasTiming, () =>
      numeric('time', { label: selfLabel(time), width: timeCells, priority: 1 }, (node) =>
        selfCell(node, model, { look: time, glyphs }),
      ),
    ),
    ...given(isKnown && nodes.some((node) => inclusiveOf(node, look) !== null), () =>
      numeric('total', { label: safe`total`, width: 7, priority: 3 }, (node) => inclusiveCell(node, look)),
    ),
    ...given(metric !== 'rows', () =>
      numeric(
        'rows',
        { label: isExecuted ? safe`rows` : safe`planned`, width: isExecuted ? 4 + mark : 7, priority: 0 },
        (node) => rowsCell(node, glyphs),
      ),
    ),
    ...given(
      nodes.some(({ loops }) => (loops ?? 1) > 1),
      () => numeric('loops', { label: safe`loops`, width: 5, priority: 2 }, loopsCell),
    ),
    ...given(isExecuted && nodes.some(({ estimate }) => estimate !== null), () =>
      numeric('estimate', { label: safe`est`, width: 6, priority: 1 }, (node) => estimateCell(node, glyphs)),
    ),
    ...given(hasBuffers, () => [blocksColumn('hit', 2), blocksColumn('read', 2)]),
    ...given(
      nodes.some(({ exclBuffers }) => spilledBlocks(exclBuffers) > 0),
      () => blocksColumn('temp', 2),
    ),
    ...given(metric !== 'io' && nodes.some(({ exclBuffers }) => ioMs(exclBuffers) > 0), () =>
      numeric('io', { label: safe`i/o`, width: 7, priority: 4 }, ioCell),
    ),
  ]
}

function given(
  isGiven: boolean,
  make: () => PlanTableColumn | readonly PlanTableColumn[],
): readonly PlanTableColumn[] {
  return isGiven ? [make()].flat() : []
}

function blocksColumn(kind: BlockKind, priority: number): PlanTableColumn {
  return numeric(kind, { label: LABELS[kind], width: 6, priority: priority }, (node) =>
    blocksCell(node, kind),
  )
}

function markCell(row: PlanRow, worst: ReturnType<typeof worstOf>): Cell {
  const severity = row.kind === 'node' ? worst.get(row.node) : undefined
  if (severity === undefined) return EMPTY
  const { mark, token } = SEVERITIES[severity]
  return { text: mark, token }
}

const LABELS: Readonly<Record<BlockKind, SafeText>> = { hit: safe`hit`, read: safe`read`, temp: safe`temp` }

const TIMES: Readonly<Record<Look['lens'], SafeText>> = {
  wall: safe`self`,
  leader: safe`leader`,
  cpu: safe`cpu`,
}

const SELF: Readonly<Record<Exclude<Metric, 'time'>, SafeText>> = {
  rows: safe`rows`,
  buffers: safe`touched`,
  io: safe`i/o`,
  cost: safe`cost`,
}

/** What the own part of a node is of: the heading of its column. */
export function selfLabel({ lens, metric }: Look): SafeText {
  return metric === 'time' ? TIMES[lens] : SELF[metric]
}

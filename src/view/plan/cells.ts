/** The cells of a node of a plan, for the table of the screen and its one-shot twin alike. */
import { hitBlocks, ioMs, readBlocks, spilledBlocks } from '#src/plans/blocks.ts'
import type { Counters } from '#src/plans/model/counters.ts'
import type { Comparison } from '#src/plans/model/estimate.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { numberIn } from '#src/plans/model/values.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import { count, percent } from '#src/text/units.ts'
import type { Glyphs, Token } from '#src/theme/theme.ts'
import { bar } from '../spark.ts'
import type { Cell } from '../table/column.ts'
import { amount, blockSize, factor, ms } from './amounts.ts'
import { errorOf, greatestOf, inclusiveOf, type Look, selfOf, shareOf } from './look.ts'

/** An own time whose rounding is a greater share of it than this is told as rough. */
const NOISE = 0.2

/** A misjudgement by less than this is what planners do. */
const WORTH_TELLING = 2
/** As pgAdmin and pev2 grade it. */
const WARNING_FACTOR = 10
const CRITICAL_FACTOR = 100

/** From these shares of the whole on a node is what the statement spent itself on. */
const HOT = 0.3
const WARM = 0.1

const NOTHING: Cell = { text: safe`` }

/** A cell in the look of a node that never ran, which is dim throughout. */
export function cellOf(node: PlanNode, text: SafeText, token?: Token): Cell {
  if (node.neverExecuted) return { text, token: 'dim' }
  return token === undefined ? { text } : { text, token }
}

/** The own part; where rounding could be a fifth of it about how much, and where it could be all of it at most how much. */
export function selfCell(node: PlanNode, model: PlanModel, { look, glyphs }: Drawing): Cell {
  const self = selfOf(node, look)
  if (look.metric === 'rows') return rowsCell(node, glyphs)
  if (self === null || isNone(self, look)) return NOTHING
  const error = errorOf(node, look)
  const isRough = error > self * NOISE && self + error >= LEAST_MS
  if (isRough && error >= self)
    return cellOf(node, safe`${glyphs.atMost}${amount(self + error, look.metric)}`, 'dim')
  const text = amount(self, look.metric)
  return cellOf(node, isRough ? safe`${glyphs.approximately}${text}` : text, heat(node, model, look))
}

/** A node always takes time; that it touched no block is best told by nothing. */
function isNone(value: number, { metric }: Look): boolean {
  return value === 0 && (metric === 'buffers' || metric === 'io')
}

/** Told as `<0.01ms`, which is a limit already. */
const LEAST_MS = 0.01

export function shareCell(node: PlanNode, model: PlanModel, look: Look): Cell {
  const share = shareOf(node, model, look)
  return share === null || isNone(share, look)
    ? NOTHING
    : cellOf(node, percent(share), heat(node, model, look))
}

/** Drawn against the node with most: the whole would leave the bars of a plan with many nodes empty. */
export function barCell(node: PlanNode, model: PlanModel, { look, glyphs, cells }: BarDrawing): Cell {
  const self = selfOf(node, look)
  const greatest = greatestOf(model, look)
  if (self === null || greatest === 0) return NOTHING
  return cellOf(node, bar(self / greatest, cells, glyphs), heat(node, model, look))
}

/** With all below it. */
export function inclusiveCell(node: PlanNode, look: Look): Cell {
  const inclusive = inclusiveOf(node, look)
  return inclusive === null || isNone(inclusive, look)
    ? NOTHING
    : cellOf(node, amount(inclusive, look.metric))
}

/** Rows over all loops; of averages that were rounded to 0 what they are at most; `never` of what never ran. */
export function rowsCell(node: PlanNode, glyphs: Glyphs): Cell {
  const { rowsTotal, rowsRounding, loops, neverExecuted, raw } = node
  if (loops === null) {
    const planned = numberIn(raw.properties, 'Plan Rows')
    return planned === null ? NOTHING : { text: count(planned) }
  }
  if (neverExecuted) return { text: safe`never`, token: 'dim' }
  if (rowsTotal === null) return NOTHING
  if (rowsTotal === 0 && rowsRounding > 0) return { text: safe`${glyphs.atMost}${count(rowsRounding)}` }
  const isRough = rowsRounding > rowsTotal * NOISE
  return { text: isRough ? safe`${glyphs.approximately}${count(rowsTotal)}` : count(rowsTotal) }
}

export function loopsCell({ loops, neverExecuted }: PlanNode): Cell {
  return loops === null || neverExecuted
    ? NOTHING
    : { text: count(loops), token: loops === 1 ? 'dim' : 'plain' }
}

/**
 * How many times as many rows came as were expected (up), or as few (down), `+` for at least so many times; `=` for less
 * than twice. Nothing where the two cannot be compared, or fewer came because a Limit had enough.
 */
export function estimateCell(node: PlanNode, glyphs: Glyphs): Cell {
  const judged = judgementOf(node)
  if (judged === null) return NOTHING
  const { direction, factor: times, isAtLeast, isRight } = judged
  if (isRight) return { text: safe`=`, token: 'dim' }
  const arrow = direction === 'under' ? glyphs.up : glyphs.down
  const text = safe`${arrow}${factor(times)}${isAtLeast ? safe`+` : safe`x`}`
  const token = gravityOf(times)
  return token === null ? { text } : { text, token }
}

/** What the rows that came say of the planner. */
export interface Judgement extends Comparison {
  /** What came was rounded to 0, so the factor may be greater. */
  readonly isAtLeast: boolean
  /** Off by less than planners mostly are. */
  readonly isRight: boolean
}

/** Over all participants where each ran a part; null where the rows say nothing. */
export function judgementOf({ estimate, underLimit }: PlanNode): Judgement | null {
  if (estimate?.applicable !== true) return null
  const { direction, factor: times } = estimate.spread ?? estimate
  if (underLimit && direction === 'over') return null
  const isRight = direction === 'exact' || times < WORTH_TELLING
  return { direction, factor: times, isRight, isAtLeast: estimate.isAtLeast && estimate.spread === null }
}

export function gravityOf(times: number): Token | null {
  return times >= CRITICAL_FACTOR ? 'critical' : times >= WARNING_FACTOR ? 'warning' : null
}

export type BlockKind = 'hit' | 'read' | 'temp'

/** Own blocks, in bytes. */
export function blocksCell(node: PlanNode, kind: BlockKind): Cell {
  const blocks = BLOCKS[kind](node.exclBuffers)
  return blocks === 0
    ? NOTHING
    : kind === 'temp'
      ? { text: blockSize(blocks), token: 'warning' }
      : { text: blockSize(blocks) }
}

export const BLOCKS: Readonly<Record<BlockKind, (counters: Counters) => number>> = {
  hit: hitBlocks,
  read: readBlocks,
  temp: spilledBlocks,
}

/** Own I/O as a share of the clock on the wall. */
export function ioCell({ exclBuffers, participants }: PlanNode): Cell {
  const own = ioMs(exclBuffers)
  return own === 0 ? NOTHING : { text: ms(own / participants) }
}

export interface Drawing {
  readonly look: Look
  readonly glyphs: Glyphs
}

export interface BarDrawing extends Drawing {
  readonly cells: number
}

function heat(node: PlanNode, model: PlanModel, look: Look): Token | undefined {
  return heatOf(shareOf(node, model, look) ?? 0)
}

/** The look of a share of the whole; undefined for an ordinary one. */
export function heatOf(share: number): Token | undefined {
  return share >= HOT ? 'warning' : share >= WARM ? 'accent' : undefined
}

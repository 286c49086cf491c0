/** The biggest nodes of a plan as one bar: each a piece as long as its share, with its name behind it. */
import type { PlanModel } from '#src/plans/model/model.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import { cellWidth } from '#src/text/width.ts'
import type { Theme } from '#src/theme/theme.ts'
import { type Run, run } from '../run.ts'
import { bar } from '../spark.ts'
import { heatOf } from './cells.ts'
import { type Look, type Metric, metricsOf, shareOf, wholeOf } from './look.ts'
import { cutMiddle } from './node-cell.ts'
import { hottest } from './rows.ts'
import { placeOf } from './titles.ts'

const MOST_PIECES = 5
/** A smaller share is among the others. */
const LEAST_SHARE = 0.03
/** Cells of all bars together, below which they tell nothing; then there are fewer names. */
const LEAST_BAR = 14
const NAME_CELLS = 24

interface Piece {
  readonly share: number
  readonly label: SafeText
}

/** At most `room` cells; nothing where the plan has nothing to be measured by this look. */
export function stackRuns(
  model: PlanModel,
  look: Look,
  { room, theme }: { readonly room: number; readonly theme: Theme },
): readonly Run[] {
  if (!metricsOf(model).includes(look.metric)) return []
  const name = safe`${NAMES[look.metric]} `
  const pieces = piecesOf(model, look, theme)
  for (let most = pieces.length; most > 0; most -= 1) {
    const shown = withOthers(pieces.slice(0, most))
    const bars = room - cellWidth(name) - shown.reduce((sum, { label }) => sum + cellWidth(label) + 3, 0)
    if (bars >= LEAST_BAR)
      return [run(name, 'dim'), ...shown.flatMap((piece) => pieceRuns(piece, bars, theme))]
  }
  return []
}

/** The biggest first, be it a node or something that is in no node. */
function piecesOf(model: PlanModel, look: Look, { glyphs }: Theme): readonly Piece[] {
  const nodes = hottest(model, look)
    .slice(0, MOST_PIECES)
    .map((node) => ({
      share: shareOf(node, model, look) ?? 0,
      name: cutMiddle(placeOf(node), NAME_CELLS, glyphs.ellipsis),
    }))
  const outside = look.metric === 'time' ? outsideOf(model, wholeOf(model, look)) : []
  return [...nodes, ...outside]
    .filter(({ share }) => share >= LEAST_SHARE)
    .sort((a, b) => b.share - a.share)
    .slice(0, MOST_PIECES)
    .map(({ share, name }) => ({ share, label: safe`${name} ${wholePercent(share)}` }))
}

/** What of an execution is in no node of the tree, as far as it is told. */
function outsideOf(
  { executionMs, rootMs, outsideRootMs, triggersMs, serializationMs }: PlanModel,
  wholeMs: number,
): readonly { readonly share: number; readonly name: SafeText }[] {
  if (executionMs === null || rootMs === null || wholeMs <= 0) return []
  const leftMs = Math.max(0, executionMs - rootMs - outsideRootMs - (serializationMs ?? 0))
  return [
    { share: (serializationMs ?? 0) / wholeMs, name: safe`serialization` },
    // BEFORE triggers ran within the tree: what was left of the execution bounds the others.
    { share: Math.min(triggersMs ?? 0, leftMs) / wholeMs, name: safe`triggers` },
  ]
}

/** Cut, not rounded, as percents are everywhere. */
function wholePercent(share: number): SafeText {
  return safe`${Math.floor(share * 100 + 1e-9)}%`
}

/** What is left: smaller nodes, and what is not in the tree. */
function withOthers(pieces: readonly Piece[]): readonly Piece[] {
  const share = 1 - pieces.reduce((sum, piece) => sum + piece.share, 0)
  return share < 0.01 ? pieces : [...pieces, { share, label: safe`other ${wholePercent(share)}` }]
}

/** A bar of at least an eighth of a cell, its name, and two blanks. */
function pieceRuns({ share, label }: Piece, bars: number, { glyphs }: Theme): readonly Run[] {
  const text = bar(share, bars, glyphs).trimEnd() as SafeText
  const shown = text === '' ? (glyphs.bar[0] ?? text) : text
  return [run(shown, heatOf(share)), run(safe` ${label}  `)]
}

const NAMES: Readonly<Record<Metric, SafeText>> = {
  time: safe`time`,
  rows: safe`rows`,
  buffers: safe`touched`,
  io: safe`i/o`,
  cost: safe`cost`,
}

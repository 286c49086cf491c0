/** Everything that is known of one node of a plan, to be read. */
import type { Finding } from '#src/plans/findings/finding.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { drawRuns, run } from '../run.ts'
import { bufferLines } from './detail-buffers.ts'
import { conditionLines, printedLines } from './detail-printed.ts'
import { rowLines } from './detail-rows.ts'
import { timeLines } from './detail-times.ts'
import { workerLines } from './detail-workers.ts'
import { findingLines } from './findings.ts'
import { type Sheet, section } from './sheet.ts'
import { subplanTag, titleOf } from './titles.ts'

const LABEL = 14
/** `Parent Relationship:`, and most other keys. */
const PRINTED_LABEL = 22

export interface NodeDetail {
  /** Those of this node. */
  readonly findings: readonly Finding[]
  readonly width: number
  readonly theme: Theme
}

/**
 * All lines of it, each at most `width` cells: times, rows, what is wrong with it, conditions, blocks, workers, and at
 * the end everything as it was printed, keys that this program does not know too.
 */
export function nodeDetailLines(model: PlanModel, node: PlanNode, detail: NodeDetail): readonly Drawable[] {
  const { findings, width, theme } = detail
  const sheet: Sheet = { width, theme, label: LABEL }
  const place = safe`node ${node.index + 1} of ${model.nodes.length}`
  return [
    drawRuns([run(safe` ${subplanTag(node)}${titleOf(node)}`, 'strong')], width, theme),
    drawRuns([run(safe` ${place}${whereOf(node)}`, 'dim')], width, theme),
    safe``,
    ...timeLines(node, model, sheet),
    ...rowLines(node, sheet),
    ...section(
      safe`findings`,
      findings.flatMap((finding) => findingLines(finding, width, theme)),
      sheet,
    ),
    ...section(safe`conditions`, conditionLines(node, sheet), sheet),
    ...section(safe`workers`, workerLines(node, sheet), sheet),
    ...section(
      safe`blocks, 8 kB each unless the server was built with others`,
      model.hasBuffers ? bufferLines(node, sheet) : [],
      sheet,
    ),
    ...section(safe`as printed`, printedLines(node, { ...sheet, label: PRINTED_LABEL }), sheet),
  ]
}

function whereOf({ parent }: PlanNode) {
  return parent === null
    ? safe`, at the top`
    : safe`, below ${toSafeText(`${subplanTag(parent)}${titleOf(parent)}`)}`
}

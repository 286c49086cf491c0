/** The rows of a node: how many came, how many were expected, how many were thrown away. */
import type { Estimate, NotApplicable } from '#src/plans/model/estimate.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { numberIn } from '#src/plans/model/values.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { percent } from '#src/text/units.ts'
import type { Drawable } from '#src/theme/theme.ts'
import { exact, factor, short } from './amounts.ts'
import { gravityOf, type Judgement, judgementOf } from './cells.ts'
import { fact, type Sheet } from './sheet.ts'

export function rowLines(node: PlanNode, sheet: Sheet): readonly Drawable[] {
  const { rowsTotal, rowsRounding, raw } = node
  const width = numberIn(raw.properties, 'Plan Width') ?? 0
  return [
    ...(rowsTotal === null || node.neverExecuted
      ? []
      : fact(safe`rows`, countText(rowsTotal, rowsRounding), sheet)),
    ...estimateLines(node, sheet),
    ...removedLines(node, sheet),
    ...(width === 0 ? [] : fact(safe`width`, safe`${exact(width)} bytes a row expected`, sheet)),
  ]
}

/** An average of loops that was rounded by less than half a row in all leaves only one whole number. */
function countText(total: number, rounding: number): SafeText {
  return rounding < 0.5
    ? exact(Math.round(total))
    : safe`${exact(Math.round(total))}, give or take ${exact(Math.ceil(rounding))}: the rows of each loop are rounded`
}

function estimateLines(node: PlanNode, sheet: Sheet): readonly Drawable[] {
  const { estimate } = node
  if (estimate === null) return []
  const expected = expectationOf(estimate, node.loops)
  if (!estimate.applicable) {
    const why = REASONS[estimate.reason]
    return fact(safe`expected`, safe`${expected}${why === null ? safe`` : safe`; ${why}`}`, sheet)
  }
  const judged = judgementOf(node)
  if (judged?.isRight === true) return fact(safe`expected`, safe`${expected}: about as many`, sheet)
  return [...fact(safe`expected`, expected, sheet), ...verdictLines(judged, sheet)]
}

function expectationOf(estimate: Estimate, loops: number | null): SafeText {
  const { planRows, actualRowsPerLoop } = estimate
  const spread = estimate.applicable ? estimate.spread : null
  if (spread !== null)
    return safe`${exact(Math.round(spread.planRows))} in all, planned as ${exact(planRows)} for each of ${short(spread.divisor)} participants`
  return actualRowsPerLoop === null || loops === 1
    ? exact(planRows)
    : safe`${exact(planRows)} a loop, ${exact(actualRowsPerLoop)} came`
}

const REASONS: Readonly<Record<NotApplicable, SafeText | null>> = {
  'not executed': null,
  'never executed': safe`it never ran`,
  bitmap: safe`not comparable: BitmapAnd and BitmapOr always report 0 rows`,
  'no rows returned': safe`not comparable: without RETURNING it hands on no rows`,
}

function verdictLines(judged: Judgement | null, sheet: Sheet): readonly Drawable[] {
  if (judged === null)
    return fact(safe``, safe`fewer came, which says nothing: a Limit above may have had enough`, sheet, 'dim')
  const { direction, factor: times, isAtLeast } = judged
  const { up, down } = sheet.theme.glyphs
  const about = safe`${isAtLeast ? safe`at least ` : safe``}${factor(times)} times as many`
  const text =
    direction === 'under'
      ? safe`${up} ${about} came as expected`
      : safe`${down} ${about} were expected as came`
  return fact(safe``, text, sheet, gravityOf(times) ?? 'plain')
}

/** Of a filter the share of what was looked at; other reasons count candidates that are no rows of the node. */
function removedLines({ removed, rowsTotal }: PlanNode, sheet: Sheet): readonly Drawable[] {
  return removed
    .filter(({ total }) => total > 0)
    .flatMap(({ key, total, rounding }) => {
      const isFilter = key === 'Rows Removed by Filter' && rowsTotal !== null
      const share = isFilter ? safe` (${percent(total / (total + rowsTotal))} of what it looked at)` : safe``
      const rough = rounding < 0.5 ? safe`` : safe`, give or take ${exact(Math.ceil(rounding))}`
      return fact(
        safe`removed`,
        safe`${exact(total)} ${toSafeText(key.replace(/^Rows Removed /, ''))}${share}${rough}`,
        sheet,
      )
    })
}

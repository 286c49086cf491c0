/** The times of a node: its own, with all below it, on every clock, and who paid for whom. */
import type { PlanModel } from '#src/plans/model/model.ts'
import type { Payment, PlanNode } from '#src/plans/model/node.ts'
import { numberIn } from '#src/plans/model/values.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { percent } from '#src/text/units.ts'
import { fit } from '#src/text/width.ts'
import type { Drawable } from '#src/theme/theme.ts'
import { run } from '../run.ts'
import { bar } from '../spark.ts'
import { cost, exact, ms, short } from './amounts.ts'
import { selfCell } from './cells.ts'
import { costOf, errorOf, inclusiveOf, type Lens, type Look, lensesOf, selfOf, shareOf } from './look.ts'
import { isOverlapped } from './notes.ts'
import { fact, factLine, type Sheet } from './sheet.ts'
import { subplanTag, titleOf } from './titles.ts'

const WALL: Look = { lens: 'wall', metric: 'time' }

const BAR_CELLS = 20

export function timeLines(node: PlanNode, model: PlanModel, sheet: Sheet): readonly Drawable[] {
  if (node.neverExecuted)
    return [
      ...fact(safe`never executed`, safe`nothing above it asked for its rows`, sheet),
      ...costLines(node, sheet),
    ]
  return [
    ...(selfOf(node, WALL) === null ? [] : wallLines(node, model, sheet)),
    ...loopLines(node, sheet),
    ...paymentLines(node, model, sheet),
    ...costLines(node, sheet),
  ]
}

function wallLines(node: PlanNode, model: PlanModel, sheet: Sheet): readonly Drawable[] {
  const { glyphs } = sheet.theme
  const share = shareOf(node, model, WALL)
  const self = selfCell(node, model, { look: WALL, glyphs }).text
  const error = errorOf(node, WALL)
  const rounding =
    error < 0.01
      ? safe``
      : safe`${ms(node.exclWallMs)}, give or take ${ms(error)}: the time of each loop is rounded`
  const clocks = lensesOf(model)
  return [
    factLine(
      safe`self`,
      [
        run(safe`${self}${share === null ? safe`` : safe`  ${percent(share)}`}  `, 'strong'),
        run(bar(share ?? 0, BAR_CELLS, glyphs), 'accent'),
      ],
      sheet,
    ),
    ...(rounding === '' ? [] : fact(safe``, rounding, sheet, 'dim')),
    ...(node.isAmbiguous
      ? fact(
          safe``,
          safe`between ${ms(node.exclWallMinMs)} and ${ms(node.exclWallMaxMs)}: which of several nodes waited for a sub-plan is not printed`,
          sheet,
          'warning',
        )
      : []),
    ...(isOverlapped(node)
      ? fact(
          safe``,
          safe`workers below went on while the leader was elsewhere: what they took overlaps`,
          sheet,
          'dim',
        )
      : []),
    ...fact(safe`total`, safe`${ms(node.inclWallMs)} with all below it${firstRow(node)}`, sheet),
    ...(clocks.length > 1 ? clockLines(node, clocks, sheet) : []),
  ]
}

function firstRow({ raw, loops }: PlanNode): SafeText {
  const startup = numberIn(raw.properties, 'Actual Startup Time')
  if (startup === null) return safe``
  return safe`, first row after ${ms(startup)}${(loops ?? 1) > 1 ? safe` on average` : safe``}`
}

const CLOCKS: Readonly<Record<Lens, SafeText>> = {
  wall: safe`wall clock`,
  leader: safe`leader`,
  cpu: safe`all together`,
}

/** Own and inclusive, clock by clock. */
function clockLines(node: PlanNode, lenses: readonly Lens[], sheet: Sheet): readonly Drawable[] {
  const lines = lenses.map((lens) => {
    const look: Look = { lens, metric: 'time' }
    const [self, total] = [selfOf(node, look), inclusiveOf(node, look)]
    const shown = (value: number | null) => fit(value === null ? safe`-` : ms(value), 9, 'right')
    return factLine(safe`  ${CLOCKS[lens]}`, [run(safe`${shown(self)}${shown(total)}`)], sheet)
  })
  return [factLine(safe`by clock`, [run(safe`     self    total`, 'dim')], sheet), ...lines]
}

function loopLines({ loops, participants, raw }: PlanNode, sheet: Sheet): readonly Drawable[] {
  if (loops === null) return []
  const each = numberIn(raw.properties, 'Actual Total Time')
  const average = each === null || loops === 1 ? safe`` : safe`, ${ms(each)} each on average`
  const shared = participants === 1 ? safe`` : safe`, in ${short(participants)} processes`
  return fact(safe`loops`, safe`${exact(loops)}${average}${shared}`, sheet)
}

function paymentLines(node: PlanNode, { outsideRoot }: PlanModel, sheet: Sheet): readonly Drawable[] {
  const outside = outsideRoot.find((each) => each.node === node)
  return [
    ...node.pays.flatMap((payment) =>
      fact(
        safe`paid`,
        safe`${payment.ms === 0 ? safe`nothing` : ms(payment.ms)} for ${nameOf(payment)}, which ran within its time and is not in self`,
        sheet,
      ),
    ),
    ...node.paidBy.flatMap((payment) =>
      fact(
        safe`paid by`,
        safe`${nameOf(payment)}: ${payment.ms === 0 ? safe`nothing` : ms(payment.ms)}`,
        sheet,
      ),
    ),
    ...(outside === undefined || outside.ms === 0
      ? []
      : fact(
          safe`after the plan`,
          safe`${ms(outside.ms)}: it ran on when the top node was through`,
          sheet,
          'notice',
        )),
  ]
}

function nameOf({ node }: Payment): SafeText {
  return toSafeText(`${subplanTag(node)}${titleOf(node)}`)
}

function costLines(node: PlanNode, sheet: Sheet): readonly Drawable[] {
  const { properties } = node.raw
  const [startup, total] = [numberIn(properties, 'Startup Cost'), numberIn(properties, 'Total Cost')]
  if (total === null) return []
  const charged = costOf(node)
  const until = startup === null ? safe`` : safe` (${cost(startup)} until the first row)`
  const part =
    charged === null
      ? safe``
      : safe`${allLoops(charged.inclusive, total)}, its own part about ${cost(charged.own)}`
  const each = (node.loops ?? 1) > 1 ? safe` for one loop` : safe``
  return fact(safe`cost`, safe`${cost(total)}${each}${until}${part}`, sheet)
}

/** EXPLAIN prints the cost of one loop, to its end; the node above may ask for many, or for a part. */
function allLoops(charged: number, total: number): SafeText {
  if (Math.abs(charged - total) < COST_ROUNDING) return safe``
  return charged > total
    ? safe`, about ${cost(charged)} for all loops`
    : safe`, about ${cost(charged)} as far as its rows are asked for`
}

/** Costs are printed with two digits. */
const COST_ROUNDING = 0.005

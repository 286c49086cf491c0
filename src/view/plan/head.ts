/** The lines above a plan: where the time of the whole statement went, and which nodes took most of it. */
import type { PlanModel } from '#src/plans/model/model.ts'
import { isGather } from '#src/plans/model/tree.ts'
import { groupIn, numberIn } from '#src/plans/model/values.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { count, things } from '#src/text/units.ts'
import type { Drawable, Theme, Token } from '#src/theme/theme.ts'
import { blank, drawRuns, fitSegments, joinSegments, run, runsWidth, type Segment } from '../run.ts'
import { blockSize, cost, ms } from './amounts.ts'
import { BLOCKS } from './cells.ts'
import { type Look, lensesOf } from './look.ts'
import { stackRuns } from './stack.ts'

export interface Head {
  readonly look: Look
  readonly width: number
  readonly theme: Theme
}

/** From so many cells on the second line is worth its place. */
const WIDE = 100

const GAP = 2

/**
 * One line below 100 cells, else two: the budget of the statement; then the biggest nodes as one bar, by the look, with
 * the blocks of the whole tree. None for a statement without a plan.
 */
export function headLines(model: PlanModel, head: Head): readonly Drawable[] {
  if (model.root === null) return []
  const first = budgetLine(model, head)
  if (head.width < WIDE) return [first]
  const second = biggestLine(model, head)
  return second === null ? [first] : [first, second]
}

function budgetLine(model: PlanModel, { look, width, theme }: Head): Drawable {
  const clock = lensesOf(model).length > 1 && look.metric === 'time' ? [run(CLOCKS[look.lens], 'dim')] : []
  const room = width - 2 - runsWidth(clock) - (clock.length > 0 ? GAP : 0)
  const segments = model.isExecuted ? budgetSegments(model) : plannedSegments(model)
  const left = joinSegments(fitSegments(segments, room, GAP), GAP)
  const gap = clock.length === 0 ? [] : [blank(room - runsWidth(left) + GAP)]
  return drawRuns([blank(1), ...left, ...gap, ...clock], width, theme)
}

const CLOCKS: Readonly<Record<Look['lens'], SafeText>> = {
  wall: safe`wall clock`,
  leader: safe`leader clock`,
  cpu: safe`all processes`,
}

function budgetSegments(model: PlanModel): readonly Segment[] {
  const { jit, triggers } = model
  const calls = triggers.reduce((sum, trigger) => sum + (trigger.calls ?? 0), 0)
  return [
    part('execution', model.executionMs, 0),
    part('planning', model.planningMs, 1),
    part('tree', model.rootMs, 2),
    part('after the plan', model.outsideRootMs > 0 ? model.outsideRootMs : null, 1, { token: 'notice' }),
    part('triggers', model.triggersMs, 2, { more: safe` in ${things(calls, 'call')}` }),
    part(jit?.leaderMs === null ? 'jit of all processes' : 'jit', jit?.leaderMs ?? jit?.totalMs ?? null, 2),
    part('serialization', model.serializationMs, 2),
    part('other', model.otherMs, 6),
    model.hasTiming ? { runs: [], priority: 0 } : told(safe`nodes were not timed`, 1),
    workersSegment(model),
    settingsSegment(model),
  ]
}

function plannedSegments(model: PlanModel): readonly Segment[] {
  const { properties } = model.root?.raw ?? { properties: {} }
  const [total, rows] = [numberIn(properties, 'Total Cost'), numberIn(properties, 'Plan Rows')]
  return [
    told(safe`planned, not executed`, 0, 'notice'),
    ...(total === null ? [] : [told(safe`cost ${cost(total)}`, 1)]),
    ...(rows === null ? [] : [told(safe`${things(rows, 'row')} expected`, 2)]),
    part('planning', model.planningMs, 2),
    workersSegment(model),
    settingsSegment(model),
  ]
}

function part(
  name: string,
  value: number | null,
  priority: number,
  { token, more = safe`` }: { readonly token?: Token; readonly more?: SafeText } = {},
): Segment {
  return { priority, runs: value === null ? [] : [run(safe`${toSafeText(name)} ${ms(value)}${more}`, token)] }
}

function told(text: SafeText, priority: number, token?: Token): Segment {
  return { priority, runs: [run(text, token)] }
}

/** Of all Gathers together; fewer than planned means that `max_parallel_workers` was used up. */
function workersSegment({ nodes }: PlanModel): Segment {
  const sumOf = (key: string) =>
    nodes.reduce((sum, node) => sum + (isGather(node) ? (numberIn(node.raw.properties, key) ?? 0) : 0), 0)
  const planned = sumOf('Workers Planned')
  if (planned === 0) return { priority: 3, runs: [] }
  const isTold = nodes.some(
    (node) => isGather(node) && numberIn(node.raw.properties, 'Workers Launched') !== null,
  )
  const launched = sumOf('Workers Launched')
  return isTold
    ? told(safe`workers ${count(launched)} of ${count(planned)}`, 3, launched < planned ? 'warning' : 'plain')
    : told(safe`workers ${count(planned)} planned`, 3)
}

function settingsSegment({ statement }: PlanModel): Segment {
  const settings = Object.entries(groupIn(statement.properties, 'Settings'))
  const text = settings.map(([name, value]) => `${name}=${String(value)}`).join(' ')
  return { priority: 7, runs: settings.length === 0 ? [] : [run(toSafeText(text), 'dim')] }
}

function biggestLine(model: PlanModel, { look, width, theme }: Head): Drawable | null {
  const blocks = joinSegments(blockSegments(model), GAP)
  const room = width - 2 - (blocks.length === 0 ? 0 : runsWidth(blocks) + GAP)
  const stack = stackRuns(model, look, { room, theme })
  if (stack.length === 0 && blocks.length === 0) return null
  const gap = blank(width - 2 - runsWidth(stack) - runsWidth(blocks))
  return drawRuns([blank(1), ...stack, gap, ...blocks], width, theme)
}

/** Blocks of the root and of what ran outside of it. */
function blockSegments({ root, outsideRoot, hasBuffers }: PlanModel): readonly Segment[] {
  if (!hasBuffers || root === null) return []
  const all = [root.buffers, ...outsideRoot.map(({ buffers }) => buffers)]
  return (['hit', 'read', 'temp'] as const)
    .map((kind) => {
      const blocks = all.reduce((sum, counters) => sum + BLOCKS[kind](counters), 0)
      const isTold = blocks > 0 || kind === 'hit'
      return told(
        isTold ? safe`${kind as SafeText} ${blockSize(blocks)}` : safe``,
        0,
        kind === 'temp' ? 'warning' : 'plain',
      )
    })
    .filter(({ runs }) => runsWidth(runs) > 0)
}

/** What each process did of a node. */
import type { PlanNode } from '#src/plans/model/node.ts'
import { isGather } from '#src/plans/model/tree.ts'
import { numberIn } from '#src/plans/model/values.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import { things } from '#src/text/units.ts'
import { fit } from '#src/text/width.ts'
import type { Drawable } from '#src/theme/theme.ts'
import { blank, run } from '../run.ts'
import { bar } from '../spark.ts'
import { exact, factor, ms } from './amounts.ts'
import { fact, factLine, type Sheet } from './sheet.ts'

/** The slowest process takes so many times what the mean one does: worth the eye. */
const UNEVEN = 1.5

export function workerLines(node: PlanNode, sheet: Sheet): readonly Drawable[] {
  return [...launchLines(node, sheet), ...processLines(node, sheet)]
}

function launchLines(node: PlanNode, sheet: Sheet): readonly Drawable[] {
  const { properties } = node.raw
  const planned = numberIn(properties, 'Workers Planned')
  if (!isGather(node) || planned === null) return []
  const launched = numberIn(properties, 'Workers Launched')
  const text =
    launched === null
      ? safe`${things(planned, 'worker')} planned`
      : safe`${launched} of ${things(planned, 'worker')} launched`
  return fact(safe`started`, text, sheet, launched !== null && launched < planned ? 'warning' : 'plain')
}

interface Process {
  readonly name: SafeText
  readonly ms: number | null
  readonly rows: number | null
  readonly loops: number | null
}

function processLines(node: PlanNode, sheet: Sheet): readonly Drawable[] {
  const processes = processesOf(node)
  if (processes.length === 0) return silentLines(node, sheet)
  const most = processes.reduce((sum, { ms: each }) => Math.max(sum, each ?? 0), 0)
  const cells = Math.max(4, Math.min(24, sheet.width - sheet.label - 32))
  const { imbalance } = node
  return [
    ...processes.map(({ name, ms: took, rows, loops }) =>
      factLine(
        name,
        [
          run(bar(most === 0 ? 0 : (took ?? 0) / most, cells, sheet.theme.glyphs), 'accent'),
          blank(1),
          run(fit(took === null ? safe`-` : ms(took), 7, 'right'), 'strong'),
          run(
            safe`  ${rows === null ? safe`-` : safe`${exact(Math.round(rows))} rows`}${loops === null || loops === 1 ? safe`` : safe` in ${exact(Math.round(loops))} loops`}`,
          ),
        ],
        sheet,
      ),
    ),
    ...(imbalance === null
      ? []
      : fact(
          safe`balance`,
          safe`the slowest process took ${factor(imbalance)} times the mean of all`,
          sheet,
          imbalance >= UNEVEN ? 'warning' : 'plain',
        )),
  ]
}

/** The leader is what the workers leave of the whole; it took no part where nothing is left. */
function processesOf({ workers, leaderInclMs, loops, rowsTotal }: PlanNode): readonly Process[] {
  const timed = workers.filter(({ sumMs }) => sumMs !== null)
  if (timed.length === 0) return []
  const left = (whole: number | null, of: (worker: (typeof timed)[number]) => number | null) =>
    whole === null
      ? null
      : Math.max(
          0,
          timed.reduce((rest, worker) => rest - (of(worker) ?? 0), whole),
        )
  const leader: Process = {
    name: safe`leader`,
    ms: leaderInclMs,
    rows: left(rowsTotal, (worker) => worker.rowsTotal),
    loops: left(loops, (worker) => worker.loops),
  }
  return [
    ...(leader.loops === 0 ? [] : [leader]),
    ...timed.map(({ number, sumMs, rowsTotal: rows, loops: ran }) => ({
      name: safe`worker ${number}`,
      ms: sumMs,
      rows,
      loops: ran,
    })),
  ]
}

function silentLines({ participants }: PlanNode, sheet: Sheet): readonly Drawable[] {
  return participants === 1
    ? []
    : fact(safe`each`, safe`not told: EXPLAIN (ANALYZE, VERBOSE) prints what each worker did`, sheet, 'dim')
}

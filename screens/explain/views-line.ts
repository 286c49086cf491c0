/** The first lines of the Explain screen: which plan this is, and the ways to look at it. */
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { clock, duration } from '#src/text/units.ts'
import type { Drawable, Theme, Token } from '#src/theme/theme.ts'
import type { Look } from '#src/view/plan/look.ts'
import { blank, drawRuns, fitSegments, joinSegments, run, type Segment } from '#src/view/run.ts'
import type { ViewId } from './context.ts'
import type { History } from './history.ts'
import type { Busy } from './runs.ts'
import type { ShownPlan } from './shown-plan.ts'

/** The views with their keys, in the order of the line. */
export const VIEWS = [
  { id: 'tree', key: 't', label: 'tree', title: 'Show the tree' },
  { id: 'findings', key: 'f', label: 'findings', title: 'Show what is wrong with it, and what to do' },
  { id: 'timeline', key: 'o', label: 'over time', title: 'Show when each node ran' },
  { id: 'relations', key: 'u', label: 'relations', title: 'Show it summed up by relation' },
  { id: 'types', key: 'T', label: 'node types', title: 'Show it summed up by kind of node' },
  {
    id: 'diff',
    key: 'd',
    label: 'diff',
    title: 'Compare it with the plan before, or with the one marked by b',
  },
  { id: 'raw', key: 'R', label: 'raw', title: 'Show the plan as it was printed' },
  { id: 'statements', key: 'L', label: 'statements', title: 'List the statements that took most time' },
] as const satisfies readonly {
  readonly id: ViewId
  readonly key: string
  readonly label: string
  readonly title: string
}[]

export interface ViewsLine {
  readonly history: History
  readonly view: ViewId
  readonly look: Look
  readonly findings: number
  readonly summary: string
}

const KINDS: Readonly<Record<ShownPlan['kind'], SafeText>> = {
  read: safe`plan`,
  planned: safe`EXPLAIN`,
  analyzed: safe`EXPLAIN ANALYZE`,
}

/** Which plan, and the views; on a short line those that fit. */
export function viewsLines(line: ViewsLine, width: number, theme: Theme): readonly Drawable[] {
  const segments = VIEWS.map(({ id, key, label }, index) => ({
    priority: id === line.view ? 0 : index + 1,
    runs: [
      run(toSafeText(key), 'key'),
      run(
        safe` ${toSafeText(label)}${id === 'findings' && line.findings > 0 ? safe` ${line.findings}` : safe``} `,
        id === line.view ? 'selected' : 'plain',
      ),
    ],
  }))
  const views = joinSegments(fitSegments(segments, width - 2, 1), 1)
  const plan = joinSegments(fitSegments(planSegments(line), width - 2, 0), 0)
  return [drawRuns([blank(1), ...plan], width, theme), drawRuns([blank(1), ...views], width, theme)]
}

/** The views whose numbers are of what is measured. */
const MEASURED: ReadonlySet<ViewId> = new Set(['tree', 'relations', 'types'])

/** Which of them leave a short line first: when it was made, and where it comes from. */
function planSegments({ history, look, view, summary }: ViewsLine): readonly Segment[] {
  const { plan, plans, at, statement, current } = history
  const sought = {
    priority: 0,
    runs: summary === '' ? [] : [run(safe`  ${toSafeText(summary)}`, 'accent')],
  }
  if (plan === null) return [{ priority: 0, runs: [run(safe`no plan yet`, 'dim')] }, sought]
  const { planned, statements } = plan
  const settings = Object.entries(planned?.question.settings ?? {}).map(([name, value]) => `${name}=${value}`)
  const isMeasured = MEASURED.has(view) && current?.model.isExecuted === true
  return [
    { priority: 0, runs: [run(KINDS[plan.kind], 'strong')] },
    { priority: 7, runs: [run(safe`: ${toSafeText(plan.origin)}`)] },
    note(8, planned !== null && safe`database ${toSafeText(planned.database)}`),
    note(3, planned !== null && planned.plannedAs !== 'itself' && safe`generic plan`),
    note(4, plan.notice !== null && toSafeText(plan.notice), 'warning'),
    note(6, settings.length > 0 && toSafeText(settings.join(' '))),
    note(2, statements.length > 1 && safe`statement ${statement + 1} of ${statements.length} ({ })`),
    note(1, plans.length > 1 && safe`${at + 1} of ${plans.length} ([ ])`),
    note(3, history.base === plan && safe`marked to compare with`),
    note(9, safe`at ${clock(plan.at)}`),
    note(2, isMeasured && look.lens !== 'wall' && safe`${toSafeText(look.lens)} clock`),
    note(2, isMeasured && look.metric !== 'time' && safe`by ${toSafeText(look.metric)}`),
    sought,
  ]
}

function note(priority: number, text: SafeText | false, token: Token = 'dim'): Segment {
  return { priority, runs: text === false ? [] : [run(safe`, ${text}`, token)] }
}

const PROGRESS: Readonly<Record<Busy['progress'], SafeText>> = {
  connecting: safe`connecting`,
  checking: safe`checking`,
  planning: safe`planning`,
  running: safe`running`,
  'rolling back': safe`rolling back`,
}

/** What runs now, and for how long. */
export function busyLine({ what, progress, startedMs }: Busy, width: number, theme: Theme): Drawable {
  const seconds = Math.max(0, (performance.now() - startedMs) / 1000)
  return drawRuns(
    [
      run(safe` ${toSafeText(what)}: ${PROGRESS[progress]} ${duration(seconds)}`, 'badge'),
      run(safe`  `),
      run(safe`Esc`, 'key'),
      run(safe` cancels it`),
    ],
    width,
    theme,
  )
}

/** How to begin, while there is no plan. */
export function startLines(width: number, theme: Theme): readonly Drawable[] {
  const ways = [
    ['i', 'type or paste a query, or a plan that EXPLAIN has printed'],
    ['E', 'write it in $EDITOR'],
    ['L', 'choose one of the statements that took most time'],
    ['e', 'on Activity or Locks: explain the query of the chosen session'],
  ] as const
  return [
    safe``,
    drawRuns([run(safe` Nothing is explained yet.`, 'strong')], width, theme),
    safe``,
    ...ways.map(([key, what]) =>
      drawRuns([run(safe`  ${toSafeText(key)}`, 'key'), run(safe`  ${toSafeText(what)}`)], width, theme),
    ),
    safe``,
    drawRuns(
      [
        run(safe` A query is only planned; it never runs before `),
        run(safe`A`, 'key'),
        run(safe` asked and you said yes.`),
      ],
      width,
      theme,
    ),
  ]
}

/** The first line of the Locks screen: how bad it is, the views, and what a person must know to read it right. */
import type { LockAnalysis } from '#src/locks/analysis.ts'
import type { Snapshot } from '#src/monitor/snapshot.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { duration, things } from '#src/text/units.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import type { LocksView } from '#src/view/locks/columns.ts'
import { blank, drawRuns, type Run, run, runsWidth } from '#src/view/run.ts'

export interface ViewsLine {
  readonly analysis: LockAnalysis | null
  readonly view: LocksView
  readonly snapshot: Pick<Snapshot, 'failure' | 'fallback'>
  /** The filter and the tags, in words. */
  readonly summary: SafeText
}

const VIEWS = [
  { id: 'tree', key: 't', label: 'tree' },
  { id: 'waiters', key: 'w', label: 'waiters first' },
  { id: 'things', key: 'o', label: 'objects' },
] as const satisfies readonly { id: LocksView; key: string; label: string }[]

/** One line, and one more for each notice. */
export function viewsLine(line: ViewsLine, width: number, theme: Theme): readonly Drawable[] {
  const views = VIEWS.flatMap(({ id, key, label }): Run[] => [
    run(toSafeText(key), 'key'),
    run(safe` ${toSafeText(label)} `, id === line.view ? 'selected' : 'plain'),
    blank(1),
  ])
  const counts = run(countsText(line.analysis), (line.analysis?.waiting.length ?? 0) > 0 ? 'strong' : 'dim')
  const summary: readonly Run[] = line.summary.length === 0 ? [] : [run(line.summary, 'accent'), blank(1)]
  const space = width - 3 - runsWidth([...views, counts, ...summary])
  const isCrowded = space < 0
  const first = [blank(1), ...views, blank(1), counts]
  return [
    drawRuns(isCrowded ? first : [...first, blank(space), ...summary], width, theme),
    ...(isCrowded && summary.length > 0 ? [drawRuns([blank(1), ...summary], width, theme)] : []),
    ...notices(line).map((text) =>
      drawRuns([run(safe` ${theme.glyphs.warning} ${text}`, 'warning')], width, theme),
    ),
  ]
}

function countsText(analysis: LockAnalysis | null): SafeText {
  if (analysis === null || analysis.waiting.length === 0) return safe``
  const longest =
    analysis.longestSeconds === null ? safe`` : safe`, longest ${duration(analysis.longestSeconds)}`
  return safe`${analysis.waiting.length} waiting in ${things(analysis.trees.length, 'tree')}${longest}`
}

function notices({ snapshot, analysis }: ViewsLine): readonly SafeText[] {
  return [
    ...(snapshot.failure === null ? [] : [toSafeText(snapshot.failure.message)]),
    ...(snapshot.failure === null && snapshot.fallback !== null
      ? [safe`a system catalog is locked: relations by number, names of roles and databases from memory`]
      : []),
    ...(analysis?.isComplete === false
      ? [safe`more sessions wait than are read: what is counted is at least so many`]
      : []),
  ]
}

/** The lines above a table: its views with their counts, the filter, and what a person must know to read it right. */
import { type SafeText, safe } from '#src/text/safe.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { blank, drawRuns, fitSegments, joinSegments, type Run, run, runsWidth, type Segment } from './run.ts'

/** One view with the key that opens it. */
export interface ViewTab {
  readonly key: SafeText
  readonly label: SafeText
  /** Rows in it; null where they are not counted. */
  readonly count: number | null
  readonly isShown: boolean
  /** The highest leaves a short line first, 0 stays; 0 unless told. */
  readonly priority?: number
}

/** What stands above a table. */
export interface ViewsHead {
  readonly views: readonly ViewTab[]
  /** What follows the views. */
  readonly extra?: readonly Segment[]
  /** The filter and the tags, in words, at the right. */
  readonly summary: SafeText
  /** A line each. */
  readonly notices: readonly SafeText[]
}

/** One line of views (two where the filter has no room beside them), and one more for each notice. */
export function drawViews(
  { views, extra = [], summary, notices }: ViewsHead,
  width: number,
  theme: Theme,
): readonly Drawable[] {
  const segments = views.map(({ key, label, count, isShown, priority = 0 }): Segment => {
    const text = count === null ? safe` ${label}` : safe` ${label} ${count}`
    return {
      priority,
      runs: [run(key, 'key'), isShown ? run(safe`${text} `, 'selected') : run(text)],
    }
  })
  const left = joinSegments(fitSegments([...segments, ...extra], width - 1, 2), 2)
  const right: readonly Run[] = summary.length === 0 ? [] : [run(summary, 'accent'), blank(1)]
  const space = width - 1 - runsWidth(left) - runsWidth(right)
  const isCrowded = space < 1
  return [
    drawRuns(isCrowded ? [blank(1), ...left] : [blank(1), ...left, blank(space), ...right], width, theme),
    ...(isCrowded && right.length > 0 ? [drawRuns([blank(1), ...right], width, theme)] : []),
    ...notices.map((text) =>
      drawRuns([run(safe` ${theme.glyphs.warning} ${text}`, 'warning')], width, theme),
    ),
  ]
}

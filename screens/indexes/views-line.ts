/** The lines above the Indexes table. */
import type { Item } from '#src/indexes/item.ts'
import type { IndexReading } from '#src/reading/indexes.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { bytes, duration } from '#src/text/units.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import type { ReadDatabase } from '#src/ui/read-database.ts'
import { partNotice, readNotices } from '#src/ui/read-notices.ts'
import { run } from '#src/view/run.ts'
import { drawViews } from '#src/view/views-line.ts'
import { isIn, VIEWS, type ViewId } from './views.ts'

export interface ViewsLine {
  readonly items: readonly Item[]
  readonly view: ViewId
  /** The table whose indexes alone are shown. */
  readonly only: string | null
  readonly source: ReadDatabase<IndexReading>
  /** Before scans were counted for so long nobody knows what is used. */
  readonly statisticsDays: number
  /** The filter and the tags, in words. */
  readonly summary: SafeText
}

/** The views with their counts, and what must be known to read the table right. */
export function viewsLine(line: ViewsLine, width: number, theme: Theme): readonly Drawable[] {
  const { items, view, only, source, summary } = line
  const shown = only === null ? summary : safe`only ${toSafeText(only)} (t) ${summary}`
  return drawViews(
    {
      views: VIEWS.map(({ id, key, label }, at) => ({
        key: toSafeText(key),
        label: toSafeText(label),
        count: items.filter((item) => isIn(id, item)).length,
        isShown: only === null && id === view,
        priority: id === view ? 0 : at,
      })),
      extra: [{ priority: 7, runs: [run(droppableText(items), 'dim')] }],
      summary: shown,
      notices: [
        ...readNotices(source),
        ...partNotice(source.reported.value),
        ...statisticsNotice(source.reported.value, line.statisticsDays),
      ],
    },
    width,
    theme,
  )
}

/** What would be won, each index counted once. */
function droppableText(items: readonly Item[]): SafeText {
  const size = items
    .filter((item) => isIn('droppable', item))
    .reduce((sum, { index }) => sum + (index?.bytes ?? 0), 0)
  return size === 0 ? safe`` : safe`${bytes(size)} can go`
}

function statisticsNotice(reading: IndexReading | null, days: number): readonly SafeText[] {
  const seconds = reading?.statistics?.age_seconds ?? null
  if (reading === null || !reading.isWhole) return []
  if (reading.statistics?.in_recovery === true)
    return [safe`a standby: scans counted here are its own; ask the primary what is unused`]
  if (reading.statistics?.track_counts === false)
    return [safe`track_counts is off: nothing is counted, so nobody knows what is used`]
  return seconds === null || seconds >= days * 86_400
    ? []
    : [safe`scans are counted for ${duration(seconds)} only: under ${days} days none is called unused`]
}

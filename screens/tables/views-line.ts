/** The lines above the Tables table. */
import type { TableReading } from '#src/reading/tables.ts'
import type { TableReport } from '#src/tables/items.ts'
import { unknownHere } from '#src/tables/verdicts.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { count } from '#src/text/units.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import type { ReadDatabase } from '#src/ui/read-database.ts'
import { partNotice, readNotices } from '#src/ui/read-notices.ts'
import { drawViews } from '#src/view/views-line.ts'
import { isIn, VIEWS, type ViewId } from './views.ts'

export interface ViewsLine {
  readonly report: TableReport | null
  readonly view: ViewId
  readonly source: ReadDatabase<TableReading>
  /** The filter and the tags, in words. */
  readonly summary: SafeText
}

/** The views with their counts, and what must be known to read the table right. */
export function viewsLine(line: ViewsLine, width: number, theme: Theme): readonly Drawable[] {
  const { report, view, source, summary } = line
  const items = report?.items ?? []
  return drawViews(
    {
      views: VIEWS.map(({ id, key, label }, at) => ({
        key: toSafeText(key),
        label: toSafeText(label),
        count:
          id === 'sequences'
            ? (report?.sequences.length ?? 0)
            : items.filter((item) => isIn(id, item)).length,
        isShown: id === view,
        priority: id === view ? 0 : at,
      })),
      summary,
      notices: [
        ...readNotices(source),
        ...partNotice(source.reported.value),
        ...horizonNotice(report),
        ...standbyNotice(source.reported.value),
      ],
    },
    width,
    theme,
  )
}

/** So many transaction ids ago somebody's snapshot is worth a line (the same as a wait of minutes on a busy server). */
const OLD_HORIZON = 1_000_000

function horizonNotice(report: TableReport | null): readonly SafeText[] {
  const [first] = report?.holders.filter(({ holdsUserTables }) => holdsUserTables) ?? []
  if (first === undefined || first.age < OLD_HORIZON) return []
  const doing = first.doing === null ? safe`` : safe`, ${toSafeText(first.doing)}`
  return [safe`vacuum is held back ${count(first.age)} xids by ${toSafeText(first.label)}${doing}`]
}

function standbyNotice(reading: TableReading | null): readonly SafeText[] {
  const text = reading === null ? null : unknownHere(reading.facts)
  return text === null ? [] : [toSafeText(text)]
}

/** How far a command is that reports its progress. */
import type { backendProgress } from '#queries/backend-progress.ts'
import type { EntryRow } from '#queries/define.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { bytes, count, percent } from '#src/text/units.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { drawRuns, run } from '#src/view/run.ts'
import { bar } from '#src/view/spark.ts'

type ProgressRow = EntryRow<typeof backendProgress>

const BAR_CELLS = 20

/** Two lines for each command; a percentage holds for the phase alone, since each phase begins anew. */
export function progressLines(
  rows: readonly ProgressRow[],
  width: number,
  theme: Theme,
): readonly Drawable[] {
  return rows.flatMap((row) => {
    const what = [row.command, row.relation_name, row.phase]
      .filter((text) => text !== null && text !== '')
      .join('  ')
    const waits = row.waits_for_pid === null ? safe`` : safe`  waits for pid ${row.waits_for_pid}`
    return [
      drawRuns([run(safe`   ${toSafeText(what)}`), run(waits, 'critical')], width, theme),
      ...amountLine(row, width, theme),
    ]
  })
}

function amountLine({ done, total, unit }: ProgressRow, width: number, theme: Theme): readonly Drawable[] {
  if (done === null) {
    return []
  }
  const share = total === null || Number(total) === 0 ? null : Number(done) / Number(total)
  const of = total === null ? safe`` : safe` of ${amount(total, unit)}`
  const text = safe`${amount(done, unit)}${of}${share === null ? safe`` : safe`  ${percent(share)} of this phase`}`
  const drawn = share === null ? [] : [run(safe`${bar(share, BAR_CELLS, theme.glyphs)} `, 'accent')]
  return [drawRuns([run(safe`   `), ...drawn, run(text)], width, theme)]
}

function amount(value: number | bigint, unit: string | null): SafeText {
  return unit === 'bytes' ? bytes(value) : safe`${count(value)} ${toSafeText(unit ?? '')}`
}

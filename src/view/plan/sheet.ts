/** A sheet of labelled facts: what the detail of a node is written on. */
import { type SafeText, safe } from '#src/text/safe.ts'
import { cellWidth, fit } from '#src/text/width.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable, Theme, Token } from '#src/theme/theme.ts'
import { blank, drawRuns, type Run, run } from '../run.ts'

export interface Sheet {
  readonly width: number
  readonly theme: Theme
  /** Cells of a label in front of its value. */
  readonly label: number
}

const MARGIN = 1
/** A value needs at least so many cells behind its label; else it goes below it. */
const LEAST_VALUE = 16
const INDENT = 3

/** A label, and a text that is wrapped behind it, or below it where the label is long or the sheet narrow. */
export function fact(label: SafeText, value: SafeText, sheet: Sheet, token?: Token): readonly Drawable[] {
  const room = sheet.width - MARGIN - sheet.label - 1
  if (room < LEAST_VALUE) return [...prose(label, sheet, 'dim'), ...prose(value, sheet, token)]
  const lines = wrap(value, room)
  if (cellWidth(label) > sheet.label)
    return [
      ...prose(label, sheet, 'dim'),
      ...lines.map((line) => factLine(safe``, [run(line, token)], sheet)),
    ]
  return lines.map((line, index) => factLine(index === 0 ? label : safe``, [run(line, token)], sheet))
}

/** A label and a line, each cut where it is too long. */
export function factLine(
  label: SafeText,
  value: readonly Run[],
  { width, theme, label: cells }: Sheet,
): Drawable {
  return drawRuns([blank(MARGIN), run(fit(label, cells), 'dim'), blank(1), ...value], width, theme)
}

/** A text over the whole width, wrapped. */
export function prose(text: SafeText, { width, theme }: Sheet, token?: Token): readonly Drawable[] {
  return wrap(text, Math.max(1, width - INDENT)).map((line, index) =>
    drawRuns([blank(index === 0 ? MARGIN : INDENT), run(line, token)], width, theme),
  )
}

/** A blank line, the title, and the lines; nothing where there are no lines. */
export function section(
  title: SafeText,
  lines: readonly Drawable[],
  { width, theme }: Sheet,
): readonly Drawable[] {
  return lines.length === 0
    ? []
    : [safe``, drawRuns([blank(MARGIN), run(title, 'strong')], width, theme), ...lines]
}

/** What is known of one thing, as labels with their values. */
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { cellWidth, fit } from '#src/text/width.ts'
import type { Drawable, Theme, Token } from '#src/theme/theme.ts'
import { blank, drawRuns, type Run, run } from './run.ts'

/** Cells of a label in front of its value. */
const LABEL = 14
/** From so many cells on, two facts stand side by side. */
const WIDE = 100

export interface Fact {
  readonly label: string
  readonly value: SafeText
  readonly token?: Token
}

/** A fact from raw texts; null where there is no value. */
export function fact(label: string, value: string | null, more = '', token?: Token): Fact | null {
  if (value === null || value === '') {
    return null
  }
  const text = toSafeText(value + more)
  return token === undefined ? { label, value: text } : { label, value: text, token }
}

/** Facts in two columns where there is room for both. */
export function factLines(list: readonly Fact[], width: number, theme: Theme): readonly Drawable[] {
  const columns = width >= WIDE ? 2 : 1
  const cells = Math.floor(width / columns)
  const half = Math.ceil(list.length / columns)
  return Array.from({ length: half }, (_, index) => {
    const runs = [list[index], list[index + half]].slice(0, columns).flatMap((each): Run[] => {
      if (each === undefined) {
        return []
      }
      const room = cells - LABEL - 3
      const text =
        cellWidth(each.value) <= room ? each.value : fit(each.value, room, 'left', theme.glyphs.ellipsis)
      return [
        run(toSafeText(` ${each.label.padEnd(LABEL)} `), 'dim'),
        run(safe`${text}`, each.token),
        blank(cells - LABEL - 2 - cellWidth(text)),
      ]
    })
    return drawRuns(runs, width, theme)
  })
}

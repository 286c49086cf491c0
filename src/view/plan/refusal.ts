/** Why a statement could not be explained, with the place in its text and what to try. */
import type { Refusal } from '#src/explain/contract.ts'
import type { Unreadable } from '#src/plans/plan.ts'
import { type SafeText, safe, toSafeLines, toSafeText } from '#src/text/safe.ts'
import { cellWidth, sliceCells } from '#src/text/width.ts'
import { wrap } from '#src/text/wrap.ts'
import { type Drawable, join, type Theme } from '#src/theme/theme.ts'

/** Lines of the text around the place of the fault. */
const AROUND = 2

/** So many cells behind the place stay in sight. */
const BEHIND = 10

const RAN: Readonly<Record<Refusal['step'], SafeText>> = {
  connect: safe`Nothing was run: there was no connection for it.`,
  settings: safe`Nothing was run: a setting that was given with it was refused.`,
  parse: safe`Nothing was run: the server did not accept the statement.`,
  plan: safe`Nothing was run: it could not be planned.`,
  index: safe`Nothing was run: no index could be tried.`,
  consent: safe`Nothing was run.`,
  run: safe`It was running; the transaction was rolled back.`,
}

/** A refusal of the server, or a text that is no plan that can be read. */
export function refusalLines(
  { text, reason }: { readonly text: string; readonly reason: Refusal | Unreadable },
  width: number,
  theme: Theme,
): readonly Drawable[] {
  const bounded = (line: SafeText) => wrap(line, width - 2).map((part) => safe` ${part}`)
  if ('reason' in reason) {
    const { line, column } = reason
    return [
      theme.paint('critical', safe` this plan cannot be read`),
      ...bounded(safe`line ${line}, column ${column}: ${toSafeText(reason.reason)}`),
      safe``,
      ...excerpt(text, { line: line - 1, column: column - 1 }, width, theme),
    ]
  }
  const { failure, position, step, remedies } = reason
  const further = [failure.detail, failure.hint].filter((each) => each !== undefined)
  return [
    ...bounded(toSafeText(failure.message)).map((line) => theme.paint('critical', line)),
    ...further.flatMap((each) => toSafeLines(each).flatMap(bounded)),
    safe``,
    ...(position === null ? [] : [...excerpt(text, placeOf(text, position), width, theme), safe``]),
    ...bounded(RAN[step]),
    ...remedies.flatMap((remedy) => bounded(safe`${theme.glyphs.leads} ${toSafeText(remedy)}`)),
  ]
}

interface Place {
  readonly line: number
  readonly column: number
}

/** The place of a character, counted from 1 as the server does. */
function placeOf(text: string, position: number): Place {
  const before = Array.from(text)
    .slice(0, position - 1)
    .join('')
    .split('\n')
  return { line: before.length - 1, column: Array.from(before.at(-1) ?? '').length }
}

/** The lines around a place, with a mark below it; a long line is shown from where the place is seen. */
function excerpt(text: string, place: Place, width: number, theme: Theme): readonly Drawable[] {
  const lines = text.split('\n')
  const first = Math.max(0, place.line - AROUND)
  return lines.slice(first, place.line + 1).flatMap((raw, at): readonly Drawable[] => {
    const isPlace = first + at === place.line
    const line = toSafeText(raw.replace(/\r$/, ''))
    const column = isPlace ? cellWidth(toSafeText(Array.from(raw).slice(0, place.column).join(''))) : 0
    const room = Math.max(10, width - 4)
    const from = column < room - BEHIND ? 0 : column - room + 2 * BEHIND
    const shown = join(theme.paint('dim', safe`  `), sliceCells(line, from, room))
    if (!isPlace) return [shown]
    return [shown, theme.paint('critical', toSafeText(`  ${' '.repeat(Math.max(0, column - from))}^`))]
  })
}

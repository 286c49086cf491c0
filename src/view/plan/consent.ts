/** The question before a statement is run for its plan. */
import type { Danger } from '#src/explain/contract.ts'
import { type SafeText, safe, toSafeLines, toSafeText } from '#src/text/safe.ts'
import { duration } from '#src/text/units.ts'
import { wrap } from '#src/text/wrap.ts'
import { type Drawable, join, type Theme } from '#src/theme/theme.ts'
import { drawRuns, run } from '../run.ts'

export interface ConsentQuestion {
  readonly text: string
  readonly database: string
  readonly dangers: readonly Danger[]
  /** Running it, or only planning it, where that alone may change something. */
  readonly step: 'run' | 'plan'
  /** `orders@db1:5432`, raw. */
  readonly server: string
  readonly role: string | null
  readonly timeoutMs: number
  readonly timing: boolean
}

export interface DrawnConsent {
  readonly lines: readonly Drawable[]
  /** Whether everything that has to be read before `y` has its place: what a run would do, and the question. */
  readonly isWhole: boolean
}

/** The query gives way first; the dangers and the question stand whole, or nothing can be confirmed. */
export function drawConsent(
  question: ConsentQuestion,
  { width, height, theme }: { readonly width: number; readonly height: number; readonly theme: Theme },
): DrawnConsent {
  const head = headLines(question, width, theme)
  const foot = [
    ...dangerLines(question.dangers, width, theme),
    safe``,
    ...questionLines(question, width, theme),
  ]
  const query = toSafeLines(question.text.trim()).flatMap((line) =>
    wrap(line, width - 3).map((part) => safe`  ${part}`),
  )
  const room = height - head.length - foot.length - 1
  const shown = query.slice(0, Math.max(0, query.length <= room ? room : room - 1))
  const rest = query.length - shown.length
  const more = rest === 0 ? [] : [theme.paint('dim', safe`  ${theme.glyphs.ellipsis} ${rest} more lines`)]
  return {
    lines: [...head, ...shown, ...more, safe``, ...foot].slice(0, height),
    isWhole: head.length + foot.length + 2 <= height,
  }
}

function headLines(
  { step, database, server, role }: ConsentQuestion,
  width: number,
  theme: Theme,
): readonly Drawable[] {
  const as = role === null ? safe`` : safe` as ${toSafeText(role)}`
  const where = safe`in ${toSafeText(database)} of ${toSafeText(server)}${as}`
  const what =
    step === 'run' ? safe`EXPLAIN ANALYZE really runs it` : safe`Already planning it may change something`
  return [
    ...indented(what, width).map((line) => theme.paint('strong', line)),
    ...indented(safe`${where}, in a transaction that is always rolled back:`, width),
  ]
}

function indented(text: SafeText, width: number): readonly SafeText[] {
  return wrap(text, width - 2).map((line) => safe` ${line}`)
}

function dangerLines(dangers: readonly Danger[], width: number, theme: Theme): readonly Drawable[] {
  if (dangers.length === 0)
    return indented(
      safe`It reads only: nothing in its plan writes, locks rows or calls a volatile function.`,
      width,
    )
  return dangers.flatMap(({ sentence, isUndone }) => {
    const mark = isUndone ? safe` !  ` : safe` !! `
    return wrap(toSafeText(sentence), width - 6).map((line, at) =>
      join(theme.paint(isUndone ? 'warning' : 'critical', at === 0 ? mark : safe`    `), line),
    )
  })
}

function questionLines(
  { step, timeoutMs, timing }: ConsentQuestion,
  width: number,
  theme: Theme,
): readonly Drawable[] {
  const clock: SafeText = timing ? safe`timing on` : safe`timing off`
  const bounds = drawRuns(
    [
      run(safe` ends after ${duration(timeoutMs / 1000)} at most (`),
      run(safe`t`, 'key'),
      run(safe`), ${clock} (`),
      run(safe`c`, 'key'),
      run(safe`), Esc cancels it while it runs`),
    ],
    width,
    theme,
  )
  const answers = drawRuns(
    [
      run(step === 'run' ? safe` Run it? ` : safe` Plan it? `, 'strong'),
      run(safe`y`, 'key'),
      run(safe` yes   `),
      run(safe`Esc`, 'key'),
      run(safe` no`),
    ],
    width,
    theme,
  )
  return step === 'run' ? [bounds, answers] : [answers]
}

/** A finding as lines. */
import type { Finding } from '#src/plans/findings/finding.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { fit } from '#src/text/width.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable, Theme, Token } from '#src/theme/theme.ts'
import { drawRuns, run } from '../run.ts'
import { SEVERITIES } from './severity.ts'

const INDENT = 4

/** What is wrong, what to do about it, and the statement that would do it; every line at most `width` cells. */
export function findingLines(finding: Finding, width: number, theme: Theme): readonly Drawable[] {
  const { mark, token } = SEVERITIES[finding.severity]
  const lines = (lead: SafeText, text: string, look?: Token): readonly Drawable[] =>
    wrap(toSafeText(text), Math.max(1, width - INDENT)).map((line, index) =>
      drawRuns([run(fit(index === 0 ? lead : safe``, INDENT), token), run(line, look)], width, theme),
    )
  return [
    ...lines(safe` ${mark}`, finding.title, 'strong'),
    ...lines(safe``, finding.advice),
    ...(finding.remedy === null ? [] : lines(safe``, finding.remedy, 'good')),
  ]
}

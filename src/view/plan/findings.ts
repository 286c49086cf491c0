/** A finding as lines. */
import type { Finding } from '#src/plans/findings/finding.ts'
import { type SafeText, safe, toSafeLines, toSafeText } from '#src/text/safe.ts'
import { percent } from '#src/text/units.ts'
import { fit } from '#src/text/width.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable, Theme, Token } from '#src/theme/theme.ts'
import { drawRuns, run } from '../run.ts'
import { ms } from './amounts.ts'
import { evidenceText } from './hotspots.ts'
import { SEVERITIES } from './severity.ts'
import { titleOf } from './titles.ts'

const INDENT = 4

/**
 * What is wrong, what it rests on, what to do about it, and the statement that would do it; every line at most `width`
 * cells. Of which node is left to what stands around it.
 */
export function findingLines(finding: Finding, width: number, theme: Theme): readonly Drawable[] {
  return drawn(finding, safe``, { width, theme })
}

/** The same where nothing stands around it: with the node. */
export function placedFindingLines(finding: Finding, width: number, theme: Theme): readonly Drawable[] {
  const { node } = finding
  return drawn(finding, node === null ? safe`the whole statement` : titleOf(node), { width, theme })
}

interface Sheet {
  readonly width: number
  readonly theme: Theme
}

function drawn(finding: Finding, where: SafeText, { width, theme }: Sheet): readonly Drawable[] {
  const { mark, token } = SEVERITIES[finding.severity]
  const lines = (lead: SafeText, text: SafeText, look?: Token): readonly Drawable[] =>
    wrap(text, Math.max(1, width - INDENT)).map((line, index) =>
      drawRuns([run(fit(index === 0 ? lead : safe``, INDENT), token), run(line, look)], width, theme),
    )
  const basis = [where, savesText(finding, theme), evidenceText(finding.evidence)]
    .filter((part) => part !== '')
    .join('; ') as SafeText
  return [
    ...lines(safe` ${mark}`, toSafeText(finding.title), 'strong'),
    ...(basis === '' ? [] : lines(safe``, basis, 'dim')),
    ...lines(safe``, toSafeText(finding.advice)),
    ...(finding.remedy === null
      ? []
      : toSafeLines(finding.remedy).flatMap((line) => lines(safe``, line, 'good'))),
  ]
}

/** What could go at best, so no more than this. */
function savesText({ savesMs, share }: Finding, { glyphs }: Theme): SafeText {
  if (savesMs === null) return safe``
  const of = share === null ? safe`` : safe` (${percent(share)})`
  return safe`saves ${glyphs.atMost} ${ms(savesMs)}${of}`
}

/** The sentence that names the culprit, and what can be done, as lines above the table. */
import type { Advice, Remedy } from '#src/locks/advice.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable, Theme, Token } from '#src/theme/theme.ts'
import { drawRuns, run } from '../run.ts'

/** The key that carries a remedy out, over the row that it names. */
const KEYS: Readonly<Record<Remedy['action'], SafeText>> = {
  cancel: safe`C`,
  terminate: safe`K`,
  'rollback prepared': safe`y`,
}

/** Whether the key of a remedy acts on its targets now. */
export type IsKeyed = (remedy: Remedy) => boolean

/** At most `most` lines, the culprit and the remedies before the details. */
export function adviceLines(
  { culprit, details, remedies }: Advice,
  {
    width,
    most,
    isKeyed,
    theme,
  }: { readonly width: number; readonly most: number; readonly isKeyed: IsKeyed; readonly theme: Theme },
): readonly Drawable[] {
  const line = (mark: SafeText, text: SafeText, token?: Token): readonly Drawable[] =>
    wrap(text, width - 4).map((part, index) =>
      drawRuns([run(index === 0 ? mark : safe`    `, 'key'), run(part, token)], width, theme),
    )
  const first = wrap(culprit, width - 4).map((part, index) =>
    drawRuns(
      [run(index === 0 ? safe` ${theme.glyphs.warning}  ` : safe`    `, 'critical'), run(part, 'critical')],
      width,
      theme,
    ),
  )
  const ways = remedies.flatMap((remedy) =>
    line(
      isKeyed(remedy) ? safe`  ${KEYS[remedy.action]} ` : safe`  ${theme.glyphs.bullet} `,
      remedy.text,
      'good',
    ),
  )
  const room = Math.max(0, most - first.length - ways.length)
  const told = details.flatMap((text) => line(safe`    `, text))
  return [...first, ...told.slice(0, room), ...ways].slice(0, most)
}

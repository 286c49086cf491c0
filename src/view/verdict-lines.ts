/** A verdict on an index or a table as it is read in a detail: why, what could make it wrong, what to do. */
import { safe, toSafeLines, toSafeText } from '#src/text/safe.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable, Theme, Token } from '#src/theme/theme.ts'

/** All texts are raw. */
export interface DrawnVerdict {
  readonly title: string
  readonly token: Token
  readonly confidence: 'high' | 'medium' | 'low'
  readonly evidence: readonly string[]
  readonly caveats: readonly string[]
  readonly remedy: { readonly sql: readonly string[]; readonly notes: readonly string[] } | null
}

/** What `y` says that it copies. */
export const COPY_HINT = safe`y copies it; it is never run from here`

/** The verdict's lines, none longer than `width`. */
export function verdictLines(verdict: DrawnVerdict, width: number, theme: Theme): readonly Drawable[] {
  const { title, token, confidence, evidence, caveats, remedy } = verdict
  return [
    ...wrap(safe` ${toSafeText(title)}`, width - 1).map((line) => theme.paint(token, line)),
    ...listed(evidence, width),
    ...(caveats.length === 0 && confidence === 'high'
      ? []
      : [
          theme.paint('dim', safe` what could make it wrong (confidence ${toSafeText(confidence)})`),
          ...listed(caveats, width),
        ]),
    ...(remedy === null || remedy.sql.length === 0
      ? []
      : [
          theme.paint('dim', safe` what to do (${COPY_HINT})`),
          ...sqlLines(remedy.sql.join('\n'), width).map((line) => theme.paint('accent', line)),
        ]),
    ...(remedy === null ? [] : listed(remedy.notes, width)),
  ]
}

/** SQL over as many lines as it has, wrapped. */
export function sqlLines(sql: string, width: number) {
  return toSafeLines(sql).flatMap((line) => wrap(safe`   ${line}`, width - 1))
}

/** A fragment a line, what does not fit below it. */
export function listed(fragments: readonly string[], width: number): readonly Drawable[] {
  return fragments.flatMap((text) =>
    wrap(toSafeText(text), width - 6).map((line, at) => (at === 0 ? safe`   - ${line}` : safe`     ${line}`)),
  )
}

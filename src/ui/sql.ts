/** The SQL behind a screen: what is sent to this very server, to be read, checked and copied. */
import type { Entry, ServerFacts } from '#queries/define.ts'
import { safe, toSafeLines, toSafeText } from '#src/text/safe.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import type { App, Overlay } from './app.ts'
import { command } from './command.ts'
import { copyText } from './copy.ts'
import { textOverlay } from './help.ts'

/** The overlay of `@`. */
export function sqlOverlay(app: App): Overlay {
  const { facts } = app.options.server
  const entries = app.screen.get().entries()
  const overlay = textOverlay(app, `SQL of ${app.current.title}`, (width) =>
    entries.flatMap((entry) => entryLines(entry, facts, width, app.theme)),
  )
  const copy = () => copyText(app, entries.map((entry) => textOf(entry, facts)).join(';\n\n'), safe`copied`)
  return {
    ...overlay,
    commands: [...overlay.commands, command('overlay', ['y'], 'Copy the SQL', copy, { label: 'copy' })],
  }
}

function entryLines(
  entry: Entry,
  facts: ServerFacts | null,
  width: number,
  theme: Theme,
): readonly Drawable[] {
  return [
    theme.paint('accent', toSafeText(` ${entry.id}: ${entry.about}`)),
    theme.paint('dim', toSafeText(` waits for ${entry.waits}; asked ${PACES[entry.pace]}`)),
    ...toSafeLines(textOf(entry, facts)).flatMap((line) => wrap(safe` ${line}`, width)),
    safe``,
  ]
}

const PACES = { live: 'at each refresh', steady: 'every 10 s at most', onDemand: 'when needed' } as const

function textOf(entry: Entry, facts: ServerFacts | null): string {
  if (facts === null) {
    return '-- not connected yet: the text depends on the server'
  }
  const text = entry.sql(facts)
  return typeof text === 'string' ? text.trim() : `-- not possible here: ${text.unavailable}; ${text.remedy}`
}

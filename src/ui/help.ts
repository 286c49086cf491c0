/** The help: every key that works on this screen, read from the same records that the dispatcher runs. */
import type { Scope } from '#src/keys/binding.ts'
import { type HelpSection, helpSections, keyLabel } from '#src/keys/hints.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { fit } from '#src/text/width.ts'
import { type Drawable, join, type Theme } from '#src/theme/theme.ts'
import { drawRuns, run } from '#src/view/run.ts'
import type { App, Overlay } from './app.ts'
import { command } from './command.ts'
import { Pane } from './pane.ts'

const SCOPE_TITLES: Readonly<Record<Scope, string>> = {
  global: 'Everywhere',
  table: 'In the table',
  screen: 'On this screen',
  detail: 'In this detail',
  overlay: 'Here',
  dialog: 'In this dialog',
  prompt: 'While typing',
}

/** The overlay of `?`, over the situation at the time it was opened. */
export function helpOverlay(app: App): Overlay {
  const sections = helpSections(app.situation())
  return textOverlay(app, `Keys of ${app.current.title}`, (width) => helpLines(sections, width, app.theme))
}

/** An overlay to read; Esc and q close it. */
export function textOverlay(
  app: App,
  title: string,
  content: (width: number) => readonly Drawable[],
): Overlay {
  const pane = new Pane({ scope: 'overlay', theme: app.theme, content })
  const close = () => app.overlay.set(null)
  return {
    title,
    scope: 'overlay',
    commands: [
      command('overlay', ['escape', 'q', '?', '@'], 'Close', close, { label: 'close' }),
      ...pane.commands,
    ],
    lines: (width, height) => [
      app.theme.paint('strong', toSafeText(` ${title}`)),
      ...pane.lines(width, height - 1),
    ],
    subscribe: pane.subscribe,
  }
}

/** Two columns where there is room: a screen of 24 lines should hold as much of it as it can. */
function helpLines(sections: readonly HelpSection[], width: number, theme: Theme): readonly Drawable[] {
  const columns = width >= 120 ? 2 : 1
  const cellWidth = Math.floor(width / columns) - 1
  return sections.flatMap(({ scope, entries }) => {
    const cells = entries.map(({ keys, title, disabled }) => {
      const names = keys.map((key) => keyLabel(key, theme.glyphs.bar.length === 1)).join(' ')
      const reason: SafeText = disabled === null ? safe`` : safe`  (${toSafeText(disabled)})`
      return drawRuns(
        [
          run(fit(toSafeText(`  ${names}`), 20), 'key'),
          run(fit(safe`${toSafeText(title)}${reason}`, cellWidth - 20)),
        ],
        cellWidth,
        theme,
      )
    })
    const half = Math.ceil(cells.length / columns)
    const rows = Array.from({ length: half }, (_, index) =>
      join(cells[index] ?? safe``, columns === 1 ? safe`` : (cells[index + half] ?? safe``)),
    )
    return [theme.paint('header', fit(toSafeText(` ${SCOPE_TITLES[scope]}`), width)), ...rows]
  })
}

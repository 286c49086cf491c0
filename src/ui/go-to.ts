/** `:` goes to anything: a screen by its name, a backend by its pid, a catalog entry by its id. */
import type { Entry, Value } from '#queries/define.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable } from '#src/theme/theme.ts'
import type { App } from './app.ts'
import { textOverlay } from './help.ts'
import { Prompt } from './prompt.ts'

/** Opens the prompt of `:`. */
export function goToAnything(app: App): void {
  const close = () => app.prompt.set(null)
  app.prompt.set(
    new Prompt({
      label: safe`:`,
      text: '',
      help: safe`a pid, a screen, a catalog entry`,
      onCancel: close,
      onSubmit: (text) => {
        close()
        go(app, text.trim())
      },
    }),
  )
}

function go(app: App, text: string): void {
  const { screens, catalog } = app.options
  const name = text.toLowerCase()
  const screen = byName(screens, name)
  const entry = byName(catalog, name)
  if (name === '') {
    return
  }
  if (screen !== undefined) {
    app.show(screen.id)
  } else if (!app.screen.get().goTo(text)) {
    if (entry === undefined) {
      const what = /^\d+$/.test(text) ? safe`no session has the pid` : safe`nothing here is called`
      app.toasts.show(safe`${what} ${toSafeText(text)}`, 'warning')
    } else {
      void ask(app, entry)
    }
  }
}

/** The one of that name, or the only one whose name begins so. */
function byName<T extends { readonly id: string }>(list: readonly T[], name: string): T | undefined {
  const beginning = list.filter(({ id }) => id.startsWith(name))
  return list.find(({ id }) => id === name) ?? (beginning.length === 1 ? beginning[0] : undefined)
}

/** More is for `pgtriage show`, which can sort and filter it. */
const ROWS_SHOWN = 200

/** Asks an entry once and shows its rows; what needs parameters or acts is not asked this way. */
async function ask(app: App, entry: Entry): Promise<void> {
  if (entry.acts !== undefined || (entry.parameters?.length ?? 0) > 0) {
    app.toasts.show(safe`${toSafeText(entry.id)} is asked about one backend; open its detail`, 'warning')
    return
  }
  const outcome = await app.options.monitor.ask(entry, { session: 'task' })
  if (!outcome.ok) {
    app.toasts.show(toSafeText(outcome.failure.message), 'critical')
    return
  }
  if (app.overlay.get() !== null) {
    return
  }
  const title = `${entry.id}: ${outcome.rows.length} rows${outcome.rows.length > ROWS_SHOWN ? `, the first ${ROWS_SHOWN}` : ''}`
  app.overlay.set(
    textOverlay(app, title, (width) =>
      outcome.rows
        .slice(0, ROWS_SHOWN)
        .flatMap((row): readonly Drawable[] => [
          ...entry.columns.flatMap(({ id }) =>
            wrap(toSafeText(` ${id.padEnd(28)} ${textOf(row[id] as Value)}`), width),
          ),
          safe``,
        ]),
    ),
  )
}

function textOf(value: Value): string {
  return value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Puts the frame on the terminal and keeps it there until the program is left. */
import { render } from 'ink'
import type { Entry } from '#queries/define.ts'
import { Monitor } from '#src/monitor/monitor.ts'
import type { Server } from '#src/server/contract.ts'
import type { Settings } from '#src/settings/settings.ts'
import { edit } from '#src/terminal/editor.ts'
import { page } from '#src/terminal/pager.ts'
import type { Terminal } from '#src/terminal/terminal.ts'
import { toSafeText } from '#src/text/safe.ts'
import type { Theme } from '#src/theme/theme.ts'
import { App, type AppTerminal } from './app.ts'
import { announceEvents } from './events.ts'
import { Frame } from './frame.tsx'
import { frameCommands } from './frame-commands.ts'
import { frameParts } from './frame-parts.ts'
import type { Leaving } from './leaving.ts'
import type { Screen } from './screen.ts'
import { VitalsModel } from './vitals-model.ts'

export interface UiOptions {
  readonly server: Server
  readonly screens: readonly Screen<App>[]
  readonly startScreen: string
  readonly catalog: readonly Entry[]
  readonly settings: Settings
  readonly theme: Theme
  readonly terminal: Terminal
  readonly leaving: Leaving
}

/** Runs the screens; resolves when the person quits, with the terminal still taken. */
export async function runUi(options: UiOptions): Promise<void> {
  const { server, terminal, settings } = options
  const monitor = new Monitor(server, { intervalMs: settings.interval * 1000 })
  const { promise: left, resolve: quit } = Promise.withResolvers<void>()
  const app = new App({
    ...options,
    commands: frameCommands,
    monitor,
    terminal: appTerminal(terminal),
    size: terminal.size(),
    quit,
  })
  const vitals = new VitalsModel(monitor, app.screen, app.locks)
  const endResize = terminal.onResize(() => app.size.set(terminal.size()))
  const endEvents = announceEvents(app)
  const ink = render(<Frame app={app} parts={frameParts(app, vitals)} />, terminal.ink)
  try {
    // A fault while drawing ends Ink by itself: without this nobody would hear the keys, for ever.
    await Promise.race([left, ink.waitUntilExit()])
  } finally {
    endEvents()
    endResize()
    vitals.close()
    app.close()
    monitor.close()
    ink.unmount()
  }
}

function appTerminal(terminal: Terminal): AppTerminal {
  return {
    redraw: terminal.redraw,
    whenShown: terminal.whenShown,
    suspend: terminal.stop,
    page: async (lines) => {
      const paged = await page(terminal, lines.map(toSafeText)).catch(refused)
      return paged.ok ? null : paged.reason
    },
    edit: (text, suffix) => edit(terminal, text, { suffix }).catch(refused),
    copy: (text) => {
      const copied = terminal.copy(text)
      return copied.ok ? null : copied.reason
    },
  }
}

/** A second press while the first one still has the terminal is no fault, only too much. */
function refused(error: unknown): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason: String(error) }
}

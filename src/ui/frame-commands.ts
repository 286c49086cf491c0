/** The keys that hold on every screen. */
import { safe, toSafeText } from '#src/text/safe.ts'
import type { App } from './app.ts'
import { type Command, command } from './command.ts'
import { goToAnything } from './go-to.ts'
import { helpOverlay } from './help.ts'
import { sqlOverlay } from './sql.ts'

/** What `+` and `-` step through, ms. */
const INTERVALS_MS = [500, 1000, 2000, 5000, 10_000, 30_000, 60_000]

/** The global commands over an app, one for each tab among them. */
export function frameCommands(app: App): readonly Command[] {
  const { monitor, server, screens, terminal } = app.options
  return [
    ...screens.map((screen) =>
      command('global', [screen.digit], `Open ${screen.title}`, () => app.show(screen.id)),
    ),
    command('global', ['tab'], 'Open the next screen', () => app.showNeighbour(1)),
    command('global', ['shift-tab'], 'Open the previous screen', () => app.showNeighbour(-1)),
    command(
      'global',
      ['p'],
      'Pause, or go on',
      () => {
        monitor.paused = !monitor.paused
      },
      { label: 'pause' },
    ),
    command('global', ['+', '='], 'Refresh more often', () => stepInterval(app, -1)),
    command('global', ['-'], 'Refresh less often', () => stepInterval(app, 1)),
    command(
      'global',
      ['r'],
      'Refresh now; reconnect now when the link is lost',
      () => {
        server.reconnectNow()
        monitor.refresh()
        app.screen.get().refresh?.()
      },
      { when: () => (monitor.paused ? 'paused; p goes on' : true) },
    ),
    command('global', ['?'], 'Show the keys', () => app.overlay.set(helpOverlay(app)), { label: 'help' }),
    command('global', ['@'], 'Show the SQL behind this screen', () => app.overlay.set(sqlOverlay(app))),
    command('global', [':'], 'Go to a screen, a pid or a catalog entry', () => goToAnything(app)),
    command('global', ['ctrl-l'], 'Draw the screen anew', () => terminal.redraw(), { always: true }),
    command('global', ['ctrl-z'], 'Suspend', () => void terminal.suspend(), { always: true }),
    command('global', ['escape'], 'Go back', () => void app.screen.get().back()),
    command(
      'global',
      ['q'],
      'Go back, then quit',
      () => {
        if (!app.screen.get().back()) {
          app.options.quit()
        }
      },
      { label: 'quit' },
    ),
    command('global', ['ctrl-c'], 'Quit', () => app.options.quit(), { always: true }),
  ]
}

function stepInterval(app: App, step: 1 | -1): void {
  const { monitor } = app.options
  const next =
    step === 1
      ? INTERVALS_MS.find((each) => each > monitor.intervalMs)
      : INTERVALS_MS.findLast((each) => each < monitor.intervalMs)
  monitor.intervalMs = next ?? monitor.intervalMs
  app.toasts.show(safe`refresh every ${toSafeText(String(monitor.intervalMs / 1000))} s`)
}

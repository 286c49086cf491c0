/** `pgtriage`: the screens. The server is dialled before anything of the user interface is loaded. */
import process from 'node:process'
import { catalog } from '#queries/catalog.ts'
import { emergencyEntries } from '#src/actions/emergency.ts'
import { loadSettings } from '#src/settings/file.ts'
import type { Settings } from '#src/settings/settings.ts'
import { readCapabilities } from '#src/terminal/capabilities.ts'
import type { App } from '#src/ui/app.ts'
import { Leaving } from '#src/ui/leaving.ts'
import type { Screen } from '#src/ui/screen.ts'
import { type ConnectionRequest, connect } from './connect.ts'
import { EXIT, type Io } from './io.ts'

export interface TopRequest extends ConnectionRequest {
  /** Id of the screen to open. */
  readonly screen: string
  /** What flags say over the settings file. */
  readonly settings: Partial<Settings>
}

export interface TopParts {
  readonly screens: readonly Screen<App>[]
  readonly io: Io
}

/** Runs the screens until they are left; gives the exit code. */
export async function top(request: TopRequest, { screens, io }: TopParts): Promise<number> {
  const known = screens.map(({ id }) => id)
  if (!known.includes(request.screen)) {
    io.err(`no screen is called ${request.screen}; there is ${known.join(', ')}`)
    return EXIT.usage
  }
  const capabilities = readCapabilities(process.env, process)
  if (!capabilities.isTerminal || capabilities.dumb) {
    const reason = capabilities.isTerminal
      ? `TERM is ${process.env.TERM ?? 'not set'}`
      : 'there is no terminal here'
    io.err(`${reason}, and the screens need one; \`pgtriage activity\` prints the sessions once`)
    return EXIT.usage
  }
  const connecting = connect(request, io, { control: true, warm: emergencyEntries })
  const [{ runUi }, { openTerminal }, { detectTheme }, stored] = await Promise.all([
    import('#src/ui/run.tsx'),
    import('#src/terminal/terminal.ts'),
    import('#src/theme/theme.ts'),
    loadSettings(process.env),
  ])
  const server = await connecting
  if (server === null) {
    return EXIT.usage
  }
  for (const problem of stored.problems) {
    io.err(problem)
  }
  const settings = { ...stored.settings, ...request.settings }
  const leaving = new Leaving()
  const leave = async () => {
    await leaving.leave()
    await server.close()
  }
  const terminal = openTerminal({ onExit: leave })
  const looks = settings.ascii ? { ...capabilities, unicode: false } : capabilities
  const theme = detectTheme(process.env, settings.theme === 'mono' ? { ...looks, colour: 'none' } : looks)
  try {
    await runUi({
      server,
      screens,
      startScreen: request.screen,
      catalog,
      settings,
      theme,
      terminal,
      leaving,
    })
  } finally {
    await terminal.restore()
    await leave()
  }
  return EXIT.ok
}

/** The demo's ends: the screens on a terminal, the one-shot twins without one. */
import process from 'node:process'
import { screens } from '#screens/index.ts'
import { activity } from '#src/commands/activity.ts'
import type { ConnectionRequest } from '#src/commands/connect.ts'
import { demo } from '#src/commands/demo.ts'
import type { Io } from '#src/commands/io.ts'
import { locks } from '#src/commands/locks.ts'
import { show } from '#src/commands/show.ts'
import { top } from '#src/commands/top.ts'
import type { Settings } from '#src/settings/settings.ts'
import { readCapabilities } from '#src/terminal/capabilities.ts'

export interface DemoOptions {
  readonly incident?: string
  readonly print?: true
  readonly settings: Partial<Settings>
}

/** Runs the demo with what this program is made of; gives the exit code. */
export async function runDemo(options: DemoOptions, connection: ConnectionRequest, io: Io): Promise<number> {
  const { isTerminal, dumb } = readCapabilities(process.env, process)
  // The environment's PG* are meant for the user's own servers: PGHOSTADDR would send the demo's password there.
  const env = Object.fromEntries(Object.entries(connection.env).filter(([name]) => !name.startsWith('PG')))
  const at = (uri: string) => ({ ...connection, env, positional: [uri] })
  return await demo(
    { incident: options.incident ?? null, print: options.print === true },
    {
      io,
      isTerminal: isTerminal && !dumb,
      // Scans are counted for seconds there: an index that nobody reads would never be called unused.
      top: (uri, screen = 'activity') =>
        top({ ...at(uri), screen, settings: { statisticsDays: 0, ...options.settings } }, { screens, io }),
      oneShot: async (uri) => {
        const first = await show({ ...at(uri), entry: 'vitals', format: 'table' }, io)
        const second = await locks({ ...at(uri), format: 'tree', allEdges: false }, io)
        return (await activity({ ...at(uri), format: 'table' }, io)) || second || first
      },
    },
  )
}

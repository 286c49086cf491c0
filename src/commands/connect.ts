/** From what a person typed to a connected server, or one line that says why not. */
import type { ConnectionFlags } from '#src/server/conninfo/target.ts'
import { resolveTarget } from '#src/server/conninfo/target.ts'
import type { Failure, Server } from '#src/server/contract.ts'
import { openServer, type ServerOptions, whenConnected } from '#src/server/server.ts'
import { askPassword } from '#src/terminal/password.ts'
import type { Io } from './io.ts'

/** Where to connect, as far as the command line and the environment say. */
export interface ConnectionRequest {
  /** Up to two words: a connection string or database name, and a role, as psql takes them. */
  readonly positional: readonly string[]
  readonly flags: ConnectionFlags
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  /** The operating system's name for the user: libpq's default role. */
  readonly osUser: string
}

/**
 * Connects, asking for a password where one is needed and a person can be asked. Null after the reason was
 * told in one line; the exit code is then `EXIT.usage`.
 */
export async function connect(
  request: ConnectionRequest,
  io: Io,
  options: ServerOptions = {},
): Promise<Server | null> {
  let password: string | undefined
  if (request.flags.prompt === 'always') {
    password = (await askPassword('Password:')) ?? undefined
  }
  for (;;) {
    const resolved = resolveTarget({ ...request, ...(password === undefined ? {} : { password }) })
    if (!resolved.ok) {
      tell(resolved.failure, io)
      return null
    }
    for (const warning of resolved.target.warnings) {
      io.err(warning)
    }
    const server = openServer(resolved.target, options)
    const failure = await whenConnected(server)
    if (failure === null) {
      return server
    }
    await server.close()
    const typed =
      needsPassword(failure, request) && password === undefined
        ? await askPassword(`Password for ${resolved.target.user}:`)
        : null
    if (typed === null) {
      tell(failure, io)
      return null
    }
    password = typed
  }
}

function needsPassword(failure: Failure, { flags }: ConnectionRequest): boolean {
  return failure.needsPassword === true && flags.prompt !== 'never'
}

function tell({ message, hint }: Failure, io: Io): void {
  io.err(hint === undefined ? message : `${message}; ${hint}`)
}

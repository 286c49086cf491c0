/** One server, reached by named sessions that reconnect by themselves. */
import type { Entry } from '#queries/define.ts'
import type { Target } from './conninfo/target.ts'
import type { Failure, Server, ServerEvent } from './contract.ts'

/** What a command chooses. */
export interface ServerOptions {
  /** Told everything from the first moment, before anyone can subscribe. */
  readonly onEvent?: (event: ServerEvent) => void
  /** False for a one-shot command: one connection is enough. */
  readonly control?: boolean
  /** Entries of the emergency path: the control session has run them once before they are needed. */
  readonly warm?: readonly Entry[]
}

/** Starts to connect and gives the server at once; its link tells how it goes. */
export function openServer(_target: Target, _options?: ServerOptions): Server {
  throw new Error('not written yet')
}

/** Waits for the first connect: null when the link is up and the facts are read, else why not. */
export async function whenConnected(_server: Server): Promise<Failure | null> {
  throw new Error('not written yet')
}

/** One reading of a database's catalogs for a one-shot command, or the one line that says why there is none. */
import type { ServerFacts } from '#queries/define.ts'
import type { Ask, Read } from '#src/reading/ask.ts'
import type { Endpoint } from '#src/server/contract.ts'
import { type ConnectionRequest, connect } from './connect.ts'
import type { Io } from './io.ts'

/** What was read, by whom and when. */
export interface ReadAnswer<T> {
  readonly value: T
  readonly facts: ServerFacts
  readonly endpoint: Endpoint
  readonly takenAt: Date
}

/** Connects, reads and closes; null after the reason was told. What could not be read beside it is told as well. */
export async function readOnce<T>(
  request: ConnectionRequest,
  io: Io,
  read: (ask: Ask, facts: ServerFacts) => Promise<Read<T>>,
): Promise<ReadAnswer<T> | null> {
  const server = await connect(request, io, { control: false })
  if (server === null) return null
  try {
    const { facts, endpoint } = server
    if (facts === null) {
      io.err('the server told no facts')
      return null
    }
    const answer = await read(
      async (entry, parameters = []) => await server.run(entry, { parameters }),
      facts,
    )
    if (!answer.ok) {
      const { message, hint } = answer.failure
      io.err(hint === undefined ? message : `${message}; ${hint}`)
      return null
    }
    for (const { what, failure } of answer.gaps) io.err(`${what} not known: ${failure.message}`)
    return { value: answer.value, facts, endpoint, takenAt: new Date() }
  } finally {
    await server.close()
  }
}

/** One answer for a one-shot command, or the one line that says why there is none. */
import type { Entry, Row, ServerFacts } from '#queries/define.ts'
import type { Endpoint, Server } from '#src/server/contract.ts'
import type { Io } from './io.ts'

/** What was answered, by whom and when. */
export interface Answered {
  readonly rows: readonly Row[]
  readonly facts: ServerFacts
  readonly endpoint: Endpoint
  readonly takenAt: Date
}

/** Runs an entry; null after the reason was told. That rows came by the second way is told as well. */
export async function ask(server: Server, entry: Entry, io: Io): Promise<Answered | null> {
  const outcome = await server.run(entry)
  const { facts, endpoint } = server
  if (!outcome.ok || facts === null) {
    const { message, hint } = outcome.ok
      ? { message: 'the server told no facts', hint: undefined }
      : outcome.failure
    io.err(hint === undefined ? `${entry.id}: ${message}` : `${entry.id}: ${message}; ${hint}`)
    return null
  }
  if (outcome.fallback !== undefined) {
    io.err(
      `${entry.id}: a system catalog is locked (${outcome.fallback.message}); names are those known before`,
    )
  }
  // The generic row type knows no values for json; they are values all the same.
  return { rows: outcome.rows as readonly Row[], facts, endpoint, takenAt: new Date() }
}

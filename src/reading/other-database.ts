/** Another database of the server, read once over a connection that is closed right after. */
import type { Entry, EntryRow, ServerFacts, Value } from '#queries/define.ts'
import { beginReading, boundReading } from '#queries/other-database.ts'
import { rollback } from '#queries/session.ts'
import type { Dedicated, Outcome, Server } from '#src/server/contract.ts'
import type { Ask, Read } from './ask.ts'

/** Below `deadlock_timeout` (1 s), as on all our sessions. */
const LOCK_MS = 500
const STATEMENT_MS = 2000

/** Connects, reads, and leaves, whatever comes of it. */
export async function readOtherDatabase<T>(
  server: Pick<Server, 'dedicated'>,
  database: string,
  read: (ask: Ask, facts: ServerFacts) => Promise<Read<T>>,
): Promise<Read<T>> {
  const opened = await server.dedicated({
    database,
    applicationName: 'pgtriage',
    signal: new AbortController().signal,
  })
  if (!opened.ok) return opened
  const { connection } = opened
  try {
    return await read(
      (entry, parameters) => askInTransaction(connection, entry, parameters),
      connection.facts,
    )
  } finally {
    await connection.close()
  }
}

/** A transaction for each entry: up to PostgreSQL 14 the statistics stay those of its beginning. */
async function askInTransaction<E extends Entry>(
  connection: Dedicated,
  entry: E,
  parameters: readonly Value[] = [],
): Promise<Outcome<EntryRow<E>>> {
  for (const text of [beginReading, boundReading(entry.timeoutMs ?? STATEMENT_MS, LOCK_MS)]) {
    const begun = await connection.ask(text)
    if (!begun.ok) return { ok: false, failure: begun.failure, tookMs: 0 }
  }
  const outcome = await connection.run(entry, parameters)
  await connection.ask(rollback)
  return outcome
}

/** What the tests of tables share: the entries asked of a server, and the verdicts made of them. */
import pg from 'pg'
import { autovacuumSettings } from '#queries/autovacuum-settings.ts'
import type { Entry, EntryRow } from '#queries/define.ts'
import { tables } from '#queries/tables.ts'
import { vacuumProgress } from '#queries/vacuum-progress.ts'
import { xminHolders } from '#queries/xmin-holders.ts'
import type { Server } from '#src/server/contract.ts'
import type { TableContext } from '#src/tables/case.ts'
import type { TableFinding } from '#src/tables/finding.ts'
import { rankHolders } from '#src/tables/horizon.ts'
import { autovacuumSettingsOf } from '#src/tables/settings.ts'
import { type TableVerdict, tableVerdicts } from '#src/tables/verdicts.ts'
import { connected, targetOf } from './connect-support.ts'

/** A server that is closed after the test. */
export async function serverAt(uri: string): Promise<Server> {
  return (await connected(targetOf(uri), { control: false })).server
}

/** The rows of an entry, or its failure as an error. */
export async function ask<E extends Entry>(server: Server, entry: E): Promise<readonly EntryRow<E>[]> {
  const outcome = await server.run(entry)
  if (!outcome.ok) throw new Error(`${entry.id}: ${outcome.failure.message}`)
  return outcome.rows as readonly EntryRow<E>[]
}

/** What is said of every table, by its name. */
export async function verdictsOf(
  server: Server,
  change: (context: TableContext) => Partial<TableContext> = () => ({}),
): Promise<Readonly<Record<string, TableVerdict>>> {
  const { facts } = server
  const [settings] = await ask(server, autovacuumSettings)
  if (facts === null || settings === undefined) throw new Error('no facts')
  const context: TableContext = {
    settings: autovacuumSettingsOf(settings),
    versionNum: facts.versionNum,
    inRecovery: facts.inRecovery,
    holders: rankHolders(await ask(server, xminHolders), facts.ownPids),
    progress: await ask(server, vacuumProgress),
    nowSeconds: Date.now() / 1000,
  }
  const verdicts = tableVerdicts(await ask(server, tables), { ...context, ...change(context) })
  return Object.fromEntries(verdicts.map((verdict) => [verdict.facts.name, verdict]))
}

/** The finding of that kind. */
export function findingOf(
  verdict: TableVerdict | undefined,
  id: TableFinding['id'],
): TableFinding | undefined {
  return verdict?.findings.find((finding) => finding.id === id)
}

/** Runs statements, each by itself, on a connection that ends: then the statistics know what they changed. */
export async function run(uri: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: uri })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

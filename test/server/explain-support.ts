/** What the tests of running EXPLAIN share: a database of their own, an explainer on it, and what is left behind. */
import pg from 'pg'
import { onTestFinished } from 'vitest'
import type { Consent, Explainer, Outcome, Planned, Question } from '#src/explain/contract.ts'
import { createExplainer } from '#src/explain/explainer.ts'
import type { Server } from '#src/server/contract.ts'
import { eventually, sharedCluster } from '#test/support/cluster.ts'
import { targetOf, withControl } from './connect-support.ts'

/** The uri of another database of the shared server. */
export function uriOf(database: string): string {
  const url = new URL(sharedCluster().uri)
  url.pathname = `/${database}`
  return url.href
}

/** Makes a database anew and runs statements in it. */
export async function makeDatabase(database: string, statements: readonly string[]): Promise<void> {
  const outside = new pg.Client({ connectionString: sharedCluster().uri })
  await outside.connect()
  await outside.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
  await outside.query(`CREATE DATABASE ${database}`)
  await outside.end()
  const inside = new pg.Client({ connectionString: uriOf(database) })
  await inside.connect()
  for (const statement of statements) await inside.query(statement)
  await inside.end()
}

/** An explainer on a server with its second connection; both are closed after the test. */
export async function explainerOn(uri: string): Promise<{ server: Server; explainer: Explainer }> {
  const { server } = await withControl(targetOf(uri))
  const explainer = createExplainer(server)
  onTestFinished(() => explainer.close())
  return { server, explainer }
}

export function question(text: string, more: Partial<Question> = {}): Question {
  return { text, database: null, settings: {}, values: [], ...more }
}

/** Agrees to all that was shown. */
export function consentTo(planned: Pick<Planned, 'dangers'>, more: Partial<Consent> = {}): Consent {
  return { dangers: planned.dangers, timeoutMs: 5000, timing: true, ...more }
}

/** The value of an outcome that must be one. */
export function fine<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`${outcome.step}: ${outcome.failure.sqlstate} ${outcome.failure.message}`)
  return outcome
}

/** Waits until no connection of an explainer is left on the server. */
export async function expectNothingLeft(client: pg.Client): Promise<void> {
  await eventually(async () => {
    const { rows } = await client.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'pgtriage-explain'",
    )
    return rows[0].n === 0
  }, 3000)
}

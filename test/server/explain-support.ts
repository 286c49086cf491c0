/** What the tests of running EXPLAIN share: a database of their own, an explainer on it, and what is left behind. */
import type pg from 'pg'
import { onTestFinished } from 'vitest'
import type { Consent, Explainer, Outcome, Planned, Question } from '#src/explain/contract.ts'
import { createExplainer } from '#src/explain/explainer.ts'
import type { Server } from '#src/server/contract.ts'
import { eventually } from '#test/support/cluster.ts'
import { targetOf, withControl } from './connect-support.ts'

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

/** Running a statement for its plan, after consent, in a transaction that is always rolled back. */
import type { Attempt } from './attempt.ts'
import type { Analyzed, Consent, Danger, Question } from './contract.ts'
import { isWriting } from './dangers/plan-dangers.ts'
import { documentOf, look, uncovered } from './look.ts'
import { factsFor, openStatement, plannedOf, startOf } from './plan.ts'
import { Refused, refuse } from './refused.ts'
import type { Statement } from './statement.ts'
import { type Access, boundsFor, openTransaction } from './transaction.ts'

const READ_ONLY_TRANSACTION = '25006'
/** The largest timeout that leaves room for the transaction around it (`transaction_timeout` is an int of ms). */
const LONGEST_MS = 2_147_000_000

const POOLED =
  'through a connection pooler nothing is run: what it leaves in the session would be left to other clients'
const DIRECTLY = 'connect to the server itself, not to the pooler'

const WRITES: Danger = {
  kind: 'writes',
  sentence:
    'writes, as the server told when it ran in a read-only transaction: rolled back, but dead versions, WAL and used numbers of sequences stay',
  isUndone: false,
}

export async function analyzeStatement(
  attempt: Attempt,
  question: Question,
  consent: Consent,
): Promise<Analyzed> {
  const started = startOf(attempt)
  const runMs = Math.min(LONGEST_MS, Math.max(1, Math.trunc(consent.timeoutMs) || 1))
  const access = isWriting(consent.dangers) ? 'read write' : 'read only'
  const { statement, checked } = await openStatement(attempt, question, {
    access,
    runMs,
    agreed: consent.dangers,
    check: () => checkServer(attempt, access),
  })
  if (!statement.isRunnable)
    throw refuse('parse', `running it needs values for its ${statement.parameterTypes.length} placeholders`)
  const seen = await look(attempt, statement, checked)
  checkConsent(seen.dangers, consent)

  await statement.prepareAgain()
  await attempt.ask('plan', boundsFor(attempt, runMs, runMs))
  attempt.tell('running')
  const options = optionsFor(attempt.facts.versionNum, { access, timing: consent.timing })
  const planText = await run(statement, { options, runMs, access, dangers: seen.dangers })
  await attempt.rollBack()

  const document = documentOf(planText)
  const planned = plannedOf(attempt, { question, statement, seen: { ...seen, document, planText } })
  return {
    ...planned,
    warnings: [...planned.warnings, ...unforeseen(seen.dangersOfRun(document), consent)],
    options,
    facts: await factsAfter(attempt, question, document),
    ...started.end(),
  }
}

/** What cannot be run here, whatever it is. */
function checkServer({ facts }: Attempt, access: Access): void {
  if (facts.pooled) throw refuse('consent', POOLED, { remedies: [DIRECTLY] })
  if (facts.inRecovery && access === 'read write')
    throw refuse('consent', 'the server is a standby: it runs nothing that writes or locks rows', {
      remedies: ['run it on the primary'],
    })
}

function checkConsent(dangers: readonly Danger[], { dangers: agreed }: Consent): void {
  const missing = uncovered(dangers, agreed)
  if (missing.length === 0) return
  const [first, ...others] = missing
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  throw refuse('consent', `running it would do what was not agreed to: ${first?.sentence}${more}`, {
    dangers,
  })
}

/** What EXPLAIN is told beside VERBOSE of the plan alone (manual: EXPLAIN). */
function optionsFor(
  versionNum: number,
  { access, timing }: { readonly access: Access; readonly timing: boolean },
) {
  return [
    ...['ANALYZE', 'VERBOSE', 'BUFFERS', 'SETTINGS'],
    ...(access === 'read write' ? ['WAL'] : []),
    ...(versionNum >= 170000 ? ['SERIALIZE TEXT', 'MEMORY'] : []),
    ...(timing ? [] : ['TIMING OFF']),
  ]
}

async function run(
  statement: Statement,
  {
    options,
    runMs,
    access,
    dangers,
  }: {
    readonly options: readonly string[]
    readonly runMs: number
    readonly access: Access
    readonly dangers: readonly Danger[]
  },
): Promise<string> {
  try {
    return await statement.explain('run', options, runMs)
  } catch (error) {
    const isReadOnly = access === 'read only' && error instanceof Refused
    if (!isReadOnly || error.refusal.failure.sqlstate !== READ_ONLY_TRANSACTION) throw error
    throw new Refused({ ...error.refusal, dangers: [WRITES, ...dangers] })
  }
}

/** Another session may have changed what it is made of, between the look and the run. */
function unforeseen(dangers: readonly Danger[], { dangers: agreed }: Consent): readonly string[] {
  return uncovered(dangers, agreed)
    .filter(({ kind }) => kind !== 'costly')
    .map(({ sentence }) => `it was planned anew for the run, and did what was not agreed to: ${sentence}`)
}

/** The run is over: what fails now must not take its plan away. */
async function factsAfter(
  attempt: Attempt,
  question: Question,
  document: Analyzed['document'],
): Promise<Analyzed['facts']> {
  try {
    await openTransaction(attempt, question, { access: 'read only' })
    return await factsFor(attempt, document)
  } catch (error) {
    if (error instanceof Refused) return null
    throw error
  }
}

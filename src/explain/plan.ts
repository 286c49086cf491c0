/** Planning a statement without running it. */
import type { PlanFacts } from '#src/plans/findings/facts.ts'
import { modelOf } from '#src/plans/model/model.ts'
import type { PlanDocument } from '#src/plans/plan.ts'
import type { Attempt } from './attempt.ts'
import type { Danger, Planned, Question } from './contract.ts'
import { cutByLength } from './cut.ts'
import { writtenBy } from './dangers/plan-dangers.ts'
import { gatherFacts } from './facts.ts'
import { type Checked, checkPlanning, type Look, look } from './look.ts'
import { refusalOf } from './question.ts'
import { Statement } from './statement.ts'
import { type Access, openTransaction } from './transaction.ts'

const NULLS = 'planned with NULLs in place of values: partitions that those rule out may be missing'
const POOLED = 'planned through a connection pooler: settings of another client may have been in force'
const FOREIGN = 'the planner may have asked the foreign server for estimates (use_remote_estimate)'

/** The plan, in a read-only transaction that is rolled back by the end of the attempt. */
export async function planStatement(attempt: Attempt, question: Question): Promise<Planned> {
  const started = startOf(attempt)
  const { statement, checked } = await openStatement(attempt, question)
  const seen = await look(attempt, statement, checked)
  return {
    ...plannedOf(attempt, { question, statement, seen }),
    facts: await factsFor(attempt, seen.document),
    ...started.end(),
  }
}

/** How a statement is opened. */
export interface OpenOptions {
  readonly access: Access
  /** How long it may run; 0 for one that is only planned. */
  readonly runMs?: number
  /** What was agreed to that planning alone may do, beside what the question tells. */
  readonly agreed?: readonly Danger[]
  /** Throws where the server is not one for it. */
  readonly check?: () => void
}

/** Connects, and has the server accept the statement in a transaction. */
export async function openStatement(
  attempt: Attempt,
  question: Question,
  { access, runMs = 0, agreed = [], check }: OpenOptions = { access: 'read only' },
): Promise<{ readonly statement: Statement; readonly checked: Checked }> {
  const refused = refusalOf(question)
  if (refused !== null) throw refused
  await attempt.connect(question.database)
  check?.()
  const cut = cutByLength(question.text, attempt.facts)
  if (cut !== null) throw cut
  attempt.tell('checking')
  await openTransaction(attempt, question, { access, runMs })
  const checked = await checkPlanning(attempt, question.text, [...(question.agreed ?? []), ...agreed])
  return { statement: await Statement.open(attempt, question), checked }
}

/** What a look has told, for a reader. */
export function plannedOf(
  { facts }: Attempt,
  {
    question,
    statement,
    seen,
  }: { readonly question: Question; readonly statement: Statement; readonly seen: Look },
): Omit<Planned, 'facts' | 'sent' | 'tookMs' | 'at'> {
  const { document, planText, dangers } = seen
  return {
    question,
    database: facts.database,
    plannedAs: statement.plannedAs,
    sentText: statement.sentText,
    parameterTypes: statement.parameterTypes,
    writes: writtenBy(document).length > 0,
    document,
    planText,
    dangers,
    warnings: [
      ...(statement.plannedAs === 'generic by prepare' ? [NULLS] : []),
      ...(facts.pooled ? [POOLED] : []),
      ...(dangers.some(({ kind }) => kind === 'foreign') ? [FOREIGN] : []),
    ],
  }
}

/** What the server knows beyond the plan; nothing depends on it. */
export async function factsFor({ run }: Attempt, { statements }: PlanDocument): Promise<PlanFacts | null> {
  const [first] = statements
  return first === undefined || first.root === null ? null : await gatherFacts(run, modelOf(first))
}

/** What an attempt asks and takes from here on. */
export function startOf(attempt: Attempt): { end(): Pick<Planned, 'sent' | 'tookMs' | 'at'> } {
  const at = new Date().toISOString()
  const startedMs = performance.now()
  return { end: () => ({ sent: attempt.sent, tookMs: performance.now() - startedMs, at }) }
}

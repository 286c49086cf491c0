/** A look at a statement in the transaction that may run it: its plan, and what running it would do. */
import { searchPath } from '#queries/explain/transaction.ts'
import type { PlanDocument } from '#src/plans/plan.ts'
import { readPlan } from '#src/plans/read/read.ts'
import type { Attempt } from './attempt.ts'
import type { Danger } from './contract.ts'
import { callDangers, callReach, isForeignTarget } from './dangers/call-dangers.ts'
import { CallGraph } from './dangers/call-graph.ts'
import { type Names, namesIn, together } from './dangers/names.ts'
import { isWriting, namesInPlan, planDangers, type Written, writtenBy } from './dangers/plan-dangers.ts'
import { planningDangers, planningReach } from './dangers/planning-dangers.ts'
import { refusalFor } from './failures.ts'
import { Refused, refuse } from './refused.ts'
import type { Statement } from './statement.ts'
import { PLAN_MS } from './transaction.ts'

/** With SUMMARY the time of planning is told. */
const OPTIONS = ['VERBOSE', 'SETTINGS', 'SUMMARY']

export interface Look {
  readonly document: PlanDocument
  readonly planText: string
  readonly dangers: readonly Danger[]
  /** What a plan of the run itself tells, by the same knowledge. */
  dangersOfRun(document: PlanDocument): readonly Danger[]
}

/** What was found out about a text before any of it was sent to be parsed. */
export interface Checked {
  readonly names: Names
  readonly graph: CallGraph
  readonly searchPath: readonly string[]
}

/** Makes sure that parsing and planning alone do nothing that lasts, or that this was agreed to. */
export async function checkPlanning(
  attempt: Attempt,
  text: string,
  agreed: readonly Danger[],
): Promise<Checked> {
  const [row] = await attempt.ask('parse', searchPath)
  const path: readonly string[] = JSON.parse(row?.[0] ?? '[]')
  // Under both readings of a backslash: nothing may hide in either.
  const names = together([namesIn(text), namesIn(text, { backslashes: true })])
  const graph = new CallGraph(attempt.run, path)
  await mustWork(graph.look(names))
  await mustWork(graph.follow(() => planningReach(names, graph)))
  const dangers = distinct(planningDangers(names, graph))
  if (uncovered(dangers, agreed).length > 0)
    throw refuse('consent', 'planning alone may do something that no rollback undoes', { dangers })
  return { names, graph, searchPath: path }
}

/** Plans it, and follows what the plan calls. */
export async function look(attempt: Attempt, statement: Statement, checked: Checked): Promise<Look> {
  attempt.tell('planning')
  const planText = await statement.explain('plan', OPTIONS, PLAN_MS)
  const document = documentOf(planText)
  if (statement.isWithoutRows && !isKnownToWrite(document))
    throw refuse('plan', 'it gives no rows and writes none that its plan shows: it may make a table')

  const plan = namesInPlan(document)
  const { graph, names, searchPath: path } = checked
  const calls = { text: names, plan, written: writtenBy(document), searchPath: path }
  await mustWork(graph.look(plan))
  await mustWork(graph.follow(() => callReach(calls, graph)))
  const isForeign = (written: Written) => isForeignTarget(written, calls, graph)
  const dangers = [...planDangers(document, isForeign), ...callDangers(calls, graph)]
  const standby = attempt.facts.inRecovery && isWriting(dangers) ? [STANDBY] : []
  return {
    document,
    planText,
    dangers: distinct([...standby, ...dangers]),
    dangersOfRun: (run) => distinct(planDangers(run, isForeign)),
  }
}

/** The dangers that consent does not cover: sentence for sentence. */
export function uncovered(dangers: readonly Danger[], agreed: readonly Danger[]): readonly Danger[] {
  const known = new Set(agreed.map(keyOf))
  return dangers.filter((danger) => !known.has(keyOf(danger)))
}

/** What EXPLAIN printed, read. */
export function documentOf(planText: string): PlanDocument {
  const read = readPlan(planText)
  if (!read.ok) throw refuse('plan', `the plan cannot be read: ${read.unreadable.reason}`)
  return read.document
}

const STANDBY: Danger = {
  kind: 'standby',
  sentence: 'the server is a standby: it runs nothing that writes or locks rows',
  isUndone: true,
}

async function mustWork(looked: ReturnType<CallGraph['look']>): Promise<void> {
  const failed = await looked
  if (failed !== null) throw new Refused(refusalFor('plan', failed))
}

function isKnownToWrite(document: PlanDocument): boolean {
  return (
    planDangers(document, () => false).some(({ kind }) => kind === 'writes') ||
    document.statements.length === 0
  )
}

/** Each once; what stays comes first. */
function distinct(dangers: readonly Danger[]): readonly Danger[] {
  const byKey = new Map(dangers.map((danger) => [keyOf(danger), danger]))
  return [...byKey.values()].toSorted((one, other) => Number(one.isUndone) - Number(other.isUndone))
}

function keyOf({ kind, sentence, isUndone }: Danger): string {
  return JSON.stringify([kind, sentence, isUndone])
}

/** A statement planned, or run after consent, on a server: the plan for `pgtriage explain --sql`. */
import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import type { Danger, Explainer, Planned, Question, Refusal } from '#src/explain/contract.ts'
import { createExplainer } from '#src/explain/explainer.ts'
import { type ConnectionRequest, connect } from './connect.ts'
import type { Io } from './io.ts'

export interface SqlRequest extends ConnectionRequest {
  /** The statement. */
  readonly text: string
  /** Run it: EXPLAIN ANALYZE, in a transaction that is rolled back. */
  readonly analyze: boolean
  /** Consent was given on the command line. */
  readonly yes: boolean
  readonly settings: Readonly<Record<string, string>>
  /** The bound of a run, ms. */
  readonly timeoutMs: number
  /** Asks a person, who may answer only where standard input is not the statement itself. */
  readonly canAsk: boolean
}

/** The plan, or null after the reason was told: what would be run is told before it is, on standard error. */
export async function planOnServer(request: SqlRequest, io: Io): Promise<Planned | null> {
  const server = await connect(request, io, { control: false })
  if (server === null) return null
  const explainer = createExplainer(server)
  // A run must not go on after the person who waits for it has gone.
  const stop = () => void explainer.cancel()
  for (const signal of SIGNALS) process.once(signal, stop)
  try {
    return await answer(explainer, request, io)
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop)
    await explainer.close()
    await server.close()
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

async function answer(explainer: Explainer, request: SqlRequest, io: Io): Promise<Planned | null> {
  const question: Question = {
    text: request.text,
    database: null,
    settings: request.settings,
    values: [],
  }
  const planned = await plan(explainer, question, { request, io })
  if (planned === null || !request.analyze) return planned
  if (!(await consents(planned.dangers, 'EXPLAIN ANALYZE really runs it', { request, io }))) return null
  const { timeoutMs } = request
  const consent = { dangers: planned.dangers, timeoutMs, timing: true }
  const analyzed = await explainer.analyze(planned.question, consent)
  if (analyzed.ok) return analyzed
  tell(analyzed, io)
  return null
}

interface Asking {
  readonly request: SqlRequest
  readonly io: Io
}

/** Already planning may change something, where the planner runs functions: that is asked about as well. */
async function plan(explainer: Explainer, question: Question, asking: Asking): Promise<Planned | null> {
  const planned = await explainer.plan(question)
  if (planned.ok) {
    for (const warning of planned.warnings) asking.io.err(warning)
    return planned
  }
  const { dangers = [], step } = planned
  if (step !== 'consent' || question.agreed !== undefined) {
    tell(planned, asking.io)
    return null
  }
  const isAgreed = await consents(dangers, 'already planning it may change something', asking)
  return isAgreed ? await plan(explainer, { ...question, agreed: dangers }, asking) : null
}

/** What would happen is told in any case. */
async function consents(dangers: readonly Danger[], what: string, { request, io }: Asking): Promise<boolean> {
  io.err(`${what}, in a transaction that is always rolled back`)
  for (const { sentence, isUndone } of dangers)
    io.err(isUndone ? sentence : `${sentence} (no rollback takes that back)`)
  if (request.yes) return true
  if (!request.canAsk) {
    io.err('nothing was run: --yes consents to it')
    return false
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const typed = await terminal.question('Run it? [y/N] ')
  terminal.close()
  if (/^y(es)?$/i.test(typed.trim())) return true
  io.err('nothing was run')
  return false
}

function tell({ failure, position, remedies }: Refusal, io: Io): void {
  const place = position === null ? '' : ` at character ${position}`
  const parts = [`${failure.message}${place}`, failure.detail, failure.hint, ...remedies]
  io.err(parts.filter((part) => part !== undefined).join('; '))
}

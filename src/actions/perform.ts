/** Does what was confirmed: writes it down, sends it, proves the effect, writes that down. */
import type { Server } from '#src/server/contract.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import type { Action } from './action.ts'
import { assess } from './assess.ts'
import { type Audit, auditPath, noAudit, openAudit } from './audit.ts'
import { type Clock, machineClock } from './clock.ts'
import { type Freed, FreedCount, readWaiters } from './freed.ts'
import { type Operator, readOperator } from './operator.ts'
import { describeOutcome, type Outcome, type TargetOutcome } from './outcome.ts'
import { lookAt, presenceNow, prove, sightOf } from './proof.ts'
import { recorder } from './record.ts'
import { nextStep, type Report } from './report.ts'
import { type Sent, send } from './send.ts'
import type { Target } from './target.ts'

/** What an action works with. */
export interface Deps {
  readonly audit: Audit
  readonly operator: Operator
  readonly clock: Clock
}

/** What an action works with on this machine. `auditPath`: null for the usual place. */
export function machineDeps(
  env: NodeJS.ProcessEnv,
  settings: { readonly auditPath: string | null; readonly noAudit: boolean },
): Deps {
  const audit = settings.noAudit ? noAudit : openAudit(settings.auditPath ?? auditPath(env))
  return { audit, operator: readOperator(env), clock: machineClock }
}

/**
 * Signals `targets`, which were confirmed, one after the other on the control session. Nothing is sent unless the
 * audit file has it on disk. Never throws for a fault of the server; takes up to about 5 s.
 */
export async function perform(
  server: Server,
  action: Action,
  targets: readonly Target[],
  deps: Deps,
): Promise<Report> {
  const recordOf = recorder({ server, action, ...deps })
  const before = await deps.audit.append(targets.map((target) => recordOf(target, { phase: 'before' })))
  if (!before.ok) {
    const auditProblem = safe`Nothing was done: ${toSafeText(before.reason)}`
    return { action, outcomes: [], freed: null, next: null, auditProblem }
  }
  const { outcomes, freed } = await act(server, action, targets, deps.clock)
  const after = await deps.audit.append(
    outcomes.map((outcome) =>
      recordOf(outcome.target, {
        phase: 'after',
        outcome: outcome.outcome.kind,
        result: describeOutcome(action, outcome),
        waiters_before: freed?.before ?? null,
        waiters_freed: freed?.freed ?? null,
      }),
    ),
  )
  const auditProblem = after.ok
    ? null
    : safe`Done, but its result is not written down: ${toSafeText(after.reason)}`
  return { action, outcomes, freed, next: nextStep(action, outcomes), auditProblem }
}

async function act(
  server: Server,
  action: Action,
  targets: readonly Target[],
  clock: Clock,
): Promise<{ readonly outcomes: readonly TargetOutcome[]; readonly freed: Freed | null }> {
  const waiters = await readWaiters(server)
  const pids = targets.map(({ pid }) => pid)
  const count = new FreedCount(server, clock, pids, waiters)
  const answers = await sendAll(server, action, targets)
  const outcomes = await withoutSignal(server, action, answers, clock)

  const signalled = targets.filter((target) => answers.get(target)?.kind === 'sent')
  const proofs = await prove(server, action, signalled, clock, () =>
    signalled.length > 0 ? count.look() : Promise.resolve(false),
  )
  for (const [target, outcome] of proofs) outcomes.set(target, outcome)
  return {
    outcomes: Array.from(answers.keys(), (target) => ({ target, outcome: outcomes.get(target) ?? notTried })),
    freed: signalled.length > 0 ? count.result() : null,
  }
}

const notTried = {
  kind: 'refused',
  reason: safe`not tried, because the connection was lost before`,
  sqlstate: null,
} as const satisfies Outcome & Sent

/** One after the other; with the first lost answer it ends, for what comes back may be another server. */
async function sendAll(
  server: Server,
  action: Action,
  targets: readonly Target[],
): Promise<ReadonlyMap<Target, Sent>> {
  const answers = new Map<Target, Sent>()
  let lost = false
  for (const target of targets) {
    const sent: Sent = lost ? notTried : await sendIfAllowed(server, action, target)
    answers.set(target, sent)
    lost ||= sent.kind === 'lost'
  }
  return answers
}

// Judged again here, whatever the dialog said: this is the last place before the server.
async function sendIfAllowed(server: Server, action: Action, target: Target): Promise<Sent> {
  const { facts } = server
  if (facts === null) return { kind: 'refused', reason: safe`there is no connection`, sqlstate: null }
  const assessment = assess(action, target, facts)
  if (assessment.verdict === 'refused') return { kind: 'refused', reason: assessment.reason, sqlstate: null }
  return await send(server, action, target)
}

/** The outcome of those that were not signalled, or perhaps not: what became of them is looked up. */
async function withoutSignal(
  server: Server,
  action: Action,
  answers: ReadonlyMap<Target, Sent>,
  clock: Clock,
): Promise<Map<Target, Outcome>> {
  const outcomes = new Map<Target, Outcome>()
  const asked = Array.from(answers).filter(([, { kind }]) => kind === 'nobody' || kind === 'lost')
  const pids = asked.map(([{ pid }]) => pid)
  const rows = pids.length === 0 ? null : await lookUntilAnswered(server, pids, clock)
  for (const [target, sent] of answers) {
    const row = rows?.get(target.pid)
    const presence = rows === null ? null : presenceNow(action, target, row)
    if (sent.kind === 'refused') outcomes.set(target, sent)
    if (sent.kind === 'lost') outcomes.set(target, { kind: 'unknown', reason: sent.reason, presence })
    if (sent.kind !== 'nobody') continue
    const sight = presence === 'changed' && row !== undefined ? sightOf(row) : null
    outcomes.set(target, { kind: 'missed', presence: presence === 'same' ? null : presence, sight })
  }
  return outcomes
}

/** After a lost answer: looks again once the connection is back. Only looks; what was lost is not sent again. */
async function lookUntilAnswered(server: Server, pids: readonly number[], clock: Clock) {
  const startMs = clock.nowMs()
  for (;;) {
    const rows = await lookAt(server, pids)
    if (rows !== null || clock.nowMs() - startMs >= RECHECK_MS) return rows
    await clock.sleep(250)
  }
}

const RECHECK_MS = 5000

/** Does what was confirmed: writes it down, sends it, proves the effect, writes that down. */
import { randomUUID } from 'node:crypto'
import type { Server } from '#src/server/contract.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import type { Action } from './action.ts'
import { assess } from './assess.ts'
import { type Audit, type AuditRecord, auditPath, noAudit, openAudit } from './audit.ts'
import { type Clock, machineClock } from './clock.ts'
import { type Freed, FreedCount, readWaiters } from './freed.ts'
import { type Operator, readOperator } from './operator.ts'
import { describeOutcome, type Outcome, seconds, type TargetOutcome } from './outcome.ts'
import { lookAt, presenceNow, prove, sightOf } from './proof.ts'
import { redact } from './redact.ts'
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

/** What became of an action. */
export interface Report {
  readonly action: Action
  /** One for each target, in their order; none when nothing was tried. */
  readonly outcomes: readonly TargetOutcome[]
  /** Null when the waiters could not be read, or nobody was signalled. */
  readonly freed: Freed | null
  /** What to offer next: terminate, aimed at those that a cancel did not move. */
  readonly next: { readonly action: 'terminate'; readonly targets: readonly Target[] } | null
  /** Why the action was not tried at all, or is not written down to its end. */
  readonly auditProblem: SafeText | null
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
  const recordOf = recorder(server, action, deps)
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

/** The report in one line: "4711 is gone, 0.1s after the signal · freed 41 of 41 waiters in 0.8s". */
export function describeReport({ action, outcomes, freed, auditProblem }: Report): SafeText {
  const [only] = outcomes
  const told =
    outcomes.length === 1 && only !== undefined ? describeOutcome(action, only) : tally(action, outcomes)
  const parts = [told, freed === null ? null : waitersTold(freed), auditProblem]
  return toSafeText(parts.filter((part) => part !== null && part !== '').join(' · '))
}

async function act(
  server: Server,
  action: Action,
  targets: readonly Target[],
  clock: Clock,
): Promise<{ readonly outcomes: readonly TargetOutcome[]; readonly freed: Freed | null }> {
  const waiters = await readWaiters(server)
  const count = new FreedCount(
    server,
    clock,
    targets.map(({ pid }) => pid),
    waiters,
  )
  const answers: { readonly target: Target; readonly sent: Sent }[] = []
  for (const target of targets) answers.push({ target, sent: await sendIfAllowed(server, action, target) })

  const signalled = answers.filter(({ sent }) => sent.kind === 'sent').map(({ target }) => target)
  const proofs = await prove(server, action, signalled, clock, () =>
    signalled.length > 0 ? count.look() : Promise.resolve(false),
  )
  const proven = new Map(signalled.map((target, index) => [target, proofs[index]]))
  const outcomes: TargetOutcome[] = []
  for (const { target, sent } of answers) {
    const outcome = proven.get(target) ?? (await outcomeWithoutSignal(server, action, target, sent, clock))
    outcomes.push({ target, outcome })
  }
  return { outcomes, freed: signalled.length > 0 ? count.result() : null }
}

// Asked again here, whatever the dialog said: this is the last place before the server.
async function sendIfAllowed(server: Server, action: Action, target: Target): Promise<Sent> {
  const { facts } = server
  if (facts === null) return { kind: 'refused', reason: safe`there is no connection`, sqlstate: null }
  const assessment = assess(action, target, facts)
  if (assessment.verdict === 'refused') return { kind: 'refused', reason: assessment.reason, sqlstate: null }
  return await send(server, action, target)
}

async function outcomeWithoutSignal(
  server: Server,
  action: Action,
  target: Target,
  sent: Sent,
  clock: Clock,
): Promise<Outcome> {
  if (sent.kind === 'refused') return sent
  const rows = await lookUntilAnswered(server, target, clock)
  const row = rows?.get(target.pid)
  const presence = rows === null ? null : presenceNow(action, target, row)
  if (sent.kind === 'lost') return { kind: 'unknown', reason: sent.reason, presence }
  const sight = presence === 'changed' && row !== undefined ? sightOf(row) : null
  return { kind: 'missed', presence: presence === 'same' ? null : presence, sight }
}

/** After a lost answer: looks again once the connection is back. Only looks; what was lost is not sent again. */
async function lookUntilAnswered(server: Server, target: Target, clock: Clock) {
  const startMs = clock.nowMs()
  for (;;) {
    const rows = await lookAt(server, [target.pid])
    if (rows !== null || clock.nowMs() - startMs >= RECHECK_MS) return rows
    await clock.sleep(250)
  }
}

const RECHECK_MS = 5000

function nextStep(action: Action, outcomes: readonly TargetOutcome[]): Report['next'] {
  if (action !== 'cancel') return null
  const targets = outcomes.flatMap(({ target, outcome }) =>
    outcome.kind === 'still there' ? [{ ...target, ...outcome.sight }] : [],
  )
  return targets.length === 0 ? null : { action: 'terminate', targets }
}

function tally(action: Action, outcomes: readonly TargetOutcome[]): SafeText {
  const counts = Map.groupBy(outcomes, ({ outcome }) => outcome.kind)
  const words = [
    ['done', action === 'terminate' ? safe`gone` : safe`cancelled`],
    ['still there', safe`signalled but still there`],
    ['unproven', safe`signalled, effect not seen`],
    ['missed', safe`not signalled: changed or gone before`],
    ['refused', safe`refused`],
    ['unknown', safe`unknown: the answer was lost`],
  ] as const
  const told = words.flatMap(([kind, word]) => {
    const many = counts.get(kind)?.length ?? 0
    return many === 0 ? [] : [safe`${many} ${word}`]
  })
  return toSafeText(told.join(', '))
}

function waitersTold({ before, freed, afterMs }: Freed): SafeText {
  if (before === 0) return safe``
  if (freed === 0 || afterMs === null) return safe`freed none of ${before} waiters yet`
  return safe`freed ${freed} of ${before} waiters in ${seconds(afterMs)}`
}

function recorder(server: Server, action: Action, { operator, clock }: Deps) {
  const action_id = randomUUID()
  const { endpoint, facts } = server
  return (target: Target, rest: AuditRecord): AuditRecord => ({
    time: clock.timeOfDay(),
    action_id,
    action,
    ...rest,
    ...operator,
    server: {
      system_identifier: facts?.systemIdentifier ?? null,
      host: endpoint.host,
      port: endpoint.port,
      database: endpoint.database,
    },
    role: facts?.role.name ?? endpoint.user,
    target: { ...target, query: target.query === null ? null : redact(target.query) },
  })
}

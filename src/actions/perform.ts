/** Does what was confirmed: writes it down, sends it, proves the effect, writes that down. */
import type { LockAnalysis } from '#src/locks/analysis.ts'
import type { Server } from '#src/server/contract.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import type { Action } from './action.ts'
import { type Audit, auditPath, noAudit, openAudit } from './audit.ts'
import { type Clock, machineClock } from './clock.ts'
import { type Freed, FreedCount, waitersBefore } from './freed.ts'
import { unlessLeft } from './leaving.ts'
import { type Operator, readOperator } from './operator.ts'
import { describeOutcome, type Outcome, type TargetOutcome } from './outcome.ts'
import { lookAt, presenceNow, prove, sightOf } from './proof.ts'
import { recorder } from './record.ts'
import { nextStep, type Report } from './report.ts'
import type { Sent } from './send.ts'
import { notTried, sendAll } from './send-all.ts'
import type { Target } from './target.ts'

/** What an action works with. */
export interface Deps {
  readonly audit: Audit
  readonly operator: Operator
  readonly clock: Clock
  /** Aborted when the program is left: nothing more is sent or waited for, what is known is written down at once. */
  readonly signal?: AbortSignal | undefined
  /** The locks that the dialog has told of, null when it could not; absent: they are read before the first signal. */
  readonly locks?: LockAnalysis | null | undefined
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
 * audit file has it on disk. Never throws for a fault of the server; takes up to about 5 s, and next to no time once
 * `deps.signal` is aborted: await it before the process ends, or its result is not written down.
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
  const { outcomes, freed } = await act({ server, action, ...deps }, targets)
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

/** One action under way. */
interface Act extends Deps {
  readonly server: Server
  readonly action: Action
}

async function act(
  doing: Act,
  targets: readonly Target[],
): Promise<{ readonly outcomes: readonly TargetOutcome[]; readonly freed: Freed | null }> {
  const { server, clock, signal } = doing
  const before = await unlessLeft(() => waitersBefore(server, targets, doing.locks), signal)
  const count = new FreedCount(server, clock, before.left ? null : before.value)
  const answers = await sendAll(doing, targets)
  const outcomes = await withoutSignal(doing, answers)

  const sentAtMs = new Map(
    Array.from(answers).flatMap(([target, sent]) =>
      sent.kind === 'sent' ? [[target, sent.atMs] as const] : [],
    ),
  )
  if (sentAtMs.size > 0) {
    const proofs = await prove({ ...doing, sentAtMs, meanwhile: () => count.look() })
    for (const [target, outcome] of proofs) outcomes.set(target, outcome)
  }
  return {
    outcomes: Array.from(answers.keys(), (target) => ({ target, outcome: outcomes.get(target) ?? notTried })),
    // Who is left out of sight may have been freed or not.
    freed: sentAtMs.size > 0 && !signal?.aborted ? count.result(Math.min(...sentAtMs.values())) : null,
  }
}

/** The outcome of those that were not signalled, or perhaps not: what became of them is looked up. */
async function withoutSignal(doing: Act, answers: ReadonlyMap<Target, Sent>): Promise<Map<Target, Outcome>> {
  const outcomes = new Map<Target, Outcome>()
  const asked = Array.from(answers).filter(([, { kind }]) => kind === 'nobody' || kind === 'lost')
  const pids = asked.map(([{ pid }]) => pid)
  const looked = await unlessLeft(
    async () => (pids.length === 0 ? null : await lookUntilAnswered(doing, pids)),
    doing.signal,
  )
  const rows = looked.left ? null : looked.value
  for (const [target, sent] of answers) {
    const row = rows?.get(target.pid)
    const presence = rows === null ? null : presenceNow(doing.action, target, row)
    if (sent.kind === 'refused') outcomes.set(target, sent)
    if (sent.kind === 'lost') {
      const found = looked.left ? 'not looked for' : presence
      outcomes.set(target, { kind: 'unknown', reason: sent.reason, presence: found })
    }
    if (sent.kind !== 'nobody') continue
    const sight = presence === 'changed' && row !== undefined ? sightOf(row) : null
    outcomes.set(target, { kind: 'missed', presence: presence === 'same' ? null : presence, sight })
  }
  return outcomes
}

/** After a lost answer: looks again once the connection is back. Only looks; what was lost is not sent again. */
async function lookUntilAnswered({ server, clock, signal }: Act, pids: readonly number[]) {
  const startMs = clock.nowMs()
  for (;;) {
    const rows = await lookAt(server, pids)
    if (rows !== null || signal?.aborted || clock.nowMs() - startMs >= RECHECK_MS) return rows
    await clock.sleep(250)
  }
}

const RECHECK_MS = 5000

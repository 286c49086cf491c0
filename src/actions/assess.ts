/** What to tell a person before an action, and what is refused without asking the server. */
import type { ServerFacts } from '#queries/define.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import type { Action } from './action.ts'
import { backendKindOf } from './backend-kinds.ts'
import { isIdleInTransaction, isSeen, type Target } from './target.ts'

/** Whether an action may be asked for. Whether the role may do it is the server's to say, when it is tried. */
export type Assessment =
  | { readonly verdict: 'allowed' }
  | { readonly verdict: 'warn'; readonly warnings: readonly SafeText[] }
  | {
      readonly verdict: 'refused'
      readonly reason: SafeText
      /** What would do instead, on this backend or, for a parallel worker, on its leader. */
      readonly instead?: { readonly action: Action; readonly pid: number }
    }

type Refusal = Extract<Assessment, { readonly verdict: 'refused' }>

/** Judges `action` on `target` by what was shown; pure, so that it can be asked on every cursor move. */
export function assess(action: Action, target: Target, facts: ServerFacts): Assessment {
  const refusal = refusalOf(action, target, facts)
  if (refusal !== null) return refusal
  const warnings = warningsOf(action, target, facts)
  return warnings.length === 0 ? { verdict: 'allowed' } : { verdict: 'warn', warnings }
}

function refusalOf(action: Action, target: Target, facts: ServerFacts): Refusal | null {
  if (facts.ownPids.includes(target.pid))
    return refuse(safe`pid ${target.pid} is this program's own session.`)
  const kind = backendKindOf(target.backend_type)
  if (kind.fate === 'refused') return refuse(kind.says)
  if (target.backend_type === 'parallel worker' && target.leader_pid !== null) {
    const reason = safe`It is a parallel worker: a signal would fail its leader's statement. Aim at the leader, pid ${target.leader_pid}.`
    return { ...refuse(reason), instead: { action, pid: target.leader_pid } }
  }
  return action === 'cancel' ? refusalToCancel(target) : null
}

// pg_cancel_backend() answers true and does nothing to a session without a running statement (measured, 13 to
// 18), and the guard holds on to query_start, which only a reported statement has.
function refusalToCancel(target: Target): Refusal | null {
  if (!isSeen(target) || target.state === 'active') return null
  const terminate = { instead: { action: 'terminate', pid: target.pid } } as const
  if (isIdleInTransaction(target)) {
    return {
      ...refuse(safe`No statement runs: cancel would do nothing. Terminate ends the transaction.`),
      ...terminate,
    }
  }
  if (target.state === 'idle') return refuse(safe`It is idle: no statement runs, cancel would do nothing.`)
  const reason =
    target.state === 'disabled'
      ? safe`track_activities is off in this session, so it cannot be told which statement would be hit.`
      : safe`No statement of it is known (state ${toSafeText(target.state ?? 'none')}), so none can be aimed at.`
  return { ...refuse(reason), ...terminate }
}

function warningsOf(action: Action, target: Target, facts: ServerFacts): readonly SafeText[] {
  const warnings = [
    kindWarning(action, target),
    !isSeen(target)
      ? safe`This role does not see the session's details (pg_read_all_stats would show them): it is told from others by pid, role and database only${action === 'cancel' ? safe`, and whatever it runs by then is cancelled` : safe``}.`
      : null,
    target.state === 'starting' ? safe`It is still logging in.` : null,
    // The cancelled statement's transaction is durable here but perhaps not on the standby (SyncRepWaitForLSN).
    target.wait_event === 'SyncRep'
      ? safe`It waits for a synchronous standby: its transaction is already committed here and stays so; ended now, it may be missing on the standby.`
      : null,
    isAnotherCopy(target) ? safe`It is another copy of this program.` : null,
    rightsHint(target, facts),
  ]
  return warnings.filter((warning) => warning !== null)
}

function kindWarning(action: Action, target: Target): SafeText | null {
  if (target.backend_type === 'autovacuum worker') return autovacuumWarning(action, target)
  if (target.backend_type === 'parallel worker') {
    return safe`It is a parallel worker whose leader is not known: its leader's statement fails.`
  }
  const { fate, says } = backendKindOf(target.backend_type)
  return fate === 'warned' ? says : null
}

function autovacuumWarning(action: Action, { query }: Target): SafeText {
  if (query?.includes('(to prevent wraparound)') === true) {
    return safe`It vacuums to prevent transaction ID wraparound: it is started again soon and begins anew, and until it ends the server comes closer to refusing writes.`
  }
  return action === 'cancel'
    ? safe`It is an autovacuum worker: it skips this table, goes on with the next, and comes back later.`
    : safe`It is an autovacuum worker: its work on this table is lost and will be done again later.`
}

function isAnotherCopy({ application_name }: Target): boolean {
  return application_name === 'pgtriage' || application_name?.startsWith('pgtriage ') === true
}

// Hints only: membership, pg_signal_autovacuum_worker (18) and a cloud's own rules decide in the server.
function rightsHint({ usename, usesysid, backend_type }: Target, { role }: ServerFacts): SafeText | null {
  if (role.superuser || usename === role.name) return null
  const me = toSafeText(role.name)
  if (usesysid === BOOTSTRAP_SUPERUSER) {
    return safe`It is a superuser's session: the server lets only a superuser signal it, and ${me} is none.`
  }
  if (usesysid === null) {
    return backend_type === 'autovacuum worker'
      ? safe`It belongs to no role: the server may let only a superuser signal it (18: or pg_signal_autovacuum_worker).`
      : safe`It belongs to no role: the server may let only a superuser signal it.`
  }
  return role.signalsBackends
    ? null
    : safe`The server may refuse: ${me} has neither pg_signal_backend nor, as far as shown, this session's role.`
}

/** The role that initdb makes; it cannot lose SUPERUSER. */
const BOOTSTRAP_SUPERUSER = 10

function refuse(reason: SafeText): Refusal {
  return { verdict: 'refused', reason }
}

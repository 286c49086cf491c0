/** What became of an action, target by target, and the words for it. */
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { duration, latency } from '#src/text/units.ts'
import type { Action } from './action.ts'
import { redact } from './redact.ts'
import type { Presence, Target } from './target.ts'

/** The backend as it was last seen; texts of the server, raw. */
export interface Sight {
  readonly state: string | null
  readonly wait_event_type: string | null
  readonly wait_event: string | null
  readonly query: string | null
}

/** What a pid can be when it is no longer what was looked at. */
type Missed = Exclude<Presence, 'same'>

/** What became of one target. Only `done` says that the action had its effect. */
export type Outcome =
  /** The backend is gone, or its statement is over, so long after the signal; `state`: what a cancelled one is in. */
  | { readonly kind: 'done'; readonly afterMs: number; readonly state: string | null }
  /** The signal was sent, and the backend goes on as before. `undone`: its transaction is over already. */
  | {
      readonly kind: 'still there'
      readonly afterMs: number
      readonly sight: Sight
      readonly undone: boolean
    }
  /** The signal was sent; whether it had an effect cannot be seen, by this role or at all. */
  | { readonly kind: 'unproven'; readonly reason: SafeText }
  /** The guard held: nobody was signalled. `presence`: what the pid is instead, null when that is not known. */
  | { readonly kind: 'missed'; readonly presence: Missed | null; readonly sight: Sight | null }
  /** Not tried, or not allowed: our own reason or the server's own words. */
  | { readonly kind: 'refused'; readonly reason: SafeText; readonly sqlstate: string | null }
  /** The answer was lost. It is never sent again by itself; `presence` is what was found afterwards, null nothing. */
  | {
      readonly kind: 'unknown'
      readonly reason: SafeText
      readonly presence: Presence | 'not looked for' | null
    }

/** The outcome for one target. */
export interface TargetOutcome {
  readonly target: Target
  readonly outcome: Outcome
}

/** The outcome in one sentence, for the toast and the audit file. */
export function describeOutcome(action: Action, { target, outcome }: TargetOutcome): SafeText {
  const { pid } = target
  switch (outcome.kind) {
    case 'done':
      return action === 'terminate'
        ? safe`${pid} is gone ${seconds(outcome.afterMs)} after the signal`
        : safe`the statement of ${pid} ended ${seconds(outcome.afterMs)} after the signal${afterwards(outcome.state)}`
    case 'still there':
      return safe`${pid}: signal sent, still there after ${seconds(outcome.afterMs)}${outcome.undone ? safe`, its transaction is over and it is cleaning up` : whatItDoes(outcome.sight)}`
    case 'unproven':
      return safe`${pid}: signal sent; ${outcome.reason}`
    case 'missed':
      return safe`${pid}: not signalled, ${missed(action, outcome.presence)}${nowRuns(outcome.sight)}`
    case 'refused':
      return safe`${pid}: not signalled: ${outcome.reason}`
    case 'unknown':
      return safe`${pid}: not known whether it was signalled (${outcome.reason})${found(outcome.presence)}`
  }
}

/** A time as the words here tell it; below a tenth of a second in ms, for `0.0s` would be no time at all. */
export function seconds(ms: number): SafeText {
  return ms < 100 ? latency(ms / 1000) : duration(ms / 1000)
}

function afterwards(state: string | null): SafeText {
  return state === null ? safe`` : safe`; it is ${toSafeText(state)} now`
}

function whatItDoes({ state, wait_event_type, wait_event }: Sight): SafeText {
  const what = toSafeText(state ?? 'state unknown')
  if (wait_event_type === null || wait_event === null) return safe` (${what})`
  return safe` (${what}, waits for ${toSafeText(wait_event_type)} ${toSafeText(wait_event)})`
}

function missed(action: Action, presence: Missed | null): SafeText {
  if (presence === null) return safe`it was not what was shown any more`
  if (presence === 'gone') return safe`it was gone already`
  if (presence === 'another backend') return safe`the pid belongs to another backend by now`
  return action === 'cancel'
    ? safe`that statement is over already`
    : safe`it is not in the transaction any more that was shown`
}

function nowRuns(sight: Sight | null): SafeText {
  if (sight?.state !== 'active' || sight.query === null)
    return sight === null ? safe`` : afterwards(sight.state)
  // The sentence goes to the audit file. Cut before, a secret would lose the end by which it is known.
  return safe`; now it runs: ${toSafeText(redact(sight.query).slice(0, QUERY_SHOWN))}`
}

const QUERY_SHOWN = 200

function found(presence: Presence | 'not looked for' | null): SafeText {
  switch (presence) {
    case 'not looked for':
      return safe``
    case null:
      return safe`; the server does not answer`
    case 'gone':
      return safe`; it is gone now`
    case 'another backend':
      return safe`; it is gone, its pid belongs to another backend now`
    case 'changed':
      return safe`; it does something else now`
    case 'same':
      return safe`; it is still there`
  }
}

/** What became of an action as a whole, and the words for it. */
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import type { Action } from './action.ts'
import type { Freed } from './freed.ts'
import { describeOutcome, seconds, type TargetOutcome } from './outcome.ts'
import type { Target } from './target.ts'

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

/** The report in one line: "4711 is gone 0.1s after the signal · freed 41 of 41 waiters in 0.8s". */
export function describeReport({ action, outcomes, freed, auditProblem }: Report): SafeText {
  const [only] = outcomes
  const told =
    outcomes.length === 1 && only !== undefined ? describeOutcome(action, only) : tally(action, outcomes)
  const parts = [told, freed === null ? null : waitersTold(freed), auditProblem]
  return toSafeText(parts.filter((part) => part !== null && part !== '').join(' · '))
}

/** The step after a cancel that moved nothing. */
export function nextStep(action: Action, outcomes: readonly TargetOutcome[]): Report['next'] {
  if (action !== 'cancel') return null
  const targets = outcomes.flatMap(({ target, outcome }) =>
    outcome.kind === 'still there' ? [{ ...target, ...outcome.sight }] : [],
  )
  return targets.length === 0 ? null : { action: 'terminate', targets }
}

function tally(action: Action, outcomes: readonly TargetOutcome[]): SafeText {
  const counts = Map.groupBy(outcomes, ({ outcome }) => outcome.kind)
  const words = [
    ['done', action === 'terminate' ? safe`gone` : safe`ended`],
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

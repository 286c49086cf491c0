/** What one press of a key would do: which of the chosen backends it is aimed at, and which it is not. */
import type { ServerFacts } from '#queries/define.ts'
import type { SafeText } from '#src/text/safe.ts'
import type { Action } from './action.ts'
import { assess } from './assess.ts'
import { lossesOf } from './losses.ts'
import type { Target } from './target.ts'

/** One backend that would be signalled, with what its person should know first. */
export interface Aim {
  readonly target: Target
  readonly warnings: readonly SafeText[]
  readonly losses: readonly SafeText[]
}

/** One backend that is left alone, and why. */
export interface Spared {
  readonly target: Target
  readonly reason: SafeText
  readonly instead?: { readonly action: Action; readonly pid: number }
}

/** An action on some backends, before it is confirmed. */
export interface Plan {
  readonly action: Action
  readonly aims: readonly Aim[]
  readonly spared: readonly Spared[]
}

/** Sorts `targets` into those that `action` may be tried on and those it may not. */
export function planAction(action: Action, targets: readonly Target[], facts: ServerFacts): Plan {
  const judged = targets.map((target) => ({ target, assessment: assess(action, target, facts) }))
  return {
    action,
    aims: judged.flatMap(({ target, assessment }) =>
      assessment.verdict === 'refused'
        ? []
        : [
            {
              target,
              warnings: assessment.verdict === 'warn' ? assessment.warnings : [],
              losses: lossesOf(action, target),
            },
          ],
    ),
    spared: judged.flatMap(({ target, assessment }) => {
      if (assessment.verdict !== 'refused') return []
      const { reason, instead } = assessment
      return [{ target, reason, ...(instead === undefined ? {} : { instead }) }]
    }),
  }
}

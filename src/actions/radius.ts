/** Who is freed when backends go away, told before anything is sent. */
import type { LockAnalysis } from '#src/locks/analysis.ts'
import type { Locked } from '#src/locks/lock.ts'
import { isWaiting, type Party, type Wait } from '#src/locks/party.ts'
import type { Action } from './action.ts'
import type { Target } from './target.ts'

/** What becomes of the waiters when the targets end together. */
export interface Radius {
  /** They go on at once. */
  readonly direct: readonly Party[]
  /** These, and all who go on when those before them are done. */
  readonly total: readonly Party[]
  /** The longest wait of the freed; null when none is known. */
  readonly longest: Wait | null
  /** At most these, see `LockAnalysis.isAtMost`. */
  readonly isUpTo: boolean
  /** Waiters behind the targets that wait on. */
  readonly remaining: readonly Party[]
  /** Who else blocks those. */
  readonly remainingBlockers: readonly Party[]
  /** Advisory locks that others want and that a cancelled target keeps, unless they are of its transaction. */
  readonly kept: readonly Locked[]
  /** Waiters of whom it is not known whom they wait for; they are in none of these lists. */
  readonly unknown: number
  /** False when more wait than are known. */
  readonly isComplete: boolean
}

/** The radius of an action on all `targets` together. */
export function radiusOf(action: Action, targets: readonly Target[], analysis: LockAnalysis): Radius {
  const parties = partiesAimedAt(targets, analysis)
  const { direct, total, remaining, remainingBlockers } = analysis.release(parties, action)
  return {
    direct,
    total,
    longest: longestOf(total),
    isUpTo: analysis.isAtMost(parties, action),
    remaining,
    remainingBlockers: remainingBlockers.filter((party) => !parties.includes(party)),
    kept: action === 'cancel' ? parties.flatMap((party) => wantedAdvisoryLocks(party, analysis)) : [],
    unknown: waitersForUnknown(analysis).filter((party) => !parties.includes(party)).length,
    isComplete: analysis.isComplete,
  }
}

/** The parties that the targets are, as long as they are the very same backends; who blocks nobody is none. */
export function partiesAimedAt(targets: readonly Target[], analysis: LockAnalysis): readonly Party[] {
  const parties = targets.flatMap(({ pid, backend_start }) => {
    const party = analysis.partyOfPid(pid)
    // The start of a parallel worker's leader is another one, and says nothing of the worker.
    const isSame = party?.row.pid !== pid || party.row.backend_start === backend_start
    return party === undefined || !isSame ? [] : [party]
  })
  return [...new Set(parties)]
}

function longestOf(parties: readonly Party[]): Wait | null {
  const waits = parties.flatMap(({ waits: [longest] }) => longest ?? [])
  return waits.reduce<Wait | null>(
    (most, wait) => ((wait.seconds ?? -1) > (most?.seconds ?? -1) ? wait : most),
    null,
  )
}

function wantedAdvisoryLocks(party: Party, { dispute }: LockAnalysis): readonly Locked[] {
  return (dispute.heldBy.get(party) ?? [])
    .filter(
      ({ locked, queue }) => locked.locktype === 'advisory' && queue.some((waiter) => waiter.party !== party),
    )
    .map(({ locked }) => locked)
}

/** At the top of a tree stands who waits for nobody, but for those of a deadlock and those whose blocker is not known. */
function waitersForUnknown({ trees }: LockAnalysis): readonly Party[] {
  return trees
    .filter(({ circle }) => circle.length === 0)
    .flatMap(({ roots }) => roots.map(({ party }) => party).filter(isWaiting))
}

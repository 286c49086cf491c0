/** What is told of the waits where sessions are listed: by pids, a prepared transaction being 0. */
import type { LockAnalysis } from './analysis.ts'
import { inOrder } from './blockers.ts'
import { isWaiting } from './party.ts'

/** The waits of an analysis by pid, each answer worked out when it is asked for. */
export function waitsOf(analysis: LockAnalysis) {
  const prepared = analysis.parties.filter(({ kind }) => kind === 'prepared')
  const blockers = new Map<number, readonly number[]>()
  const isWaitingPid = (pid: number): boolean => {
    const party = analysis.partyOfPid(pid)
    return party !== undefined && isWaiting(party)
  }
  // By the tree, in which everybody hangs once: on a row that many want all wait for all before them.
  const direct = (pid: number): number => {
    const party = analysis.partyOfPid(pid)
    return party === undefined ? 0 : (analysis.nodeOf(party)?.children.length ?? 0)
  }
  return {
    isWaiting: isWaitingPid,
    blockersOf: (pid: number): readonly number[] => {
      const known = blockers.get(pid) ?? blockerPids(analysis, pid)
      blockers.set(pid, known)
      return known
    },
    direct,
    behind: (pid: number): number => {
      const party = analysis.partyOfPid(pid)
      return party === undefined || isWaiting(party) ? direct(pid) : analysis.countBehind(party)
    },
    behindPrepared: analysis.behind(prepared).size,
    isComplete: analysis.isComplete,
  }
}

/** Who holds what is in the way, those first who wait for nobody; then who is only ahead, from the front. */
function blockerPids(analysis: LockAnalysis, pid: number): readonly number[] {
  const party = analysis.partyOfPid(pid)
  const edges = party === undefined ? [] : analysis.blockersOf(party)
  const hard = edges.flatMap(({ kind, blocker }) => (kind === 'hard' ? [blocker] : []))
  const soft = edges.flatMap(({ kind, blocker }) => (kind === 'soft' ? [blocker] : []))
  return [...new Set([...inOrder(hard), ...soft].map(({ pids: [first] }) => first ?? 0))]
}

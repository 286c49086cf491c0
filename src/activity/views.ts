/** The views of the Activity screen: which sessions each shows and how many they are. */
import type { Condition, Session } from './sessions.ts'

export type ViewId = 'all' | 'active' | 'waiting' | 'idle-in-transaction' | 'idle'

/** What is shown besides the view's own choice. */
export interface Shown {
  readonly view: ViewId
  readonly background: boolean
  readonly own: boolean
}

const CONDITIONS: Readonly<Record<Exclude<ViewId, 'all'>, readonly Condition[]>> = {
  active: ['active', 'waiting'],
  waiting: ['waiting'],
  'idle-in-transaction': ['idle in transaction', 'idle in transaction (aborted)'],
  idle: ['idle'],
}

/** The sessions of a view. A background process that waits or blocks is never hidden as background. */
export function inView(sessions: readonly Session[], shown: Shown): readonly Session[] {
  return sessions.filter((session) => isEligible(session, shown) && belongs(session, shown.view))
}

/** How many sessions each view would show, with the same processes hidden. */
export function viewCounts(sessions: readonly Session[], shown: Shown): Readonly<Record<ViewId, number>> {
  const counts = { all: 0, active: 0, waiting: 0, 'idle-in-transaction': 0, idle: 0 }
  for (const session of sessions) {
    if (isEligible(session, shown)) {
      counts.all += 1
      for (const view of ['active', 'waiting', 'idle-in-transaction', 'idle'] as const) {
        counts[view] += belongs(session, view) ? 1 : 0
      }
    }
  }
  return counts
}

/** How many processes are not shown because they are background, or ours. */
export function hiddenCounts(
  sessions: readonly Session[],
  shown: Shown,
): { background: number; own: number } {
  let background = 0
  let own = 0
  for (const session of sessions) {
    if (session.isOwn) {
      own += shown.own ? 0 : 1
    } else if (session.isBackground && !isEligible(session, shown)) {
      background += 1
    }
  }
  return { background, own }
}

function isEligible(session: Session, shown: Shown): boolean {
  if (session.isOwn) {
    return shown.own
  }
  return !session.isBackground || shown.background || session.behind > 0 || session.condition === 'waiting'
}

function belongs(session: Session, view: ViewId): boolean {
  return view === 'all' || CONDITIONS[view].includes(session.condition)
}

/** Which session hurts most: the order in which a person on call wants to see them. */
import { type DurationBasis, durationOf } from './duration.ts'
import type { Condition, Session } from './sessions.ts'

const RANKS: Readonly<Record<Condition, number>> = {
  waiting: 4,
  'idle in transaction (aborted)': 3,
  'idle in transaction': 3,
  active: 2,
  idle: 1,
  hidden: 0,
  background: 0,
}

/**
 * A number that is larger the worse it is: first whoever keeps others waiting and waits for nobody, by how many;
 * then by condition; then by time.
 */
export function urgency(session: Session, basis: DurationBasis): number {
  const { behind, condition } = session
  const seconds = Math.min(durationOf(session, basis) ?? 0, 9e8)
  const rank = behind === 0 ? RANKS[condition] : (condition === 'waiting' ? 1e4 : 1e6) + behind
  return rank * 1e9 + seconds
}

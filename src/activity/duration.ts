/** How long something lasts: three clocks of a backend, of which one is looked at. */
import type { Session } from './sessions.ts'

/** What the time column counts: the state the session is in (a running query), its transaction, its life. */
export type DurationBasis = 'query' | 'transaction' | 'backend'

const ORDER: readonly DurationBasis[] = ['query', 'transaction', 'backend']

/** The basis after this one. */
export function nextBasis(basis: DurationBasis): DurationBasis {
  return ORDER[(ORDER.indexOf(basis) + 1) % ORDER.length] ?? 'query'
}

/**
 * Seconds on the server's clock, or null where there is nothing to count. On the basis `query` a running query
 * counts from query_start, anything else from state_change: query_start of an idle session is the start of the
 * query *before* (manual: pg_stat_activity), which would show minutes for one that just went idle.
 */
export function durationOf({ row, condition }: Session, basis: DurationBasis): number | null {
  switch (basis) {
    case 'transaction':
      return row.xact_seconds
    case 'backend':
      return row.backend_seconds
    case 'query':
      return condition === 'active' || condition === 'waiting' ? row.query_seconds : row.state_seconds
  }
}

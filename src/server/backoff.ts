/** When to try to connect again: soon, spread out, and never in a way that makes an overload worse. */
import type { Failure } from './contract.ts'
import { CANNOT_CONNECT_NOW, isFinal, TOO_MANY_CONNECTIONS } from './failure.ts'

/**
 * Ms until the next attempt, or null when another attempt would only repeat the failure (a wrong password may
 * lock the account). `random` gives 0 to 1. Full jitter over a doubling window of 0.25 to 4 s; longer after an
 * attempt that timed out, as the server keeps its process for up to a minute (`authentication_timeout`); at
 * most 1 s while the server says that it is starting; half a minute when no connection was left for us and
 * another session of ours works.
 */
export function retryDelayMs(failure: Failure, attempts: number, random: () => number): number | null {
  if (isFinal(failure)) return null
  if (failure.kind === 'timeout') return 5000 + random() * 5000
  const longest = failure.sqlstate === CANNOT_CONNECT_NOW ? 1000 : failure.kind === 'tls' ? 10_000 : 4000
  return random() * Math.min(longest, 250 * 2 ** Math.min(attempts, 10))
}

/** The same for a session that we can do without: no pressure on a server that has no room for it. */
export function spareRetryDelayMs(failure: Failure, attempts: number, random: () => number): number | null {
  if (failure.sqlstate === TOO_MANY_CONNECTIONS) return 20_000 + random() * 20_000
  return retryDelayMs(failure, attempts, random)
}

/** How fresh what is on screen is, in the words of the header. */
import type { Freshness } from '#src/view/header.ts'
import type { App } from './app.ts'

/** Of all that is on screen, the oldest counts. */
export function freshnessOf(app: App): Freshness {
  const { monitor, server } = app.options
  const now = performance.now()
  const atMs = monitor.oldestMs
  const ageSeconds = atMs === null ? null : Math.max(0, (now - atMs) / 1000)
  if (monitor.paused) {
    return { kind: 'paused', forSeconds: ageSeconds ?? 0 }
  }
  const { link } = server
  if (link.status === 'down') {
    const retryInSeconds = link.retryAtMs === null ? null : (link.retryAtMs - now) / 1000
    return { kind: 'stale', ageSeconds, retryInSeconds }
  }
  if (atMs === null) {
    return { kind: 'connecting' }
  }
  if (ageSeconds !== null && ageSeconds * 1000 > monitor.effectiveIntervalMs * 2 + STALE_AFTER_MS) {
    return { kind: 'stale', ageSeconds, retryInSeconds: null }
  }
  return {
    kind: 'live',
    intervalMs: monitor.effectiveIntervalMs,
    askedMs: monitor.effectiveIntervalMs > monitor.intervalMs ? monitor.intervalMs : null,
    ownCost: monitor.ownCost,
  }
}

/** What a refresh may be late before its data is called old. */
const STALE_AFTER_MS = 2000

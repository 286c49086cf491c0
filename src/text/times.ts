/** Times as the catalog has them, ISO 8601 in UTC: texts that sort as they do. */

/** The later of two; null where neither is known. */
export function later(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other
  return one > other ? one : other
}

/** Seconds from one to a moment (ms since the epoch), 0 for one that lies ahead; null where either is not known. */
export function secondsUntil(time: string | null, ms: number | null): number | null {
  return time === null || ms === null ? null : Math.max(0, (ms - Date.parse(time)) / 1000)
}

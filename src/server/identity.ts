/** Tells whether the server that answers after a reconnect is the one that was there before. */
import type { ServerFacts } from '#queries/define.ts'

/** One line on what changed between two connects, or null when it is the same server in the same life. */
export function identityChange(before: ServerFacts, after: ServerFacts): string | null {
  if (isOther(before.systemIdentifier, after.systemIdentifier))
    return `another server answers now: system identifier ${after.systemIdentifier} instead of ${before.systemIdentifier}`
  const changes: string[] = []
  if (before.inRecovery !== after.inRecovery)
    changes.push(after.inRecovery ? 'it is a standby now' : 'it was promoted and is a primary now')
  if (isOther(before.timeline, after.timeline))
    changes.push(`its timeline is ${after.timeline} instead of ${before.timeline}`)
  if (before.versionNum !== after.versionNum)
    changes.push(`its version is ${after.version} instead of ${before.version}`)
  if (before.startedAt !== after.startedAt) changes.push(`it was started again at ${after.startedAt}`)
  return changes.length === 0 ? null : `the server changed: ${changes.join('; ')}`
}

/** True when two connections reach the same server in the same life, as far as this role may know. */
export function isSameServer(one: ServerFacts, other: ServerFacts): boolean {
  return !isOther(one.systemIdentifier, other.systemIdentifier) && one.startedAt === other.startedAt
}

/** A fact that this role may not read proves nothing. */
function isOther<T>(before: T | null, after: T | null): boolean {
  return before !== null && after !== null && before !== after
}

/** What a reader must know of a node to take its numbers for what they are. */
import type { PlanNode } from '#src/plans/model/node.ts'
import { isGather } from '#src/plans/model/tree.ts'
import { numberIn } from '#src/plans/model/values.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { count } from '#src/text/units.ts'
import { ms, short } from './amounts.ts'

/** What weighs most first: a line shows as many as it has room for. */
export function notesOf(node: PlanNode): readonly SafeText[] {
  if (node.neverExecuted) return [safe`never executed`]
  return [
    ...node.pays.flatMap(({ node: sub, ms: paid }) =>
      paid > 0 ? [safe`paid ${toSafeText(sub.subplan ?? sub.path)} ${ms(paid)}`] : [],
    ),
    ...workersNote(node),
    ...(isWaitingForAsync(node) ? [safe`waits for async scans`] : []),
    ...(isOverlapped(node) ? [safe`overlapped`] : []),
    ...(startsRegion(node) ? [safe`${short(node.participants)} processes`] : []),
    ...(node.isAmbiguous ? [safe`self ${ms(node.exclWallMinMs)} to ${ms(node.exclWallMaxMs)}`] : []),
    ...node.removed
      .filter(({ total }) => total > 0)
      .map(({ key, total }) => safe`${count(total)} ${toSafeText(key.replace(/^Rows /, '').toLowerCase())}`),
  ]
}

/**
 * Workers go on while the leader is above the Gather, so what each participant took below it may be more than the
 * Gather itself: its own time is then below 0 by more than rounding.
 */
export function isOverlapped({ exclWallRawMs, roundingEpsMs }: PlanNode): boolean {
  return exclWallRawMs < -roundingEpsMs - FLOATING_MS
}

const FLOATING_MS = 1e-6

/** The time until a foreign server answers is the Append's, not that of its Async Foreign Scans. */
function isWaitingForAsync({ type, children }: PlanNode): boolean {
  return type === 'Append' && children.some(({ raw }) => raw.properties['Async Capable'] === true)
}

/** Said once for all below it. */
function startsRegion({ participants, parent }: PlanNode): boolean {
  return participants !== (parent?.participants ?? 1)
}

function workersNote(node: PlanNode): readonly SafeText[] {
  if (!isGather(node)) return []
  const planned = numberIn(node.raw.properties, 'Workers Planned')
  const launched = numberIn(node.raw.properties, 'Workers Launched')
  return planned === null || launched === null || launched >= planned
    ? []
    : [safe`${launched} of ${planned} workers`]
}

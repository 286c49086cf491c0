/** The sentence that names the culprit of a tree, and the one or two remedies with what each frees. */
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { things as plural } from '#src/text/units.ts'
import type { LockAnalysis } from './analysis.ts'
import { isAboutSnapshot, mayShareRow, subjectOf } from './blockers.ts'
import { membersOf, type Tree, type TreeNode } from './forest.ts'
import type { Locked } from './lock.ts'
import { bitOf, conflictsOf, type ModeSet, strongestOf } from './modes.ts'
import { hasVanished, isWaiting, type Party, preventsWraparound } from './party.ts'
import type { Release } from './release.ts'
import { holdersAgainst, type Thing } from './thing.ts'
import {
  commandText,
  doingOf,
  lockedText,
  nameOf,
  originOf,
  relationText,
  rollbackPrepared,
  shortName,
} from './words.ts'

/** Something that can be done about a tree. */
export interface Remedy {
  readonly action: 'cancel' | 'terminate' | 'rollback prepared'
  readonly targets: readonly Party[]
  readonly frees: Release
  /** `terminate 4711 frees 3 at once, 34 in all`. */
  readonly text: SafeText
}

/** What a person needs to know of a tree. */
export interface Advice {
  /** One sentence: who holds up how many, doing what. */
  readonly culprit: SafeText
  /** Who that is, what it holds, and who queues behind whom; a sentence each. */
  readonly details: readonly SafeText[]
  /** The best first. */
  readonly remedies: readonly Remedy[]
}

/** The advice for one tree. */
export function adviceFor(tree: Tree, analysis: LockAnalysis): Advice {
  const [root] = tree.roots
  if (root === undefined) return { culprit: safe``, details: [], remedies: [] }
  if (tree.circle.length > 0 && !freesAnybody(tree, analysis)) return deadlockAdvice(tree, analysis)
  if (isWaiting(root.party)) return unknownAdvice(root)
  return {
    culprit: culpritOf(tree, root.party),
    details: [
      ...holdingOf(root.party, analysis),
      ...(tree.circle.length === 0 ? [] : [safe`Besides, ${circleText(tree)}`]),
      ...queuesOf(tree, analysis),
      ...othersOf(tree),
      ...reservations(tree),
    ],
    remedies: remediesOf(tree, analysis),
  }
}

/** Beside a deadlock there can be a holder for whom many others wait. */
function freesAnybody({ roots, circle }: Tree, analysis: LockAnalysis): boolean {
  const parties = roots.map(({ party }) => party)
  return !parties.some((party) => circle.includes(party)) && analysis.release(parties).total.length > 0
}

/** The advice in one line, for a list of sentences. */
export function sentenceOf({ culprit, details, remedies }: Advice): SafeText {
  const ways = remedies.map(({ text }) => text).join('; or ')
  return [culprit, ...details, ...(ways === '' ? [] : [ways])].join('. ').concat('.') as SafeText
}

/** What a party holds in the way of others, with the longest queue, and the strongest mode that it holds of it. */
export function mainHold(party: Party, { dispute }: LockAnalysis): { thing: Thing; mode: string } | null {
  const held = (dispute.heldBy.get(party) ?? []).filter(({ holders, queue }) =>
    queue.some(
      (waiter) => waiter.party !== party && (conflictsOf(waiter.mode) & (holders.get(party) ?? 0)) !== 0,
    ),
  )
  const thing = held.reduce<Thing | null>(
    (most, each) => (most === null || each.queue.length > most.queue.length ? each : most),
    null,
  )
  const modes: ModeSet = thing?.holders.get(party) ?? 0
  return thing === null ? null : { thing, mode: strongestOf(modes) ?? '' }
}

/** What the thing is to a reader: for a transaction the row, or else the relation, that its waiters are after. */
export function subjectOfThing({ locked, queue }: Thing): Locked {
  const [front] = queue
  return front === undefined ? locked : subjectOf(front.party, front.wait)
}

/**
 * Waiters for a holder that hold nothing in the way of those behind them: without all of them the queue would move.
 * Who is only behind them comes to his turn by himself then, whatever is behind him.
 */
export function headsOf(tree: Tree): readonly TreeNode[] {
  const nodes = new Map<Party, TreeNode>()
  const things = new Set<Thing>()
  const open = [...tree.roots]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    nodes.set(node.party, node)
    if (node.edge?.kind === 'soft' && node.edge.thing !== null) things.add(node.edge.thing)
    open.push(...node.children.toReversed())
  }
  const heads = new Set([...things].flatMap(headsOfQueue))
  return [...nodes.values()].filter(({ party }) => heads.has(party))
}

function headsOfQueue(thing: Thing): readonly Party[] {
  const heads: Party[] = []
  let behind: ModeSet = 0
  for (const { party, mode } of thing.queue.toReversed()) {
    const isHeldUp = holdersAgainst(thing, mode).some((holder) => holder !== party)
    if (!isHeldUp) behind |= bitOf(mode)
    else if ((conflictsOf(mode) & behind) !== 0) heads.push(party)
  }
  return heads
}

function culpritOf({ waiting, roots }: Tree, party: Party): SafeText {
  const replay = waiting.some(({ kind }) => kind === 'startup')
  const sessions = waiting.length - Number(replay)
  const who = replay
    ? sessions === 0
      ? safe`The replay of the WAL waits`
      : safe`The replay of the WAL and ${plural(sessions, 'session')} wait`
    : waiters(sessions)
  const more = roots.length > 1 ? safe` and ${roots.length - 1} more` : safe``
  return safe`${who} behind ${nameOf(party)}${more}, ${doingOf(party)}`
}

function holdingOf(party: Party, analysis: LockAnalysis): readonly SafeText[] {
  const hold = mainHold(party, analysis)
  const origin = originOf(party)
  const what = hold === null ? null : holdText(hold)
  const parts = [origin, what].filter((part) => part !== null && part.length > 0)
  return parts.length === 0 ? [] : [toSafeText(parts.join(', '))]
}

function holdText({ thing, mode }: { thing: Thing; mode: string }): SafeText {
  const subject = subjectOfThing(thing)
  if (thing.locked.locktype === 'virtualxid')
    return safe`has locked the same, or holds a snapshot that is older: its end is waited for`
  if (thing.locked.locktype !== 'transactionid')
    return safe`holds ${toSafeText(mode)} on ${lockedText(thing.locked)}`
  return subject.locktype === 'tuple'
    ? safe`has changed or locked ${lockedText(subject)}`
    : safe`is transaction ${toSafeText(thing.locked.transactionid ?? '')}, which others wait to see ended`
}

/** The sentence about each statement that a queue stands behind, though it holds nothing yet. */
function queuesOf(tree: Tree, analysis: LockAnalysis): readonly SafeText[] {
  return headsOf(tree)
    .slice(0, 2)
    .map(({ party }) => {
      const [wait] = party.waits
      const relation = wait === undefined || wait.lock.relation === null ? null : relationText(wait.lock)
      const on = relation === null ? safe`` : safe` on ${relation}`
      const count = analysis.countBehind(party)
      const behind = safe`${plural(count, 'session')} ${count === 1 ? safe`queues` : safe`queue`} behind it`
      const mode = toSafeText(wait?.lock.mode ?? 'A lock')
      if (party.kind === 'startup') return safe`The replay wants ${mode}${on}, and ${behind}`
      const command = party.row.visible === false ? mode : commandText(party.row.query)
      return safe`${command}${on} (${shortName(party)}) waits for that, and ${behind}`
    })
}

function waiters(count: number): SafeText {
  return safe`${plural(count, 'session')} ${count === 1 ? safe`waits` : safe`wait`}`
}

function othersOf({ roots: [, ...others] }: Tree): readonly SafeText[] {
  if (others.length === 0) return []
  const named = others.slice(0, 3).map(({ party }) => safe`${shortName(party)} (${doingOf(party)})`)
  const rest = others.length - named.length
  const all = rest > 0 ? [...named, safe`${rest} more`] : named
  return [safe`In the way as well: ${toSafeText(all.join(', '))}`]
}

function reservations(tree: Tree): readonly SafeText[] {
  const edges = tree.roots.flatMap(({ children }) => children.flatMap(({ edge }) => edge ?? []))
  const kinds = new Set(tree.roots.map(({ party }) => party.kind))
  return [
    ...(edges.some(mayShareRow)
      ? [safe`Others may share the lock on the row: only one of them shows at a time`]
      : []),
    ...(edges.some(isAboutSnapshot)
      ? [safe`Old transactions are waited for one after the other: more may follow`]
      : []),
    ...(tree.waiting.some(({ snapshotBlockedBy }) => snapshotBlockedBy !== null)
      ? [
          safe`A safe snapshot is waited for: until the read-write serializable transactions of now have ended`,
        ]
      : []),
    ...(kinds.has('startup')
      ? [safe`The lock goes when the transaction ends on the primary and that is replayed`]
      : []),
    ...(tree.roots.some(({ party }) => party.kind === 'autovacuum' && !preventsWraparound(party))
      ? [safe`It gives way by itself to whoever waits longer than deadlock_timeout`]
      : []),
    ...(tree.roots.some(({ party }) => preventsWraparound(party))
      ? [safe`It does not give way by itself: cancelled, it begins anew, with wraparound nearer`]
      : []),
    ...(tree.waiting.some(({ kind }) => kind === 'startup')
      ? [safe`max_standby_streaming_delay decides how long the replay waits before it cancels queries`]
      : []),
  ]
}

function remediesOf(tree: Tree, analysis: LockAnalysis): readonly Remedy[] {
  const roots = tree.roots.map(({ party }) => party)
  const [main] = roots
  const heads = headsOf(tree)
    .map(({ party }) => party)
    .filter(({ kind }) => kind !== 'startup')
  const alone = main === undefined ? null : endingOf([main], analysis)
  const together = roots.length > 1 ? endingOf(roots, analysis) : null
  const isEnough = alone !== null && alone.frees.total.length === tree.waiting.length
  const remedies = [
    ...(alone !== null && (together === null || alone.frees.total.length > 0) ? [alone] : []),
    ...(isEnough || together === null ? [] : [together]),
    ...(heads.length === 0 ? [] : [remedy('cancel', heads, analysis)]),
  ]
  return remedies.filter(({ frees }) => frees.total.length > 0).slice(0, 3)
}

/** How the roots are ended; null when one of them cannot be, or should not. */
function endingOf(roots: readonly Party[], analysis: LockAnalysis): Remedy | null {
  const kinds = new Set(roots.map(({ kind }) => kind))
  if (kinds.has('startup') || roots.some(preventsWraparound)) return null
  if (roots.some((root) => hasVanished(root) || (root.kind === 'prepared' && root.row.gid === null)))
    return null
  if (kinds.has('prepared')) {
    const action = kinds.size === 1 ? 'rollback prepared' : 'terminate'
    return remedy(action, roots, analysis)
  }
  const terminated = remedy('terminate', roots, analysis)
  if (!roots.every(({ row }) => row.state === 'active')) return terminated
  const cancelled = remedy('cancel', roots, analysis)
  // Advisory locks of a session outlive its statement.
  return cancelled.frees.total.length < terminated.frees.total.length ? terminated : cancelled
}

function remedy(action: Remedy['action'], targets: readonly Party[], analysis: LockAnalysis): Remedy {
  const frees = analysis.release(targets, action === 'cancel' ? 'cancel' : 'terminate')
  const isUpTo = analysis.isAtMost(targets, action === 'cancel' ? 'cancel' : 'terminate')
  return {
    action,
    targets,
    frees,
    text: safe`${deedText(action, targets)} frees ${isUpTo ? safe`up to ` : safe``}${freesText(frees)}`,
  }
}

/** `terminate 4711, 4712`; with `ROLLBACK PREPARED 'gid'` for those that have no session. */
function deedText(action: Remedy['action'], targets: readonly Party[]): SafeText {
  const sessions = targets.filter(({ kind }) => kind !== 'prepared')
  const named = sessions.slice(0, 3).map(shortName).join(', ') as SafeText
  const rest = sessions.length > 3 ? safe` and ${sessions.length - 3} more` : safe``
  const rollbacks = targets.filter(({ kind }) => kind === 'prepared').map(rollbackPrepared)
  const deeds = [
    ...(rollbacks.length === 0 ? [] : [rollbacks.join(' ').replace(/;$/, '')]),
    ...(sessions.length === 0 ? [] : [`${action} ${named}${rest}`]),
  ]
  return toSafeText(deeds.join(' and '))
}

/** `41 at once`, or `3 at once, 34 in all`. */
export function freesText({ direct, total }: Pick<Release, 'direct' | 'total'>): SafeText {
  return direct.length === total.length
    ? safe`${total.length} at once`
    : safe`${direct.length} at once, ${total.length} in all`
}

function deadlockAdvice(tree: Tree, analysis: LockAnalysis): Advice {
  const rest = analysis.behind(tree.circle).size
  const behind = rest > 0 ? safe`, and ${waiters(rest)} behind them` : safe``
  return {
    culprit: safe`Deadlock: ${circleText(tree)}${behind}`,
    details: [safe`The server cancels one of them when it has waited for deadlock_timeout`],
    remedies: tree.circle
      .slice(0, 1)
      .map((party) => remedy('cancel', [party], analysis))
      .filter(({ frees }) => frees.total.length > 0),
  }
}

function circleText({ circle }: Tree): SafeText {
  return safe`${circle.map(shortName).join(', ') as SafeText} wait for each other`
}

function unknownAdvice(root: TreeNode): Advice {
  const [wait] = root.party.waits
  const what = wait === undefined ? safe`a safe snapshot` : lockedText(subjectOf(root.party, wait))
  const rest = membersOf(root).length - 1
  const behind = rest > 0 ? safe`, and ${waiters(rest)} behind it` : safe``
  return {
    culprit: safe`${nameOf(root.party)} waits for ${what}${behind}; nobody is seen in its way`,
    details: [safe`Its blocker has ended this very moment, or is not told by the server`],
    remedies: [],
  }
}

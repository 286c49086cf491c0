/** The detail of a party as lines: what it waits for, who is in its way, who waits for it, both sides' locks. */
import type { backend } from '#queries/backend.ts'
import type { backendLocks } from '#queries/backend-locks.ts'
import type { blocking } from '#queries/blocking.ts'
import type { EntryRow } from '#queries/define.ts'
import { freesText, headsOf } from '#src/locks/advice.ts'
import type { LockAnalysis } from '#src/locks/analysis.ts'
import { type Edge, inOrder, isAboutSnapshot, mayShareRow, subjectOf } from '#src/locks/blockers.ts'
import { modesOf } from '#src/locks/modes.ts'
import { isWaiting, type Party } from '#src/locks/party.ts'
import {
  commandText,
  doingOf,
  lockedText,
  nameOf,
  originOf,
  rollbackPrepared,
  waitText,
} from '#src/locks/words.ts'
import type { Failure } from '#src/server/contract.ts'
import { normaliseQuery, type SafeText, safe, toSafeLines, toSafeText } from '#src/text/safe.ts'
import { duration, things } from '#src/text/units.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable, Theme, Token } from '#src/theme/theme.ts'
import { lockLines } from '#src/view/locks/lock-lines.ts'
import { drawRuns, run } from '#src/view/run.ts'

/** What the server told about the party; what was not asked yet, or failed, is null. */
export interface Findings {
  readonly told: EntryRow<typeof blocking> | null
  readonly own: EntryRow<typeof backend> | null
  readonly locks: readonly EntryRow<typeof backendLocks>[] | null
  /** The first in its way whose locks those are; null without one that has a pid. */
  readonly blocker: number | null
  readonly blockerLocks: readonly EntryRow<typeof backendLocks>[] | null
  readonly failure: Failure | null
}

export interface Detail {
  readonly party: Party
  readonly isInvolved: boolean
  readonly analysis: LockAnalysis | null
  readonly findings: Findings
  /** The connected role, for the GRANT that would show more. */
  readonly role: string
}

/** Blockers that are told one by one; the rest is counted. */
const BLOCKERS_SHOWN = 8

/** Characters of another party's query. */
const QUERY_SHOWN = 300

/** All lines, for any width; the pane shows a window of them. */
export function detailLines(detail: Detail, width: number, theme: Theme): readonly Drawable[] {
  const { party, isInvolved, analysis, findings } = detail
  const line: Line = (text, token) =>
    wrap(text, width - 4).map((part) => drawRuns([run(safe`   `), run(part, token)], width, theme))
  const titled = (title: SafeText, lines: readonly Drawable[]) =>
    lines.length === 0 ? [] : [safe``, theme.paint('strong', safe` ${title}`), ...lines]
  const edges = analysis === null ? [] : blamedFirst(analysis.blockersOf(party))
  return [
    drawRuns(
      [
        run(safe` ${nameOf(party)}  ${originOf(party)}`, 'strong'),
        run(isInvolved ? safe`` : safe`  no longer waits, nor is it waited for: this is how it was`, 'good'),
      ],
      width,
      theme,
    ),
    ...stateLines(party, line),
    ...(party.row.visible === false
      ? line(
          safe`details are hidden from this role: GRANT pg_read_all_stats TO ${toSafeText(detail.role)}`,
          'warning',
        )
      : []),
    ...titled(safe`waits for`, waitLines(detail, edges, line)),
    ...titled(safe`in its way`, analysis === null ? [] : blockerLines(edges, line, theme)),
    ...titled(safe`behind it`, analysis === null ? [] : behindLines(party, analysis, line)),
    ...titled(safe`what ends it`, party.kind === 'prepared' ? preparedLines(party, line) : []),
    ...titled(
      safe`its locks`,
      party.kind === 'prepared'
        ? party.locks.flatMap((lock) =>
            line(safe`${theme.glyphs.holding} ${toSafeText(lock.mode)} on ${lockedText(lock)}`),
          )
        : lockLines(findings.locks ?? [], width, theme),
    ),
    ...titled(
      safe`locks of ${findings.blocker ?? 0}`,
      findings.blockerLocks === null ? [] : lockLines(findings.blockerLocks, width, theme),
    ),
    ...titled(party.row.state === 'active' ? safe`query` : safe`last query`, queryLines(detail, width)),
    ...(findings.failure === null ? [] : line(toSafeText(findings.failure.message), 'dim')),
  ]
}

/** Holders before those ahead in the queue; of the holders first those who wait for nobody themselves. */
export function blamedFirst(edges: readonly Edge[]): readonly Edge[] {
  const order = inOrder(edges.flatMap(({ kind, blocker }) => (kind === 'hard' ? [blocker] : [])))
  const hard = edges.filter(({ kind }) => kind === 'hard')
  return [
    ...hard.toSorted((a, b) => order.indexOf(a.blocker) - order.indexOf(b.blocker)),
    ...edges.filter(({ kind }) => kind === 'soft'),
  ]
}

type Line = (text: SafeText, token?: Token) => readonly Drawable[]

function stateLines(party: Party, line: Line): readonly Drawable[] {
  const { row, pids, kind } = party
  const workers = pids.length > 1 ? safe`, with ${things(pids.length - 1, 'parallel worker')}` : safe``
  const xact = row.xact_seconds === null ? safe`` : safe`, transaction open for ${duration(row.xact_seconds)}`
  const database =
    row.datname === null || kind === 'prepared' ? safe`` : safe`, database ${toSafeText(row.datname)}`
  return line(safe`${doingOf(party)}${xact}${database}${workers}`)
}

function waitLines(
  { party, analysis, findings }: Detail,
  edges: readonly Edge[],
  line: Line,
): readonly Drawable[] {
  if (!isWaiting(party)) return []
  const lines = party.waits.flatMap((wait) => {
    const place = analysis?.dispute.placesOf.get(party)?.find(({ waiter }) => waiter.wait === wait)
    const queue = place?.thing.queue ?? []
    const where =
      place === undefined || queue.length < 2
        ? safe``
        : safe`, place ${queue.indexOf(place.waiter) + 1} of ${queue.length} in its queue`
    const subject = subjectOf(party, wait)
    const of = subject === wait.lock ? safe`` : safe`, for ${lockedText(subject)}`
    return line(
      safe`${toSafeText(wait.lock.mode)} on ${lockedText(wait.lock)}${of} for ${waitText(wait, safe`about `)}${where}`,
      'critical',
    )
  })
  const snapshot =
    party.snapshotBlockedBy === null
      ? []
      : line(
          safe`a safe snapshot: the end of every read-write serializable transaction that runs now`,
          'critical',
        )
  return [
    ...lines,
    ...snapshot,
    ...(edges.some(isAboutSnapshot)
      ? line(safe`old transactions are waited for one after the other: more may follow`, 'warning')
      : []),
    ...(edges.some(mayShareRow)
      ? line(safe`others may share the lock on the row: only one of them shows at a time`, 'warning')
      : []),
    ...(party.kind === 'startup' ? [] : checkLines(edges, findings, line)),
  ]
}

/** What the server itself says, when it says something else. */
function checkLines(edges: readonly Edge[], { told }: Findings, line: Line): readonly Drawable[] {
  if (told === null) return []
  const ours = new Set(edges.map(({ blocker }) => blocker.pids[0] ?? 0))
  const theirs = new Set([...(told.blocked_by ?? []), ...(told.snapshot_blocked_by ?? [])])
  const agrees = theirs.size === ours.size && [...theirs].every((pid) => ours.has(pid))
  const verdict = agrees ? safe`the same` : safe`worked out here: ${pidsText(ours)}`
  return line(safe`pg_blocking_pids() says ${pidsText(theirs)}: ${verdict}`, agrees ? 'dim' : 'warning')
}

/** At most a dozen pids; the server tells 0 for a prepared transaction. */
function pidsText(pids: ReadonlySet<number>): SafeText {
  const named = [...pids].slice(0, 12).map((pid) => (pid === 0 ? '0 (prepared)' : String(pid)))
  const rest = pids.size > 12 ? safe` and ${pids.size - 12} more` : safe``
  return pids.size === 0 ? safe`nobody` : safe`${toSafeText(named.join(', '))}${rest}`
}

function blockerLines(edges: readonly Edge[], line: Line, theme: Theme): readonly Drawable[] {
  const shown = edges.slice(0, BLOCKERS_SHOWN)
  const rest = edges.length - shown.length
  return [
    ...shown.flatMap(({ blocker, kind, thing }) => [
      ...line(safe`${nameOf(blocker)}  ${originOf(blocker)}  ${doingOf(blocker)}`, 'strong'),
      ...line(
        kind === 'soft'
          ? safe`  ${theme.glyphs.waiting} holds nothing in the way, but wants ${modeWanted(blocker)} and is ahead in the queue`
          : thing === null
            ? safe`  ${theme.glyphs.holding} is a read-write serializable transaction`
            : safe`  ${theme.glyphs.holding} holds ${
                modesOf(thing.holders.get(blocker) ?? 0)
                  .toReversed()
                  .join(', ') as SafeText
              } on ${lockedText(thing.locked)}`,
      ),
      ...(blocker.row.query === null || blocker.row.visible === false
        ? []
        : line(
            safe`  ${blocker.row.state === 'active' ? safe`query` : safe`last query, not necessarily the one that took the lock`}: ${normaliseQuery(blocker.row.query, QUERY_SHOWN)}`,
            'dim',
          )),
    ]),
    ...(rest > 0 ? line(safe`… and ${rest} more`, 'dim') : []),
  ]
}

function modeWanted({ waits: [wait] }: Party): SafeText {
  return toSafeText(wait?.lock.mode ?? 'a lock')
}

function behindLines(party: Party, analysis: LockAnalysis, line: Line): readonly Drawable[] {
  const behind = [...analysis.behind([party])]
  if (behind.length === 0) return []
  const commands = [...Map.groupBy(behind, ({ row }) => commandText(row.query))]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([command, list]) => safe`${list.length} ${command}`)
  const endings = [
    ...(party.row.state === 'active'
      ? [safe`cancel frees ${freesText(analysis.release([party], 'cancel'))}`]
      : []),
    ...(party.kind === 'startup'
      ? []
      : [
          safe`${party.kind === 'prepared' ? safe`ROLLBACK PREPARED` : safe`terminate`} frees ${freesText(analysis.release([party]))}`,
        ]),
  ]
  const isHead = analysis.trees.some((tree) => headsOf(tree).some((head) => head.party === party))
  return [
    ...line(safe`${things(behind.length, 'session')}: ${commands.slice(0, 5).join(', ') as SafeText}`),
    ...(endings.length === 0 ? [] : line(endings.join('; ') as SafeText, 'good')),
    ...(isHead
      ? line(
          safe`It holds nothing yet, but everybody behind it waits until it had its turn. With lock_timeout (2 s or so, above deadlock_timeout) and a few tries a migration keeps that short; a CONCURRENTLY form wants lock_timeout = 0.`,
          'dim',
        )
      : []),
  ]
}

function preparedLines(party: Party, line: Line): readonly Drawable[] {
  return [
    ...line(toSafeText(rollbackPrepared(party)), 'good'),
    ...line(
      safe`or COMMIT PREPARED, if its coordinator says so; in database ${toSafeText(party.row.datname ?? '?')}, as ${toSafeText(party.row.usename ?? '?')} or a superuser. y copies it`,
    ),
  ]
}

function queryLines({ party: { row }, findings: { own } }: Detail, width: number): readonly Drawable[] {
  const text = own !== null && own.query_start === row.query_start ? own.query : row.query
  if (text === null || row.visible === false) return []
  return toSafeLines(text.slice(0, QUERY_LONGEST)).flatMap((each) => wrap(safe`   ${each}`, width - 1))
}

/** What anybody reads in a pane; `v` shows the whole text. */
const QUERY_LONGEST = 20_000

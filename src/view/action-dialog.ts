/** The question before an action, drawn: whom it hits, who is freed, what is lost, what to type. */
import { type Dialog, instructionOf, questionOf } from '#src/actions/dialog.ts'
import type { Aim } from '#src/actions/plan.ts'
import type { Radius } from '#src/actions/radius.ts'
import type { Target } from '#src/actions/target.ts'
import { freesText } from '#src/locks/advice.ts'
import type { Party } from '#src/locks/party.ts'
import { lockedText, shortName, waitText } from '#src/locks/words.ts'
import { normaliseQuery, type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { duration, things } from '#src/text/units.ts'
import { cut } from '#src/text/width.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable, Theme, Token } from '#src/theme/theme.ts'
import { drawRuns, run } from './run.ts'

/** What is known of who would be freed: still asked for, not to be had, or the answer. */
export type Freed =
  | { readonly kind: 'asking' }
  | { readonly kind: 'unknown'; readonly reason: SafeText }
  | { readonly kind: 'known'; readonly radius: Radius }

/** With more targets than this, the rest is counted. */
const TARGETS_SHOWN = 5

/** … and of those who block on. */
const BLOCKERS_SHOWN = 5

/** With fewer lines a dialog could not be read whole enough to be answered. */
export const LEAST_DIALOG_LINES = 8

/** The lines of the dialog: what is asked, what follows from it, what to type; in the middle it is cut if need be. */
export function drawActionDialog(
  dialog: Dialog,
  freed: Freed,
  { width, height, theme }: { readonly width: number; readonly height: number; readonly theme: Theme },
): readonly Drawable[] {
  const { plan } = dialog
  if (height < LEAST_DIALOG_LINES) {
    return [theme.paint('warning', cut(safe` enlarge the terminal to act; Esc leaves`, width))]
  }
  const line = (text: SafeText, token?: Token): readonly Drawable[] =>
    wrap(text, width - 4).map((part) => drawRuns([run(safe`  `), run(part, token)], width, theme))
  const head = [
    drawRuns([run(safe` ${theme.glyphs.warning} ${questionOf(dialog)} `, 'critical')], width, theme),
    safe``,
  ]
  const body = [
    ...(plan.aims.length === 1 ? plan.aims.flatMap((aim) => identityLines(aim, line)) : []),
    ...(plan.aims.length > 0 ? freedText(freed).flatMap(({ text, token }) => line(text, token)) : []),
    ...consequences(plan.aims, line),
    ...plan.spared
      .slice(0, TARGETS_SHOWN)
      .flatMap(({ target, reason }) => line(safe`not ${target.pid}: ${reason}`, 'warning')),
  ]
  const foot = [
    safe``,
    ...(dialog.notice === null ? [] : line(dialog.notice, 'warning').slice(0, 1)),
    drawRuns(
      [
        run(safe`  ${plan.aims.length === 0 ? safe`Esc to leave` : instructionOf(dialog)}`, 'key'),
        run(typedText(dialog), 'strong'),
      ],
      width,
      theme,
    ),
  ]
  const room = Math.max(1, height - head.length - foot.length)
  const fitting = body.length <= room ? body : [...body.slice(0, room - 1), theme.paint('dim', safe`  …`)]
  return [...head, ...fitting, ...foot]
}

type Line = (text: SafeText, token?: Token) => readonly Drawable[]

function identityLines({ target }: Aim, line: Line): readonly Drawable[] {
  const query =
    target.query === null
      ? []
      : line(
          safe`${target.state === 'active' ? safe`query` : safe`last query`}: ${normaliseQuery(target.query, 300)}`,
        )
  return [...line(identityText(target), 'strong'), ...query.slice(0, 2)]
}

/** What is lost and what to be warned of: in full for one, summed up and then by name for several. */
function consequences(aims: readonly Aim[], line: Line): readonly Drawable[] {
  const [only] = aims
  if (aims.length === 1 && only !== undefined) {
    return [
      ...only.losses.flatMap((text) => line(safe`lost: ${text}`)),
      ...only.warnings.flatMap((text) => line(text, 'warning')),
    ]
  }
  return [
    ...lossSum(aims).flatMap((text) => line(safe`lost: ${text}`)),
    ...aims
      .slice(0, TARGETS_SHOWN)
      .flatMap(({ target, warnings }) => [
        ...line(identityText(target), 'strong'),
        ...warnings.flatMap((text) => line(text, 'warning')),
      ]),
    ...(aims.length > TARGETS_SHOWN ? line(safe`… and ${aims.length - TARGETS_SHOWN} more`) : []),
  ]
}

function lossSum(aims: readonly Aim[]): readonly SafeText[] {
  const writers = aims.filter(({ target }) => target.backend_xid !== null)
  const oldest = Math.max(...writers.map(({ target }) => target.xact_seconds ?? 0))
  const written =
    writers.length === 0
      ? []
      : [
          safe`${things(writers.length, 'transaction')} that wrote: undone, the oldest open for ${duration(oldest)}`,
        ]
  // A sentence without a number says the same of each of them: what cannot be seen, what stays behind.
  const common = new Set(aims.flatMap(({ losses }) => losses.filter((text) => !/\d/.test(text))))
  return [...written, ...common]
}

/** `pid 4711  billing  app@orders from 10.1.4.7  idle in transaction 14m07s` */
function identityText(target: Target): SafeText {
  const parts = [
    safe`pid ${target.pid}`,
    toSafeText(target.application_name ?? ''),
    target.usename === null ? safe`` : toSafeText(`${target.usename}@${target.datname ?? '-'}`),
    target.client_addr === null ? safe`` : safe`from ${toSafeText(target.client_addr)}`,
    toSafeText(target.state ?? target.backend_type ?? 'state not known'),
    target.xact_seconds === null ? safe`` : safe`transaction ${duration(target.xact_seconds)}`,
  ]
  return parts.filter((part) => part.length > 0).join('  ') as SafeText
}

interface Sentence {
  readonly text: SafeText
  readonly token?: Token
}

function freedText(freed: Freed): readonly Sentence[] {
  if (freed.kind === 'asking') {
    return [{ text: safe`frees: asking who waits…` }]
  }
  if (freed.kind === 'unknown') {
    return [{ text: safe`frees: not known (${freed.reason})`, token: 'warning' }]
  }
  const { radius } = freed
  return [
    freedSentence(radius),
    ...(radius.remaining.length === 0 ? [] : [remainingSentence(radius)]),
    ...radius.kept.map(
      (locked): Sentence => ({
        text: safe`a cancel does not give back ${lockedText(locked)}, unless it was taken for the transaction alone`,
        token: 'warning',
      }),
    ),
    ...reservations(radius).map((text): Sentence => ({ text, token: 'warning' })),
  ]
}

function freedSentence({ direct, total, remaining, longest, isUpTo }: Radius): Sentence {
  if (total.length === 0) {
    return { text: remaining.length === 0 ? safe`frees: nobody waits for it` : safe`frees: nobody at once` }
  }
  const upTo = isUpTo ? safe`up to ` : safe``
  const waited = longest === null ? safe`` : safe`, the longest waits ${waitText(longest, safe`about `)}`
  return { text: safe`frees: ${upTo}${freesText({ direct, total })}${waited}`, token: 'good' }
}

function remainingSentence({ remaining, remainingBlockers }: Radius): Sentence {
  const wait = remaining.length === 1 ? safe`1 waits on` : safe`${remaining.length} wait on`
  const named = remainingBlockers.slice(0, BLOCKERS_SHOWN).map(blockerName).join(', ') as SafeText
  const rest = remainingBlockers.length - BLOCKERS_SHOWN
  const more = rest > 0 ? safe` and ${rest} more` : safe``
  const by = remainingBlockers.length === 0 ? safe`` : safe`, blocked by ${named}${more} as well`
  return { text: safe`${wait}${by}`, token: 'warning' }
}

function blockerName(party: Party): SafeText {
  return party.kind === 'prepared' ? safe`prepared ${shortName(party)}` : shortName(party)
}

/** What keeps the numbers from being the whole truth. */
function reservations({ unknown, isComplete }: Radius): readonly SafeText[] {
  return [
    ...(unknown > 0 ? [safe`of ${unknown} more waiters it is not known whom they wait for`] : []),
    ...(isComplete ? [] : [safe`more sessions wait than were read: at least so many are concerned`]),
  ]
}

function typedText(dialog: Dialog): SafeText {
  return dialog.typed === '' ? safe`` : safe`  ${toSafeText(dialog.typed)}`
}

/** What the screen and the one-shot twin both say of sessions. */
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import type { ActivityRow } from './row.ts'
import type { Session, Sessions } from './sessions.ts'

/** Whom a session waits for: the first blocker and how many more, `?` when it is not known, '' without a wait. */
export function blockersText({ blockedBy }: Pick<Session, 'blockedBy'>): SafeText {
  if (blockedBy === null) {
    return safe``
  }
  const [first, ...others] = blockedBy
  if (first === undefined) {
    return safe`?`
  }
  const name = first === 0 ? safe`prepared` : safe`${first}`
  return others.length === 0 ? name : safe`${name}+${others.length}`
}

/** What a backend waits for: `Lock:relation`; '' when it does not wait. */
export function waitText(row: Pick<ActivityRow, 'wait_event_type' | 'wait_event'>): SafeText {
  return row.wait_event_type === null ? safe`` : toSafeText(`${row.wait_event_type}:${row.wait_event ?? ''}`)
}

/** Where its client is: an address, `local` for a Unix socket, '' where there is none or it is hidden. */
export function clientText(row: Pick<ActivityRow, 'client_addr' | 'client_port'>): SafeText {
  return toSafeText(row.client_addr ?? (Number(row.client_port) === -1 ? 'local' : ''))
}

/** The sentence about sessions whose details this role may not read, with what would show them; null without. */
export function hiddenNotice({ list, hidden }: Sessions, roleName: string): SafeText | null {
  const total = list.filter(({ isBackground, isOwn }) => !isBackground && !isOwn).length
  return hidden === 0
    ? null
    : safe`${hidden} of ${total} sessions hidden: GRANT pg_read_all_stats TO ${quoteIdentifier(roleName)}`
}

/** A name as SQL takes it, so that the sentence can be copied; quoted always, for a role may be called `user`. */
function quoteIdentifier(name: string): SafeText {
  return toSafeText(`"${name.replaceAll('"', '""')}"`)
}

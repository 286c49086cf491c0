/** The heavyweight locks of one backend, the one it waits for first. */
import type { backendLocks } from '#queries/backend-locks.ts'
import type { EntryRow } from '#queries/define.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { duration } from '#src/text/units.ts'
import { cellWidth, fit } from '#src/text/width.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { drawRuns, run } from '#src/view/run.ts'

type LockRow = EntryRow<typeof backendLocks>

/** What is drawn of many locks; the rest is counted. */
const SHOWN = 40
/** `ShareUpdateExclusiveLock`, the longest name of a mode. */
const MODE_CELLS = 24

/** A line for each lock that means something: its own virtual transaction is held by every backend. */
export function lockLines(rows: readonly LockRow[], width: number, theme: Theme): readonly Drawable[] {
  const telling = rows.filter((row) => !(row.locktype === 'virtualxid' && row.granted === true))
  const ordered = telling.toSorted((a, b) => Number(a.granted) - Number(b.granted))
  const total = Number(rows[0]?.total_rows ?? 0) - (rows.length - telling.length)
  const rest = total - Math.min(ordered.length, SHOWN)
  return [
    ...ordered.slice(0, SHOWN).map((row) => drawLock(row, width, theme)),
    ...(rest > 0 ? [theme.paint('dim', safe`   … and ${rest} more`)] : []),
  ]
}

function drawLock(row: LockRow, width: number, theme: Theme): Drawable {
  const held = row.granted === true
  const sign = held ? theme.glyphs.holding : theme.glyphs.waiting
  const mode = fit(toSafeText(row.mode ?? ''), MODE_CELLS)
  const wait = held ? safe`` : safe`  waits ${duration(row.wait_seconds)}`
  const room = width - MODE_CELLS - cellWidth(wait) - 7
  const thing = fit(lockedThing(row), Math.max(1, Math.min(room, 60)))
  return drawRuns(
    [run(safe`   ${sign} ${mode} `, held ? 'plain' : 'critical'), run(thing), run(wait, 'critical')],
    width,
    theme,
  )
}

/** What is locked, in the words of the manual's pg_locks. */
export function lockedThing(row: LockRow): SafeText {
  const relation =
    row.relation_name ?? (row.relation === null ? '' : `relation ${row.relation} of database ${row.database}`)
  switch (row.locktype) {
    case 'relation':
      return toSafeText(relation)
    case 'tuple':
      return toSafeText(`row (${row.page},${row.tuple}) of ${relation}`)
    case 'page':
      return toSafeText(`page ${row.page} of ${relation}`)
    case 'transactionid':
      return toSafeText(`transaction ${row.transactionid}`)
    case 'virtualxid':
      return toSafeText(`virtual transaction ${row.virtualxid}`)
    case 'advisory':
      return toSafeText(`advisory ${advisoryKey(row)}`)
    default:
      return toSafeText(`${row.locktype} ${relation || row.objid || ''}`.trim())
  }
}

/** One key of 64 bits, or two of 32 (manual: pg_locks, `objsubid`). */
function advisoryKey({ classid, objid, objsubid }: LockRow): string {
  return objsubid === 1 || objsubid === 1n
    ? String(BigInt.asIntN(64, (BigInt(classid ?? 0) << 32n) | BigInt(objid ?? 0)))
    : `(${classid}, ${objid})`
}

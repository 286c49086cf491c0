/** The heavyweight locks of one backend, the one it waits for first. */
import type { backendLocks } from '#queries/backend-locks.ts'
import type { EntryRow } from '#queries/define.ts'
import type { Locked } from '#src/locks/lock.ts'
import { lockedText } from '#src/locks/words.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import { duration } from '#src/text/units.ts'
import { cellWidth, fit } from '#src/text/width.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { drawRuns, run } from '../run.ts'

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
  const thing = fit(lockedText(lockedOf(row)), Math.max(1, Math.min(room, 60)))
  return drawRuns(
    [run(safe`   ${sign} ${mode} `, held ? 'plain' : 'critical'), run(thing), run(wait, 'critical')],
    width,
    theme,
  )
}

function lockedOf(row: LockRow): Locked {
  return {
    locktype: row.locktype ?? '',
    database: row.database,
    databaseName: null,
    relation: row.relation,
    relationName: row.relation_name,
    page: numberOf(row.page),
    tuple: numberOf(row.tuple),
    virtualxid: row.virtualxid,
    transactionid: row.transactionid,
    classid: row.classid,
    className: null,
    objid: row.objid,
    objsubid: numberOf(row.objsubid),
  }
}

function numberOf(value: number | bigint | null): number | null {
  return value === null ? null : Number(value)
}

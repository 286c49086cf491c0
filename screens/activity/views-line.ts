/** The lines above the Activity table: the views with their counts, and what is not shown and why. */
import type { Shown, ViewId } from '#src/activity/views.ts'
import type { Snapshot } from '#src/monitor/snapshot.ts'
import type { Failure } from '#src/server/contract.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { run, type Segment } from '#src/view/run.ts'
import { drawViews } from '#src/view/views-line.ts'

export interface ViewsLine {
  readonly counts: Readonly<Record<ViewId, number>>
  readonly hiddenCounts: { readonly background: number; readonly own: number }
  readonly shown: Shown
  /** What is said of sessions whose details this role may not read. */
  readonly hiddenNotice: SafeText | null
  /** How many wait behind prepared transactions. */
  readonly blockedByPrepared: number
  readonly snapshot: Pick<Snapshot, 'failure' | 'fallback'> | null
  /** The filter and the tags, in words. */
  readonly summary: SafeText
}

const VIEWS = [
  { id: 'all', key: 'A', label: 'all' },
  { id: 'active', key: 'a', label: 'active' },
  { id: 'waiting', key: 'w', label: 'waiting' },
  { id: 'idle-in-transaction', key: 't', label: 'idle in tx' },
  { id: 'idle', key: 'i', label: 'idle' },
] as const satisfies readonly { id: ViewId; key: string; label: string }[]

/** One line of views, and one more for each thing that a person must know to read the table right. */
export function viewsLine(line: ViewsLine, width: number, theme: Theme): readonly Drawable[] {
  return drawViews(
    {
      views: VIEWS.map(({ id, key, label }) => ({
        key: toSafeText(key),
        label: toSafeText(label),
        count: line.counts[id],
        isShown: line.shown.view === id,
      })),
      extra: [
        toggle('b', 'background', line.hiddenCounts.background, line.shown.background, 8),
        toggle('o', 'own', line.hiddenCounts.own, line.shown.own, 9),
      ],
      summary: line.summary,
      notices: notices(line),
    },
    width,
    theme,
  )
}

function toggle(key: string, label: string, hidden: number, isShown: boolean, priority: number): Segment {
  const runs = [run(toSafeText(key), 'key'), run(safe` ${toSafeText(label)} `, isShown ? 'strong' : 'dim')]
  const state = isShown ? run(safe`shown`, 'strong') : run(safe`${hidden}`, 'dim')
  return { priority, runs: isShown || hidden > 0 ? [...runs, state] : [] }
}

function notices({ hiddenNotice, blockedByPrepared, snapshot }: ViewsLine): readonly SafeText[] {
  const list: SafeText[] = []
  if (snapshot?.failure !== null && snapshot?.failure !== undefined) {
    list.push(toSafeText(snapshot.failure.message))
  } else if (snapshot?.fallback !== null && snapshot?.fallback !== undefined) {
    list.push(safe`${fallbackReason(snapshot.fallback)}; read through its function, names from memory`)
  }
  if (blockedByPrepared > 0) {
    list.push(safe`${blockedByPrepared} wait behind a prepared transaction (no pid to end): 3 Locks names it`)
  }
  if (hiddenNotice !== null) {
    list.push(hiddenNotice)
  }
  return list
}

/** lock_not_available: our own lock_timeout, so the lock is a fact; anything else is only slowness. */
function fallbackReason({ sqlstate }: Failure): SafeText {
  return sqlstate === '55P03'
    ? safe`pg_stat_activity waits for a lock on a shared catalog`
    : safe`pg_stat_activity did not answer in time`
}

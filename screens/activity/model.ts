/** The Activity screen at work: what it asks, which sessions it shows, and the keys over them. */
import { activity } from '#queries/activity.ts'
import { backend } from '#queries/backend.ts'
import type { Entry } from '#queries/define.ts'
import { locks } from '#queries/locks.ts'
import { type DurationBasis, nextBasis } from '#src/activity/duration.ts'
import { type Headcount, headcountOf } from '#src/activity/headcount.ts'
import { type Session, type Sessions, sessionsOf } from '#src/activity/sessions.ts'
import { hiddenCounts, inView, type Shown, type ViewId, viewCounts } from '#src/activity/views.ts'
import { NO_WAITS, tellsWait, type Waits } from '#src/activity/waiters.ts'
import { hiddenNotice } from '#src/activity/words.ts'
import type { Scope } from '#src/keys/binding.ts'
import { waitsOf } from '#src/locks/waits.ts'
import type { WatchOf } from '#src/monitor/watch.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import type { Drawable } from '#src/theme/theme.ts'
import type { App } from '#src/ui/app.ts'
import { type Command, command } from '#src/ui/command.ts'
import { Computed } from '#src/ui/computed.ts'
import { openFilter } from '#src/ui/filter-prompt.ts'
import { LiveTable } from '#src/ui/live-table.ts'
import { lastCall } from '#src/ui/memo.ts'
import type { ScreenModel } from '#src/ui/screen.ts'
import { sortHint } from '#src/ui/sort-hint.ts'
import { Listeners, Store } from '#src/ui/store.ts'
import { activityColumns } from './columns.ts'
import { sessionCommands } from './commands.ts'
import type { ActivityContext } from './context.ts'
import { SessionDetail } from './detail.ts'
import { sessionFilter } from './filter.ts'
import { viewsLine } from './views-line.ts'

const NOTHING: Sessions = { list: [], blockedByPrepared: 0, hidden: 0 }

/** What is shown, and how, before a person chose otherwise. */
const START: Shown = { view: 'all', background: false, own: false }

export class ActivityModel implements ScreenModel, ActivityContext {
  readonly app: App
  readonly table: LiveTable<Session>
  readonly #commands: readonly Command[]
  readonly #shown = new Store<Shown>(START)
  readonly #basis = new Store<DurationBasis>('query')
  readonly #detail = new Store<SessionDetail | null>(null)
  readonly #listeners = new Listeners()
  readonly #snapshots = new Listeners()
  readonly #sessionsOf = lastCall(sessionsOf)
  readonly #waitsOf = lastCall(waitsOf)
  readonly #headcountOf = lastCall(headcountOf)
  readonly #columns: (basis: DurationBasis) => ReturnType<typeof activityColumns>
  #watch: WatchOf<typeof activity> | null = null
  #ends: readonly (() => void)[] = []
  #unwant: (() => void) | null = null

  constructor(app: App) {
    this.app = app
    this.#columns = lastCall((basis) => activityColumns(basis, app.theme.glyphs))
    const rows = new Computed([this.#snapshots, this.#shown], this.#rows)
    this.table = new LiveTable<Session>({
      columns: () => this.#columns(this.#basis.get()),
      rows,
      keyOf: ({ key }) => key,
      filter: (text) => sessionFilter(text, this.#basis.get()),
      empty: () => this.#emptyText(),
      sort: { column: 'state', direction: 'descending' },
      theme: app.theme,
      onSort: sortHint(app),
      onLost: (key) =>
        app.toasts.hint(safe`session ${toSafeText(key.split(' ')[0] ?? key)} is no longer shown`),
    })
    for (const source of [this.table, this.#basis, this.#detail]) {
      source.subscribe(this.#listeners.tell)
    }
    this.#commands = [...this.#viewCommands(), ...sessionCommands(this), ...this.table.commands]
  }

  readonly subscribe = this.#listeners.subscribe

  /** The sessions of the newest snapshot, hidden ones among them. */
  get sessions(): Sessions {
    const { facts } = this.app.options.server
    const snapshot = this.#watch?.snapshot()
    return facts === null || snapshot === undefined
      ? NOTHING
      : this.#sessionsOf(snapshot.rows, facts, this.#waits)
  }

  get detail(): SessionDetail | null {
    return this.#detail.get()
  }

  get commands(): readonly Command[] {
    return [...(this.detail?.commands ?? []), ...this.#commands]
  }

  entries(): readonly Entry[] {
    return this.detail?.entries ?? (this.app.locks.isWatched ? [activity, locks] : [activity])
  }

  scopes(): readonly Scope[] {
    return this.detail === null ? ['screen', 'table'] : ['screen', 'detail']
  }

  open(): void {
    this.#watch = this.app.options.monitor.watch(activity)
    this.#ends = [this.#watch.subscribe(this.#onSnapshot), this.app.locks.subscribe(this.#snapshots.tell)]
    this.#wantHiddenWaits()
    this.table.open()
  }

  close(): void {
    this.closeDetail()
    this.table.close()
    for (const end of this.#ends) {
      end()
    }
    this.#unwant?.()
    this.#unwant = null
    this.#watch?.stop()
    this.#watch = null
  }

  back(): boolean {
    if (this.detail !== null) {
      this.closeDetail()
      return true
    }
    return this.table.back()
  }

  forgetChoices(): void {
    this.closeDetail()
    this.table.forget()
  }

  goTo(text: string): boolean {
    const pid = /^\d+$/.test(text) ? Number(text) : null
    const session = this.sessions.list.find(
      ({ row, workers }) => row.pid === pid || workers.some((worker) => worker.pid === pid),
    )
    if (session === undefined) {
      return false
    }
    this.closeDetail()
    this.table.setFilter('')
    this.#shown.set({
      view: 'all',
      background: this.#shown.get().background || session.isBackground,
      own: session.isOwn,
    })
    return this.table.choose(session.key)
  }

  lines(width: number, height: number): readonly Drawable[] {
    const { detail } = this
    if (detail !== null) {
      return detail.lines(width, height)
    }
    const shown = this.#shown.get()
    const { sessions } = this
    const { list } = sessions
    const first = viewsLine(
      {
        counts: viewCounts(list, shown),
        hiddenCounts: hiddenCounts(list, shown),
        shown,
        blockedByPrepared: sessions.blockedByPrepared,
        hiddenNotice: hiddenNotice(sessions, this.app.options.server.facts?.role.name ?? ''),
        snapshot: this.#watch?.snapshot() ?? null,
        summary: this.table.summary(),
      },
      width,
      this.app.theme,
    )
    return [...first, ...this.table.lines(width, height - first.length)]
  }

  headcount(): Headcount | null {
    const { facts } = this.app.options.server
    const snapshot = this.#watch?.snapshot()
    return facts === null || snapshot === undefined || snapshot.sequence === 0
      ? null
      : this.#headcountOf(snapshot.rows, facts, this.app.locks.analysis?.waitingCount ?? null)
  }

  openDetail(session: Session): void {
    this.#detail.get()?.close()
    const detail = new SessionDetail(this, session)
    detail.subscribe(this.#listeners.tell)
    this.#detail.set(detail)
  }

  closeDetail(): void {
    this.#detail.get()?.close()
    this.#detail.set(null)
  }

  /** Tells after each new snapshot of the sessions or of their locks. */
  readonly onSnapshot = (listener: () => void): (() => void) => this.#snapshots.subscribe(listener)

  /** The whole text of the chosen session's query, raw; null when none is known. */
  async fullQuery(): Promise<string | null> {
    const row = this.chosen?.row
    if (this.detail !== null || row === undefined || row.query_truncated !== true) {
      return this.detail?.fullQuery ?? row?.query ?? null
    }
    const parameters = [row.pid, row.backend_start]
    const outcome = await this.app.options.monitor.ask(backend, { parameters })
    const found = outcome.ok ? outcome.rows[0] : undefined
    return found?.query_start === row.query_start && found?.query !== null
      ? (found?.query ?? null)
      : row.query
  }

  /** The session that keys act on: the one in the detail, or under the cursor. */
  get chosen(): Session | null {
    return this.detail?.session ?? this.table.chosen
  }

  get #waits(): Waits {
    const { analysis } = this.app.locks
    return analysis === null ? NO_WAITS : this.#waitsOf(analysis)
  }

  readonly #onSnapshot = (): void => {
    this.#wantHiddenWaits()
    this.app.locks.heed(this.#watch?.snapshot().rows.some(tellsWait) === true)
    this.#snapshots.tell()
  }

  /** A role that does not see the wait events of others learns who waits from the locks alone. */
  #wantHiddenWaits(): void {
    if (this.app.options.server.facts?.role.readsAllStats === false) {
      this.#unwant ??= this.app.locks.want()
    } else {
      this.#unwant?.()
      this.#unwant = null
    }
  }

  readonly #inView = lastCall(inView)
  readonly #rows = () => this.#inView(this.sessions.list, this.#shown.get())

  #viewCommands(): readonly Command[] {
    const view = (id: ViewId) => () => this.#shown.update((shown) => ({ ...shown, view: id }))
    return [
      command('table', ['A'], 'Show all sessions', view('all')),
      command('table', ['a'], 'Show active sessions', view('active')),
      command('table', ['w'], 'Show sessions that wait for a lock', view('waiting')),
      command('table', ['t'], 'Show sessions idle in transaction', view('idle-in-transaction')),
      command('table', ['i'], 'Show idle sessions', view('idle')),
      command('table', ['b'], 'Show or hide background processes', () =>
        this.#shown.update((shown) => ({ ...shown, background: !shown.background })),
      ),
      command('table', ['o'], 'Show or hide our own sessions', () =>
        this.#shown.update((shown) => ({ ...shown, own: !shown.own })),
      ),
      command('table', ['T'], 'Count time of the query, the transaction, the backend', () =>
        this.#basis.update(nextBasis),
      ),
      command('table', ['/'], 'Filter', () => openFilter(this.app, this.table), { label: 'filter' }),
    ]
  }

  #emptyText() {
    const snapshot = this.#watch?.snapshot()
    if (snapshot?.failure !== undefined && snapshot.failure !== null && snapshot.sequence === 0) {
      return toSafeText(snapshot.failure.message)
    }
    return (snapshot?.sequence ?? 0) === 0 ? safe`asking the server…` : safe`no session in this view`
  }
}

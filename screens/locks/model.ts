/** The Locks screen at work: the forest, the waiters or the things, and what is said of the chosen tree. */
import { backend } from '#queries/backend.ts'
import type { Entry } from '#queries/define.ts'
import { locks } from '#queries/locks.ts'
import type { Scope } from '#src/keys/binding.ts'
import { type Advice, adviceFor, type Remedy } from '#src/locks/advice.ts'
import type { LockAnalysis } from '#src/locks/analysis.ts'
import type { Party } from '#src/locks/party.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import type { Drawable } from '#src/theme/theme.ts'
import type { App } from '#src/ui/app.ts'
import { type Command, command } from '#src/ui/command.ts'
import { Computed } from '#src/ui/computed.ts'
import { openFilter } from '#src/ui/filter-prompt.ts'
import { LiveTable } from '#src/ui/live-table.ts'
import { lastCall } from '#src/ui/memo.ts'
import type { ScreenModel } from '#src/ui/screen.ts'
import { Listeners, Store } from '#src/ui/store.ts'
import { adviceLines } from '#src/view/locks/advice-lines.ts'
import { type LocksView, locksColumns } from '#src/view/locks/columns.ts'
import { type Folding, keyOf, type LocksTableRow, UNFOLDED, waiterRows } from '#src/view/locks/rows.ts'
import { thingRows } from '#src/view/locks/thing-rows.ts'
import { treeRows } from '#src/view/locks/tree-rows.ts'
import { Branches } from './branches.ts'
import { partyCommands } from './commands.ts'
import type { LocksContext } from './context.ts'
import { PartyDetail } from './detail.ts'
import { locksFilter } from './filter.ts'
import { viewsLine } from './views-line.ts'

/** What the sentences take of the screen at most, so that the tree keeps the rest. */
const ADVICE_SHARE = 0.4

/** From so many columns on, lock modes and relations are shown whole. */
const WIDE = 110

export class LocksModel implements ScreenModel, LocksContext {
  readonly app: App
  readonly table: LiveTable<LocksTableRow>
  readonly #commands: readonly Command[]
  readonly #view = new Store<LocksView>('tree')
  readonly #branches = new Branches(() => this.table)
  /** While a filter looks for somebody, nobody is hidden among those drawn together. */
  readonly #isFiltered = new Store(false)
  readonly #detail = new Store<PartyDetail | null>(null)
  readonly #listeners = new Listeners()
  readonly #columns = lastCall((analysis: LockAnalysis, view: LocksView, isWide: boolean) =>
    locksColumns(analysis, { view, isWide, glyphs: this.app.theme.glyphs }),
  )
  readonly #adviceFor = lastCall(adviceFor)
  #unwant: (() => void) | null = null

  constructor(app: App) {
    this.app = app
    const rows = new Computed([app.locks, this.#view, this.#branches.folding, this.#isFiltered], this.#rows)
    this.table = new LiveTable<LocksTableRow>({
      columns: () => this.#columnsOfNow(),
      rows,
      keyOf: ({ key }) => key,
      filter: (text) => locksFilter(text, this.analysis),
      empty: () => this.#emptyText(),
      sort: { column: '', direction: 'ascending' },
      theme: app.theme,
      onLost: () => app.toasts.hint(safe`what was chosen is no longer shown`),
      folding: { open: () => this.#branches.open(), close: () => this.#branches.close() },
    })
    for (const source of [this.table, this.#detail]) {
      source.subscribe(this.#listeners.tell)
    }
    this.table.subscribe(() => this.#isFiltered.set(this.table.state.filter !== ''))
    this.#commands = [...this.#viewCommands(), ...partyCommands(this), ...this.table.commands]
  }

  readonly subscribe = this.#listeners.subscribe

  get analysis(): LockAnalysis | null {
    return this.app.locks.analysis
  }

  get detail(): PartyDetail | null {
    return this.#detail.get()
  }

  get chosen(): Party | null {
    const row = this.table.chosen
    return this.detail?.party ?? (row === null ? null : partyOf(row))
  }

  get targets(): readonly Party[] {
    if (this.detail !== null) return [this.detail.party]
    return [...new Set(this.table.targets.flatMap((row) => partyOf(row) ?? []))]
  }

  advised(action: Remedy['action']): readonly Party[] {
    const { cursor, tags, isLost } = this.table.state
    const isUntouched = this.detail === null && cursor === null && tags.size === 0 && !isLost
    const remedies = isUntouched ? (this.#adviceTold()?.remedies ?? []) : []
    return remedies.find((remedy) => remedy.action === action)?.targets ?? []
  }

  get commands(): readonly Command[] {
    return [...(this.detail?.commands ?? []), ...this.#commands]
  }

  entries(): readonly Entry[] {
    return this.detail === null ? [locks] : [locks, ...this.detail.entries]
  }

  scopes(): readonly Scope[] {
    return this.detail === null ? ['screen', 'table'] : ['screen', 'detail']
  }

  open(): void {
    this.#unwant = this.app.locks.want()
    this.table.open()
  }

  close(): void {
    this.closeDetail()
    this.table.close()
    this.#unwant?.()
    this.#unwant = null
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
    this.#branches.folding.set(UNFOLDED)
    this.table.forget()
  }

  goTo(text: string): boolean {
    const party = /^\d+$/.test(text) ? this.analysis?.partyOfPid(Number(text)) : undefined
    if (party === undefined) {
      return false
    }
    this.goToParty(party)
    return true
  }

  goToParty(party: Party): void {
    const { analysis } = this
    this.closeDetail()
    this.table.setFilter('')
    this.#show('tree')
    const key = keyOf(party)
    if (analysis !== null && !this.table.choose(key)) {
      this.#branches.reveal(party, analysis)
      this.table.choose(key)
    }
  }

  enter(): void {
    const row = this.table.chooseShown()
    if (row?.kind === 'more' || row?.kind === 'thing') {
      this.#branches.toggle(row)
    } else if (row !== null) {
      this.#openDetail(row.party)
    }
  }

  closeDetail(): void {
    this.#detail.get()?.close()
    this.#detail.set(null)
  }

  async fullQuery(): Promise<string | null> {
    const row = this.chosen?.row
    if (row === undefined || row.pid === null) {
      return null
    }
    const outcome = await this.app.options.monitor.ask(backend, { parameters: [row.pid, row.backend_start] })
    const found = outcome.ok ? outcome.rows[0] : undefined
    // A text that has gone by meanwhile is not the one that was looked at.
    return (found?.query_start === row.query_start ? found?.query : null) ?? row.query
  }

  lines(width: number, height: number): readonly Drawable[] {
    const { detail, analysis } = this
    if (detail !== null) {
      return detail.lines(width, height)
    }
    const { theme, locks: watch } = this.app
    const first = viewsLine(
      { analysis, view: this.#view.get(), snapshot: watch.snapshot, summary: this.table.summary() },
      width,
      theme,
    )
    const told = this.#adviceTold()
    const most = Math.max(2, Math.floor(height * ADVICE_SHARE))
    const advice =
      told === null
        ? []
        : adviceLines(told, { width, most, theme, isKeyed: (remedy) => this.#isKeyed(remedy) })
    const head = [...first, ...advice].slice(0, Math.max(1, height - 3))
    return [...head, ...this.table.lines(width, height - head.length)]
  }

  /** Of the tree under the cursor; of the worst one while none is. */
  #adviceTold(): Advice | null {
    const { analysis } = this
    const tree = this.table.chosen?.tree ?? analysis?.trees[0] ?? null
    return analysis === null || tree === null ? null : this.#adviceFor(tree, analysis)
  }

  /** Its key acts on the row under the cursor, or where none was chosen on what the advice names. */
  #isKeyed({ action, targets }: Remedy): boolean {
    if (action !== 'rollback prepared' && this.app.options.settings.readOnly) return false
    const { chosen } = this
    return chosen === null ? this.advised(action) === targets : targets.length === 1 && targets[0] === chosen
  }

  readonly #treeRows = lastCall(treeRows)
  readonly #waiterRows = lastCall(waiterRows)
  readonly #thingRows = lastCall(thingRows)
  readonly #rows = (): readonly LocksTableRow[] => {
    const { analysis } = this
    const { glyphs } = this.app.theme
    if (analysis === null) {
      return NONE
    }
    switch (this.#view.get()) {
      case 'tree':
        return this.#treeRows(analysis, this.#foldingOfNow(), glyphs)
      case 'waiters':
        return this.#waiterRows(analysis)
      case 'things':
        return this.#thingRows(analysis, this.#foldingOfNow(), glyphs)
    }
  }

  #foldingOfNow(): Folding {
    return this.#isFiltered.get() ? EVERYTHING_OPEN : this.#branches.folding.get()
  }

  #columnsOfNow() {
    const { analysis } = this
    const isWide = this.app.size.get().columns >= WIDE
    return analysis === null ? [] : this.#columns(analysis, this.#view.get(), isWide)
  }

  #openDetail(party: Party): void {
    this.#detail.get()?.close()
    const detail = new PartyDetail(this, party)
    detail.subscribe(this.#listeners.tell)
    this.#detail.set(detail)
  }

  /** The cursor stays on its party; in the other view it is another row. */
  #show(view: LocksView): void {
    const { chosen } = this
    if (view !== this.#view.get()) {
      this.table.forget()
      this.#view.set(view)
      const row = this.table.arrangement.rows.find((each) => chosen !== null && partyOf(each) === chosen)
      if (row !== undefined) this.table.choose(row.key)
    }
  }

  #viewCommands(): readonly Command[] {
    const view = (id: LocksView) => () => this.#show(id)
    return [
      command('table', ['t'], 'Show the tree: blockers, and who waits for them', view('tree')),
      command('table', ['w'], 'Show the waiters first, longest wait on top', view('waiters')),
      command('table', ['o'], 'Show the objects: who holds each, and its queue', view('things')),
      command('table', ['/'], 'Filter', () => openFilter(this.app, this.table), { label: 'filter' }),
    ]
  }

  #emptyText(): SafeText {
    const { failure, sequence } = this.app.locks.snapshot
    if (sequence > 0) {
      return safe`nobody waits for a lock`
    }
    return failure === null ? safe`asking the server…` : toSafeText(failure.message)
  }
}

const NONE: readonly LocksTableRow[] = []

const EVERYTHING_OPEN: Folding = { closed: new Set(), opened: { has: () => true } }

function partyOf(row: LocksTableRow): Party | null {
  return row.kind === 'party' || row.kind === 'also' ? row.party : null
}

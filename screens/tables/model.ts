/** The Tables screen at work: what was read, which tables it shows, and the keys over them. */
import type { Entry } from '#queries/define.ts'
import { tablePgstattuple } from '#queries/pgstattuple.ts'
import { relationSizes } from '#queries/relation-sizes.ts'
import { tableDetail as detailEntry } from '#queries/table-detail.ts'
import type { Scope } from '#src/keys/binding.ts'
import type { Ask } from '#src/reading/ask.ts'
import { readTables, TABLE_ENTRIES, type TableReading } from '#src/reading/tables.ts'
import { pagesOf, type TableItem } from '#src/tables/item.ts'
import { type TableReport, tableReportOf } from '#src/tables/items.ts'
import type { SequenceState } from '#src/tables/sequences.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import { secondsUntil } from '#src/text/times.ts'
import { BLOCK_BYTES } from '#src/text/units.ts'
import type { Drawable } from '#src/theme/theme.ts'
import type { App } from '#src/ui/app.ts'
import { type Command, command } from '#src/ui/command.ts'
import { Computed } from '#src/ui/computed.ts'
import { openFilter } from '#src/ui/filter-prompt.ts'
import { LiveTable } from '#src/ui/live-table.ts'
import { lastCall } from '#src/ui/memo.ts'
import { chooseDatabase } from '#src/ui/other-database.ts'
import { ReadDatabase } from '#src/ui/read-database.ts'
import { waitingText } from '#src/ui/read-notices.ts'
import type { ScreenModel } from '#src/ui/screen.ts'
import { sortHint } from '#src/ui/sort-hint.ts'
import { Listeners, Store } from '#src/ui/store.ts'
import { type Beside, tableColumns } from './columns.ts'
import { tableCommands } from './commands.ts'
import type { TablesContext } from './context.ts'
import { type TableDetail, tableDetail } from './detail.ts'
import { sequenceFilter, tableFilter } from './filter.ts'
import { sequenceColumns } from './sequence-columns.ts'
import { isIn, type TableViewId, VIEWS, type ViewId } from './views.ts'
import { viewsLine } from './views-line.ts'

export class TablesModel implements ScreenModel, TablesContext {
  readonly app: App
  readonly table: LiveTable<TableItem>
  readonly sequences: LiveTable<SequenceState>
  readonly source: ReadDatabase<TableReading>
  readonly beside: Beside
  readonly #commands: readonly Command[]
  readonly #view = new Store<ViewId>('findings')
  readonly #detail = new Store<TableDetail | null>(null)
  readonly #listeners = new Listeners()
  readonly #reportOf = lastCall(tableReportOf)

  constructor(app: App) {
    this.app = app
    this.source = new ReadDatabase(app, { read: readTables, visible: () => this.#visible() })
    this.beside = this.#besideItems()
    const { glyphs } = app.theme
    const onSort = sortHint(app)
    const onLost = () => app.toasts.hint(safe`what was chosen is no longer shown`)
    const columns = tableColumns(this.beside, glyphs)
    this.table = new LiveTable<TableItem>({
      columns: () => columns,
      rows: new Computed([this.source, this.#view], this.#rows),
      keyOf: ({ key }) => key,
      filter: tableFilter,
      empty: () => this.#emptyText(safe`none in this view; A shows all`),
      sort: { column: 'why', direction: 'descending' },
      theme: app.theme,
      onSort,
      onLost,
    })
    const ofSequences = sequenceColumns(glyphs)
    this.sequences = new LiveTable<SequenceState>({
      columns: () => ofSequences,
      rows: new Computed([this.source], () => this.report?.sequences ?? NO_SEQUENCES),
      keyOf: ({ row }) => String(row.oid),
      filter: sequenceFilter,
      empty: () => this.#emptyText(safe`no sequence in this database`),
      sort: { column: 'used', direction: 'descending' },
      theme: app.theme,
      onSort,
      onLost,
    })
    for (const source of [this.table, this.sequences, this.source, this.#view, this.#detail])
      source.subscribe(this.#listeners.tell)
    this.#commands = [...this.#viewCommands(), ...tableCommands(this)]
  }

  readonly subscribe = this.#listeners.subscribe

  get report(): TableReport | null {
    const { reading } = this
    return reading === null ? null : this.#reportOf(reading)
  }

  get reading(): TableReading | null {
    return this.source.reported.value
  }

  get showsSequences(): boolean {
    return this.#view.get() === 'sequences'
  }

  get ask(): Ask {
    return this.source.ask
  }

  get detail(): TableDetail | null {
    return this.#detail.get()
  }

  get commands(): readonly Command[] {
    return [...(this.detail?.commands ?? []), ...this.#commands, ...this.#shownTable.commands]
  }

  entries(): readonly Entry[] {
    return this.detail === null
      ? [...TABLE_ENTRIES, relationSizes]
      : [detailEntry, relationSizes, tablePgstattuple]
  }

  scopes(): readonly Scope[] {
    return this.detail === null ? ['screen', 'table'] : ['screen', 'detail']
  }

  open(): void {
    this.source.open()
    this.table.open()
    this.sequences.open()
  }

  close(): void {
    this.closeDetail()
    this.table.close()
    this.sequences.close()
    this.source.close()
  }

  refresh(): void {
    this.source.refresh()
  }

  back(): boolean {
    if (this.detail !== null) {
      this.closeDetail()
      return true
    }
    return this.#shownTable.back() || this.source.leaveOther()
  }

  forgetChoices(): void {
    this.closeDetail()
    this.table.forget()
    this.sequences.forget()
    this.source.forget()
  }

  /** A table by its name, with or without its schema. */
  goTo(text: string): boolean {
    const found = this.report?.items.find(
      ({ facts }) => text === facts.name || text === `${facts.schema}.${facts.name}`,
    )
    if (found === undefined) return false
    this.closeDetail()
    this.table.setFilter('')
    this.#view.set('all')
    return this.table.choose(found.key)
  }

  lines(width: number, height: number): readonly Drawable[] {
    const { detail } = this
    if (detail !== null) return detail.lines(width, height)
    const first = viewsLine(
      {
        report: this.report,
        view: this.#shownView,
        source: this.source,
        summary: this.#shownTable.summary(),
      },
      width,
      this.app.theme,
    )
    const lines = [...first, ...this.#shownTable.lines(width, height - first.length)]
    this.source.lookAtVisible()
    return lines
  }

  openDetail(item: TableItem): void {
    this.#detail.get()?.close()
    const detail = tableDetail(this, item)
    detail.subscribe(this.#listeners.tell)
    this.#detail.set(detail)
  }

  closeDetail(): void {
    this.#detail.get()?.close()
    this.#detail.set(null)
  }

  readonly onReading = (listener: () => void): (() => void) => this.source.subscribe(listener)

  get #shownTable(): LiveTable<TableItem> | LiveTable<SequenceState> {
    return this.showsSequences ? this.sequences : this.table
  }

  readonly #filtered = lastCall((report: TableReport | null, view: TableViewId) =>
    (report?.items ?? NO_ITEMS).filter((item) => isIn(view, item)),
  )

  /** Until all were read nothing is known to be in a view: the largest are shown in any. */
  get #shownView(): ViewId {
    const view = this.#view.get()
    return this.reading?.isWhole === false && view !== 'sequences' ? 'all' : view
  }

  readonly #rows = () => {
    const view = this.#shownView
    return this.#filtered(this.report, view === 'sequences' ? 'all' : view)
  }

  #visible(): readonly number[] {
    if (this.showsSequences) return []
    return this.table.visible.flatMap(({ facts }) => (facts.isPartitioned ? [] : [facts.oid]))
  }

  #besideItems(): Beside {
    const exactOf = (item: TableItem) => {
      const known = this.source.sizeOf(item.facts.oid)
      const now = known?.row.total_bytes ?? null
      const before = known?.first.row.total_bytes ?? null
      return {
        now: now === null ? null : Number(now),
        grown: now === null || before === null ? null : Number(now) - Number(before),
      }
    }
    return {
      sizeOf: (item) => {
        const { now } = exactOf(item)
        return now === null
          ? { bytes: pagesOf(item) * BLOCK_BYTES, isExact: false }
          : { bytes: now, isExact: true }
      },
      lockedBy: ({ facts }) => this.source.sizeOf(facts.oid)?.row.locked_by ?? null,
      growth: (item) => exactOf(item).grown,
      since: (time) => secondsUntil(time, this.source.reported.wallMs),
    }
  }

  #viewCommands(): readonly Command[] {
    return [
      ...VIEWS.map(({ id, key, title }) => command('table', [key], title, () => this.#view.set(id))),
      command('table', ['/'], 'Filter', () => this.#openFilter(), { label: 'filter' }),
      command('table', ['D'], 'Look at another database of this server', () =>
        chooseDatabase(this.app, (database) => this.source.show(database)),
      ),
    ]
  }

  #openFilter(): void {
    if (this.showsSequences) openFilter(this.app, this.sequences)
    else openFilter(this.app, this.table)
  }

  #emptyText(otherwise: SafeText): SafeText {
    return waitingText(this.source) ?? otherwise
  }
}

const NO_ITEMS: readonly TableItem[] = []
const NO_SEQUENCES: readonly SequenceState[] = []

/** The Indexes screen at work: what was read, which items it shows, and the keys over them. */
import type { Entry } from '#queries/define.ts'
import { indexDefinition } from '#queries/index-definition.ts'
import { indexPgstattuple } from '#queries/pgstattuple.ts'
import { relationSizes } from '#queries/relation-sizes.ts'
import type { Item } from '#src/indexes/item.ts'
import { itemsOf } from '#src/indexes/items.ts'
import type { Scope } from '#src/keys/binding.ts'
import type { Ask } from '#src/reading/ask.ts'
import { INDEX_ENTRIES, type IndexReading, readIndexes } from '#src/reading/indexes.ts'
import { safe } from '#src/text/safe.ts'
import { secondsUntil } from '#src/text/times.ts'
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
import { type Beside, indexColumns } from './columns.ts'
import { indexCommands } from './commands.ts'
import type { IndexesContext } from './context.ts'
import { type IndexDetail, indexDetail } from './detail.ts'
import { indexFilter } from './filter.ts'
import { Rates } from './rates.ts'
import { isIn, VIEWS, type ViewId } from './views.ts'
import { viewsLine } from './views-line.ts'

const NOTHING: readonly Item[] = []

export class IndexesModel implements ScreenModel, IndexesContext {
  readonly app: App
  readonly table: LiveTable<Item>
  readonly source: ReadDatabase<IndexReading>
  readonly beside: Beside
  readonly #commands: readonly Command[]
  readonly #view = new Store<ViewId>('findings')
  /** The table whose indexes alone are shown. */
  readonly #only = new Store<{ readonly oid: number; readonly name: string } | null>(null)
  readonly #detail = new Store<IndexDetail | null>(null)
  readonly #listeners = new Listeners()
  readonly #itemsOf = lastCall(itemsOf)
  readonly #rates = new Rates()

  constructor(app: App) {
    this.app = app
    this.source = new ReadDatabase(app, {
      read: readIndexes,
      visible: () => this.#visible(),
    })
    this.beside = this.#besideItems()
    const columns = indexColumns(this.beside, app.theme.glyphs)
    this.table = new LiveTable<Item>({
      columns: () => columns,
      rows: new Computed([this.source, this.#view, this.#only], this.#rows),
      keyOf: ({ key }) => key,
      filter: indexFilter,
      empty: () => this.#emptyText(),
      sort: { column: 'verdict', direction: 'descending' },
      theme: app.theme,
      onSort: sortHint(app),
      onLost: () => app.toasts.hint(safe`what was chosen is no longer shown`),
    })
    for (const source of [this.table, this.source, this.#detail]) source.subscribe(this.#listeners.tell)
    this.source.subscribe(() => this.#rates.learn(this.source.reported))
    this.#commands = [...this.#viewCommands(), ...indexCommands(this), ...this.table.commands]
  }

  readonly subscribe = this.#listeners.subscribe

  get items(): readonly Item[] {
    const { value } = this.source.reported
    return value === null ? NOTHING : this.#itemsOf(value, this.app.options.settings.statisticsDays)
  }

  get ask(): Ask {
    return this.source.ask
  }

  get detail(): IndexDetail | null {
    return this.#detail.get()
  }

  get chosen(): Item | null {
    return this.detail?.item ?? this.table.chosen
  }

  get commands(): readonly Command[] {
    return [...(this.detail?.commands ?? []), ...this.#commands]
  }

  entries(): readonly Entry[] {
    return this.detail === null
      ? [...INDEX_ENTRIES, relationSizes]
      : [indexDefinition, relationSizes, indexPgstattuple]
  }

  scopes(): readonly Scope[] {
    return this.detail === null ? ['screen', 'table'] : ['screen', 'detail']
  }

  open(): void {
    this.source.open()
    this.table.open()
  }

  close(): void {
    this.closeDetail()
    this.table.close()
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
    if (this.table.back()) return true
    if (this.#only.get() !== null) {
      this.#only.set(null)
      return true
    }
    return this.source.leaveOther()
  }

  forgetChoices(): void {
    this.closeDetail()
    this.#only.set(null)
    this.table.forget()
    this.source.forget()
  }

  /** An index or a table by its name, with or without its schema. */
  goTo(text: string): boolean {
    const isNamed = (schema: string, name: string) => text === name || text === `${schema}.${name}`
    const found =
      this.items.find(({ schema, name }) => isNamed(schema, name)) ??
      this.items.find(({ schema, table }) => isNamed(schema, table))
    if (found === undefined) return false
    this.closeDetail()
    this.table.setFilter('')
    this.#only.set(null)
    this.#view.set('all')
    return this.table.choose(found.key)
  }

  lines(width: number, height: number): readonly Drawable[] {
    const { detail } = this
    if (detail !== null) return detail.lines(width, height)
    const first = viewsLine(
      {
        items: this.items,
        view: this.#shownView,
        only: this.#only.get()?.name ?? null,
        source: this.source,
        statisticsDays: this.app.options.settings.statisticsDays,
        summary: this.table.summary(),
      },
      width,
      this.app.theme,
    )
    const lines = [...first, ...this.table.lines(width, height - first.length)]
    this.source.lookAtVisible()
    return lines
  }

  openDetail(item: Item): void {
    this.#detail.get()?.close()
    const detail = indexDetail(this, item)
    detail.subscribe(this.#listeners.tell)
    this.#detail.set(detail)
  }

  closeDetail(): void {
    this.#detail.get()?.close()
    this.#detail.set(null)
  }

  toggleTable(): void {
    const { chosen } = this
    if (this.#only.get() !== null) this.#only.set(null)
    else if (chosen !== null) {
      this.#only.set({ oid: chosen.tableOid, name: `${chosen.schema}.${chosen.table}` })
      this.table.choose(chosen.key)
    } else this.app.toasts.show(safe`choose an index first (j, k or the arrows)`, 'warning')
  }

  readonly onReading = (listener: () => void): (() => void) => this.source.subscribe(listener)

  readonly #filtered = lastCall((items: readonly Item[], view: ViewId, only: number | null) =>
    items.filter((item) => (only === null ? isIn(view, item) : item.tableOid === only)),
  )

  /** Until all were read nothing is known to be in a view: the largest are shown in any. */
  get #shownView(): ViewId {
    return this.source.reported.value?.isWhole === false ? 'all' : this.#view.get()
  }

  readonly #rows = () => this.#filtered(this.items, this.#shownView, this.#only.get()?.oid ?? null)

  #visible(): readonly number[] {
    return this.table.visible.flatMap(({ index }) =>
      index === null || index.isPartitioned ? [] : [index.oid],
    )
  }

  #besideItems(): Beside {
    return {
      sizeOf: ({ index }) => {
        if (index === null) return null
        const known = this.source.sizeOf(index.oid)?.row
        const exact = known?.locked === false ? known.main_bytes : null
        return exact === null || exact === undefined
          ? { bytes: index.bytes, isExact: false }
          : { bytes: Number(exact), isExact: true }
      },
      lockedBy: ({ index }) =>
        index === null ? null : (this.source.sizeOf(index.oid)?.row.locked_by ?? null),
      scanRate: ({ index }) => (index === null ? null : this.#rates.of(index.oid)),
      sinceScan: ({ index }) => secondsUntil(index?.row.last_idx_scan ?? null, this.source.reported.wallMs),
    }
  }

  #viewCommands(): readonly Command[] {
    return [
      ...VIEWS.map(({ id, key, title }) =>
        command('table', [key], title, () => {
          this.#only.set(null)
          this.#view.set(id)
        }),
      ),
      command('table', ['/'], 'Filter', () => openFilter(this.app, this.table), { label: 'filter' }),
      command('table', ['D'], 'Look at another database of this server', () =>
        chooseDatabase(this.app, (database) => this.source.show(database)),
      ),
    ]
  }

  #emptyText() {
    const waiting = waitingText(this.source)
    if (waiting !== null) return waiting
    return this.items.length === 0 ? safe`no index in this database` : safe`none in this view; A shows all`
  }
}

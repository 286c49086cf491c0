/** All that is known of one table. */
import { tableDetail } from '#queries/table-detail.ts'
import type { TableItem } from '#src/tables/item.ts'
import type { Drawable } from '#src/theme/theme.ts'
import { type Command, command } from '#src/ui/command.ts'
import { ExactBloat } from '#src/ui/exact-bloat.ts'
import { Pane } from '#src/ui/pane.ts'
import type { TablesContext } from './context.ts'
import { detailLines } from './detail-lines.ts'
import type { Belongings } from './known.ts'

/** The detail of the table that was chosen; it stays on that one, also when it is gone. */
export class TableDetail {
  readonly commands: readonly Command[]
  readonly #model: TablesContext
  readonly #pane: Pane
  readonly #unsubscribe: () => void
  readonly #exact: ExactBloat
  #item: TableItem
  #isGone = false
  #belongings: Belongings | null = null

  constructor(model: TablesContext, item: TableItem) {
    this.#model = model
    this.#item = item
    this.#pane = new Pane({
      scope: 'detail',
      theme: model.app.theme,
      content: (width) => this.#content(width),
    })
    this.#exact = new ExactBloat(
      () => model.ask,
      () => this.#pane.changed(),
    )
    this.commands = [
      ...this.#pane.commands,
      command(
        'detail',
        ['B'],
        'Count its bloat page by page (pgstattuple; reads all of it)',
        () => this.#count(),
        { label: 'count bloat' },
      ),
      command('detail', ['enter'], 'Go back to the table', () => model.closeDetail()),
    ]
    this.#unsubscribe = model.onReading(() => this.#follow())
    void this.#load()
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#pane.subscribe(listener)

  /** The table as last read. */
  get item(): TableItem {
    return this.#item
  }

  lines(width: number, height: number): readonly Drawable[] {
    return this.#pane.lines(width, height)
  }

  close(): void {
    this.#unsubscribe()
  }

  #content(width: number): readonly Drawable[] {
    const { oid, row } = this.#item.facts
    const { report, reading, beside, app } = this.#model
    const relids = [oid, row.toast_oid]
    return detailLines(
      {
        item: this.#item,
        isGone: this.#isGone,
        exactBloat: this.#exact.text,
        beside,
        belongings: this.#belongings,
        holders: report?.holders ?? [],
        progress: (reading?.progress ?? []).filter(({ relid }) => relid !== null && relids.includes(relid)),
        roleNames: app.options.server.facts?.roleNames ?? new Map(),
      },
      width,
      app.theme,
    )
  }

  #count(): void {
    const { item } = this
    this.#exact.countTable(item.facts.oid)
  }

  #follow(): void {
    const now = this.#model.report?.items.find(({ key }) => key === this.#item.key)
    this.#isGone = now === undefined
    this.#item = now ?? this.#item
    this.#pane.changed()
  }

  async #load(): Promise<void> {
    const outcome = await this.#model.ask(tableDetail, [this.#item.facts.oid])
    this.#belongings = outcome.ok
      ? { row: outcome.rows[0] ?? null, failure: null }
      : { row: null, failure: outcome.failure }
    this.#pane.changed()
  }
}

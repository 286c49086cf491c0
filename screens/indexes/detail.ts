/** All that is known of one index, or of a foreign key that lacks one. */
import { indexDefinition } from '#queries/index-definition.ts'
import type { Item } from '#src/indexes/item.ts'
import type { Drawable } from '#src/theme/theme.ts'
import { type Command, command } from '#src/ui/command.ts'
import { ExactBloat } from '#src/ui/exact-bloat.ts'
import { Pane } from '#src/ui/pane.ts'
import type { IndexesContext } from './context.ts'
import type { Definitions } from './definitions.ts'
import { detailLines } from './detail-lines.ts'

/** The detail of the item that was chosen; it stays on that one, also when it is gone. */
export class IndexDetail {
  readonly commands: readonly Command[]
  readonly #model: IndexesContext
  readonly #pane: Pane
  readonly #unsubscribe: () => void
  readonly #exact: ExactBloat
  #item: Item
  #isGone = false
  #definitions: Definitions | null = null

  constructor(model: IndexesContext, item: Item) {
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

  /** The item as last read. */
  get item(): Item {
    return this.#item
  }

  lines(width: number, height: number): readonly Drawable[] {
    return this.#pane.lines(width, height)
  }

  close(): void {
    this.#unsubscribe()
  }

  #content(width: number): readonly Drawable[] {
    const { tableOid } = this.#item
    return detailLines(
      {
        item: this.#item,
        isGone: this.#isGone,
        exactBloat: this.#exact.text,
        beside: this.#model.beside,
        definitions: this.#definitions,
        others: this.#model.items.filter(
          (item) => item.tableOid === tableOid && item.index !== null && item.key !== this.#item.key,
        ),
      },
      width,
      this.#model.app.theme,
    )
  }

  #count(): void {
    const { item } = this
    if (item.index !== null) this.#exact.countIndex(item.index.oid)
  }

  #follow(): void {
    const now = this.#model.items.find(({ key }) => key === this.#item.key)
    this.#isGone = now === undefined
    this.#item = now ?? this.#item
    this.#pane.changed()
  }

  /** Of the index, of the one that covers it, and of all others of the table: they are compared. */
  async #load(): Promise<void> {
    const { tableOid } = this.#item
    const oids = this.#model.items.flatMap((item) =>
      item.tableOid === tableOid && item.index !== null ? [item.index.oid] : [],
    )
    const outcome = await this.#model.ask(indexDefinition, [oids.slice(0, MOST_DEFINITIONS)])
    this.#definitions = outcome.ok
      ? { rows: new Map(outcome.rows.map((row) => [row.indexrelid ?? 0, row])), failure: null }
      : { rows: new Map(), failure: outcome.failure }
    this.#pane.changed()
  }
}

/** More indexes of one table are not read side by side. */
const MOST_DEFINITIONS = 50

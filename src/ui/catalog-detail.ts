/** The detail of something that was read from the catalogs: it stays on that one, also when it is gone. */
import type { Ask } from '#src/reading/ask.ts'
import { type SafeText, safe } from '#src/text/safe.ts'
import { wrap } from '#src/text/wrap.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { type Command, command } from './command.ts'
import { ExactBloat } from './exact-bloat.ts'
import { Pane } from './pane.ts'

/** What is known of it when it is drawn. */
export interface Shown<T, B> {
  /** As last read. */
  readonly item: T
  readonly isGone: boolean
  /** What was asked about it alone; null while that is on its way. */
  readonly belongings: B | null
  /** What was counted page by page; null before anybody asked. */
  readonly exactBloat: SafeText | null
}

/** What was counted page by page, or why it was not, whole: it may name the statement that would help. */
export function countedLines(
  { exactBloat }: Pick<Shown<unknown, unknown>, 'exactBloat'>,
  width: number,
): readonly Drawable[] {
  return exactBloat === null ? [] : wrap(safe` counted page by page: ${exactBloat}`, width - 1)
}

export interface CatalogDetailOptions<T, B> {
  readonly item: T
  readonly theme: Theme
  /** Asks about the database that is shown. */
  readonly ask: () => Ask
  /** The same thing in the newest reading. */
  readonly find: (item: T) => T | undefined
  /** What belongs to it, asked once; never rejects. */
  readonly load: (item: T, ask: Ask) => Promise<B>
  readonly countBloat: (item: T, exact: ExactBloat) => void
  readonly content: (shown: Shown<T, B>, width: number) => readonly Drawable[]
  /** Tells after each new reading; gives the function that ends it. */
  readonly onReading: (listener: () => void) => () => void
  readonly onLeave: () => void
}

/** The pane, its keys, and what keeps it up to date. */
export class CatalogDetail<T, B> {
  readonly commands: readonly Command[]
  readonly #options: CatalogDetailOptions<T, B>
  readonly #pane: Pane
  readonly #exact: ExactBloat
  readonly #unsubscribe: () => void
  #item: T
  #isGone = false
  #belongings: B | null = null

  constructor(options: CatalogDetailOptions<T, B>) {
    this.#options = options
    this.#item = options.item
    this.#pane = new Pane({
      scope: 'detail',
      theme: options.theme,
      content: (width) => options.content(this.#shown, width),
    })
    this.#exact = new ExactBloat(options.ask, () => this.#pane.changed())
    this.commands = [
      ...this.#pane.commands,
      command(
        'detail',
        ['B'],
        'Count its bloat page by page (pgstattuple; reads all of it)',
        () => options.countBloat(this.#item, this.#exact),
        { label: 'count bloat' },
      ),
      command('detail', ['enter'], 'Go back to the table', options.onLeave),
    ]
    this.#unsubscribe = options.onReading(() => this.#follow())
    void this.#load()
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#pane.subscribe(listener)

  /** The item as last read. */
  get item(): T {
    return this.#item
  }

  lines(width: number, height: number): readonly Drawable[] {
    return this.#pane.lines(width, height)
  }

  close(): void {
    this.#unsubscribe()
  }

  get #shown(): Shown<T, B> {
    return {
      item: this.#item,
      isGone: this.#isGone,
      belongings: this.#belongings,
      exactBloat: this.#exact.text,
    }
  }

  #follow(): void {
    const now = this.#options.find(this.#item)
    this.#isGone = now === undefined
    this.#item = now ?? this.#item
    this.#pane.changed()
  }

  async #load(): Promise<void> {
    this.#belongings = await this.#options.load(this.#item, this.#options.ask())
    this.#pane.changed()
  }
}

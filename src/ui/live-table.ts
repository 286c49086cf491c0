/** The one table of all screens: rows that change under a cursor which stays on its row. */
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { type Arrangement, arrange } from '#src/view/table/arrange.ts'
import { grow, maximumScroll, type Needs, type Sort, type TableColumn } from '#src/view/table/column.ts'
import { drawTable } from '#src/view/table/draw.ts'
import {
  moveBy,
  moveTo,
  moveToKey,
  openTable,
  reverseSort,
  settle,
  sortByNeighbour,
  type TableState,
  toggleTag,
} from '#src/view/table/state.ts'
import { type Command, command } from './command.ts'
import { lastCall } from './memo.ts'
import { Listeners, type Readable } from './store.ts'

export interface LiveTableOptions<R> {
  /** The columns of now; a new list when they changed (another duration basis). */
  readonly columns: () => readonly TableColumn<R>[]
  /** The rows of now, the same list while nothing changed. */
  readonly rows: Readable<readonly R[]>
  readonly keyOf: (row: R) => string
  /** A test for a filter as typed, or what is wrong with it. */
  readonly filter: (text: string) => Filter<R>
  /** What stands in place of rows when there are none. */
  readonly empty: () => SafeText
  /** A column's id; one that is none keeps the rows in their order. */
  readonly sort: Sort
  readonly theme: Theme
  /** Hears what the rows are sorted by now: the column may be off the screen. */
  readonly onSort?: (label: SafeText, isAscending: boolean) => void
  /** Hears that the row under the cursor is no longer there. */
  readonly onLost?: (key: string) => void
  /**
   * For rows that make a tree: their order is given, so that nothing sorts them, and the keys that scroll columns
   * elsewhere close and open branches.
   */
  readonly folding?: { readonly close: () => void; readonly open: () => void }
}

/** A filter that was understood, or why it was not. */
export type Filter<R> =
  | { readonly ok: true; readonly matches: (row: R) => boolean }
  | { readonly ok: false; readonly problem: SafeText }

/** A live table's model: state, keys, lines. */
export class LiveTable<R> {
  readonly commands: readonly Command[]
  readonly #options: LiveTableOptions<R>
  readonly #listeners = new Listeners()
  readonly #arrange: (
    rows: readonly R[],
    columns: readonly TableColumn<R>[],
    sort: Sort,
    filter: string,
  ) => Arrangement<R>
  #state: TableState
  #height = 1
  #needs: Needs = new Map()
  #unsubscribe: (() => void) | null = null

  constructor(options: LiveTableOptions<R>) {
    this.#options = options
    this.#state = openTable(options.sort.column, options.sort.direction)
    this.#arrange = lastCall((rows, columns, sort, filter) => {
      const understood = options.filter(filter)
      return arrange(rows, {
        columns,
        sort,
        keyOf: options.keyOf,
        matches: understood.ok ? understood.matches : () => true,
      })
    })
    this.commands = tableCommands(this, options.folding)
  }

  readonly subscribe = this.#listeners.subscribe

  /** Starts to follow the rows; before, and after `close`, they are not looked at. */
  open(): void {
    this.#unsubscribe ??= this.#options.rows.subscribe(() => this.#change((state) => state))
    this.#change((state) => state)
  }

  close(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = null
  }

  get state(): TableState {
    return this.#state
  }

  get arrangement(): Arrangement<R> {
    return this.#arrange(
      this.#options.rows.get(),
      this.#options.columns(),
      this.#state.sort,
      this.#state.filter,
    )
  }

  /** The row under the cursor, or null when none was chosen or it is gone. */
  get chosen(): R | null {
    const { cursor } = this.#state
    const index = cursor === null ? undefined : this.arrangement.indexOf(cursor)
    return index === undefined ? null : (this.arrangement.rows[index] ?? null)
  }

  /** The tagged rows, in the order shown; the one under the cursor when none is tagged. */
  get targets(): readonly R[] {
    const { tags } = this.#state
    if (tags.size === 0) {
      // After the tagged rows are gone, the one under the cursor is not what was meant.
      return this.chosen === null || this.#state.isLost ? [] : [this.chosen]
    }
    return this.arrangement.rows.filter((row) => tags.has(this.#options.keyOf(row)))
  }

  /** The headings and rows, in `height` lines. */
  lines(width: number, height: number): readonly Drawable[] {
    const rowLines = Math.max(1, height - 1)
    if (rowLines !== this.#height) {
      this.#height = rowLines
      this.#state = settle(this.#state, this.arrangement, rowLines)
    }
    const { keyOf, theme, columns, empty } = this.#options
    const { rows } = this.arrangement
    this.#needs = grow(this.#needs, columns(), rows.slice(this.#state.top, this.#state.top + rowLines))
    const isFilteredAway = this.arrangement.rows.length === 0 && this.arrangement.total > 0
    return drawTable({
      columns: columns(),
      arrangement: this.arrangement,
      state: this.#state,
      keyOf,
      width,
      height: rowLines,
      needs: this.#needs,
      theme,
      empty:
        isFilteredAway && this.#state.filter !== ''
          ? safe`none of ${this.arrangement.total} matches ${toSafeText(this.#state.filter)} (Esc shows all)`
          : empty(),
    })
  }

  /** What is wrong with a filter, or null. */
  problemOf(text: string): SafeText | null {
    const understood = this.#options.filter(text)
    return understood.ok ? null : understood.problem
  }

  /** Shows only rows that match; an empty text shows all. What is not understood hides nothing. */
  setFilter(filter: string): void {
    this.#change((state) => ({ ...state, filter, top: 0 }))
  }

  /** Puts the cursor on the first row shown, as after a filter was typed to find it. */
  chooseFirst(): void {
    this.#change((state) => moveTo(state, this.arrangement, this.#height, 0))
  }

  /** The row under the cursor; where none was chosen yet, the first row on screen is; null after it was lost. */
  chooseShown(): R | null {
    if (this.chosen === null && !this.#state.isLost) {
      this.move(1)
    }
    return this.chosen
  }

  /** Puts the cursor on the row with this key; false when it is not shown. */
  choose(key: string): boolean {
    this.#change((state) => moveToKey(state, this.arrangement, this.#height, key))
    return this.#state.cursor === key
  }

  move(rows: number): void {
    this.#change((state) => moveBy(state, this.arrangement, this.#height, rows))
  }

  moveTo(index: number): void {
    this.#change((state) => moveTo(state, this.arrangement, this.#height, index))
  }

  /** The rows in the window. */
  get visible(): readonly R[] {
    return this.arrangement.rows.slice(this.#state.top, this.#state.top + this.#height)
  }

  /** Rows of a page. */
  get page(): number {
    return this.#height
  }

  scroll(columns: number): void {
    const maximum = maximumScroll(this.#options.columns())
    this.#change((state) => ({ ...state, scroll: Math.max(0, Math.min(state.scroll + columns, maximum)) }))
  }

  sortNext(step: 1 | -1): void {
    this.#change((state) => sortByNeighbour(state, this.#options.columns(), step))
    this.#tellSort()
  }

  reverse(): void {
    this.#change(reverseSort)
    this.#tellSort()
  }

  tag(): void {
    this.#change(toggleTag)
  }

  /** Drops cursor and tags without telling that a row was lost. */
  forget(): void {
    this.#state = { ...this.#state, cursor: null, tags: new Set(), isLost: false }
    this.#listeners.tell()
  }

  untag(): void {
    this.#change((state) => ({ ...state, tags: new Set(), isLost: state.cursor === null && state.isLost }))
  }

  /** Takes the filter and the tags away; false when there were none. */
  back(): boolean {
    if (this.state.filter === '' && this.state.tags.size === 0) return false
    this.setFilter('')
    this.untag()
    return true
  }

  /** The line that tells the filter and the tags, for a screen's first line; empty when there are none. */
  summary(): SafeText {
    const { filter, tags } = this.#state
    const shown =
      filter === ''
        ? safe``
        : safe`/${toSafeText(filter)} ${this.arrangement.rows.length} of ${this.arrangement.total}`
    const tagged = tags.size === 0 ? safe`` : safe`${tags.size} tagged`
    return shown.length > 0 && tagged.length > 0 ? safe`${shown}  ${tagged}` : safe`${shown}${tagged}`
  }

  #tellSort(): void {
    const { column, direction } = this.#state.sort
    const sorted = this.#options.columns().find(({ id }) => id === column)
    if (sorted !== undefined) {
      this.#options.onSort?.(sorted.label, direction === 'ascending')
    }
  }

  #change(change: (state: TableState) => TableState): void {
    const before = this.#state
    this.#state = change(before)
    this.#state = settle(this.#state, this.arrangement, this.#height)
    if (before.cursor !== null && this.#state.cursor === null) {
      this.#options.onLost?.(before.cursor)
    }
    this.#listeners.tell()
  }
}

function tableCommands<R>(table: LiveTable<R>, folding: LiveTableOptions<R>['folding']): readonly Command[] {
  const half = () => Math.max(1, Math.floor(table.page / 2))
  return [
    command('table', ['j', 'down'], 'Move down', () => table.move(1), { label: 'move' }),
    command('table', ['k', 'up'], 'Move up', () => table.move(-1)),
    command('table', ['ctrl-d'], 'Move half a page down', () => table.move(half())),
    command('table', ['ctrl-u'], 'Move half a page up', () => table.move(-half())),
    command('table', ['page-down'], 'Move a page down', () => table.move(table.page)),
    command('table', ['page-up'], 'Move a page up', () => table.move(-table.page)),
    command('table', ['g', 'home'], 'Go to the first row', () => table.moveTo(0)),
    command('table', ['G', 'end'], 'Go to the last row', () => table.moveTo(Number.MAX_SAFE_INTEGER)),
    ...(folding === undefined ? sidewaysCommands(table) : foldingCommands(folding)),
    command('table', ['space'], 'Tag the row, or untag it', () => table.tag(), {
      when: () => (table.chosen === null ? 'choose a row first (j, k or the arrows)' : true),
    }),
    command('table', ['U'], 'Untag all rows', () => table.untag()),
    command('table', ['n'], 'Go to the next row of the filter, from the top after the last', () =>
      around(table, 1),
    ),
    command('table', ['N'], 'Go to the previous row of the filter', () => around(table, -1)),
  ]
}

function sidewaysCommands<R>(table: LiveTable<R>): readonly Command[] {
  return [
    command('table', ['l', 'right'], 'Scroll columns to the right', () => table.scroll(1)),
    command('table', ['h', 'left'], 'Scroll columns back', () => table.scroll(-1)),
    command('table', ['s', '>'], 'Sort by the next column', () => table.sortNext(1), { label: 'sort' }),
    command('table', ['<'], 'Sort by the previous column', () => table.sortNext(-1)),
    command('table', ['S', 'I'], 'Reverse the sort', () => table.reverse()),
  ]
}

function foldingCommands({
  open,
  close,
}: {
  readonly open: () => void
  readonly close: () => void
}): readonly Command[] {
  return [
    command('table', ['l', 'right'], 'Open a branch, or what is drawn together', open, { label: 'open' }),
    command('table', ['h', 'left'], 'Close a branch, or go up to its beginning', close),
  ]
}

function around<R>(table: LiveTable<R>, step: 1 | -1): void {
  const length = table.arrangement.rows.length
  if (length > 0) {
    const at = table.state.cursor === null ? (step === 1 ? -1 : 0) : table.state.cursorIndex
    table.moveTo((at + step + length) % length)
  }
}

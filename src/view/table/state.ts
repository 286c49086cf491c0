/** What a person did to a table: sort, filter, scroll, cursor, tags. It follows rows by identity, never by number. */
import type { Direction, Sort, TableColumn } from './column.ts'

/** What the state needs of the arranged rows: how many they are, and where a key is. */
export interface Places {
  readonly rows: { readonly length: number }
  indexOf(key: string): number | undefined
  keyAt(index: number): string | null
  keepKnown(keys: ReadonlySet<string>): ReadonlySet<string>
}

export interface TableState {
  readonly sort: Sort
  /** As typed; see `parseFilter`. Empty shows all. */
  readonly filter: string
  /** How many columns after the frozen first are scrolled away. */
  readonly scroll: number
  /**
   * Key of the row under the cursor. Null until a row was chosen, and again when that row is gone: the cursor
   * never slides onto another row by itself.
   */
  readonly cursor: string | null
  /** Where the cursor was last seen, so that a move goes on from there. */
  readonly cursorIndex: number
  /** Index of the first row on screen. */
  readonly top: number
  readonly tags: ReadonlySet<string>
  /** What was chosen is gone, the row under the cursor or every tagged one; until somebody chooses again. */
  readonly isLost: boolean
}

/** A table as it opens, sorted by `column`. */
export function openTable(column: string, direction: Direction): TableState {
  return {
    sort: { column, direction },
    filter: '',
    scroll: 0,
    cursor: null,
    cursorIndex: 0,
    top: 0,
    tags: new Set(),
    isLost: false,
  }
}

/** The state fitted to the rows of now: the cursor's row found again, gone tags dropped, the window in range. */
export function settle(state: TableState, arrangement: Places, height: number): TableState {
  const found = state.cursor === null ? undefined : arrangement.indexOf(state.cursor)
  const cursorIndex = found ?? Math.min(state.cursorIndex, Math.max(0, arrangement.rows.length - 1))
  const highestTop = Math.max(0, arrangement.rows.length - height)
  // Without a cursor the window stays where it is; with one, it follows it.
  const wanted = found === undefined ? state.top : windowAround(state.top, cursorIndex, height)
  const top = Math.max(0, Math.min(wanted, highestTop))
  const cursor = found === undefined ? null : state.cursor
  const tags = arrangement.keepKnown(state.tags)
  const isLost =
    state.isLost || (state.cursor !== null && cursor === null) || (state.tags.size > 0 && tags.size === 0)
  if (
    cursor === state.cursor &&
    cursorIndex === state.cursorIndex &&
    top === state.top &&
    tags === state.tags &&
    isLost === state.isLost
  ) {
    return state
  }
  return { ...state, cursor, cursorIndex, top, tags, isLost }
}

/** Moves the cursor by rows; the first move puts it on the first row of the window. */
export function moveBy(state: TableState, arrangement: Places, height: number, rows: number): TableState {
  const start = state.cursor === null ? restart(state, height, rows) : state.cursorIndex + rows
  return moveTo(state, arrangement, height, start)
}

/** Moves the cursor to the row at `index`, or the nearest there is. */
export function moveTo(state: TableState, arrangement: Places, height: number, index: number): TableState {
  const cursorIndex = Math.max(0, Math.min(index, arrangement.rows.length - 1))
  const cursor = arrangement.keyAt(cursorIndex)
  return settle({ ...state, cursor, cursorIndex, isLost: false }, arrangement, height)
}

/** Puts the cursor on the row with this key, if it is shown. */
export function moveToKey(state: TableState, arrangement: Places, height: number, key: string): TableState {
  const index = arrangement.indexOf(key)
  return index === undefined ? state : moveTo(state, arrangement, height, index)
}

/** Sorts by another column, in the direction that a person wants first there. */
export function sortBy<R>(state: TableState, column: TableColumn<R>): TableState {
  return { ...state, sort: { column: column.id, direction: column.sortsFirst } }
}

/** Sorts by the next (or, with -1, the previous) column. */
export function sortByNeighbour<R>(
  state: TableState,
  columns: readonly TableColumn<R>[],
  step: 1 | -1,
): TableState {
  const at = columns.findIndex((column) => column.id === state.sort.column)
  const next = columns[(at + step + columns.length) % columns.length]
  return next === undefined ? state : sortBy(state, next)
}

/** Turns the direction of the sort. */
export function reverseSort(state: TableState): TableState {
  const direction = state.sort.direction === 'ascending' ? 'descending' : 'ascending'
  return { ...state, sort: { ...state.sort, direction } }
}

/** Tags the row under the cursor, or takes its tag away. */
export function toggleTag(state: TableState): TableState {
  if (state.cursor === null) {
    return state
  }
  const tags = new Set(state.tags)
  if (!tags.delete(state.cursor)) {
    tags.add(state.cursor)
  }
  return { ...state, tags, isLost: false }
}

/** After the cursor's row was lost, a step goes to the place where it was. */
function restart(state: TableState, height: number, rows: number): number {
  const isInWindow = state.cursorIndex >= state.top && state.cursorIndex < state.top + height
  const place = isInWindow ? state.cursorIndex : state.top
  return Math.abs(rows) > 1 ? place + rows : place
}

function windowAround(top: number, index: number, height: number): number {
  return index < top ? index : index >= top + height ? index - height + 1 : top
}

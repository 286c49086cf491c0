/** The columns of the Locks screen and of its one-shot twin. */
import { mainHold, subjectOfThing } from '#src/locks/advice.ts'
import type { LockAnalysis } from '#src/locks/analysis.ts'
import { subjectOf } from '#src/locks/blockers.ts'
import type { Locked } from '#src/locks/lock.ts'
import { isWaiting, type Party } from '#src/locks/party.ts'
import type { Thing } from '#src/locks/thing.ts'
import { commandText, lockedText, relationText, shortName, waitText } from '#src/locks/words.ts'
import { normaliseQuery, type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { duration } from '#src/text/units.ts'
import type { Glyphs } from '#src/theme/theme.ts'
import type { Cell, TableColumn } from '#src/view/table/column.ts'
import type { LocksTableRow } from './rows.ts'

/** Which rows are shown: the forest, the waiters, or the things that are waited for. */
export type LocksView = 'tree' | 'waiters' | 'things'

/** Cells of a query that any terminal could show. */
const QUERY_CELLS = 500

const EMPTY = safe``

type Column = TableColumn<LocksTableRow>

/** What the columns depend on besides the rows. */
export interface LocksLook {
  readonly view: LocksView
  readonly glyphs: Glyphs
  /** Room for a lock mode and a relation as they are, before the query gets more. */
  readonly isWide: boolean
}

/** The columns over the rows of a view. */
export function locksColumns(analysis: LockAnalysis, { view, glyphs, isWide }: LocksLook): readonly Column[] {
  const columns: Readonly<Record<string, Column>> = {
    pid: column(`pid-${view}`, {
      label: safe`pid`,
      width: PID_CELLS[view],
      wideWidth: 34,
      priority: 0,
      cell: (row) => pidCell(row, glyphs),
    }),
    waits: column('waits', {
      label: safe`waits`,
      width: 7,
      align: 'right',
      priority: 0,
      cell: (row) => waitCell(row, glyphs),
    }),
    edge: column('edge', { label: safe`edge`, width: 4, priority: 4, cell: edgeCell }),
    mode: column('mode', {
      label: safe`lock`,
      width: isWide ? 21 : 17,
      wideWidth: 26,
      priority: 0,
      cell: (row) => modeCell(row, analysis, glyphs),
    }),
    on: column('on', {
      label: safe`on`,
      width: isWide ? 20 : 14,
      wideWidth: 44,
      priority: 1,
      cell: (row) => ({ text: onText(row, analysis) }),
    }),
    frees: column('frees', {
      label: safe`frees`,
      width: 5,
      align: 'right',
      priority: 1,
      cell: (row) => freesCell(row, analysis, glyphs),
    }),
    state: column('state', { label: safe`state`, width: 10, wideWidth: 26, priority: 5, cell: stateCell }),
    behind: column('behind', {
      label: safe`behind`,
      width: 16,
      wideWidth: 40,
      priority: 1,
      cell: (row) => ({ text: wayUp(row, analysis, glyphs) }),
    }),
    who: column('who', {
      label: safe`app`,
      width: 10,
      wideWidth: 24,
      priority: 6,
      cell: (row) => ({
        text: row.kind === 'party' ? toSafeText(row.party.row.application_name ?? '') : EMPTY,
      }),
    }),
    query: column('query', {
      label: safe`query`,
      width: 10,
      flexible: true,
      priority: 0,
      cell: (row) => queryCell(row, analysis),
    }),
  }
  return ORDER[view].flatMap((id) => columns[id] ?? [])
}

const ORDER: Readonly<Record<LocksView, readonly string[]>> = {
  tree: ['pid', 'waits', 'edge', 'mode', 'on', 'frees', 'state', 'who', 'query'],
  waiters: ['pid', 'waits', 'mode', 'on', 'behind', 'who', 'query'],
  things: ['pid', 'waits', 'mode', 'frees', 'state', 'who', 'query'],
}

/** Of the first column, which holds branches in a tree and whole names of things above their queues. */
const PID_CELLS: Readonly<Record<LocksView, number>> = { tree: 14, waiters: 8, things: 26 }

/** Rows of a tree keep the order of the tree: nothing is sorted by. */
function column(
  id: string,
  rest: Pick<Column, 'label' | 'width' | 'priority' | 'cell'> &
    Pick<Partial<Column>, 'wideWidth' | 'align' | 'flexible'>,
): Column {
  return { id, sortValue: () => null, sortsFirst: 'ascending', ...rest }
}

function pidCell(row: LocksTableRow, glyphs: Glyphs): Cell {
  switch (row.kind) {
    case 'more':
      return { text: safe`${row.prefix}${glyphs.ellipsis} ${row.parties.length} more`, token: 'dim' }
    case 'thing':
      return { text: headingOf(row.thing), token: 'strong' }
    case 'also':
      return { text: safe`${row.prefix}${shortName(row.party)}`, token: 'dim' }
    case 'party': {
      const place = row.place === null ? EMPTY : safe`${row.place}. `
      const name =
        row.party.kind === 'prepared' ? safe`prepared ${shortName(row.party)}` : shortName(row.party)
      const folded = row.folded === 0 ? EMPTY : safe` +${row.folded}`
      const text = safe`${row.prefix}${place}${name}${folded}`
      return isWaiting(row.party) ? { text } : { text, token: 'strong' }
    }
  }
}

/** A row that is waited for shows twice: as the transaction that has it, and as the line of those who come next. */
function headingOf(thing: Thing): SafeText {
  const { locked } = thing
  const subject = subjectOfThing(thing)
  if (subject === locked) return lockedText(locked)
  const what = locked.locktype === 'transactionid' ? safe`rows of ` : safe``
  return safe`${lockedText(locked)} (${what}${relationText(subject)})`
}

function waitCell(row: LocksTableRow, glyphs: Glyphs): Cell {
  const approximately = glyphs.approximately
  if (row.kind === 'thing') {
    const longest = row.thing.queue.reduce((most, { wait }) => Math.max(most, wait.seconds ?? 0), 0)
    return { text: duration(longest), token: 'critical' }
  }
  if (row.kind === 'also') return { text: EMPTY }
  const party = row.kind === 'more' ? row.parties[0] : row.party
  const [wait] = party?.waits ?? []
  if (wait !== undefined) {
    return { text: waitText(wait, approximately), token: row.kind === 'more' ? 'dim' : 'critical' }
  }
  return { text: party?.snapshotBlockedBy === null ? EMPTY : safe`?` }
}

function edgeCell(row: LocksTableRow): Cell {
  if (row.kind === 'thing' || row.edge === null) return { text: EMPTY }
  return row.edge.kind === 'hard' ? { text: safe`hard` } : { text: safe`soft`, token: 'dim' }
}

function modeCell(row: LocksTableRow, analysis: LockAnalysis, glyphs: Glyphs): Cell {
  if (row.kind === 'thing') {
    const waiting = row.thing.queue.length
    return { text: safe`${waiting} waiting`, token: 'critical' }
  }
  const party = row.kind === 'more' ? row.parties[0] : row.party
  if (party === undefined) return { text: EMPTY }
  const held = row.kind === 'party' ? row.held : null
  if (held === null && party.waits.length > 0) return { text: safe`${glyphs.waiting} ${wantedText(party)}` }
  if (held === null && party.snapshotBlockedBy !== null)
    return { text: safe`${glyphs.waiting} safe snapshot` }
  const main = held === null ? mainHold(party, analysis) : null
  // ExclusiveLock on a transaction is none on the table: on both sides the kind of thing is told instead.
  const isOfTransaction = TRANSACTIONS.has(main?.thing.locked.locktype ?? '')
  const hold = held?.join(', ') ?? (isOfTransaction ? main?.thing.locked.locktype : main?.mode)
  return hold === undefined
    ? { text: EMPTY }
    : { text: safe`${glyphs.holding} ${toSafeText(hold)}`, token: 'strong' }
}

/** The mode; for a transaction, whose lock is always wanted in the same mode, what the wait is for. */
function wantedText({ waits: [wait] }: Party): SafeText {
  const { locktype, mode } = wait?.lock ?? { locktype: '', mode: '' }
  return TRANSACTIONS.has(locktype) ? toSafeText(locktype) : toSafeText(mode)
}

const TRANSACTIONS: ReadonlySet<string> = new Set(['transactionid', 'virtualxid'])

/** What the lock is on, its relation first: the beginning of a cut text has to tell most. */
function onText(row: LocksTableRow, analysis: LockAnalysis): SafeText {
  if (row.kind === 'thing') return EMPTY
  const party = row.kind === 'more' ? row.parties[0] : row.party
  if (party === undefined) return EMPTY
  const [wait] = party.waits
  const hold = wait === undefined ? mainHold(party, analysis) : null
  const subject =
    wait === undefined ? (hold === null ? null : subjectOfThing(hold.thing)) : subjectOf(party, wait)
  return subject === null ? EMPTY : compactText(subject)
}

function compactText(locked: Locked): SafeText {
  return locked.locktype === 'tuple'
    ? safe`${relationText(locked)} (${locked.page ?? 0},${locked.tuple ?? 0})`
    : lockedText(locked)
}

/** How many go on, at once or in turn, when this party ends; nothing for one who holds up nobody. */
function freesCell(row: LocksTableRow, analysis: LockAnalysis, glyphs: Glyphs): Cell {
  if (row.kind !== 'party') return { text: EMPTY }
  const node = analysis.nodeOf(row.party)
  const blocksNobody = node === undefined || (isWaiting(row.party) && node.children.length === 0)
  if (blocksNobody) return { text: EMPTY }
  const { total } = analysis.release([row.party])
  const isUpTo = analysis.isAtMost([row.party])
  return {
    text: safe`${isUpTo ? glyphs.atMost : EMPTY}${total.length}`,
    token: total.length > 0 ? 'good' : 'dim',
  }
}

const STATES: Readonly<Record<string, SafeText>> = {
  'idle in transaction': safe`idle in tx`,
  'idle in transaction (aborted)': safe`aborted tx`,
}

function stateCell(row: LocksTableRow): Cell {
  if (row.kind !== 'party') return { text: EMPTY }
  const { party } = row
  if (isWaiting(party)) return { text: safe`waiting`, token: 'dim' }
  if (party.kind === 'prepared') return { text: safe`${duration(party.row.prepared_seconds)}` }
  const { state, state_seconds, backend_type } = party.row
  if (state === null) return { text: toSafeText(backend_type ?? '?'), token: 'dim' }
  const word = STATES[state] ?? toSafeText(state)
  return {
    text: safe`${word} ${duration(state_seconds)}`,
    token: state.startsWith('idle in') ? 'warning' : 'plain',
  }
}

function queryCell(row: LocksTableRow, analysis: LockAnalysis): Cell {
  if (row.kind === 'more') return { text: commandsOf(row.parties), token: 'dim' }
  if (row.kind === 'also') {
    const under = analysis.nodeOf(row.party)?.edge?.blocker
    return {
      text: safe`waits for this one too; shown under ${under === undefined ? safe`another` : shortName(under)}`,
      token: 'dim',
    }
  }
  if (row.kind === 'thing')
    return { text: row.folded === 0 ? EMPTY : safe`${row.folded} folded`, token: 'dim' }
  const { row: backend, kind } = row.party
  if (kind === 'prepared')
    return { text: safe`ended only by COMMIT or ROLLBACK PREPARED; y copies it`, token: 'dim' }
  if (backend.visible === false) return { text: safe`(hidden from this role)`, token: 'dim' }
  if (backend.query === null) return { text: EMPTY }
  const query = normaliseQuery(backend.query, QUERY_CELLS)
  // What a session ran last need not be what took its locks.
  return backend.state === 'active' ? { text: query } : { text: safe`(last) ${query}`, token: 'dim' }
}

/** What alike waiters run: `20 SELECT, 17 UPDATE`. */
function commandsOf(parties: readonly Party[]): SafeText {
  const counts = Map.groupBy(parties, ({ row }) => commandText(row.query))
  const told = [...counts]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([command, list]) => safe`${list.length} ${command}`)
  return toSafeText(told.slice(0, 3).join(', '))
}

/** `4802 ▸ 4711`: whom it waits for, up to the one at the top. */
function wayUp(row: LocksTableRow, analysis: LockAnalysis, glyphs: Glyphs): SafeText {
  if (row.kind !== 'party') return EMPTY
  const names: SafeText[] = []
  const seen = new Set<Party>([row.party])
  for (
    let at = analysis.nodeOf(row.party)?.edge?.blocker;
    at !== undefined && !seen.has(at) && names.length < WAY;
    at = analysis.nodeOf(at)?.edge?.blocker
  ) {
    seen.add(at)
    names.push(shortName(at))
  }
  return names.length === 0 ? safe`?` : (names.join(` ${glyphs.leads} `) as SafeText)
}

/** More of a way than this no column could show. */
const WAY = 8

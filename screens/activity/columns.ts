/** The columns of the Activity table. */
import { type DurationBasis, durationOf } from '#src/activity/duration.ts'
import type { Condition, Session } from '#src/activity/sessions.ts'
import { urgency } from '#src/activity/urgency.ts'
import { blockersText, clientText, waitText } from '#src/activity/words.ts'
import { normaliseQuery, type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { duration } from '#src/text/units.ts'
import type { Glyphs, Token } from '#src/theme/theme.ts'
import type { Cell, TableColumn } from '#src/view/table/column.ts'
import { stateText } from './state.ts'

/** Cells of a query that any terminal could show; what is longer is cut before it is made safe. */
const QUERY_CELLS = 500

const EMPTY = safe``

/** The columns for a duration basis; the order is the order on the line. */
export function activityColumns(basis: DurationBasis, glyphs: Glyphs): readonly TableColumn<Session>[] {
  return [
    {
      id: 'pid',
      label: safe`pid`,
      width: 7,
      align: 'right',
      priority: 0,
      cell: ({ row }) => ({ text: row.pid === null ? EMPTY : safe`${row.pid}` }),
      sortValue: ({ row }) => row.pid,
      sortsFirst: 'ascending',
    },
    {
      id: 'time',
      label: BASIS_LABELS[basis],
      width: 7,
      align: 'right',
      priority: 1,
      cell: (session) => timeCell(session, basis),
      sortValue: (session) => durationOf(session, basis),
      sortsFirst: 'descending',
    },
    {
      id: 'state',
      label: safe`state`,
      width: 10,
      wideWidth: 20,
      priority: 1,
      cell: stateCell,
      sortValue: (session) => urgency(session, basis),
      sortsFirst: 'descending',
    },
    {
      id: 'lock',
      label: safe`lock`,
      width: 12,
      wideWidth: 14,
      priority: 2,
      cell: (session) => lockCell(session, glyphs),
      sortValue: ({ behind, condition }) => behind * 2 + (condition === 'waiting' ? 1 : 0),
      sortsFirst: 'descending',
    },
    {
      id: 'wait',
      label: safe`wait`,
      width: 12,
      wideWidth: 28,
      priority: 3,
      cell: ({ row }) => ({
        text: waitText(row),
        ...waitToken(row.wait_event_type),
      }),
      sortValue: ({ row }) => waitText(row) || null,
      sortsFirst: 'ascending',
    },
    nameColumn('user', 'user', 6, ({ row }) => row.usename),
    nameColumn('database', 'db', 5, ({ row }) => row.datname),
    nameColumn('application', 'app', 7, ({ row }) => row.application_name),
    nameColumn('client', 'client', 8, ({ row }) => clientText(row) || null),
    {
      id: 'xmin',
      label: safe`xmin age`,
      width: 8,
      align: 'right',
      priority: 9,
      cell: ({ row }) => ({ text: row.xmin_age === null ? EMPTY : safe`${Number(row.xmin_age)}` }),
      sortValue: ({ row }) => row.xmin_age,
      sortsFirst: 'descending',
    },
    {
      id: 'query',
      label: safe`query`,
      width: 20,
      flexible: true,
      priority: 0,
      cell: queryCell,
      sortValue: ({ row }) => row.query,
      sortsFirst: 'ascending',
    },
  ]
}

/** Waiting for the client, or for work to come, is no trouble. */
function waitToken(type: string | null): Pick<Cell, 'token'> {
  if (type === 'Client' || type === 'Activity') {
    return { token: 'dim' }
  }
  return type === 'Lock' ? { token: 'critical' } : {}
}

const BASIS_LABELS: Readonly<Record<DurationBasis, SafeText>> = {
  query: safe`time`,
  transaction: safe`xact`,
  backend: safe`backend`,
}

/** Where a transaction that does nothing begins to hurt: vacuum and locks wait for it. */
const IDLE_IN_TRANSACTION_NOTICE_SECONDS = 60
const QUERY_NOTICE_SECONDS = 60

function timeCell(session: Session, basis: DurationBasis): Cell {
  const seconds = durationOf(session, basis)
  if (seconds === null) {
    return { text: EMPTY }
  }
  const token = timeToken(session, seconds)
  return token === null ? { text: duration(seconds) } : { text: duration(seconds), token }
}

function timeToken({ condition }: Session, seconds: number): Token | null {
  switch (condition) {
    case 'waiting':
      return 'critical'
    case 'idle in transaction':
    case 'idle in transaction (aborted)':
      return seconds >= IDLE_IN_TRANSACTION_NOTICE_SECONDS ? 'critical' : 'warning'
    case 'active':
      return seconds >= QUERY_NOTICE_SECONDS ? 'warning' : null
    default:
      return 'dim'
  }
}

const STATE_TOKENS: Readonly<Record<Condition, Token | null>> = {
  waiting: 'critical',
  'idle in transaction': 'warning',
  'idle in transaction (aborted)': 'warning',
  active: 'good',
  idle: 'dim',
  hidden: 'dim',
  background: 'dim',
}

function stateCell(session: Session): Cell {
  const token = STATE_TOKENS[session.condition]
  const text = stateText(session)
  return token === null ? { text } : { text, token }
}

/** `⧗4711` waits for that pid, `⧗4711+2` for two more besides; `●41`: that many wait behind this one, `●41+`: at least. */
function lockCell(session: Session, glyphs: Glyphs): Cell {
  const { behind, isAtLeast } = session
  const holds = behind === 0 ? EMPTY : safe`${glyphs.holding}${behind}${isAtLeast ? safe`+` : EMPTY}`
  const blockers = blockersText(session)
  const waits = blockers.length === 0 ? EMPTY : safe`${glyphs.waiting}${blockers}`
  if (holds.length === 0 && waits.length === 0) {
    return { text: EMPTY }
  }
  return {
    text: holds.length > 0 && waits.length > 0 ? safe`${waits} ${holds}` : safe`${waits}${holds}`,
    token: 'critical',
  }
}

function queryCell({ row }: Session): Cell {
  if (row.visible === false) {
    return { text: safe`(hidden from this role)`, token: 'dim' }
  }
  const text = row.query === null ? EMPTY : normaliseQuery(row.query, QUERY_CELLS)
  return row.state === 'idle' ? { text, token: 'dim' } : { text }
}

function nameColumn(
  id: string,
  label: string,
  priority: number,
  value: (session: Session) => string | null,
): TableColumn<Session> {
  return {
    id,
    label: toSafeText(label),
    width: 10,
    wideWidth: 24,
    priority,
    cell: (session) => ({ text: toSafeText(value(session) ?? '') }),
    sortValue: value,
    sortsFirst: 'ascending',
  }
}

/** `pgtriage activity`: what the Activity screen would show now. */
import process from 'node:process'
import { activity as entry } from '#queries/activity.ts'
import type { Column, Row, ServerFacts } from '#queries/define.ts'
import { locks } from '#queries/locks.ts'
import { durationOf } from '#src/activity/duration.ts'
import type { ActivityRow } from '#src/activity/row.ts'
import { type Session, type Sessions, sessionsOf } from '#src/activity/sessions.ts'
import { urgency } from '#src/activity/urgency.ts'
import { inView } from '#src/activity/views.ts'
import { blockersOf, NO_WAITS, tellsWait, type Waits } from '#src/activity/waiters.ts'
import { blockersText, clientText, hiddenNotice, waitText } from '#src/activity/words.ts'
import { LockAnalysis } from '#src/locks/analysis.ts'
import type { LocksRow } from '#src/locks/party.ts'
import { waitsOf } from '#src/locks/waits.ts'
import type { Server } from '#src/server/contract.ts'
import { normaliseQuery, type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { duration } from '#src/text/units.ts'
import { ask } from './ask.ts'
import { type ConnectionRequest, connect } from './connect.ts'
import { EXIT, type Io } from './io.ts'
import { DEFAULT_WIDTH, type Format, formatRows } from './output/rows.ts'
import { drawTable, type TableHead } from './output/table.ts'

export interface ActivityRequest extends ConnectionRequest {
  readonly format: Format
  /** Cells of a line; the terminal's when not told. */
  readonly width?: number
}

/** Prints the sessions, worst first; as JSON and CSV every process with every column. Gives the exit code. */
export async function activity(request: ActivityRequest, io: Io): Promise<number> {
  const server = await connect(request, io, { control: false })
  if (server === null) return EXIT.usage
  try {
    const answered = await ask(server, entry, io)
    if (answered === null) return EXIT.usage
    const { facts } = answered
    const rows = answered.rows as readonly ActivityRow[]
    const asked = needsLocks(rows, facts) ? await askWaits(server, io) : NO_WAITS
    // A person sees the sessions all the same, with the reason; a program would take the gap for nobody waiting.
    if (asked === null && request.format !== 'table') return EXIT.usage
    const waits = asked ?? NO_WAITS
    const width = request.width ?? process.stdout.columns ?? DEFAULT_WIDTH
    if (request.format === 'table') {
      const sessions = sessionsOf(rows, facts, waits)
      io.out(sessionTable(sessions, width))
      for (const line of incomplete(sessions, rows, facts)) io.err(line)
    } else {
      const head = { ...answered, command: 'activity', entry: entry.id }
      io.out(
        formatRows(request.format, withBlockers(rows, waits), {
          head,
          columns: DOCUMENT_COLUMNS,
          chosen: true,
          width,
          oneRow: false,
        }),
      )
    }
    return EXIT.ok
  } finally {
    await server.close()
  }
}

/** Nobody is asked for his blockers while none is seen to wait; who may not see the wait events has to ask. */
function needsLocks(rows: readonly ActivityRow[], { role }: ServerFacts): boolean {
  return !role.readsAllStats || rows.some(tellsWait)
}

async function askWaits(server: Server, io: Io): Promise<Waits | null> {
  const answered = await ask(server, locks, io)
  if (answered === null) return null
  // The rows are those of the entry that was asked.
  const rows = answered.rows as readonly unknown[] as readonly LocksRow[]
  return waitsOf(new LockAnalysis(rows, answered.facts))
}

const BLOCKED_BY: Column = {
  id: 'blocked_by',
  label: 'blocked by',
  kind: 'pids',
  meaning:
    'Pids that it, or the parallel query it is part of, waits for to get a lock or a safe snapshot: those in its way, then those ahead in the queue; 0 is a prepared transaction. NULL: waits for nobody. Empty: not known for whom.',
}

/** The columns of the entry, and beside what each waits for, for whom. */
const DOCUMENT_COLUMNS: readonly Column[] = entry.columns.flatMap((column): readonly Column[] =>
  column.id === 'wait_event' ? [column, BLOCKED_BY] : [column],
)

function withBlockers(rows: readonly ActivityRow[], waits: Waits): readonly Row[] {
  return rows.map((row) => ({ ...row, [BLOCKED_BY.id]: blockersOf(row, waits) }))
}

/** The table of the screen's first view: sessions of clients, and whatever else waits or blocks. */
export function sessionTable({ list }: Sessions, width: number): string {
  const sessions = inView(list, { view: 'all', background: false, own: false }).toSorted(
    (a, b) => urgency(b, 'query') - urgency(a, 'query'),
  )
  const cells = sessions.map((session) => COLUMNS.map(({ cell }) => cell(session)))
  const filled = COLUMNS.map(({ optional }, at) => optional !== true || cells.some((row) => row[at] !== ''))
  return drawTable(
    COLUMNS.filter((_, at) => filled[at]),
    cells.map((row) => row.filter((_, at) => filled[at])),
    width,
  )
}

interface SessionColumn extends TableHead {
  /** Left out when no session has a value. */
  readonly optional?: true
  readonly cell: (session: Session) => SafeText
}

const COLUMNS: readonly SessionColumn[] = [
  { label: safe`pid`, align: 'right', cell: ({ row }) => toSafeText(String(row.pid ?? '')) },
  { label: safe`time`, align: 'right', cell: (session) => timeOf(session) },
  {
    label: safe`state`,
    cell: ({ row, condition }) =>
      toSafeText(condition === 'background' ? (row.backend_type ?? '') : condition),
  },
  { label: safe`blocked by`, optional: true, cell: (session) => blockersText(session) },
  {
    label: safe`blocks`,
    align: 'right',
    optional: true,
    cell: ({ behind, isAtLeast }) => (behind === 0 ? safe`` : safe`${behind}${isAtLeast ? safe`+` : safe``}`),
  },
  { label: safe`wait`, optional: true, cell: ({ row }) => waitText(row) },
  { label: safe`role`, cell: ({ row }) => toSafeText(row.usename ?? '') },
  { label: safe`database`, cell: ({ row }) => toSafeText(row.datname ?? '') },
  { label: safe`application`, optional: true, cell: ({ row }) => toSafeText(row.application_name ?? '') },
  {
    label: safe`client`,
    optional: true,
    cell: ({ row }) => clientText(row),
  },
  { label: safe`query`, flexible: true, cell: ({ row }) => queryOf(row) },
]

function timeOf(session: Session): SafeText {
  const seconds = durationOf(session, 'query')
  return seconds === null ? safe`` : duration(seconds)
}

/** What any terminal could show of a query. */
const QUERY_CELLS = 500

function queryOf({ visible, query }: ActivityRow): SafeText {
  return visible === false ? safe`(hidden from this role)` : normaliseQuery(query ?? '', QUERY_CELLS)
}

/** What the table cannot show, and what would make it possible. */
export function incomplete(
  sessions: Sessions,
  rows: readonly ActivityRow[],
  facts: ServerFacts,
): readonly string[] {
  const hidden = hiddenNotice(sessions, facts.role.name)
  const total = Number(rows[0]?.total_rows ?? rows.length)
  const left = total - rows.length
  return [
    ...(hidden === null ? [] : [hidden]),
    ...(left > 0 ? [`${left} of ${total} processes are not listed, idle ones first`] : []),
  ]
}

/** What can be filtered by on the Activity screen: what its columns show, and the entry's own columns. */
import { activity } from '#queries/activity.ts'
import { type DurationBasis, durationOf } from '#src/activity/duration.ts'
import type { Session } from '#src/activity/sessions.ts'
import { clientText, waitText } from '#src/activity/words.ts'
import type { Filter } from '#src/ui/live-table.ts'
import { type FilterColumn, parseFilter } from '#src/view/filter.ts'
import { stateText } from './state.ts'

/** The test for a filter as typed, or what is wrong with it. A heading means what its column shows now. */
export function sessionFilter(text: string, basis: DurationBasis): Filter<Session> {
  return parseFilter(text, [...headings(basis), ...ENTRY_COLUMNS])
}

function headings(basis: DurationBasis): readonly FilterColumn<Session>[] {
  return [
    { id: 'time', kind: 'seconds', value: (session) => durationOf(session, basis) },
    { id: 'xact', kind: 'seconds', value: ({ row }) => row.xact_seconds },
    { id: 'backend', kind: 'seconds', value: ({ row }) => row.backend_seconds },
    // Both what the column says and PostgreSQL's own word: `state:waiting` and `state:active` find a waiter.
    { id: 'state', kind: 'text', value: (session) => `${stateText(session)} ${session.row.state ?? ''}` },
    { id: 'lock', kind: 'count', value: ({ behind }) => behind },
    { id: 'blocked_by', kind: 'pids', value: ({ blockedBy }) => blockedBy },
    { id: 'wait', kind: 'text', value: ({ row }) => waitText(row) },
    { id: 'user', kind: 'name', value: ({ row }) => row.usename },
    { id: 'db', kind: 'name', value: ({ row }) => row.datname },
    { id: 'app', kind: 'name', value: ({ row }) => row.application_name },
    { id: 'client', kind: 'text', value: ({ row }) => clientText(row) },
    { id: 'xmin', kind: 'count', value: ({ row }) => row.xmin_age },
  ]
}

const ENTRY_COLUMNS: readonly FilterColumn<Session>[] = activity.columns
  .filter(({ id }) => id !== 'state')
  .map(({ id, kind }) => ({ id, kind, value: ({ row }) => row[id] }))

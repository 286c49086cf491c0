/** What can be filtered by on the Activity screen: the entry's columns, and the headings as they read there. */
import { activity } from '#queries/activity.ts'
import type { Session } from '#src/activity/sessions.ts'
import type { Filter } from '#src/ui/live-table.ts'
import { type FilterColumn, parseFilter } from '#src/view/filter.ts'

/** Headings and common words for columns whose catalog name is PostgreSQL's own. */
const ALIASES: Readonly<Record<string, string>> = {
  user: 'usename',
  role: 'usename',
  db: 'datname',
  database: 'datname',
  app: 'application_name',
  application: 'application_name',
  client: 'client_addr',
  wait: 'wait_event',
  type: 'backend_type',
  time: 'query_seconds',
  xact: 'xact_seconds',
  age: 'xmin_age',
}

const COLUMNS: readonly FilterColumn<Session>[] = activity.columns.flatMap(({ id, kind }) => {
  const value = ({ row }: Session) => row[id]
  const aliases = Object.keys(ALIASES).filter((alias) => ALIASES[alias] === id)
  return [id, ...aliases].map((name) => ({ id: name, kind, value }))
})

/** The test for a filter as typed, or what is wrong with it. */
export function sessionFilter(text: string): Filter<Session> {
  return parseFilter(text, COLUMNS)
}

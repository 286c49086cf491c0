/** temporary */
import type { Session } from '#src/activity/sessions.ts'
import type { Filter } from '#src/ui/live-table.ts'

export function sessionFilter(text: string): Filter<Session> {
  return {
    ok: true,
    matches: ({ row }) =>
      text === '' || JSON.stringify(row, (_, v) => (typeof v === 'bigint' ? String(v) : v)).includes(text),
  }
}

/** The text of a session's query, handed on: to the person's pager, to the screen that explains. */
import { Buffer } from 'node:buffer'
import { safe, toSafeText } from '#src/text/safe.ts'
import type { App } from './app.ts'

/** Shows a text in `$PAGER`, or tells why not; null when none is known. */
export async function viewQuery(app: App, query: string | null): Promise<void> {
  const problem =
    query === null ? 'no query is known of it' : await app.options.terminal.page(query.split(/\r?\n/))
  if (problem !== null) {
    app.toasts.show(toSafeText(problem), 'warning')
  }
}

/** Whose query it is, as the views name it; null where that is not known. */
export interface SessionOf {
  readonly pid: number | null
  readonly datname: string | null
  readonly usename: string | null
}

/** A character has up to four bytes: so much less than the limit a text may have that was cut before a whole one. */
const LONGEST_CHARACTER = 4

/** Has it explained in its database; a text that the server keeps only the beginning of cannot be. */
export function explainSession(app: App, { pid, datname, usename }: SessionOf, text: string | null): void {
  if (text === null || text.trim() === '') {
    app.toasts.show(safe`no query is known of it`, 'warning')
    return
  }
  const keeps = app.options.server.facts?.trackActivityQuerySize ?? 0
  const isCut = keeps > 0 && Buffer.byteLength(text) >= keeps - LONGEST_CHARACTER
  app.explain({
    text,
    database: datname,
    role: usename,
    origin: pid === null ? 'a session' : `pid ${pid}`,
    cut: isCut
      ? `the server keeps the first ${keeps - 1} bytes of a query (track_activity_query_size), and this one is cut there`
      : null,
  })
}

/** The text of a query, handed to the person's pager. */
import { toSafeText } from '#src/text/safe.ts'
import type { App } from './app.ts'

/** Shows it in `$PAGER`, or tells why not; null when no text is known. */
export async function viewQuery(app: App, query: string | null): Promise<void> {
  const problem =
    query === null ? 'no query is known of it' : await app.options.terminal.page(query.split(/\r?\n/))
  if (problem !== null) {
    app.toasts.show(toSafeText(problem), 'warning')
  }
}

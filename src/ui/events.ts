/** What the server tells or becomes, put before the person's eyes once. */
import { toSafeText } from '#src/text/safe.ts'
import type { App } from './app.ts'

/** Follows the server's events; gives the function that ends it. */
export function announceEvents(app: App): () => void {
  return app.options.server.subscribe((event) => {
    switch (event.kind) {
      case 'identity':
        // What was chosen was chosen on another server: nothing of it may be acted upon here.
        app.forgetChoices()
        app.toasts.show(toSafeText(event.message), 'critical')
        break
      case 'notice':
        app.toasts.show(toSafeText(`${event.severity}: ${event.message}`), 'warning')
        break
      case 'link':
        // The header tells the outage while it lasts; each further attempt is no news.
        if (event.link.status === 'down' && event.link.attempts <= 1) {
          app.toasts.show(toSafeText(event.link.failure.message), 'critical')
        }
        break
      case 'facts':
        break
    }
  })
}

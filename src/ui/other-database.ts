/** Looking at another database of the server: named by the person, read once, left at once. */
import { nearest } from '#src/text/nearest.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import type { App } from './app.ts'
import { Prompt } from './prompt.ts'

/** Asks for its name; `onChosen` hears it, or null for the database that is connected. */
export function chooseDatabase(app: App, onChosen: (database: string | null) => void): void {
  const { facts, endpoint } = app.options.server
  const connected = facts?.database ?? endpoint.database
  const names = [...(facts?.databaseNames.values() ?? [])].filter((name) => !UNREAD.has(name)).toSorted()
  const close = () => app.prompt.set(null)
  app.prompt.set(
    new Prompt({
      label: safe`database: `,
      text: '',
      help: safe`Enter opens one connection to it, reads its catalogs, closes it: ${toSafeText(names.join(', '))}`,
      problemOf: (text) => {
        if (text === '' || names.includes(text)) return null
        const [guess] = nearest(text, names)
        return guess === undefined
          ? safe`no database of that name`
          : safe`no database of that name (${toSafeText(guess)}?)`
      },
      onCancel: close,
      onSubmit: (text) => {
        close()
        if (text !== '') onChosen(text === connected ? null : text)
      },
    }),
  )
}

/** Takes connections from nobody, or holds nothing of a user's. */
const UNREAD: ReadonlySet<string> = new Set(['template0'])

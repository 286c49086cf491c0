/** The prompt of `/`: the table shows what matches while the filter is typed. */
import { safe } from '#src/text/safe.ts'
import type { App } from './app.ts'
import type { LiveTable } from './live-table.ts'
import { Prompt } from './prompt.ts'

/** Opens it over a table; giving it up brings the filter from before back. */
export function openFilter<R>(app: App, table: LiveTable<R>): void {
  const before = table.state.filter
  const close = () => app.prompt.set(null)
  app.prompt.set(
    new Prompt({
      label: safe`/`,
      text: before,
      help: safe`words, column:value, /regexp/, !not`,
      problemOf: (text) => table.problemOf(text),
      onChange: (text) => table.setFilter(text),
      onSubmit: (text) => {
        table.setFilter(text)
        if (text !== '') {
          table.chooseFirst()
        }
        close()
      },
      onCancel: () => {
        table.setFilter(before)
        close()
      },
    }),
  )
}

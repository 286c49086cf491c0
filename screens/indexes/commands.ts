/** The keys over the chosen index. */
import { safe } from '#src/text/safe.ts'
import { type Command, command } from '#src/ui/command.ts'
import { copyText } from '#src/ui/copy.ts'
import type { IndexesContext } from './context.ts'

const CHOOSE = 'choose an index first (j, k or the arrows)'

/** Detail, copy, the indexes of one table. */
export function indexCommands(model: IndexesContext): readonly Command[] {
  const hasChosen = () => (model.chosen === null ? CHOOSE : true)
  return [
    command('table', ['enter'], 'Open the detail of an index', () => open(model), { label: 'detail' }),
    command('screen', ['y'], 'Copy the SQL of its verdict', () => copy(model), {
      label: 'copy',
      when: hasChosen,
    }),
    command('table', ['t'], 'Show the indexes of this table alone, or all again', () => model.toggleTable(), {
      label: 'table',
    }),
  ]
}

function open(model: IndexesContext): void {
  const chosen = model.table.chooseShown()
  if (chosen !== null) model.openDetail(chosen)
}

/** The verdict's SQL; of tagged indexes all of it, in the order shown. */
function copy(model: IndexesContext): void {
  const items = model.detail === null ? model.table.targets : [model.detail.item]
  const sql = items.flatMap(({ remedy }) => remedy?.sql ?? [])
  if (sql.length === 0) model.app.toasts.show(safe`nothing to do: there is no SQL to copy`, 'warning')
  else
    copyText(
      model.app,
      `${sql.join('\n')}\n`,
      safe`${sql.length} ${sql.length === 1 ? safe`statement` : safe`statements`} copied`,
    )
}

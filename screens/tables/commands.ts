/** The keys over the chosen table or sequence. */
import { safe } from '#src/text/safe.ts'
import { type Command, command } from '#src/ui/command.ts'
import { copyText } from '#src/ui/copy.ts'
import type { TablesContext } from './context.ts'

/** Detail and copy. */
export function tableCommands(model: TablesContext): readonly Command[] {
  const hasChosen = () => (sqlOf(model) === null ? 'choose a line first (j, k or the arrows)' : true)
  return [
    command('table', ['enter'], 'Open the detail of a table', () => open(model), {
      label: 'detail',
      when: () => (model.showsSequences ? 'a sequence has no detail: all is in its line' : true),
    }),
    command('screen', ['y'], 'Copy the SQL of what is wrong', () => copy(model), {
      label: 'copy',
      when: hasChosen,
    }),
  ]
}

function open(model: TablesContext): void {
  const chosen = model.table.chooseShown()
  if (chosen !== null) model.openDetail(chosen)
}

/** All statements of the chosen line; null when none is chosen. */
function sqlOf(model: TablesContext): readonly string[] | null {
  if (model.detail === null && model.showsSequences) {
    const { targets } = model.sequences
    return targets.length === 0 ? null : targets.flatMap(({ remedy }) => remedy?.sql ?? [])
  }
  const items = model.detail === null ? model.table.targets : [model.detail.item]
  return items.length === 0
    ? null
    : items.flatMap(({ findings }) => findings.flatMap(({ remedy }) => remedy?.sql ?? []))
}

function copy(model: TablesContext): void {
  const sql = sqlOf(model) ?? []
  if (sql.length === 0) model.app.toasts.show(safe`nothing to do: there is no SQL to copy`, 'warning')
  else
    copyText(
      model.app,
      `${sql.join('\n')}\n`,
      safe`${sql.length} ${sql.length === 1 ? safe`statement` : safe`statements`} copied`,
    )
}

/** The keys over the chosen session. */
import type { Action } from '#src/actions/action.ts'
import { targetOf } from '#src/actions/target.ts'
import type { Session } from '#src/activity/sessions.ts'
import { safe } from '#src/text/safe.ts'
import { confirmAction } from '#src/ui/action-overlay.ts'
import { type Command, command } from '#src/ui/command.ts'
import { copyText } from '#src/ui/copy.ts'
import { explainSession, viewQuery } from '#src/ui/query-text.ts'
import type { ActivityContext } from './context.ts'

const LOST = 'what was chosen is gone; choose again with j, k or the arrows'
const CHOOSE = 'choose a session first (j, k or the arrows)'

/** Detail, copy, cancel and terminate. */
export function sessionCommands(model: ActivityContext): readonly Command[] {
  const hasChosen = () => (model.chosen === null ? CHOOSE : true)
  const hasTargets = () => (targets(model).length > 0 ? true : model.table.state.isLost ? LOST : CHOOSE)
  return [
    command('table', ['enter'], 'Open the detail of a session', () => open(model), {
      label: 'detail',
      when: () => (model.table.state.isLost && model.table.chosen === null ? LOST : true),
    }),
    command('screen', ['y'], 'Copy the query', () => copyQuery(model), { label: 'copy', when: hasChosen }),
    command('screen', ['v'], 'View the query in $PAGER', () => void view(model), { when: hasChosen }),
    command('screen', ['e'], 'Explain the query', () => void explain(model), {
      label: 'explain',
      when: hasChosen,
    }),
    command('screen', ['C'], 'Cancel the running statement', () => aim(model, 'cancel'), {
      label: 'cancel',
      danger: 'cancel',
      when: hasTargets,
    }),
    command('screen', ['K'], 'Terminate the session', () => aim(model, 'terminate'), {
      label: 'terminate',
      danger: 'terminate',
      when: hasTargets,
    }),
  ]
}

function open(model: ActivityContext): void {
  const chosen = model.table.chooseShown()
  if (chosen !== null) {
    model.openDetail(chosen)
  }
}

/** In the detail, the session it shows; in the table, the tagged ones or the one under the cursor. */
function targets(model: ActivityContext): readonly Session[] {
  return model.detail === null ? model.table.targets : [model.detail.session]
}

function aim(model: ActivityContext, action: Action): void {
  const aimed = targets(model).flatMap(({ row }) =>
    row.pid === null ? [] : [targetOf({ ...row, pid: row.pid })],
  )
  confirmAction(model.app, action, aimed)
}

async function view(model: ActivityContext): Promise<void> {
  await viewQuery(model.app, await model.fullQuery())
}

async function explain(model: ActivityContext): Promise<void> {
  const { app, chosen } = model
  const text = await model.fullQuery()
  if (chosen !== null) explainSession(app, chosen.row, text)
}

/** A text that the server keeps only the beginning of, or that has gone by, is copied as far as it is known. */
function copiedText({ chosen }: ActivityContext, text: string) {
  const isCut = chosen?.row.query_truncated === true && text === chosen.row.query
  return isCut ? safe`copied as far as it is known: the text is cut` : safe`query copied`
}

async function copyQuery(model: ActivityContext): Promise<void> {
  const text = await model.fullQuery()
  if (text === null) model.app.toasts.show(safe`no query is known of it`, 'warning')
  else copyText(model.app, text, copiedText(model, text))
}

/** The keys over the chosen row. */
import type { Action } from '#src/actions/action.ts'
import { targetOf } from '#src/actions/target.ts'
import { isWaiting, type Party } from '#src/locks/party.ts'
import { rollbackPrepared, shortName } from '#src/locks/words.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import { confirmAction } from '#src/ui/action-overlay.ts'
import { type Command, command } from '#src/ui/command.ts'
import { copyText } from '#src/ui/copy.ts'
import { explainSession, viewQuery } from '#src/ui/query-text.ts'
import type { LocksContext } from './context.ts'

const LOST = 'what was chosen is gone; choose again with j, k or the arrows'
const CHOOSE = 'choose a row first (j, k or the arrows)'
const TOGETHER = 'several are drawn together here: l or the right arrow shows each'
const NO_QUERY = 'a prepared transaction has no query'
const NO_SESSION = 'a prepared transaction has no session to end: y copies ROLLBACK PREPARED'

/** Detail, the way to the blocker and back, copy, cancel and terminate. */
export function partyCommands(model: LocksContext): readonly Command[] {
  const problem = () => {
    if (model.table.chosen?.kind === 'more') return TOGETHER
    return model.table.state.isLost ? LOST : CHOOSE
  }
  const hasChosen = () => (model.chosen === null ? problem() : true)
  const hasTargets = (action: Action) => () => {
    const targets = targetsOf(model, action)
    if (targets.length === 0) return problem()
    return targets.every(({ kind }) => kind === 'prepared') ? NO_SESSION : true
  }
  return [
    command('table', ['enter'], 'Open the detail, or what is drawn together', () => model.enter(), {
      label: 'detail',
      when: () => (model.table.state.isLost && model.table.chosen === null ? LOST : true),
    }),
    command('table', ['b'], 'Go to whom it waits for', () => goToBlocker(model), {
      label: 'blocker',
      when: () => blockerProblem(model),
    }),
    command('table', ['B'], 'Go to the first who waits for it', () => goToWaiter(model), {
      when: hasChosen,
    }),
    command('screen', ['y'], 'Copy the query, or ROLLBACK PREPARED', () => void copy(model), {
      label: 'copy',
      when: () => (subjectOfCopy(model) === null ? problem() : true),
    }),
    command('screen', ['v'], 'View the query in $PAGER', () => void view(model), { when: hasChosen }),
    command('screen', ['e'], 'Explain the query', () => void explain(model), {
      label: 'explain',
      when: () => (model.chosen === null ? problem() : model.chosen.kind === 'prepared' ? NO_QUERY : true),
    }),
    command('screen', ['C'], 'Cancel the running statement', () => aim(model, 'cancel'), {
      label: 'cancel',
      danger: 'cancel',
      when: hasTargets('cancel'),
    }),
    command('screen', ['K'], 'Terminate the session', () => aim(model, 'terminate'), {
      label: 'terminate',
      danger: 'terminate',
      when: hasTargets('terminate'),
    }),
  ]
}

/** What was chosen; where nothing was, what the advice on the screen names. The dialog tells whom it will hit. */
function targetsOf(model: LocksContext, action: Action): readonly Party[] {
  return model.targets.length > 0 ? model.targets : model.advised(action)
}

function subjectOfCopy(model: LocksContext): Party | null {
  return model.chosen ?? model.advised('rollback prepared')[0] ?? null
}

function aim(model: LocksContext, action: Action): void {
  const { app } = model
  const aimed = targetsOf(model, action).flatMap(({ row }) =>
    row.pid === null ? [] : [targetOf({ ...row, pid: row.pid })],
  )
  confirmAction(app, action, aimed)
}

function blockerProblem({ chosen, analysis }: LocksContext): true | string {
  if (chosen === null) return CHOOSE
  if (!isWaiting(chosen)) return 'it waits for nobody'
  return analysis?.nodeOf(chosen)?.edge === null ? 'nobody is known to be in its way' : true
}

function goToBlocker(model: LocksContext): void {
  const blocker = model.chosen === null ? undefined : model.analysis?.nodeOf(model.chosen)?.edge?.blocker
  if (blocker !== undefined) model.goToParty(blocker)
}

function goToWaiter(model: LocksContext): void {
  const [first] = (model.chosen === null ? undefined : model.analysis?.nodeOf(model.chosen)?.children) ?? []
  if (first === undefined) model.app.toasts.show(safe`nobody waits for it`, 'dim')
  else model.goToParty(first.party)
}

async function explain(model: LocksContext): Promise<void> {
  const { app, chosen } = model
  const text = await model.fullQuery()
  if (chosen !== null) explainSession(app, chosen.row, text)
}

async function copy(model: LocksContext): Promise<void> {
  const { app } = model
  const chosen = subjectOfCopy(model)
  const isPrepared = chosen?.kind === 'prepared'
  const text = isPrepared ? rollbackPrepared(chosen) : await model.fullQuery()
  if (text === null || text === '') {
    app.toasts.show(isPrepared ? safe`its gid is not known` : safe`no query is known of it`, 'warning')
    return
  }
  copyText(app, text, isPrepared ? copiedRollback(chosen) : safe`query copied`)
}

/** It works nowhere but in the transaction's own database, and for nobody but its owner and superusers. */
function copiedRollback(party: Party) {
  const { datname, usename } = party.row
  return safe`copied; run it in ${toSafeText(datname ?? '?')} as ${toSafeText(usename ?? '?')}: ROLLBACK PREPARED ${shortName(party)}`
}

async function view(model: LocksContext): Promise<void> {
  await viewQuery(model.app, await model.fullQuery())
}

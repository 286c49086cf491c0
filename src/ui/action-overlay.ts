/** Cancel and terminate from the keyboard: the frozen dialog, the act, and the proof of its effect. */
import type { Action } from '#src/actions/action.ts'
import { type Dialog, hidden, openDialog, pressKey, shown } from '#src/actions/dialog.ts'
import { readLocks } from '#src/actions/freed.ts'
import { describeOutcome } from '#src/actions/outcome.ts'
import { machineDeps, perform } from '#src/actions/perform.ts'
import { planAction } from '#src/actions/plan.ts'
import { radiusOf } from '#src/actions/radius.ts'
import { describeReport, type Report } from '#src/actions/report.ts'
import type { Target } from '#src/actions/target.ts'
import type { LockAnalysis } from '#src/locks/analysis.ts'
import { isProduction } from '#src/settings/settings.ts'
import { safe } from '#src/text/safe.ts'
import { cellWidth } from '#src/text/width.ts'
import { wrap } from '#src/text/wrap.ts'
import { drawActionDialog, type Freed, LEAST_DIALOG_LINES } from '#src/view/action-dialog.ts'
import type { App, Overlay } from './app.ts'
import { command } from './command.ts'
import { textOverlay } from './help.ts'
import { Listeners } from './store.ts'

/** Opens the dialog for `action` on `targets`, which stay as they are now whatever the server does. */
export function confirmAction(app: App, action: Action, targets: readonly Target[]): void {
  const { server } = app.options
  if (server.facts === null) {
    app.toasts.show(safe`not connected: nothing can be signalled`, 'warning')
    return
  }
  app.overlay.set(new ActionOverlay(app, action, targets))
}

class ActionOverlay implements Overlay {
  readonly title = 'Action'
  readonly scope = 'dialog'
  readonly commands: Overlay['commands']
  readonly #app: App
  readonly #action: Action
  readonly #listeners = new Listeners()
  #dialog: Dialog
  #freed: Freed = { kind: 'asking' }
  #isVisible = false
  /** What the dialog tells; null when the server told nothing, undefined while it is asked. */
  #locks: LockAnalysis | null | undefined

  constructor(app: App, action: Action, targets: readonly Target[]) {
    const { server, settings } = app.options
    const { facts, endpoint } = server
    if (facts === null) {
      throw new Error('a dialog needs a connected server')
    }
    this.#app = app
    this.#action = action
    const production = isProduction(settings, endpoint) ? endpoint.database : null
    this.#dialog = hidden(
      openDialog(planAction(action, targets, facts), { production, nowMs: performance.now() }),
    )
    this.commands = [
      command('dialog', ['escape', 'ctrl-c'], 'Leave without doing anything', () => this.#press('escape'), {
        label: 'leave',
      }),
      command('dialog', ['enter'], 'Accept what was typed; leave when nothing was', () =>
        this.#press('enter'),
      ),
      command('dialog', ['backspace', 'delete'], 'Delete the last character', () => this.#press('backspace')),
    ]
    const { locks, options } = app
    // What the screen has just told stands there until there is something newer.
    if (locks.analysis !== null && locks.snapshot.failure === null && !options.monitor.paused) {
      this.#tellFreed(locks.analysis)
    }
    void this.#askWhoWaits()
  }

  readonly subscribe = this.#listeners.subscribe

  readonly type = (text: string): void => this.#press(text === ' ' ? 'space' : text)

  lines(width: number, height: number) {
    this.#heedVisibility(height >= LEAST_DIALOG_LINES)
    return drawActionDialog(this.#dialog, this.#freed, { width, height, theme: this.#app.theme })
  }

  /** It listens only when the terminal has taken the frame that shows it, and as long as it fits. */
  #heedVisibility(isVisible: boolean): void {
    if (isVisible === this.#isVisible) {
      return
    }
    this.#isVisible = isVisible
    this.#dialog = hidden(this.#dialog)
    if (isVisible) {
      setImmediate(() =>
        this.#app.options.terminal.whenShown(() => {
          this.#dialog = this.#isVisible ? shown(this.#dialog, performance.now()) : this.#dialog
        }),
      )
    }
  }

  #press(key: string): void {
    this.#dialog = pressKey(this.#dialog, key, performance.now())
    if (this.#dialog.answer === 'asking') {
      this.#listeners.tell()
      return
    }
    this.#app.overlay.set(null)
    if (this.#dialog.answer === 'yes') {
      void this.#app.options.leaving.add(
        act(this.#app, { action: this.#action, targets: this.#targets, locks: this.#locks }),
      )
    }
  }

  get #targets(): readonly Target[] {
    return this.#dialog.plan.aims.map(({ target }) => target)
  }

  async #askWhoWaits(): Promise<void> {
    this.#tellFreed(await readLocks(this.#app.options.server))
    this.#listeners.tell()
  }

  #tellFreed(locks: LockAnalysis | null): void {
    this.#locks = locks
    this.#freed =
      locks === null
        ? { kind: 'unknown', reason: safe`the server did not answer` }
        : { kind: 'known', radius: radiusOf(this.#action, this.#targets, locks) }
  }
}

/** What was confirmed, and what was known of the locks then. */
interface Confirmed {
  readonly action: Action
  readonly targets: readonly Target[]
  readonly locks: LockAnalysis | null | undefined
}

async function act(app: App, { action, targets, locks }: Confirmed): Promise<void> {
  const { server, monitor, leaving, settings } = app.options
  const verb = action === 'cancel' ? safe`cancelling` : safe`terminating`
  const [only] = targets
  app.toasts.show(
    targets.length === 1 && only !== undefined
      ? safe`${verb} ${only.pid}…`
      : safe`${verb} ${targets.length} sessions…`,
    'strong',
  )
  const report = await perform(server, action, targets, {
    ...machineDeps(process.env, settings),
    signal: leaving.signal,
    locks,
  })
  monitor.refresh()
  const isDone =
    report.auditProblem === null && report.outcomes.every(({ outcome }) => outcome.kind === 'done')
  const next = report.next === null ? safe`` : safe` · K would terminate it`
  const told = safe`${describeReport(report)}${next}`
  app.toasts.show(told, isDone ? 'good' : 'critical')
  // Whatever was opened meanwhile is being read or answered.
  const isTooLong = cellWidth(told) + 2 > app.size.get().columns
  if ((report.outcomes.length > 1 || isTooLong) && app.overlay.get() === null) {
    app.overlay.set(reportOverlay(app, report))
  }
}

/** One line for each of many targets. */
function reportOverlay(app: App, report: Report): Overlay {
  return textOverlay(
    app,
    report.outcomes.length === 1 ? 'Result' : `Result: ${report.outcomes.length} sessions`,
    (width) =>
      [
        describeReport(report),
        ...(report.outcomes.length > 1
          ? report.outcomes.map((outcome) => describeOutcome(report.action, outcome))
          : []),
      ].flatMap((text) => wrap(safe` ${text}`, width)),
  )
}

/** The Explain screen at work: the plans of this session, the ways to look at them, and what runs now. */
import type { Entry } from '#queries/define.ts'
import type { Scope } from '#src/keys/binding.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import type { Drawable } from '#src/theme/theme.ts'
import type { App } from '#src/ui/app.ts'
import { type Command, command } from '#src/ui/command.ts'
import { Computed } from '#src/ui/computed.ts'
import { lastCall } from '#src/ui/memo.ts'
import type { ExplainSubject, ScreenModel } from '#src/ui/screen.ts'
import { Listeners, Store } from '#src/ui/store.ts'
import { type Look, lensesOf, metricsOf } from '#src/view/plan/look.ts'
import { rawLines } from '#src/view/plan/raw.ts'
import { refusalLines } from '#src/view/plan/refusal.ts'
import { Asking } from './asking.ts'
import { explainCommands } from './commands.ts'
import type { ExplainContext, View, ViewId } from './context.ts'
import { diffContent } from './diff.ts'
import { type Current, History } from './history.ts'
import { nodeDetail } from './node-detail.ts'
import { Runs } from './runs.ts'
import { sentFor } from './sent.ts'
import type { ShownPlan } from './shown-plan.ts'
import { FindingsView } from './views/findings.ts'
import { RollupView } from './views/rollup.ts'
import { StatementsView } from './views/statements.ts'
import { TextView } from './views/text.ts'
import { TreeView } from './views/tree.ts'
import { busyLine, startLines, VIEWS, viewsLines } from './views-line.ts'

const START: Look = { lens: 'wall', metric: 'time' }

export class ExplainModel implements ScreenModel, ExplainContext {
  readonly app: App
  readonly history = new History()
  readonly runs: Runs
  readonly look: Computed<Look>
  readonly #chosenLook = new Store<Look>(START)
  readonly current: Computed<Current | null>
  readonly view = new Store<ViewId>('tree')
  readonly #asking: Asking
  readonly #tree: TreeView
  readonly #views: Readonly<Record<ViewId, View>>
  readonly #detail = new Store<{ readonly node: PlanNode; readonly view: View } | null>(null)
  readonly #commands: readonly Command[]
  readonly #listeners = new Listeners()
  readonly #refusalLines = lastCall(refusalLines)
  #isOpen = false
  /** The views that the tree was reached from, the last one last: going back leads to them. */
  #trail: readonly ViewId[] = []
  /** The screen that sent the query, and the plan that was shown before it did. */
  #cameFrom: { readonly screen: string; readonly shown: ShownPlan | null } | null = null
  #unsubscribe: readonly (() => void)[] = []

  constructor(app: App) {
    this.app = app
    this.runs = new Runs(app)
    this.current = new Computed([this.history], () => this.history.current)
    this.look = new Computed([this.history, this.#chosenLook], () => this.#lookOfNow(), isSameLook)
    this.#asking = new Asking(this)
    this.#tree = new TreeView(this)
    const raw = lastCall((text: string, width: number) => rawLines(text, width))
    this.#views = {
      tree: this.#tree,
      timeline: this.#tree,
      findings: new FindingsView(this),
      relations: new RollupView(this, 'relations'),
      types: new RollupView(this, 'types'),
      diff: new TextView(this, diffContent(this)),
      raw: new TextView(this, (width) => raw(this.history.plan?.text ?? '', width)),
      statements: new StatementsView(this, (row) => this.#asking.explainStatement(row)),
    }
    this.#commands = [...this.#viewCommands(), ...explainCommands(this, this.#asking)]
    for (const source of [this.history, this.runs.busy, this.runs.problem, this.look]) {
      source.subscribe(this.#listeners.tell)
    }
    this.history.subscribe(() => this.#followPlan())
  }

  readonly subscribe = this.#listeners.subscribe

  get commands(): readonly Command[] {
    return [...this.#shownView.commands, ...this.#commands]
  }

  entries(): readonly Entry[] {
    return this.view.get() === 'statements' ? this.#shownView.entries : sentFor(this.history.plan)
  }

  scopes(): readonly Scope[] {
    return this.#showsView ? this.#shownView.scopes : ['screen']
  }

  open(): void {
    this.#isOpen = true
    this.#openView()
  }

  close(): void {
    this.#isOpen = false
    this.#cameFrom = null
    this.#closeView()
  }

  /**
   * Esc stops what runs; else it closes what lies over the tree, leads to the view that the tree was reached from, and at
   * last to the screen that sent the query.
   */
  back(): boolean {
    if (this.runs.cancel()) return true
    if (this.runs.problem.get() !== null) {
      this.runs.problem.set(null)
      // A plan that was shown before has nothing to do with what was refused.
      if (this.#cameFrom?.shown === this.history.plan) this.#goBack()
      return true
    }
    if (this.#detail.get() !== null) {
      this.#closeDetail()
      return true
    }
    if (this.#shownView.back()) return true
    const before = this.view.get() === 'tree' ? this.#trail.at(-1) : 'tree'
    if (before === undefined) return this.#goBack()
    this.show(before)
    return true
  }

  #goBack(): boolean {
    if (this.#cameFrom === null) return false
    this.app.show(this.#cameFrom.screen)
    return true
  }

  /** What was explained stays: plans are no rows of a server that may act on another one. */
  forgetChoices(): void {}

  goTo(): boolean {
    return false
  }

  explain(subject: ExplainSubject, from: string): void {
    this.#trail = []
    this.#cameFrom = { screen: from, shown: this.history.plan }
    void this.#asking.explainSubject(subject)
  }

  show(view: ViewId): void {
    if (view === this.view.get() && this.#detail.get() === null) return
    this.#closeView()
    this.#detail.set(null)
    if (this.#trail.includes(view)) this.#trail = this.#trail.slice(0, this.#trail.indexOf(view))
    this.view.set(view)
    if (this.#isOpen) this.#openView()
    this.#listeners.tell()
  }

  showTreeFromHere(): void {
    const from = this.view.get()
    this.show('tree')
    this.#forgetWay()
    if (from !== 'tree') this.#trail = [...this.#trail.filter((each) => each !== from), from]
  }

  /** Another way is taken; the list that the plan came from stays where it leads back to. */
  #forgetWay(): void {
    this.#trail = this.#trail.filter((each) => each === 'statements')
  }

  goToNode(node: PlanNode): void {
    this.showTreeFromHere()
    this.#tree.goTo(node)
  }

  goToHottest(): void {
    this.#tree.goToHottest()
  }

  openDetail(node: PlanNode): void {
    this.#closeView()
    this.#detail.set({ node, view: nodeDetail(this, node, () => this.#closeDetail()) })
    this.#openView()
    this.#listeners.tell()
  }

  lines(width: number, height: number): readonly Drawable[] {
    const { theme } = this.app
    const busy = this.runs.busy.get()
    const problem = this.runs.problem.get()
    const { current } = this.history
    const head = [
      ...viewsLines(
        {
          history: this.history,
          view: this.view.get(),
          look: this.look.get(),
          findings: current?.findings.length ?? 0,
          summary: this.#shownView.summary(),
        },
        width,
        theme,
      ),
      ...(busy === null ? [] : [busyLine(busy, width, theme)]),
    ]
    const left = height - head.length
    if (problem !== null) return [...head, ...this.#refusalLines(problem, width, theme)].slice(0, height)
    if (!this.#showsView) return [...head, ...startLines(width, theme)]
    return [...head, ...this.#shownView.lines(width, left)]
  }

  /** Not while there is no plan, or a problem stands in its place. */
  get #showsView(): boolean {
    if (this.runs.problem.get() !== null) return false
    return this.view.get() === 'statements' || this.history.current !== null
  }

  get #shownView(): View {
    return this.#detail.get()?.view ?? this.#views[this.view.get()]
  }

  #openView(): void {
    const view = this.#shownView
    view.open()
    this.#unsubscribe = [view.subscribe(this.#listeners.tell), () => view.close()]
  }

  #closeView(): void {
    for (const end of this.#unsubscribe) end()
    this.#unsubscribe = []
  }

  #closeDetail(): void {
    this.#closeView()
    this.#detail.set(null)
    if (this.#isOpen) this.#openView()
    this.#listeners.tell()
  }

  /** The detail is of a node of the plan before. */
  #followPlan(): void {
    const { current } = this.history
    if (current === null) return
    const detail = this.#detail.get()
    if (detail !== null && !current.model.nodes.includes(detail.node)) this.#closeDetail()
  }

  choose(look: Partial<Look>): void {
    this.#chosenLook.update((before) => ({ ...before, ...look }))
  }

  /** A plan that was not run has no times: it is told by its costs until there is one that has. */
  #lookOfNow(): Look {
    const chosen = this.#chosenLook.get()
    const model = this.history.current?.model
    if (model === undefined) return chosen
    const lenses = lensesOf(model)
    const metrics = metricsOf(model)
    const [metric] = [chosen.metric, 'cost' as const, ...metrics].filter((each) => metrics.includes(each))
    return {
      lens: lenses.includes(chosen.lens) ? chosen.lens : 'wall',
      metric: metric ?? chosen.metric,
    }
  }

  #viewCommands(): readonly Command[] {
    return VIEWS.map(({ id, key, title }) =>
      command('screen', [key], title, () => {
        this.#forgetWay()
        this.show(id)
      }),
    )
  }
}

function isSameLook(before: Look, now: Look): boolean {
  return before.lens === now.lens && before.metric === now.metric
}

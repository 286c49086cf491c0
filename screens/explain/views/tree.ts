/** The plan as a tree, or over time: one table, whose rows are its nodes. */
import type { Finding } from '#src/plans/findings/finding.ts'
import type { PlanModel } from '#src/plans/model/model.ts'
import type { PlanNode } from '#src/plans/model/node.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { fit } from '#src/text/width.ts'
import { type Drawable, join } from '#src/theme/theme.ts'
import { type Command, command } from '#src/ui/command.ts'
import { Computed } from '#src/ui/computed.ts'
import { copyText } from '#src/ui/copy.ts'
import { openFilter } from '#src/ui/filter-prompt.ts'
import { LiveTable } from '#src/ui/live-table.ts'
import { lastCall } from '#src/ui/memo.ts'
import { Store } from '#src/ui/store.ts'
import { parseFilter } from '#src/view/filter.ts'
import { planTableColumns } from '#src/view/plan/columns.ts'
import { nodeDetailLines } from '#src/view/plan/detail.ts'
import { findingLines } from '#src/view/plan/findings.ts'
import { headLines } from '#src/view/plan/head.ts'
import { type Look, lensesOf, metricsOf } from '#src/view/plan/look.ts'
import { foldCold, hottest, type PlanRow, planRows } from '#src/view/plan/rows.ts'
import { waterfallColumns, waterfallLegend } from '#src/view/plan/waterfall.ts'
import { drawRuns, run } from '#src/view/run.ts'
import type { ExplainContext, View } from '../context.ts'
import { nodeFilterColumns } from '../filter.ts'
import type { Current } from '../history.ts'

/** From so many columns on the detail of the chosen node stands beside the tree. */
const WIDE = 150
const DETAIL_SHARE = 0.4

/** Lines under a large tree that tell the advice for the chosen node, where there is no room beside it. */
const ADVICE_LINES = 4

export class TreeView implements View {
  readonly #commands: readonly Command[]
  readonly scopes = ['screen', 'table'] as const
  readonly entries = []
  readonly table: LiveTable<PlanRow>
  readonly #context: ExplainContext
  readonly #closed = new Store<ReadonlySet<string>>(new Set())
  readonly #hottest = lastCall(hottest)
  readonly #rows = lastCall(planRows)
  readonly #timeline = lastCall(waterfallColumns)
  readonly #isFiltered = new Store(false)
  #ends: readonly (() => void)[] = []
  /** What cursor, filter and folding belong to. */
  #shown: Current | null = null

  constructor(context: ExplainContext) {
    this.#context = context
    const { app, current } = context
    const rows = new Computed([current, this.#closed, this.#isFiltered], () => {
      const now = current.get()
      const closed = this.#isFiltered.get() ? NOTHING : this.#closed.get()
      return now === null ? NONE : this.#rows(now.model, closed, app.theme.glyphs)
    })
    this.table = new LiveTable<PlanRow>({
      columns: () => this.#columnsOfNow(),
      rows,
      keyOf: ({ key }) => key,
      filter: (text) => parseFilter(text, nodeFilterColumns),
      empty: () => safe`a statement without a plan`,
      sort: { column: '', direction: 'ascending' },
      theme: app.theme,
      folding: { open: () => this.#open(), close: () => this.#close() },
    })
    this.table.subscribe(() => this.#isFiltered.set(this.table.state.filter !== ''))
    this.#commands = [
      command('table', ['n'], 'Go to the next hottest node', () => this.#step(1), { label: 'next hot' }),
      command('table', ['N'], 'Go to the node hotter than this one', () => this.#step(-1)),
      command('table', ['enter'], 'Open the detail of a node', () => this.#openDetail(), { label: 'detail' }),
      command('table', ['w'], 'Change whose clock times are told by', () => this.#nextLens()),
      command(
        'table',
        ['m'],
        'Change what is measured: time, rows, buffers, I/O, cost',
        () => this.#nextMetric(),
        {
          label: 'metric',
        },
      ),
      command('table', ['z'], 'Fold what takes next to nothing, or unfold all', () => this.#fold()),
      command('table', ['/'], 'Filter', () => openFilter(app, this.table)),
      command('table', ['>'], 'Scroll columns to the right', () => this.table.scroll(1)),
      command('table', ['<'], 'Scroll columns back', () => this.table.scroll(-1)),
      // Next and previous are by heat here: what does not match the filter is not shown anyway.
      ...this.table.commands.filter(({ keys }) => !keys.some((key) => key === 'n' || key === 'N')),
    ]
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    const ends = [this.table, this.#closed, this.#context.look].map((source) => source.subscribe(listener))
    return () => {
      for (const end of ends) end()
    }
  }

  /** Where the advice below has a statement, that is what is there to be copied. */
  get commands(): readonly Command[] {
    const remedy = this.#remedy
    return [
      command(
        'table',
        ['y'],
        'Copy the statement that is advised for the node, else the plan',
        () => {
          const { app, history } = this.#context
          if (remedy === null) copyText(app, history.plan?.text ?? '', safe`the plan is copied`)
          else copyText(app, remedy, safe`copied: ${toSafeText(remedy)}`)
        },
        remedy === null ? {} : { label: 'copy SQL' },
      ),
      ...this.#commands,
    ]
  }

  get #remedy(): string | null {
    const { chosen } = this
    if (chosen === null) return null
    return this.#findingsOf(chosen).find(({ remedy }) => remedy !== null)?.remedy ?? null
  }

  /** The node under the cursor. */
  get chosen(): PlanNode | null {
    return this.table.chosen?.node ?? null
  }

  open(): void {
    this.#ends = [this.#context.current.subscribe(() => this.#follow())]
    this.#follow()
    // The views over the rows differ in their columns.
    this.#scrollBack()
    this.table.open()
  }

  close(): void {
    this.table.close()
    for (const end of this.#ends) end()
    this.#ends = []
  }

  back(): boolean {
    return this.table.back()
  }

  summary(): string {
    return this.table.summary()
  }

  /** Puts the cursor on a node, and opens all that hides it. */
  goTo(node: PlanNode): void {
    this.table.setFilter('')
    this.#closed.update((closed) => {
      const opened = new Set(closed)
      for (let above = node.parent; above !== null; above = above.parent) opened.delete(above.path)
      return opened
    })
    this.table.choose(node.path)
  }

  /** Puts the cursor on the node that took most; where none is known to have, there is no cursor. */
  goToHottest(): void {
    this.#follow()
    const now = this.#context.current.get()
    const [node] = now === null ? [] : this.#hottest(now.model, this.#context.look.get())
    if (node !== undefined) this.goTo(node)
  }

  #scrollBack(): void {
    this.table.scroll(Number.NEGATIVE_INFINITY)
  }

  /** Another plan is shown, now or since the tree was last looked at: what was chosen and folded belongs to that one. */
  #follow(): void {
    const now = this.#context.current.get()
    if (now === this.#shown) return
    this.#shown = now
    this.table.forget()
    this.table.setFilter('')
    this.#scrollBack()
    this.#closed.set(now === null ? NOTHING : foldCold(now.model, this.#context.look.get()))
  }

  lines(width: number, height: number): readonly Drawable[] {
    const now = this.#context.current.get()
    const { theme } = this.#context.app
    if (now === null) return []
    const head = [
      ...headLines(now.model, { look: this.#context.look.get(), width, theme }),
      ...(this.#context.view.get() === 'timeline' ? [this.#legend(now.model, width)] : []),
    ]
    const left = height - head.length
    const { chosen } = this
    const isWide = width >= WIDE && this.#context.view.get() === 'tree'
    if (isWide && chosen !== null) return [...head, ...this.#besides(chosen, width, left)]
    // A small plan leaves it more room.
    const unused = left - this.table.arrangement.rows.length - 2
    const most = Math.max(Math.min(ADVICE_LINES, left - 6), unused)
    const advice = chosen === null ? [] : this.#advice(chosen, width, most)
    return [...head, ...this.table.lines(width, left - advice.length), ...advice]
  }

  #legend(model: PlanModel, width: number): Drawable {
    const { theme } = this.#context.app
    return drawRuns([run(safe` ${waterfallLegend(model, theme.glyphs)}`, 'dim')], width, theme)
  }

  #besides(node: PlanNode, width: number, height: number): readonly Drawable[] {
    const { theme } = this.#context.app
    const detailWidth = Math.floor(width * DETAIL_SHARE)
    const treeWidth = width - detailWidth - 1
    const rows = this.table.lines(treeWidth, height)
    const empty = fit(safe``, treeWidth)
    const detail = this.#detail(node, detailWidth)
    const rule = theme.paint('dim', theme.glyphs.vertical)
    return Array.from({ length: height }, (_, at) => join(rows[at] ?? empty, rule, detail[at] ?? safe``))
  }

  readonly #detail = lastCall((node: PlanNode, width: number): readonly Drawable[] => {
    const now = this.#context.current.get()
    const { theme } = this.#context.app
    return now === null
      ? []
      : nodeDetailLines(now.model, node, { findings: this.#findingsOf(node), width, theme })
  })

  readonly #findingsOf = (node: PlanNode) =>
    (this.#context.current.get()?.findings ?? []).filter((finding) => finding.node === node)

  /** What is to be done about the chosen node, as far as it has a place under the tree. */
  #advice(node: PlanNode, width: number, most: number): readonly Drawable[] {
    const { theme } = this.#context.app
    const found = this.#findingsOf(node).flatMap((finding) => findingLines(finding, width, theme))
    const lines = found.length === 0 ? this.#unknown(width) : found
    if (lines.length === 0 || most < 2) return []
    const rule = theme.paint('dim', toSafeText(theme.glyphs.horizontal.repeat(width)))
    if (lines.length <= most) return [rule, ...lines]
    const more = theme.paint('dim', safe`    ${theme.glyphs.ellipsis} f tells all of it`)
    return [rule, ...lines.slice(0, most - 1), more]
  }

  /** Most advice rests on what a run took. */
  #unknown(width: number): readonly Drawable[] {
    const now = this.#context.current.get()
    if (now === null || now.model.isExecuted || now.model.root === null) return []
    const { theme } = this.#context.app
    const what: SafeText =
      now.plan.planned === null
        ? safe`a plan without ANALYZE: what it takes, and most of what to do about it, is not in it`
        : safe`only planned: A runs it, and tells what it takes and what to do about it`
    return [drawRuns([run(safe`    ${what}`, 'dim')], width, theme)]
  }

  #columnsOfNow() {
    const now = this.#context.current.get()
    if (now === null) return []
    const { glyphs } = this.#context.app.theme
    const look = this.#context.look.get()
    return this.#context.view.get() === 'timeline'
      ? this.#timeline(now.model, glyphs, look)
      : this.#tableColumns(now.model, now.findings, look)
  }

  readonly #tableColumns = lastCall((model: PlanModel, findings: readonly Finding[], look: Look) =>
    planTableColumns(model, { look, findings, glyphs: this.#context.app.theme.glyphs }),
  )

  #open(): void {
    const { chosen } = this
    if (chosen === null) return
    if (this.#closed.get().has(chosen.path)) this.#toggle(chosen)
    else this.table.move(1)
  }

  #close(): void {
    const { chosen } = this
    if (chosen === null) return
    if (chosen.children.length > 0 && !this.#closed.get().has(chosen.path)) this.#toggle(chosen)
    else if (chosen.parent !== null) this.table.choose(chosen.parent.path)
  }

  #toggle({ path }: PlanNode): void {
    this.#closed.update((closed) => {
      const changed = new Set(closed)
      if (!changed.delete(path)) changed.add(path)
      return changed
    })
  }

  #fold(): void {
    const now = this.#context.current.get()
    if (now === null) return
    const isFolded = this.#closed.get().size > 0
    this.#closed.set(isFolded ? NOTHING : foldCold(now.model, this.#context.look.get()))
    if (!isFolded && this.#closed.get().size === 0)
      this.#context.app.toasts.hint(safe`nothing is so cold that it could be folded`)
  }

  #step(step: 1 | -1): void {
    const now = this.#context.current.get()
    if (now === null) return
    const hot = this.#hottest(now.model, this.#context.look.get())
    if (hot.length === 0) {
      this.#context.app.toasts.show(safe`no node stands out`, 'dim')
      return
    }
    const { chosen } = this
    const at = chosen === null ? -1 : hot.indexOf(chosen)
    if (at === 0 && step === -1) {
      this.#context.app.toasts.hint(safe`this is the hottest`)
      return
    }
    const next = at === -1 ? 0 : (at + step) % hot.length
    const node = hot[next]
    if (node === undefined) return
    this.goTo(node)
    const isAround = next < at && step === 1
    this.#context.app.toasts.hint(
      safe`${next + 1} of ${hot.length} by heat${isAround ? safe`, from the top again` : safe``}`,
    )
  }

  #openDetail(): void {
    const row = this.table.chooseShown()
    if (row !== null) this.#context.openDetail(row.node)
  }

  #nextLens(): void {
    const now = this.#context.current.get()
    if (now === null) return
    const lenses = lensesOf(now.model)
    const { look, app } = this.#context
    const lens = lenses[(lenses.indexOf(look.get().lens) + 1) % lenses.length]
    if (lens === undefined || lenses.length === 1) {
      app.toasts.show(safe`one process did it all: every clock says the same`, 'dim')
      return
    }
    this.#context.choose({ lens })
  }

  #nextMetric(): void {
    const now = this.#context.current.get()
    if (now === null) return
    const metrics = metricsOf(now.model)
    const { look, app } = this.#context
    const metric = metrics[(metrics.indexOf(look.get().metric) + 1) % metrics.length]
    if (metrics.length === 1) app.toasts.show(safe`there is nothing else in this plan to measure by`, 'dim')
    else if (metric !== undefined) {
      this.#scrollBack()
      this.#context.choose({ metric })
    }
  }
}

const NONE: readonly PlanRow[] = []
const NOTHING: ReadonlySet<string> = new Set()

/** The plan summed up by relation, or by kind of node. */
import type { PlanModel } from '#src/plans/model/model.ts'
import { safe } from '#src/text/safe.ts'
import type { Drawable } from '#src/theme/theme.ts'
import { type Command, command } from '#src/ui/command.ts'
import { Computed } from '#src/ui/computed.ts'
import { openFilter } from '#src/ui/filter-prompt.ts'
import { LiveTable } from '#src/ui/live-table.ts'
import { lastCall } from '#src/ui/memo.ts'
import { sortHint } from '#src/ui/sort-hint.ts'
import { parseFilter } from '#src/view/filter.ts'
import { type Look, selfOf } from '#src/view/plan/look.ts'
import { type RollupRow, relationRollup, rollupColumns, typeRollup } from '#src/view/plan/rollups.ts'
import type { ExplainContext, View } from '../context.ts'

export class RollupView implements View {
  readonly commands: readonly Command[]
  readonly scopes = ['screen', 'table'] as const
  readonly entries = []
  readonly #table: LiveTable<RollupRow>

  constructor(context: ExplainContext, of: 'relations' | 'types') {
    const { app, current, look } = context
    const columns = lastCall((model: PlanModel, now: Look) =>
      rollupColumns(of, model, { look: now, glyphs: app.theme.glyphs }),
    )
    const rows = lastCall((model: PlanModel, now: Look) =>
      of === 'relations' ? relationRollup(model, now) : typeRollup(model, now),
    )
    this.#table = new LiveTable<RollupRow>({
      columns: () => {
        const now = current.get()
        return now === null ? [] : columns(now.model, look.get())
      },
      rows: new Computed([current, look], () => {
        const now = current.get()
        return now === null ? NONE : rows(now.model, look.get())
      }),
      keyOf: ({ key }) => key,
      filter: (text) => parseFilter(text, FILTERS),
      empty: () => (of === 'relations' ? safe`the plan reads no relation` : safe`a statement without a plan`),
      sort: { column: 'self', direction: 'descending' },
      theme: app.theme,
      onSort: sortHint(app),
    })
    const goToHottest = () => {
      const now = look.get()
      const nodes = this.#table.chooseShown()?.nodes ?? []
      const [hottest] = nodes.toSorted((a, b) => (selfOf(b, now) ?? 0) - (selfOf(a, now) ?? 0))
      if (hottest !== undefined) context.goToNode(hottest)
    }
    this.commands = [
      command('table', ['/'], 'Filter', () => openFilter(app, this.#table), { label: 'filter' }),
      command('table', ['enter'], 'Go to the hottest of its nodes in the tree', () => goToHottest(), {
        label: 'node',
      }),
      ...this.#table.commands,
    ]
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#table.subscribe(listener)

  open(): void {
    this.#table.open()
  }

  close(): void {
    this.#table.close()
  }

  back(): boolean {
    return this.#table.back()
  }

  summary(): string {
    return this.#table.summary()
  }

  lines(width: number, height: number): readonly Drawable[] {
    return this.#table.lines(width, height)
  }
}

const NONE: readonly RollupRow[] = []

const FILTERS = [{ id: 'name', kind: 'name', value: ({ name }: RollupRow) => name }] as const

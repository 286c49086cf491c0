/** What is wrong with the plan, what saves most on top. */
import type { Finding } from '#src/plans/findings/finding.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import type { Drawable } from '#src/theme/theme.ts'
import { type Command, command } from '#src/ui/command.ts'
import { Computed } from '#src/ui/computed.ts'
import { copyText } from '#src/ui/copy.ts'
import { openFilter } from '#src/ui/filter-prompt.ts'
import { LiveTable } from '#src/ui/live-table.ts'
import { parseFilter } from '#src/view/filter.ts'
import { findingLines } from '#src/view/plan/findings.ts'
import { findingColumns, findingRowKey } from '#src/view/plan/hotspots.ts'
import type { ExplainContext, View } from '../context.ts'

/** The advice takes this share of the screen, the list the rest. */
const ADVICE_SHARE = 0.5

export class FindingsView implements View {
  readonly commands: readonly Command[]
  readonly scopes = ['screen', 'table'] as const
  readonly entries = []
  readonly #context: ExplainContext
  readonly #table: LiveTable<Finding>

  constructor(context: ExplainContext) {
    this.#context = context
    const { app, current } = context
    const columns = findingColumns(app.theme.glyphs)
    this.#table = new LiveTable<Finding>({
      columns: () => columns,
      rows: new Computed([current], () => current.get()?.findings ?? NONE),
      keyOf: findingRowKey,
      filter: (text) => parseFilter(text, FILTERS),
      empty: () => safe`nothing to find fault with`,
      sort: { column: '', direction: 'ascending' },
      theme: app.theme,
    })
    this.commands = [
      command('table', ['enter'], 'Go to the node in the tree', () => this.#goToNode(), { label: 'node' }),
      command('table', ['y'], 'Copy the remedy', () => this.#copy(), {
        label: 'copy',
        when: () => {
          const finding = this.#chosen
          return finding === null
            ? 'nothing is found'
            : finding.remedy === null
              ? 'there is no statement for it'
              : true
        },
      }),
      command('table', ['/'], 'Filter', () => openFilter(app, this.#table)),
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
    const { theme } = this.#context.app
    const finding = this.#chosen
    const advice =
      finding === null ? [] : findingLines(finding, width, theme).slice(0, Math.floor(height * ADVICE_SHARE))
    const rows = this.#table.arrangement.rows.length
    const tableHeight = Math.min(height - advice.length - 1, Math.max(2, rows + 1))
    const rule = theme.paint('dim', toSafeText(theme.glyphs.horizontal.repeat(width)))
    return [...this.#table.lines(width, tableHeight), ...(advice.length === 0 ? [] : [rule, ...advice])]
  }

  /** The one under the cursor; the gravest before one was chosen. */
  get #chosen(): Finding | null {
    return this.#table.chosen ?? this.#table.arrangement.rows[0] ?? null
  }

  #goToNode(): void {
    const finding = this.#table.chooseShown()
    if (finding === null) return
    if (finding.node === null)
      this.#context.app.toasts.show(safe`true of the whole statement, not of one node`, 'dim')
    else this.#context.goToNode(finding.node)
  }

  #copy(): void {
    const remedy = this.#chosen?.remedy ?? null
    if (remedy === null) return
    copyText(this.#context.app, remedy, safe`copied: ${toSafeText(remedy)}`)
  }
}

const NONE: readonly Finding[] = []

const FILTERS = [
  { id: 'rule', kind: 'text', value: ({ rule }: Finding) => rule },
  { id: 'severity', kind: 'text', value: ({ severity }: Finding) => severity },
  { id: 'title', kind: 'text', value: ({ title }: Finding) => title },
  { id: 'advice', kind: 'text', value: ({ advice }: Finding) => advice },
] as const

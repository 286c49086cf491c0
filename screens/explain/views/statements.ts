/** The statements that took most time since the statistics were reset: one of them is chosen to be explained. */
import type { Row } from '#queries/define.ts'
import { statementList } from '#queries/statement-list.ts'
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import type { Drawable } from '#src/theme/theme.ts'
import { type Command, command } from '#src/ui/command.ts'
import { openFilter } from '#src/ui/filter-prompt.ts'
import { LiveTable } from '#src/ui/live-table.ts'
import { Store } from '#src/ui/store.ts'
import { parseFilter } from '#src/view/filter.ts'
import { type StatementRow, statementColumns } from '#src/view/plan/statement-columns.ts'
import type { ExplainContext, View } from '../context.ts'
import { ownStatements } from '../own-statements.ts'

export class StatementsView implements View {
  readonly commands: readonly Command[]
  readonly scopes = ['screen', 'table'] as const
  readonly entries = [statementList]
  readonly #context: ExplainContext
  readonly #rows = new Store<readonly StatementRow[]>([])
  readonly #table: LiveTable<StatementRow>
  #told: SafeText = safe`asking the server…`

  constructor(context: ExplainContext, explain: (row: StatementRow) => void) {
    this.#context = context
    const { app } = context
    const columns = statementColumns(app.theme.glyphs)
    this.#table = new LiveTable<StatementRow>({
      columns: () => columns,
      rows: this.#rows,
      keyOf: (row) => `${row.queryid} ${row.datname} ${row.rolname} ${row.toplevel}`,
      filter: (text) => parseFilter(text, FILTERS),
      empty: () => this.#told,
      sort: { column: 'total_seconds', direction: 'descending' },
      theme: app.theme,
    })
    this.commands = [
      command(
        'table',
        ['enter', 'e'],
        'Explain the statement',
        () => {
          const row = this.#table.chooseShown()
          if (row !== null) explain(row)
        },
        { label: 'explain' },
      ),
      command('table', ['/'], 'Filter', () => openFilter(app, this.#table), { label: 'filter' }),
      ...this.#table.commands,
    ]
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#table.subscribe(listener)

  open(): void {
    this.#table.open()
    void this.#ask()
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

  async #ask(): Promise<void> {
    const outcome = await this.#context.app.options.monitor.ask(statementList, { session: 'task' })
    this.#told = outcome.ok
      ? safe`no statement was recorded yet`
      : toSafeText(
          [outcome.failure.message, outcome.failure.hint].filter((part) => part !== undefined).join('; '),
        )
    const { catalog, server } = this.#context.app.options
    const isOwn = ownStatements(catalog, server.facts)
    // Always another list: what is told in place of rows may differ though both are empty.
    this.#rows.set(outcome.ok ? outcome.rows.filter(({ query }) => query === null || !isOwn(query)) : [])
  }
}

const FILTERS = statementList.columns.map(({ id, kind }) => ({ id, kind, value: (row: Row) => row[id] }))

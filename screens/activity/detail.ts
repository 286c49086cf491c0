/** Everything known of one backend, kept fresh while it is looked at. */
import { backend } from '#queries/backend.ts'
import type { Entry, Row } from '#queries/define.ts'
import type { Session } from '#src/activity/sessions.ts'
import type { Drawable } from '#src/theme/theme.ts'
import { type Command, command } from '#src/ui/command.ts'
import { lastCall } from '#src/ui/memo.ts'
import { Pane } from '#src/ui/pane.ts'
import type { ActivityContext } from './context.ts'
import { detailLines, queryLines } from './detail-lines.ts'
import { type Findings, type Section, sectionsFor } from './detail-sections.ts'

/** The sections are asked for again this often while the detail is open. */
const RELOAD_MS = 2000
/** … and never for more than a quarter of the time. */
const REST_FACTOR = 4

/** The detail of the session that was chosen; it stays on that one, also when it is gone. */
export class SessionDetail {
  readonly commands: readonly Command[]
  readonly #model: ActivityContext
  readonly #pane: Pane
  readonly #unsubscribe: () => void
  readonly #findings = new Map<string, Findings>()
  readonly #queryLines = lastCall(queryLines)
  #session: Session
  #isGone = false
  #sections: readonly Section[]
  #isLoading = false
  #loadedMs = Number.NEGATIVE_INFINITY
  #isClosed = false
  #restMs = RELOAD_MS

  constructor(model: ActivityContext, session: Session) {
    this.#model = model
    this.#session = session
    this.#sections = sectionsFor(session)
    this.#pane = new Pane({
      scope: 'detail',
      theme: model.app.theme,
      content: (width) => this.#content(width),
    })
    this.commands = [
      ...this.#pane.commands,
      command('detail', ['enter'], 'Go back to the table', () => model.closeDetail()),
    ]
    this.#unsubscribe = model.onSnapshot(() => this.#follow())
    void this.#load()
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#pane.subscribe(listener)

  /** The session as last seen. */
  get session(): Session {
    return this.#session
  }

  /** What is asked while the detail is open. */
  get entries(): readonly Entry[] {
    return this.#sections.map(({ entry }) => entry)
  }

  /** The whole text of its query, when the server told it. */
  get fullQuery(): string | null {
    const { row } = this.#session
    const known = this.#findings.get(backend.id)?.rows[0]
    // The row is the newer answer: the whole text counts only while it is of the same statement.
    const isSame = known?.query_start === row.query_start && typeof known?.query === 'string'
    return isSame ? String(known?.query) : row.query
  }

  lines(width: number, height: number): readonly Drawable[] {
    return this.#pane.lines(width, height)
  }

  close(): void {
    this.#isClosed = true
    this.#unsubscribe()
  }

  #content(width: number): readonly Drawable[] {
    return detailLines(
      {
        session: this.#session,
        isGone: this.#isGone,
        sections: this.#sections,
        findings: this.#findings,
        query: this.fullQuery,
        queryLines: this.#queryLines,
      },
      width,
      this.#model.app.theme,
    )
  }

  /** The next snapshot came: the same backend as it is now, or the news that it is gone. */
  #follow(): void {
    const now = this.#model.sessions.list.find(({ key }) => key === this.#session.key)
    this.#isGone = now === undefined
    if (now !== undefined) {
      this.#session = now
      this.#sections = sectionsFor(now)
    }
    this.#pane.changed()
    if (!this.#isGone && performance.now() - this.#loadedMs >= this.#restMs) {
      void this.#load()
    }
  }

  /** One section after the other, on the polling session: a detail is worth no further connection. */
  async #load(): Promise<void> {
    if (this.#isLoading) {
      return
    }
    this.#isLoading = true
    this.#loadedMs = performance.now()
    for (const { entry, parameters } of this.#sections) {
      const outcome = await this.#model.app.options.monitor.ask(entry, { parameters })
      if (this.#isClosed) {
        return
      }
      this.#findings.set(entry.id, {
        parameters,
        rows: outcome.ok ? (outcome.rows as readonly Row[]) : [],
        failure: outcome.ok ? null : outcome.failure,
      })
      if (entry.id === backend.id && outcome.ok && outcome.rows.length === 0) {
        // It is gone: what else is asked by its pid would be somebody else's.
        break
      }
    }
    this.#isLoading = false
    this.#restMs = Math.max(RELOAD_MS, (performance.now() - this.#loadedMs) * REST_FACTOR)
    this.#pane.changed()
  }
}

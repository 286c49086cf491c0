/** Everything known of one party and of those in its way, kept fresh while it is looked at. */
import { backend } from '#queries/backend.ts'
import { backendLocks } from '#queries/backend-locks.ts'
import { blocking } from '#queries/blocking.ts'
import type { Entry, EntryRow, Value } from '#queries/define.ts'
import { isWaiting, type Party } from '#src/locks/party.ts'
import type { Drawable } from '#src/theme/theme.ts'
import { type Command, command } from '#src/ui/command.ts'
import { Pane } from '#src/ui/pane.ts'
import { keyOf } from '#src/view/locks/rows.ts'
import type { LocksContext } from './context.ts'
import { blamedFirst, detailLines, type Findings } from './detail-lines.ts'

/** What is asked while the detail is open is asked again this often, and never for more than a quarter of the time. */
const RELOAD_MS = 2000
const REST_FACTOR = 4

const NOTHING: Findings = {
  told: null,
  own: null,
  locks: null,
  blocker: null,
  blockerLocks: null,
  failure: null,
}

/** The detail of the party that was chosen; it stays on that one, also when it is free or gone. */
export class PartyDetail {
  readonly commands: readonly Command[]
  readonly entries: readonly Entry[] = [blocking, backend, backendLocks]
  readonly #model: LocksContext
  readonly #pane: Pane
  readonly #unsubscribe: () => void
  #party: Party
  /** False once it neither waits nor is waited for. */
  #isInvolved = true
  #findings = NOTHING
  #isLoading = false
  #loadedMs = Number.NEGATIVE_INFINITY
  #restMs = RELOAD_MS
  #isClosed = false

  constructor(model: LocksContext, party: Party) {
    this.#model = model
    this.#party = party
    this.#pane = new Pane({
      scope: 'detail',
      theme: model.app.theme,
      content: (width) => this.#content(width),
    })
    this.commands = [
      ...this.#pane.commands,
      command('detail', ['enter'], 'Go back to the table', () => model.closeDetail()),
    ]
    this.#unsubscribe = model.app.locks.subscribe(() => this.#follow())
    void this.#load()
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#pane.subscribe(listener)

  /** The party as last seen. */
  get party(): Party {
    return this.#party
  }

  lines(width: number, height: number): readonly Drawable[] {
    return this.#pane.lines(width, height)
  }

  close(): void {
    this.#isClosed = true
    this.#unsubscribe()
  }

  #content(width: number): readonly Drawable[] {
    const { app, analysis } = this.#model
    const detail = {
      party: this.#party,
      isInvolved: this.#isInvolved,
      analysis,
      findings: this.#findings,
      role: app.options.server.facts?.role.name ?? '',
    }
    return detailLines(detail, width, app.theme)
  }

  #follow(): void {
    const now = this.#model.analysis?.partyById(this.#party.id)
    this.#isInvolved = now !== undefined && keyOf(now) === keyOf(this.#party)
    if (now !== undefined && this.#isInvolved) {
      this.#party = now
    }
    this.#pane.changed()
    if (performance.now() - this.#loadedMs >= this.#restMs) {
      void this.#load()
    }
  }

  /** One question after the other, on the polling session: a detail is worth no further connection. */
  async #load(): Promise<void> {
    const { pid, backend_start } = this.#party.row
    if (this.#isLoading || pid === null) {
      return
    }
    this.#isLoading = true
    this.#loadedMs = performance.now()
    const { analysis } = this.#model
    const edges = analysis === null ? [] : blamedFirst(analysis.blockersOf(this.#party))
    const blocker = edges[0]?.blocker.row.pid ?? null
    // Each call of pg_blocking_pids() holds the lock manager: it is for those who wait.
    const told = isWaiting(this.#party) ? await this.#ask(blocking, [[pid]]) : null
    const own = await this.#ask(backend, [pid, backend_start])
    const locks = own?.length === 0 ? [] : await this.#ask(backendLocks, [pid])
    const blockerLocks = blocker === null ? null : await this.#ask(backendLocks, [blocker])
    this.#isLoading = false
    this.#restMs = Math.max(RELOAD_MS, (performance.now() - this.#loadedMs) * REST_FACTOR)
    if (!this.#isClosed) {
      this.#findings = {
        ...this.#findings,
        told: told?.find((row) => row.pid === pid) ?? null,
        own: own?.[0] ?? null,
        locks,
        blocker,
        blockerLocks,
      }
      this.#pane.changed()
    }
  }

  async #ask<E extends Entry>(
    entry: E,
    parameters: readonly Value[],
  ): Promise<readonly EntryRow<E>[] | null> {
    if (this.#isClosed) {
      return null
    }
    const outcome = await this.#model.app.options.monitor.ask(entry, { parameters })
    this.#findings = { ...this.#findings, failure: outcome.ok ? this.#findings.failure : outcome.failure }
    return outcome.ok ? (outcome.rows as readonly EntryRow<E>[]) : null
  }
}

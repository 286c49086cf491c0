/** The question before EXPLAIN ANALYZE: what would really run, what a rollback cannot take back, and for how long. */
import type { Consent, Danger } from '#src/explain/contract.ts'
import { safe } from '#src/text/safe.ts'
import type { App, Overlay } from '#src/ui/app.ts'
import { command } from '#src/ui/command.ts'
import { Listeners } from '#src/ui/store.ts'
import { drawConsent } from '#src/view/plan/consent.ts'

/** What was typed ahead was meant for something else. */
const DEAF_MS = 400

const TIMEOUTS_MS = [10_000, 30_000, 60_000, 300_000, 1_800_000]

/** What is asked about. */
export interface Asked {
  readonly text: string
  readonly database: string
  readonly dangers: readonly Danger[]
  /** Running it, or only planning it, where that alone may change something. */
  readonly step: 'run' | 'plan'
}

/** Opens the dialog over what is known of a statement; `onYes` hears of consent. */
export function askConsent(app: App, asked: Asked, onYes: (consent: Consent) => void): void {
  app.overlay.set(new ConsentOverlay(app, asked, onYes))
}

class ConsentOverlay implements Overlay {
  readonly title = 'EXPLAIN ANALYZE'
  readonly scope = 'dialog'
  readonly commands: Overlay['commands']
  readonly #app: App
  readonly #asked: Asked
  readonly #onYes: (consent: Consent) => void
  readonly #listeners = new Listeners()
  #timeoutMs = 30_000
  #timing = true
  #hearsFromMs = Number.POSITIVE_INFINITY
  #isVisible = false

  constructor(app: App, asked: Asked, onYes: (consent: Consent) => void) {
    this.#app = app
    this.#asked = asked
    this.#onYes = onYes
    this.commands = [
      command(
        'dialog',
        ['escape', 'ctrl-c', 'enter'],
        'Leave without running it',
        () => app.overlay.set(null),
        {
          label: 'leave',
        },
      ),
      command('dialog', ['t'], 'Change how long it may run', () => this.#nextTimeout(), { label: 'timeout' }),
      command('dialog', ['c'], 'Read the clock for each node, or not', () => this.#toggleTiming(), {
        label: 'timing',
      }),
    ]
  }

  readonly subscribe = this.#listeners.subscribe

  readonly type = (text: string): void => {
    if (text === 'n' || text === 'N') this.#app.overlay.set(null)
    if (text !== 'y') return
    if (performance.now() < this.#hearsFromMs) {
      if (this.#isVisible) this.#app.toasts.show(safe`too soon to be an answer: press y again`, 'dim')
      return
    }
    this.#app.overlay.set(null)
    this.#onYes({ dangers: this.#asked.dangers, timeoutMs: this.#timeoutMs, timing: this.#timing })
  }

  lines(width: number, height: number) {
    const { theme, options } = this.#app
    const drawn = drawConsent(
      {
        ...this.#asked,
        server: options.server.endpoint.label,
        role: options.server.facts?.role.name ?? null,
        timeoutMs: this.#timeoutMs,
        timing: this.#timing,
      },
      { width, height, theme },
    )
    this.#heedVisibility(drawn.isWhole)
    return drawn.lines
  }

  /** It listens only when the terminal has taken the frame that shows all of it. */
  #heedVisibility(isVisible: boolean): void {
    if (isVisible === this.#isVisible) return
    this.#isVisible = isVisible
    this.#hearsFromMs = Number.POSITIVE_INFINITY
    if (!isVisible) return
    setImmediate(() =>
      this.#app.options.terminal.whenShown(() => {
        if (this.#isVisible) this.#hearsFromMs = performance.now() + DEAF_MS
      }),
    )
  }

  #nextTimeout(): void {
    this.#timeoutMs =
      TIMEOUTS_MS[(TIMEOUTS_MS.indexOf(this.#timeoutMs) + 1) % TIMEOUTS_MS.length] ?? this.#timeoutMs
    this.#listeners.tell()
  }

  #toggleTiming(): void {
    this.#timing = !this.#timing
    this.#app.toasts.hint(
      this.#timing ? safe`the clock is read for each node` : safe`rows and blocks only: less overhead`,
    )
    this.#listeners.tell()
  }
}

/** The program behind the screens: which one is open, what lies over it, and where each key goes. */
import type { Entry } from '#queries/define.ts'
import type { Scope } from '#src/keys/binding.ts'
import { dispatch, type Happening, type Situation } from '#src/keys/dispatch.ts'
import { createKeyReader } from '#src/keys/reader.ts'
import type { KeyFlags } from '#src/keys/split.ts'
import type { Monitor } from '#src/monitor/monitor.ts'
import type { Server } from '#src/server/contract.ts'
import type { Settings } from '#src/settings/settings.ts'
import type { Edited } from '#src/terminal/editor.ts'
import { safe, toSafeText } from '#src/text/safe.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import type { Command } from './command.ts'
import type { Leaving } from './leaving.ts'
import { LockWatch } from './lock-watch.ts'
import type { Prompt } from './prompt.ts'
import type { ExplainSubject, Screen, ScreenModel } from './screen.ts'
import { Listeners, Store } from './store.ts'
import { Toasts } from './toast.ts'

/** What the program asks of the terminal besides drawing. */
export interface AppTerminal {
  redraw(): void
  /** Calls back when the terminal has taken all that was drawn. */
  whenShown(done: () => void): void
  /** Stops the process as ^Z does; returns when it goes on. */
  suspend(): Promise<void>
  /** Shows lines in the user's pager; gives why not, or null. */
  page(lines: readonly string[]): Promise<string | null>
  /** Lets the person write in their editor; what it takes the text for is told by the suffix of a file. */
  edit(text: string, suffix: '.sql' | '.txt'): Promise<Edited>
  /** Copies to the clipboard of the person's own machine; gives why not, or null. */
  copy(text: string): string | null
}

export interface Size {
  readonly columns: number
  readonly rows: number
}

export interface AppOptions {
  readonly server: Server
  readonly monitor: Monitor
  readonly screens: readonly Screen<App>[]
  /** The commands that hold on every screen. */
  readonly commands: (app: App) => readonly Command[]
  readonly startScreen: string
  readonly catalog: readonly Entry[]
  readonly theme: Theme
  readonly terminal: AppTerminal
  readonly settings: Settings
  readonly size: Size
  readonly leaving: Leaving
  /** Ends the program. */
  readonly quit: () => void
}

/** Something that covers the body until it is closed: the help, the SQL, a dialog. */
export interface Overlay {
  readonly title: string
  readonly scope: Extract<Scope, 'overlay' | 'dialog'>
  readonly commands: readonly Command[]
  lines(width: number, height: number): readonly Drawable[]
  subscribe(listener: () => void): () => void
  /** Takes characters that no command claims. */
  readonly type?: (text: string) => void
  /** Takes what is pasted, as it is; without this a paste is dropped. */
  readonly paste?: (text: string) => void
}

/** The state that the frame draws and the keys work on. */
export class App {
  readonly options: AppOptions
  readonly size: Store<Size>
  readonly screen: Store<ScreenModel>
  readonly overlay = new Store<Overlay | null>(null)
  readonly prompt = new Store<Prompt | null>(null)
  readonly toasts = new Toasts()
  /** Who blocks whom, for every screen and dialog that tells it. */
  readonly locks: LockWatch
  /** Tells each second while the age of data is on screen, and only then. */
  readonly ticker = new Listeners()
  readonly #models = new Map<string, ScreenModel>()
  readonly #commands: readonly Command[]
  readonly #readKeys = createKeyReader()
  #ends: readonly (() => void)[] = []
  #current: Screen<App>
  #ticking: ReturnType<typeof setInterval> | null = null

  constructor(options: AppOptions) {
    this.options = options
    this.size = new Store(options.size)
    this.locks = new LockWatch(options.monitor, options.server)
    this.#current = options.screens.find(({ id }) => id === options.startScreen) ?? first(options.screens)
    this.screen = new Store(this.#model(this.#current))
    this.#commands = options.commands(this)
    this.screen.get().open()
    this.#watchAge()
  }

  get theme(): Theme {
    return this.options.theme
  }

  /** The tab that is open. */
  get current(): Screen<App> {
    return this.#current
  }

  /** Opens a screen by its id. */
  show(id: string): void {
    const screen = this.options.screens.find((each) => each.id === id)
    if (screen !== undefined && screen !== this.#current) {
      this.screen.get().close()
      this.#current = screen
      const model = this.#model(screen)
      model.open()
      this.screen.set(model)
    }
  }

  /** Hands a query to the screen that explains. */
  explain(subject: ExplainSubject): void {
    const screen = this.options.screens.find((each) => this.#model(each).explain !== undefined)
    if (screen !== undefined) {
      const { id } = this.#current
      this.show(screen.id)
      this.#model(screen).explain?.(subject, id)
    }
  }

  /** Opens the tab beside this one. */
  showNeighbour(step: 1 | -1): void {
    const { screens } = this.options
    const at = screens.indexOf(this.#current)
    this.show(screens[(at + step + screens.length) % screens.length]?.id ?? '')
  }

  /** Drops everything that was chosen to act upon: the server is another one now. */
  forgetChoices(): void {
    this.overlay.set(null)
    for (const model of this.#models.values()) {
      model.forgetChoices()
    }
  }

  /** Handles what one call of Ink's `useInput` brought. */
  readonly press = (input: string, flags: KeyFlags): void => {
    this.toasts.dismiss()
    const keys = this.#readKeys(input, flags, {
      nowMs: performance.now(),
      typing: this.situation().type !== undefined,
    })
    for (const happening of dispatch(keys, this.situation)) {
      this.#report(happening)
    }
  }

  /** Handles a paste: never as keys, so that nothing in it is a command. */
  readonly paste = (text: string): void => {
    this.toasts.dismiss()
    const prompt = this.prompt.get()
    if (prompt === null) {
      this.overlay.get()?.paste?.(text)
    } else {
      prompt.type(text.replace(/[\r\n]+/g, ' '))
    }
  }

  /** Which commands hold now, for the dispatcher and the footer. */
  readonly situation = (): Situation<null> => {
    const screen = this.screen.get()
    const overlay = this.overlay.get()
    const prompt = this.prompt.get()
    const type = prompt?.type ?? overlay?.type
    return {
      scopes: [
        'global',
        ...screen.scopes(),
        ...(overlay === null ? [] : [overlay.scope]),
        ...(prompt === null ? [] : (['prompt'] as const)),
      ],
      bindings: [
        ...(prompt?.commands ?? []),
        ...(overlay?.commands ?? []),
        ...screen.commands,
        ...this.#commands,
      ],
      context: null,
      readOnly: this.options.settings.readOnly,
      ...(type === undefined ? {} : { type }),
    }
  }

  /** Ends timers and watches; the terminal is given back by its owner. */
  close(): void {
    this.toasts.clear()
    this.screen.get().close()
    this.locks.close()
    for (const end of this.#ends) {
      end()
    }
    if (this.#ticking !== null) {
      clearInterval(this.#ticking)
    }
  }

  #model(screen: Screen<App>): ScreenModel {
    const model = this.#models.get(screen.id) ?? screen.create(this)
    this.#models.set(screen.id, model)
    return model
  }

  #report(happening: Happening): void {
    if (happening.kind === 'disabled') {
      this.toasts.show(toSafeText(happening.reason), 'warning')
    } else if (happening.kind === 'unknown' && isLetter(happening.key)) {
      this.toasts.hint(safe`${toSafeText(happening.key)} does nothing here; ? shows the keys`)
    }
  }

  /** Ages are told in seconds; nothing ticks while data is fresh, for each tick would be a frame for nothing. */
  #watchAge(): void {
    const { monitor, server } = this.options
    const check = () => {
      const isAging = monitor.paused || monitor.isFailing || server.link.status !== 'up'
      if (isAging && this.#ticking === null) {
        this.#ticking = setInterval(this.ticker.tell, 1000)
      } else if (!isAging && this.#ticking !== null) {
        clearInterval(this.#ticking)
        this.#ticking = null
      }
      this.ticker.tell()
    }
    this.#ends = [
      monitor.subscribe(check),
      server.subscribe((event) => {
        if (event.kind === 'link') {
          check()
        }
      }),
    ]
  }
}

function isLetter(key: string): boolean {
  return /^[\x21-\x7e]$/.test(key)
}

function first<T>(list: readonly T[]): T {
  const [only] = list
  if (only === undefined) {
    throw new Error('there is no screen to show')
  }
  return only
}

/** A text that is read by scrolling, with a search in it. */
import { safe, toSafeText } from '#src/text/safe.ts'
import type { Drawable } from '#src/theme/theme.ts'
import { type Command, command } from '#src/ui/command.ts'
import { Pane } from '#src/ui/pane.ts'
import { Prompt } from '#src/ui/prompt.ts'
import type { ExplainContext, View } from '../context.ts'

/** Makes the lines for a width. */
export type Content = (width: number) => readonly Drawable[]

/** SGR sequences stand between the letters of a styled line. */
const STYLES = /\x1b\[[0-9;]*m/g

export class TextView implements View {
  readonly commands: readonly Command[]
  readonly scopes = ['screen', 'detail'] as const
  readonly entries = []
  readonly #context: ExplainContext
  readonly #content: Content
  readonly #pane: Pane
  #width = 80
  #sought = ''
  /** The line that the search is at. */
  #at = -1
  #ends: readonly (() => void)[] = []

  constructor(context: ExplainContext, content: Content) {
    this.#context = context
    this.#content = content
    this.#pane = new Pane({
      scope: 'detail',
      theme: context.app.theme,
      content: (width) => this.#lines(width),
    })
    this.commands = [
      command('detail', ['/'], 'Search', () => this.#openSearch(), { label: 'search' }),
      command('detail', ['n'], 'Go to the next line that holds it', () => this.#seek(1), {
        when: this.#isSeeking,
      }),
      command('detail', ['N'], 'Go to the previous line that holds it', () => this.#seek(-1), {
        when: this.#isSeeking,
      }),
      ...this.#pane.commands,
    ]
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#pane.subscribe(listener)

  open(): void {
    const { current, history, look } = this.#context
    const changed = () => {
      this.#at = -1
      this.#pane.changed()
    }
    this.#ends = [current, history, look].map((source) => source.subscribe(changed))
    this.#pane.changed()
  }

  close(): void {
    for (const end of this.#ends) end()
    this.#ends = []
  }

  back(): boolean {
    if (this.#sought === '') return false
    this.#search('')
    return true
  }

  summary(): string {
    return this.#sought === '' ? '' : `/${this.#sought}`
  }

  lines(width: number, height: number): readonly Drawable[] {
    this.#width = width
    return this.#pane.lines(width, height)
  }

  readonly #isSeeking = (): true | string => (this.#sought === '' ? '/ searches first' : true)

  /** The line that was found is marked in front, so that it is seen without colours. */
  #lines(width: number): readonly Drawable[] {
    const lines = this.#content(width)
    const { theme } = this.#context.app
    if (this.#at < 0) return lines
    return lines.map((line, index) =>
      index === this.#at ? theme.under('selected', line === '' ? safe` ` : line) : line,
    )
  }

  #openSearch(): void {
    const { app } = this.#context
    const before = this.#sought
    const close = () => app.prompt.set(null)
    app.prompt.set(
      new Prompt({
        label: safe`/`,
        text: before,
        help: safe`a text to find`,
        onSubmit: (text) => {
          close()
          this.#search(text)
        },
        onCancel: () => close(),
      }),
    )
  }

  #search(text: string): void {
    this.#sought = text
    this.#at = -1
    if (text !== '') this.#seek(1)
    else this.#pane.changed()
  }

  #seek(step: 1 | -1): void {
    const lines = this.#content(this.#width)
    const wanted = this.#sought.toLowerCase()
    for (let tried = 1; tried <= lines.length; tried += 1) {
      const at = (this.#at + step * tried + lines.length * 2) % lines.length
      if ((lines[at] ?? '').replace(STYLES, '').toLowerCase().includes(wanted)) {
        this.#at = at
        this.#pane.changed()
        this.#pane.reveal(at)
        return
      }
    }
    this.#at = -1
    this.#context.app.toasts.show(safe`${toSafeText(this.#sought)} is not in it`, 'warning')
  }
}

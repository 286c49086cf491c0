/** A text that is read by scrolling: a session's detail, the help, the SQL behind a screen. */
import type { Scope } from '#src/keys/binding.ts'
import { safe } from '#src/text/safe.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { type Command, command } from './command.ts'
import { Listeners } from './store.ts'

/** Makes the lines for a width; called again when the content changed or the terminal did. */
export type PaneContent = (width: number) => readonly Drawable[]

export interface PaneOptions {
  readonly scope: Scope
  readonly theme: Theme
  readonly content: PaneContent
}

/** The window onto a text. Draws exactly as many lines as it is given, with its place in the last one. */
export class Pane {
  readonly commands: readonly Command[]
  readonly #theme: Theme
  readonly #content: PaneContent
  readonly #listeners = new Listeners()
  #top = 0
  #height = 1
  #length = 0
  #known: { readonly width: number; readonly lines: readonly Drawable[] } | null = null

  constructor({ scope, theme, content }: PaneOptions) {
    this.#theme = theme
    this.#content = content
    const page = () => Math.max(1, this.#height - 2)
    this.commands = [
      command(scope, ['j', 'down'], 'Scroll down', () => this.#scroll(1)),
      command(scope, ['k', 'up'], 'Scroll up', () => this.#scroll(-1)),
      command(scope, ['ctrl-d'], 'Scroll half a page down', () => this.#scroll(Math.ceil(page() / 2))),
      command(scope, ['ctrl-u'], 'Scroll half a page up', () => this.#scroll(-Math.ceil(page() / 2))),
      command(scope, ['page-down', 'space'], 'Scroll a page down', () => this.#scroll(page())),
      command(scope, ['page-up'], 'Scroll a page up', () => this.#scroll(-page())),
      command(scope, ['g', 'home'], 'Go to the beginning', () => this.#scroll(Number.NEGATIVE_INFINITY)),
      command(scope, ['G', 'end'], 'Go to the end', () => this.#scroll(Number.POSITIVE_INFINITY)),
    ]
  }

  readonly subscribe = this.#listeners.subscribe

  /** The content is another one; the place in it stays. */
  changed(): void {
    this.#known = null
    this.#listeners.tell()
  }

  /** Brings a line of the content to the top, as far as there is content below it. */
  reveal(line: number): void {
    this.#scroll(line - this.#top)
  }

  lines(width: number, height: number): readonly Drawable[] {
    const all = this.#all(width)
    this.#length = all.length
    this.#height = height
    if (all.length <= height) {
      this.#top = 0
      return all
    }
    this.#top = this.#bounded(this.#top)
    const shown = all.slice(this.#top, this.#top + height - 1)
    const last = this.#top + shown.length
    const more = last < all.length ? this.#theme.glyphs.down : safe` `
    return [...shown, this.#theme.paint('dim', safe`  ${more} ${last}/${all.length}`)]
  }

  /** Wrapping a megabyte of query takes a tenth of a second: not for each key. */
  #all(width: number): readonly Drawable[] {
    if (this.#known === null || this.#known.width !== width) {
      this.#known = { width, lines: this.#content(width) }
    }
    return this.#known.lines
  }

  #scroll(lines: number): void {
    const top = this.#bounded(this.#top + lines)
    if (top !== this.#top) {
      this.#top = top
      this.#listeners.tell()
    }
  }

  #bounded(top: number): number {
    return Math.max(0, Math.min(top, this.#length - this.#height + 1))
  }
}

/** A line to type into, at the foot of the screen. */
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { cellWidth, sliceCells } from '#src/text/width.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { drawRuns, run } from '#src/view/run.ts'
import { type Command, command } from './command.ts'
import { Listeners } from './store.ts'

export interface PromptOptions {
  readonly label: SafeText
  readonly text: string
  readonly help: SafeText
  /** Hears of each change, to show its effect while typing. */
  readonly onChange?: (text: string) => void
  readonly onSubmit: (text: string) => void
  readonly onCancel: () => void
  /** What is wrong with the text, or null. */
  readonly problemOf?: (text: string) => SafeText | null
}

/** The state of an open prompt. */
export class Prompt {
  readonly commands: readonly Command[]
  readonly #options: PromptOptions
  readonly #listeners = new Listeners()
  #text: string

  constructor(options: PromptOptions) {
    this.#options = options
    this.#text = options.text
    this.commands = [
      command('prompt', ['enter'], 'Accept', () => this.#submit(), { label: 'accept' }),
      command('prompt', ['escape', 'ctrl-c'], 'Give up', () => options.onCancel(), { label: 'give up' }),
      command('prompt', ['backspace', 'delete'], 'Delete the last character', () =>
        this.#set(Array.from(this.#text).slice(0, -1).join('')),
      ),
      command('prompt', ['ctrl-w'], 'Delete the last word', () =>
        this.#set(this.#text.replace(/\S*\s*$/, '')),
      ),
      command('prompt', ['ctrl-u'], 'Delete all', () => this.#set('')),
    ]
  }

  readonly subscribe = this.#listeners.subscribe

  get text(): string {
    return this.#text
  }

  readonly type = (text: string): void => this.#set(this.#text + text)

  /** `/usename:app▏   column:value, words, /regexp/` */
  line(width: number, theme: Theme): Drawable {
    const { label, help, problemOf } = this.#options
    const problem = problemOf?.(this.#text) ?? null
    const room = Math.max(10, width - cellWidth(label) - 4)
    const typed = toSafeText(this.#text)
    const shown = sliceCells(typed, Math.max(0, cellWidth(typed) - room), room)
    const tail = problem === null ? run(safe`   ${help}`, 'dim') : run(safe`   ${problem}`, 'warning')
    return drawRuns([run(safe` ${label}`, 'key'), run(shown), run(safe` `, 'selected'), tail], width, theme)
  }

  /** What is not understood stays in the prompt, with the reason beside it. */
  #submit(): void {
    if ((this.#options.problemOf?.(this.#text) ?? null) === null) {
      this.#options.onSubmit(this.#text)
    }
  }

  #set(text: string): void {
    this.#text = text
    this.#options.onChange?.(text)
    this.#listeners.tell()
  }
}

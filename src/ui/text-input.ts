/** A text of several lines to type, to paste, or to hand to an editor. */
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { blank, drawRuns, run, runsWidth } from '#src/view/run.ts'
import type { Overlay } from './app.ts'
import { type Command, command } from './command.ts'
import { Listeners } from './store.ts'
import { TypedText } from './typed-text.ts'
import { TypedWindow } from './typed-window.ts'
import { typingCommands } from './typing-keys.ts'

export interface TextInputOptions {
  readonly title: string
  readonly text: string
  readonly help: SafeText
  readonly theme: Theme
  readonly onSubmit: (text: string) => void
  /** Hears what was typed so far, to offer it the next time. */
  readonly onCancel: (text: string) => void
  /** Takes the text to an editor; without this there is no key for it. */
  readonly onEditor?: (text: string) => void
  /** What is wrong with the text, or null; asked when it is to be accepted. */
  readonly problemOf?: (text: string) => SafeText | null
}

/** The state of an open input. Enter is a line break, so what is pasted without brackets never accepts itself. */
export class TextInput implements Overlay {
  readonly title: string
  readonly scope = 'dialog'
  readonly commands: readonly Command[]
  readonly #options: TextInputOptions
  readonly #typed: TypedText
  readonly #window: TypedWindow
  readonly #listeners = new Listeners()
  #problem: SafeText | null = null
  #isTelling = false

  constructor(options: TextInputOptions) {
    const { title, text, theme, onCancel, onEditor } = options
    this.title = title
    this.#options = options
    this.#typed = new TypedText(text)
    this.#window = new TypedWindow(this.#typed, theme)
    this.commands = [
      command('dialog', ['ctrl-d'], 'Accept', () => this.#submit(), { label: 'accept' }),
      command('dialog', ['escape', 'ctrl-c'], 'Give up', () => onCancel(this.text), { label: 'give up' }),
      ...(onEditor === undefined
        ? []
        : [
            command('dialog', ['ctrl-e'], 'Write it in $EDITOR', () => onEditor(this.text), {
              label: 'editor',
            }),
          ]),
      ...typingCommands(this.#typed, this.#window, {
        onChange: () => this.#changed(),
        onMove: () => this.#tell(),
      }),
    ]
  }

  readonly subscribe = this.#listeners.subscribe

  /** What was typed so far, raw; line breaks are `\n`. */
  get text(): string {
    return this.#typed.text
  }

  readonly type = (text: string): void => {
    this.#typed.insert(text)
    this.#changed()
  }

  readonly paste = this.type

  /** At most `height` lines: the title, the rows around the cursor, the help or what is wrong. */
  lines(width: number, height: number): readonly Drawable[] {
    // The text itself comes first where there is hardly any room.
    if (height < 3) {
      return this.#window.draw(width, height)
    }
    const rows = this.#window.draw(width, height - 2)
    const rest = Array.from({ length: height - 2 - rows.length }, () => safe``)
    return [this.#titleLine(width), ...rows, ...rest, this.#helpLine(width)]
  }

  #helpLine(width: number): Drawable {
    const { help, theme } = this.#options
    const shown =
      this.#problem === null ? run(safe` ${help}`, 'dim') : run(safe` ${this.#problem}`, 'warning')
    return drawRuns([shown], width, theme)
  }

  #titleLine(width: number): Drawable {
    const { lines, cursor } = this.#typed
    const title = [run(toSafeText(` ${this.title}`), 'strong')]
    const place = lines.length === 1 ? [] : [run(safe`line ${cursor.line + 1} of ${lines.length} `, 'dim')]
    const space = Math.max(1, width - runsWidth(title) - runsWidth(place))
    return drawRuns([...title, blank(space), ...place], width, this.#options.theme)
  }

  /** What is not understood stays, with the reason below it. */
  #submit(): void {
    this.#problem = this.#options.problemOf?.(this.text) ?? null
    if (this.#problem === null) {
      this.#options.onSubmit(this.text)
    } else {
      this.#tell()
    }
  }

  #changed(): void {
    this.#window.forgetColumn()
    this.#problem = null
    this.#tell()
  }

  /** Once for all keys that arrive together: without brackets a paste is thousands of them. */
  #tell(): void {
    if (!this.#isTelling) {
      this.#isTelling = true
      queueMicrotask(() => {
        this.#isTelling = false
        this.#listeners.tell()
      })
    }
  }
}

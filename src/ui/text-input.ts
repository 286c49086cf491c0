/** A text of several lines to type, to paste, or to hand to an editor. */
import { type SafeText, safe, toSafeText } from '#src/text/safe.ts'
import { count } from '#src/text/units.ts'
import type { Drawable, Theme } from '#src/theme/theme.ts'
import { blank, drawRuns, run, runsWidth } from '#src/view/run.ts'
import type { Overlay } from './app.ts'
import { type Command, command } from './command.ts'
import { Listeners } from './store.ts'
import { TypedText } from './typed-text.ts'
import { TypedWindow } from './typed-window.ts'

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
      ...this.#editing(this.#typed),
      ...this.#moving(this.#typed, this.#window),
    ]
  }

  readonly subscribe = this.#listeners.subscribe

  /** What was typed so far, raw; line breaks are `\n`. */
  get text(): string {
    return this.#typed.text
  }

  readonly type = (text: string): void => this.#change(() => this.#typed.insert(text))

  readonly paste = (text: string): void => this.#change(() => this.#typed.insert(text))

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
    const place =
      lines.length === 1 ? [] : [run(safe`line ${count(cursor.line + 1)} of ${count(lines.length)} `, 'dim')]
    const space = Math.max(1, width - runsWidth(title) - runsWidth(place))
    return drawRuns([...title, blank(space), ...place], width, this.#options.theme)
  }

  #editing(typed: TypedText): readonly Command[] {
    const change = (edit: () => void) => () => this.#change(edit)
    return [
      command(
        'dialog',
        ['enter'],
        'Begin a new line',
        change(() => typed.insert('\n')),
      ),
      command(
        'dialog',
        ['tab'],
        'Type a tab',
        change(() => typed.insert('\t')),
      ),
      command(
        'dialog',
        ['backspace'],
        'Delete the character before',
        change(() => typed.deleteBefore()),
      ),
      command(
        'dialog',
        ['delete'],
        'Delete the character at the cursor',
        change(() => typed.deleteAfter()),
      ),
      command(
        'dialog',
        ['ctrl-w'],
        'Delete the word before',
        change(() => typed.deleteWordBefore()),
      ),
      command(
        'dialog',
        ['ctrl-u'],
        'Delete all',
        change(() => typed.clear()),
      ),
      command(
        'dialog',
        ['ctrl-y'],
        'Put back what was deleted',
        change(() => typed.putBack()),
      ),
    ]
  }

  #moving(typed: TypedText, window: TypedWindow): readonly Command[] {
    const move = (go: () => void) => () => {
      window.forgetColumn()
      go()
      this.#tell()
    }
    const moveRows = (rows: () => number) => () => {
      window.moveRows(rows())
      this.#tell()
    }
    const END = Number.POSITIVE_INFINITY
    const inLine = (offset: number) => move(() => typed.moveTo({ line: typed.cursor.line, offset }))
    return [
      command(
        'dialog',
        ['left'],
        'Go to the character before',
        move(() => typed.left()),
      ),
      command(
        'dialog',
        ['right'],
        'Go to the character after',
        move(() => typed.right()),
      ),
      command(
        'dialog',
        ['ctrl-left', 'alt-left'],
        'Go to the word before',
        move(() => typed.wordLeft()),
      ),
      command(
        'dialog',
        ['ctrl-right', 'alt-right'],
        'Go to the word after',
        move(() => typed.wordRight()),
      ),
      command('dialog', ['home', 'ctrl-a'], 'Go to the start of the line', inLine(0)),
      command('dialog', ['end'], 'Go to the end of the line', inLine(END)),
      command(
        'dialog',
        ['ctrl-home'],
        'Go to the start',
        move(() => typed.moveTo({ line: 0, offset: 0 })),
      ),
      command(
        'dialog',
        ['ctrl-end'],
        'Go to the end',
        move(() => typed.moveTo({ line: END, offset: END })),
      ),
      command(
        'dialog',
        ['up'],
        'Go a row up',
        moveRows(() => -1),
      ),
      command(
        'dialog',
        ['down'],
        'Go a row down',
        moveRows(() => 1),
      ),
      command(
        'dialog',
        ['page-up'],
        'Go a page up',
        moveRows(() => 1 - window.height),
      ),
      command(
        'dialog',
        ['page-down'],
        'Go a page down',
        moveRows(() => window.height - 1),
      ),
    ]
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

  #change(edit: () => void): void {
    edit()
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

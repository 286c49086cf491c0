/** A text that is being typed: its lines and where the cursor is. What was typed stays as it was, tabs and all. */
import { characterAfter, characterBefore } from '#src/text/characters.ts'

/** A place between two characters. */
export interface Place {
  readonly line: number
  readonly offset: number
}

const LINE_BREAK = /\r\n?|\n/

/** Lines and a cursor. A change costs no more than the lines it touches, however long the text is. */
export class TypedText {
  #lines: string[]
  #line: number
  #offset: number
  #deleted = ''

  /** The cursor is behind the text: what comes next is typed there. */
  constructor(text: string) {
    this.#lines = text.split(LINE_BREAK)
    this.#line = this.#lines.length - 1
    this.#offset = this.#current.length
  }

  get text(): string {
    return this.#lines.join('\n')
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  get cursor(): Place {
    return { line: this.#line, offset: this.#offset }
  }

  /** Puts a text of any length in at the cursor; terminals send pasted line breaks as carriage returns. */
  insert(text: string): void {
    const inserted = text.split(LINE_BREAK)
    const before = this.#current.slice(0, this.#offset)
    const after = this.#current.slice(this.#offset)
    const last = inserted.length === 1 ? before + text : (inserted.at(-1) ?? '')
    if (inserted.length === 1) {
      this.#lines[this.#line] = last + after
    } else {
      this.#lines = [
        ...this.#lines.slice(0, this.#line),
        before + inserted[0],
        ...inserted.slice(1, -1),
        last + after,
        ...this.#lines.slice(this.#line + 1),
      ]
    }
    this.#line += inserted.length - 1
    this.#offset = last.length
  }

  /** Deletes the character before the cursor, or the line break. */
  deleteBefore(): void {
    if (this.#offset > 0) this.#deleteTo(this.#offset - characterBefore(this.#current, this.#offset).length)
    else if (this.left()) this.#joinNext()
  }

  /** Deletes the character at the cursor, or the line break. */
  deleteAfter(): void {
    const character = characterAfter(this.#current, this.#offset)
    if (character === '') {
      this.#joinNext()
    } else {
      this.#offset += character.length
      this.#deleteTo(this.#offset - character.length)
    }
  }

  /** Deletes the word before the cursor and the blanks behind it; at the start of a line, the line break. */
  deleteWordBefore(): void {
    if (this.#offset === 0) {
      this.deleteBefore()
    } else {
      const start = this.#wordStart()
      this.#deleted = this.#current.slice(start, this.#offset)
      this.#deleteTo(start)
    }
  }

  /** Deletes everything. */
  clear(): void {
    if (this.text !== '') this.#deleted = this.text
    this.#lines = ['']
    this.moveTo({ line: 0, offset: 0 })
  }

  /** Puts in what was last deleted as a word or as a whole. */
  putBack(): void {
    this.insert(this.#deleted)
  }

  /** Moves to the character before; false where there is none. */
  left(): boolean {
    if (this.#offset > 0) {
      this.#offset -= characterBefore(this.#current, this.#offset).length
      return true
    }
    if (this.#line === 0) return false
    this.#line -= 1
    this.#offset = this.#current.length
    return true
  }

  /** Moves to the character after; false where there is none. */
  right(): boolean {
    const character = characterAfter(this.#current, this.#offset)
    this.#offset += character.length
    if (character !== '') return true
    if (this.#line === this.#lines.length - 1) return false
    this.#line += 1
    this.#offset = 0
    return true
  }

  /** Moves to the beginning of the word. */
  wordLeft(): void {
    if (this.#offset === 0) this.left()
    else this.#offset = this.#wordStart()
  }

  /** Moves behind the end of the word. */
  wordRight(): void {
    const rest = this.#current.slice(this.#offset)
    if (rest === '') this.right()
    else this.#offset += /^\s*\S*/.exec(rest)?.[0].length ?? 0
  }

  moveTo({ line, offset }: Place): void {
    this.#line = Math.max(0, Math.min(line, this.#lines.length - 1))
    this.#offset = Math.max(0, Math.min(offset, this.#current.length))
  }

  get #current(): string {
    return this.#lines[this.#line] ?? ''
  }

  /** A blank at a time: a pattern for it from the end would try at every place of a long line. */
  #wordStart(): number {
    const isBlank = (at: number) => /\s/.test(this.#current.charAt(at))
    let at = this.#offset
    while (at > 0 && isBlank(at - 1)) at -= 1
    while (at > 0 && !isBlank(at - 1)) at -= 1
    return at
  }

  #deleteTo(start: number): void {
    this.#lines[this.#line] = this.#current.slice(0, start) + this.#current.slice(this.#offset)
    this.#offset = start
  }

  #joinNext(): void {
    const [next] = this.#lines.splice(this.#line + 1, 1)
    this.#lines[this.#line] = this.#current + (next ?? '')
  }
}

import type { PlanValue } from '../plan.ts'
import { MAX_NESTING, nestsTooDeep, ReadFailure } from './failure.ts'
import { numberOf } from './numbers.ts'
import { type Draft, isList, put } from './objects.ts'

/** A value and where it ends. */
export interface JsonValue {
  readonly value: PlanValue
  readonly end: number
}

type Open = { readonly list: PlanValue[] } | { readonly object: Draft; key: string }

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** The part of a string that stands for itself; a word. */
const PLAIN = /[^"\\\n]*/y
const WORD = /[\w.+-]+/y

const SPACE = 32
const NEWLINE = 10
const TAB = 9
const RETURN = 13
const NO_BREAK_SPACE = 160

/**
 * The JSON value at an offset. Not JSON.parse: a paste holds several values and prose between them, whole numbers
 * must stay exact, errors need their place, and depth must not cost stack.
 */
export function readJson(text: string, start: number): JsonValue {
  return new JsonReader(text, start).read()
}

/** The members of an object whose braces were left out of the paste. */
export function readJsonMembers(text: string, start: number): JsonValue {
  return new JsonReader(text, start).readMembers()
}

class JsonReader {
  readonly #text: string
  readonly #stack: Open[] = []
  #at: number

  constructor(text: string, start: number) {
    this.#text = text
    this.#at = start
  }

  read(): JsonValue {
    let value = this.#openOrScalar()
    for (;;) {
      if (value === undefined) {
        value = this.#closeIfEmpty()
        if (value === undefined) {
          this.#beginMember()
          value = this.#openOrScalar()
          continue
        }
      }
      const top = this.#stack.at(-1)
      if (top === undefined) return { value, end: this.#at }
      this.#add(top, value)
      value = this.#afterMember(top)
    }
  }

  readMembers(): JsonValue {
    const members: Draft = {}
    for (;;) {
      this.#skipSpace()
      const key = this.#string()
      this.#expect(':')
      const { value, end } = readJson(this.#text, this.#skipSpace())
      put(members, key, value)
      this.#at = end
      this.#skipSpace()
      if (this.#text[this.#at] !== ',') return { value: members, end: this.#at }
      this.#at += 1
    }
  }

  /** A scalar, or undefined after an opening bracket. */
  #openOrScalar(): PlanValue | undefined {
    this.#skipSpace()
    const first = this.#text[this.#at]
    if (first === '"') return this.#string()
    if (first === '[' || first === '{') {
      if (this.#stack.length >= MAX_NESTING) throw nestsTooDeep(this.#at)
      this.#stack.push(first === '[' ? { list: [] } : { object: {}, key: '' })
      this.#at += 1
      return undefined
    }
    return this.#word()
  }

  #closeIfEmpty(): PlanValue | undefined {
    this.#skipSpace()
    const top = this.#stack.at(-1)
    if (top === undefined || this.#text[this.#at] !== closing(top)) return undefined
    return this.#close(top)
  }

  #close(top: Open): PlanValue {
    this.#at += 1
    this.#stack.pop()
    return 'list' in top ? top.list : top.object
  }

  #beginMember(): void {
    const top = this.#stack.at(-1)
    if (top === undefined || 'list' in top) return
    this.#skipSpace()
    top.key = this.#string()
    this.#expect(':')
  }

  /** The closed container, or undefined where another member begins. */
  #afterMember(top: Open): PlanValue | undefined {
    this.#skipSpace()
    const next = this.#text[this.#at]
    if (next === closing(top)) return this.#close(top)
    if (next !== ',') throw this.#unexpected(`\`,\` or \`${closing(top)}\``)
    this.#at += 1
    this.#beginMember()
    return this.#openOrScalar()
  }

  #add(top: Open, value: PlanValue): void {
    if ('list' in top) {
      top.list.push(value)
      return
    }
    const before = top.object[top.key]
    // PostgreSQL up to 12 prints `Workers` twice: once with their times, once with their sorts.
    const both = top.key === 'Workers' && isList(before) && isList(value)
    put(top.object, top.key, both ? [...before, ...value] : value)
  }

  #string(): string {
    if (this.#text[this.#at] !== '"') throw this.#unexpected('a `"`')
    const start = this.#at
    PLAIN.lastIndex = start + 1
    PLAIN.test(this.#text)
    const end = PLAIN.lastIndex
    if (this.#text[end] !== '"') return this.#stringWithMore(start, end)
    this.#at = end + 1
    return this.#text.slice(start + 1, end)
  }

  /** The string from `start` on, of which nothing needs a second look up to `plain`. */
  #stringWithMore(start: number, plain: number): string {
    let piece = start + 1
    let result = ''
    for (let at = plain; at < this.#text.length; at += 1) {
      const char = this.#text[at]
      if (char === '"') {
        this.#at = at + 1
        return result + this.#text.slice(piece, at)
      }
      if (char === '\n') {
        // Only a terminal breaks a line inside a string; the string has none there.
        result += this.#text.slice(piece, at)
        piece = at + 1
      } else if (char === '\\') {
        result += this.#text.slice(piece, at) + this.#escape(at)
        at += this.#text[at + 1] === 'u' ? 5 : 1
        piece = at + 1
      }
    }
    throw new ReadFailure(
      start,
      'Expected the end of this string, got the end of the input; paste all of it.',
    )
  }

  #escape(at: number): string {
    const letter = this.#text[at + 1] ?? ''
    const hex = this.#text.slice(at + 2, at + 6)
    if (letter === 'u' && /^[\da-fA-F]{4}$/.test(hex)) return String.fromCharCode(Number.parseInt(hex, 16))
    const plain = ESCAPES[letter]
    if (plain === undefined) throw new ReadFailure(at, `Expected an escape of JSON, got \`\\${letter}\`.`)
    return plain
  }

  #word(): PlanValue {
    const start = this.#at
    WORD.lastIndex = start
    const end = WORD.test(this.#text) ? WORD.lastIndex : start
    const word = this.#text.slice(start, end)
    if (word === '') throw this.#unexpected('a value')
    this.#at = end
    if (word === 'true') return true
    if (word === 'false') return false
    if (word === 'null') return null
    const number = numberOf(word)
    if (number === null) throw new ReadFailure(start, `Expected a number, got \`${word.slice(0, 40)}\`.`)
    return number
  }

  #expect(char: string): void {
    this.#skipSpace()
    if (this.#text[this.#at] !== char) throw this.#unexpected(`\`${char}\``)
    this.#at += 1
  }

  #skipSpace(): number {
    // Half of a deep plan is indentation: characters are compared as numbers.
    let at = this.#at
    for (let code = SPACE; isSpace(code); at += 1) code = this.#text.charCodeAt(at)
    this.#at = at - 1
    return this.#at
  }

  #unexpected(expected: string): ReadFailure {
    const got = this.#text[this.#at]
    return new ReadFailure(
      this.#at,
      got === undefined
        ? `Expected ${expected}, got the end of the input; paste all of the plan.`
        : `Expected ${expected}, got \`${got}\`.`,
    )
  }
}

function isSpace(code: number): boolean {
  return code === SPACE || code === NEWLINE || code === TAB || code === RETURN || code === NO_BREAK_SPACE
}

function closing(open: Open): string {
  return 'list' in open ? ']' : '}'
}

import type { PlanValue } from '../plan.ts'
import { MAX_NESTING, nestsTooDeep, ReadFailure } from './failure.ts'
import { type JsonValue, readJson } from './json.ts'
import { GROUP_LISTS, TEXT_LISTS } from './keys.ts'
import { indentOf } from './lines.ts'
import { numberOf } from './numbers.ts'
import { type Draft, put } from './objects.ts'

type Frame =
  | { readonly indent: number; readonly list: PlanValue[] }
  | { readonly indent: number; readonly object: Draft; pending: string | null }

/**
 * The YAML that EXPLAIN prints, from an offset to the first line that belongs to nothing: blocks by indentation,
 * every string quoted as in JSON, lists of keys in brackets.
 */
export function readYaml(text: string, start: number): JsonValue {
  return new YamlReader(text, start).read()
}

class YamlReader {
  readonly #text: string
  readonly #stack: Frame[] = []
  #root: PlanValue = null
  #at: number

  constructor(text: string, start: number) {
    this.#text = text
    this.#at = start
  }

  read(): JsonValue {
    while (this.#at < this.#text.length) {
      const end = this.#endOfLine(this.#at)
      const line = this.#text.slice(this.#at, end)
      if (line.trim() === '') this.#at = end + 1
      else if (!this.#line(line)) break
    }
    return { value: this.#root, end: Math.min(this.#at, this.#text.length) }
  }

  /** False where the line does not go on with the document. */
  #line(line: string): boolean {
    let indent = indentOf(line)
    let item = false
    this.#popTo(indent)
    if (/^- /.test(line.slice(indent))) {
      if (!this.#openList(indent)) return false
      item = true
      indent += 2
    }
    const offset = this.#at + indent
    const key = /^[^\s"'[{][^"]*?:(?=\s|$)/.exec(line.slice(indent))?.[0].slice(0, -1)
    if (key === undefined) {
      if (!item) return false
      this.#addItem(this.#value(offset))
    } else {
      if (!this.#openObject(indent, item)) return false
      this.#member(key, offset + key.length + 1)
    }
    return true
  }

  #popTo(indent: number): void {
    for (let top = this.#stack.at(-1); top !== undefined && top.indent > indent; top = this.#stack.at(-1)) {
      this.#stack.pop()
    }
  }

  #openList(indent: number): boolean {
    const top = this.#stack.at(-1)
    if (top !== undefined && 'list' in top) return top.indent === indent
    if (top === undefined && this.#root !== null) return false
    this.#push({ indent, list: [] })
    return true
  }

  #openObject(indent: number, item: boolean): boolean {
    const top = this.#stack.at(-1)
    if (item || top === undefined || 'list' in top || (top.pending !== null && top.indent < indent)) {
      if (!item && (top === undefined ? this.#root !== null : 'list' in top)) return false
      this.#push({ indent, object: {}, pending: null })
      return true
    }
    return top.indent === indent
  }

  #push(frame: Frame): void {
    if (this.#stack.length >= MAX_NESTING) throw nestsTooDeep(this.#at)
    this.#addItem('list' in frame ? frame.list : frame.object)
    this.#stack.push(frame)
  }

  #addItem(value: PlanValue): void {
    const top = this.#stack.at(-1)
    if (top === undefined) this.#root = value
    else if ('list' in top) top.list.push(value)
    else if (top.pending !== null) put(top.object, top.pending, value)
  }

  #member(key: string, offset: number): void {
    const top = this.#stack.at(-1)
    if (top === undefined || 'list' in top) return
    const end = this.#endOfLine(offset)
    const empty = this.#text.slice(offset, end).trim() === ''
    top.pending = empty ? key : null
    if (!empty) put(top.object, key, this.#value(offset))
    else {
      put(top.object, key, GROUP_LISTS.has(key) || TEXT_LISTS.has(key) ? [] : {})
      this.#at = end + 1
    }
  }

  /** The value at an offset; reading goes on with the line after it. */
  #value(offset: number): PlanValue {
    const end = this.#endOfLine(offset)
    const word = this.#text.slice(offset, end).trim()
    if (word.startsWith('"') || word.startsWith('[')) {
      const read = readJson(this.#text, offset)
      const rest = this.#endOfLine(read.end)
      if (this.#text.slice(read.end, rest).trim() !== '')
        throw new ReadFailure(read.end, 'Expected the end of the line after this value.')
      this.#at = rest + 1
      return read.value
    }
    this.#at = end + 1
    if (word === 'true') return true
    if (word === 'false') return false
    if (word === 'null') return null
    return numberOf(word) ?? word
  }

  #endOfLine(from: number): number {
    const end = this.#text.indexOf('\n', from)
    return end < 0 ? this.#text.length : end
  }
}

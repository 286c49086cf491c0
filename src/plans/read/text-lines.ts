import { indentOf, isBlank, type Line } from './lines.ts'
import { type NodeHeader, readHeader } from './node-header.ts'
import { isRule } from './psql-frame.ts'
import { type Quote, quoteAfter } from './quotes.ts'

/** A line of a plan in text, put together from what a literal or a terminal broke apart. */
export interface PlanLine {
  /** Where the line, or its arrow, stands. */
  readonly indent: number
  /** Without indentation and arrow. */
  readonly text: string
  readonly arrow: boolean
}

/** Whether a line tells of the statement, wherever a paste has moved it. */
export function isBesideTheTree(text: string): boolean {
  return STATEMENT_LINE.test(text)
}

/** One plan's lines, its root first, and the index of the line after it. */
export interface PlanLines {
  readonly lines: readonly PlanLine[]
  readonly next: number
}

/** Lines that stand beside the tree, wherever a paste has moved them. */
const STATEMENT_LINE =
  /^(?:(?:Planning|JIT)\s*:\s*$|(?:Planning [Tt]ime|Execution [Tt]ime|Total runtime|Settings|Query Identifier|Serialization):\s|Trigger\s.*: (?:time=\S+ )?calls=)/

const FINISHED =
  /^(?:Planning [Tt]ime|Execution [Tt]ime|Total runtime): .*ms\s*$|^(?:Planning|JIT):\s*$|calls=\S+\s*$/

const PROPERTY = /^[A-Z][^:"']{0,80}:(?:\s|$)/
const SECTION = /^(?:InitPlan|SubPlan|CTE)(?:\s|$)/
const TARGET = /^(?:Foreign )?(?:Insert|Update|Delete|Merge) on /
const HAS_NUMBERS = /\((?:cost=|actual |never executed)/

/** How many lines a terminal may have broken a line with numbers into. */
const MOST_PIECES = 30

const ROW_COUNT = /^\(\d+ [^\s()]+\)$/

/** The lines from the root at `root` to the end of its plan. */
export function planLines(lines: readonly Line[], root: number): PlanLines {
  return new Joiner(lines, root).read()
}

class Joiner {
  readonly #lines: readonly Line[]
  readonly #rootIndent: number
  readonly #done: PlanLine[] = []
  readonly #root: number
  #open: { indent: number; arrow: boolean; parts: string[]; depth: number } | null = null
  #blank = false

  constructor(lines: readonly Line[], root: number) {
    this.#lines = lines
    this.#root = root
    this.#rootIndent = indentOf(lines[root]?.text ?? '')
  }

  read(): PlanLines {
    let at = this.#root
    for (; at < this.#lines.length; at += 1) {
      const text = this.#lines[at]?.text ?? ''
      if (text.trim() === '') {
        this.#blank = true
        continue
      }
      if (at > this.#root && this.#ends(text, at)) break
      if (at === this.#root || this.#isStart(text)) at = this.#start(text, at)
      else if (this.#goesOn(text)) this.#append(text, '')
      this.#blank = false
    }
    this.#finish()
    return { lines: this.#done, next: at }
  }

  #ends(text: string, at: number): boolean {
    const trimmed = text.trim()
    if (ROW_COUNT.test(trimmed) || isRule(text) || trimmed.startsWith('Query Text: ')) return true
    if (trimmed.startsWith('->') || indentOf(text) > this.#rootIndent) return false
    if (this.#open !== null && this.#open.depth > 0 && !this.#blank) return false
    return isRoot(this.#lines, at, () => this.#blank)
  }

  /** Takes a line, and with it all that a literal goes on for. */
  #start(text: string, at: number): number {
    this.#finish()
    const trimmed = text.trimStart()
    const arrow = trimmed.startsWith('->')
    const content = arrow ? trimmed.slice(2).trimStart() : trimmed
    this.#open = { indent: indentOf(text), arrow, parts: [], depth: 0 }
    this.#append(content, '')
    if (SECTION.test(content) || STATEMENT_LINE.test(content)) return at
    const end = this.#endOfLiteral(content, at)
    for (const line of this.#lines.slice(at + 1, end + 1)) this.#append(line.text, '\n')
    return end
  }

  /** The line in which all literals are closed again; this one, if they never are. */
  #endOfLiteral(content: string, at: number): number {
    let quote: Quote = quoteAfter(content)
    let end = at
    while (quote !== null && end + 1 < this.#lines.length) {
      end += 1
      quote = quoteAfter(this.#lines[end]?.text ?? '', quote)
    }
    return quote === null ? end : at
  }

  #isStart(text: string): boolean {
    const trimmed = text.trimStart()
    const indent = indentOf(text)
    if (trimmed.startsWith('->') || STATEMENT_LINE.test(trimmed)) return true
    if (indent < this.#rootIndent) return false
    if (indent === this.#rootIndent) return PROPERTY.test(trimmed) && this.#isComplete()
    return PROPERTY.test(trimmed) || SECTION.test(trimmed) || TARGET.test(trimmed)
  }

  /** Whether the line before may be all there is: what ends in blanks or commas was broken by a terminal. */
  #isComplete(): boolean {
    const last = this.#open?.parts.at(-1) ?? ''
    return this.#blank || (this.#open?.depth === 0 && !/[\s,]$/.test(last.slice(-1)))
  }

  #goesOn(text: string): boolean {
    if (this.#open === null || this.#blank) return false
    const { parts, arrow, depth } = this.#open
    const start = parts.length <= MOST_PIECES ? parts.join('').slice(0, 1000) : ''
    if (FINISHED.test(start)) return false
    if (!arrow && this.#done.length > 0) return true
    // Broken before its numbers, in a plan that has some.
    const waits = start !== '' && HAS_NUMBERS.test(this.#done[0]?.text ?? '') && !HAS_NUMBERS.test(start)
    return depth > 0 || waits || text.trimStart().startsWith('(')
  }

  #append(text: string, separator: string): void {
    if (this.#open === null) return
    this.#open.parts.push(separator + text)
    this.#open.depth += depthOf(text)
  }

  #finish(): void {
    if (this.#open === null) return
    const { indent, arrow, parts } = this.#open
    this.#done.push({ indent, arrow, text: parts.join('').trimEnd() })
    this.#open = null
  }
}

function depthOf(text: string): number {
  if (!text.includes('(') && !text.includes(')')) return 0
  let depth = 0
  let quote: Quote = null
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (quote !== null) quote = char === quote ? null : quote
    else if (char === "'" || char === '"') quote = char
    else if (char === '(') depth += 1
    else if (char === ')') depth -= 1
  }
  return depth
}

/**
 * Whether a plan begins here. Numbers behind the name say so; without them, a name that PostgreSQL prints, where a
 * plan is to be expected: `expected` says it is, and so do lines below that belong to a node.
 */
export function isRoot(lines: readonly Line[], at: number, expected: () => boolean): boolean {
  const text = lines[at]?.text.trim() ?? ''
  if (!/^(?:->\s*)?[A-Z]/.test(text)) return false
  const header = headerOf(text)
  if (header.measured) return true
  if (!header.known) return false
  if (header.whole) return expected() || hasNodeBelow(lines, at)
  return depthOf(text) > 0 && joinedHeader(lines, at).measured
}

function headerOf(text: string): NodeHeader {
  return readHeader(text.replace(/^->\s*/, ''))
}

function joinedHeader(lines: readonly Line[], at: number): NodeHeader {
  const pieces = lines.slice(at, at + MOST_PIECES).map((line) => line.text.slice(0, 400))
  return headerOf(pieces.join('').trimStart())
}

function hasNodeBelow(lines: readonly Line[], at: number): boolean {
  const next = lines.slice(at + 1, at + 3).find((line) => !isBlank(line))
  if (next === undefined || indentOf(next.text) <= indentOf(lines[at]?.text ?? '')) return false
  const text = next.text.trimStart()
  return text.startsWith('->') || PROPERTY.test(text)
}

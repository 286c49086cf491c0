import { MOST_WORDS, NODE_NAMES, type NodeName } from './node-names.ts'
import { numberOrText } from './numbers.ts'
import { type Draft, put } from './objects.ts'
import { nameAt } from './quotes.ts'

/** The first line of a node. */
export interface NodeHeader {
  readonly properties: Draft
  /** Whether the name is one that PostgreSQL prints. */
  readonly known: boolean
  /** Whether costs or actual numbers stand behind it. */
  readonly measured: boolean
  /** Whether the line says nothing that was not understood. */
  readonly whole: boolean
}

const COST = /^\(cost=\s*([^\s()]+?)\s*\.\.\s*([^\s()]+?)\s*rows=\s*([^\s()]+?)\s*width=\s*([^\s()]+?)\s*\)/
const ACTUAL =
  /^\(actual\s+(?:time=\s*([^\s()]+?)\s*\.\.\s*([^\s()]+?)\s*)?rows=\s*([^\s()]+?)\s*loops=\s*([^\s()]+?)\s*\)/
const NEVER = '(never executed)'

/** Where costs and numbers begin. */
const NUMBERS = /^\((?:cost=|actual\s|never executed\))/

/** The line after its arrow, read from left to right: name, target, numbers. */
export function readHeader(text: string): NodeHeader {
  const properties: Draft = {}
  let at = 0
  for (const [word, key] of [
    ['Parallel ', 'Parallel Aware'],
    ['Async ', 'Async Capable'],
  ] as const) {
    if (!text.startsWith(word, at)) continue
    put(properties, key, true)
    at += word.length
  }
  const name = longestName(text, at)
  at = name.end
  Object.assign(properties, name.known?.properties ?? { 'Node Type': name.text })
  const provider = /^ \(([^()]*)\)/.exec(text.slice(at, at + 100))
  if (name.text === 'Custom Scan' && provider !== null && !NUMBERS.test(provider[0].trimStart())) {
    put(properties, 'Custom Plan Provider', provider[1] ?? '')
    at += provider[0].length
  }
  at = readTarget(text, at, name.known, properties)
  const numbers = readNumbers(text, at, properties)
  return {
    properties,
    known: name.known !== undefined,
    measured: numbers.found,
    whole: text.slice(numbers.end).trim() === '',
  }
}

interface FoundName {
  readonly text: string
  readonly known: NodeName | undefined
  readonly end: number
}

function longestName(text: string, from: number): FoundName {
  let end = from
  let found: FoundName | undefined
  for (let words = 0; words < MOST_WORDS && end < text.length; words += 1) {
    end = endOfWord(text, end)
    const name = text.slice(from, end)
    const known = NODE_NAMES.get(name)
    if (known !== undefined) found = { text: name, known, end }
    if (text[end] !== ' ') break
    end += 1
  }
  if (found !== undefined) return found
  // A node of a later version, or of an extension: everything up to its target or its numbers.
  const stop = / (?=\(|on |using )/.exec(text.slice(from))
  const last = text.slice(0, stop === null ? undefined : from + stop.index).trimEnd().length
  return { text: text.slice(from, last), known: undefined, end: last }
}

function endOfWord(text: string, from: number): number {
  let at = from
  while (at < text.length && text[at] !== ' ' && text[at] !== '(') at += 1
  return at
}

/** ` using index on schema.name alias`; PostgreSQL before 9.1 had no `on` before a subquery's alias. */
function readTarget(text: string, from: number, known: NodeName | undefined, into: Draft): number {
  let at = from
  if (text.startsWith(' using ', at)) {
    const index = nameAt(text, at + 7)
    if (index === null) return at
    put(into, 'Index Name', index.name)
    at = index.end
  }
  if (known !== undefined && known.target === undefined) return at
  const on = text.startsWith(' on ', at)
  if (!on && (known?.target !== null || text[at] !== ' ')) return at
  const first = nameAt(text, at + (on ? 4 : 1))
  if (first === null) return at
  const second = text[first.end] === '.' ? nameAt(text, first.end + 1) : null
  const alias = second ?? first
  const third =
    text[alias.end] === ' ' && !'( '.includes(text[alias.end + 1] ?? ' ') ? nameAt(text, alias.end + 1) : null
  const target = known?.target === undefined ? 'Relation Name' : known.target
  if (target === 'Index Name') {
    put(into, target, first.name)
    return first.end
  }
  if (target !== null) put(into, target, alias.name)
  if (second !== null) put(into, 'Schema', first.name)
  put(into, 'Alias', (third ?? alias).name)
  return (third ?? alias).end
}

function readNumbers(text: string, from: number, into: Draft): { found: boolean; end: number } {
  let at = from
  let found = false
  for (;;) {
    while (text[at] === ' ') at += 1
    const rest = text.slice(at, at + 400)
    const cost = COST.exec(rest)
    const actual = cost === null ? ACTUAL.exec(rest) : null
    if (cost !== null) {
      putNumbers(into, ['Startup Cost', 'Total Cost', 'Plan Rows', 'Plan Width'], cost)
      at += cost[0].length
    } else if (actual !== null) {
      putNumbers(into, ['Actual Startup Time', 'Actual Total Time', 'Actual Rows', 'Actual Loops'], actual)
      at += actual[0].length
    } else if (rest.startsWith(NEVER)) {
      put(into, 'Actual Rows', 0)
      put(into, 'Actual Loops', 0)
      at += NEVER.length
    } else {
      return { found, end: at }
    }
    found = true
  }
}

/** The numbers of `actual time=…`, also of a worker. */
export function readActual(text: string, into: Draft): boolean {
  const actual = ACTUAL.exec(`(${text.slice(0, 400).trim()})`)
  if (actual === null) return false
  putNumbers(into, ['Actual Startup Time', 'Actual Total Time', 'Actual Rows', 'Actual Loops'], actual)
  return true
}

function putNumbers(into: Draft, keys: readonly string[], [, ...texts]: RegExpExecArray): void {
  for (const [index, key] of keys.entries()) {
    const text: string | undefined = texts[index]
    if (text !== undefined) put(into, key, numberOrText(text))
  }
}

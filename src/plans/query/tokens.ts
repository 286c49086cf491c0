/** Reads SQL as PostgreSQL's scanner does (manual: Lexical Structure): where literals, names and comments end. */

export type TokenKind =
  | 'space'
  | 'comment'
  | 'string'
  | 'quoted name'
  | 'word'
  | 'number'
  | 'placeholder'
  | 'operator'
  | 'punctuation'

export interface Token {
  readonly kind: TokenKind
  /** As it stands in the text, quotes and all. */
  readonly text: string
  /** Where it begins, in UTF-16 units from 0. */
  readonly start: number
  /** False for a literal, quoted name or comment that the text ends within. */
  readonly isClosed: boolean
}

/** All of a text: the tokens together are the text. */
export function tokensOf(text: string, options: ScanOptions = {}): readonly Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < text.length; ) {
    const { kind, end, isClosed } = readToken(text, at, options)
    tokens.push({ kind, text: text.slice(at, end), start: at, isClosed })
    at = end
  }
  return tokens
}

/** The tokens that mean something. */
export function significant(tokens: readonly Token[]): readonly Token[] {
  return tokens.filter(({ kind }) => kind !== 'space' && kind !== 'comment')
}

/** Whether a token is this keyword, or one of these; keywords are given in lower case. */
export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toLowerCase())
}

/** Whether a token is this character. */
export function isMark(token: Token | undefined, mark: string): boolean {
  return token?.kind === 'punctuation' && token.text === mark
}

/** The name that a word or a quoted name stands for; null for any other token. */
export function nameOf({ kind, text }: Token): string | null {
  // PostgreSQL folds ASCII letters alone in a database of UTF-8.
  if (kind === 'word') return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
  if (kind !== 'quoted name' || !text.startsWith('"')) return null
  return text.replace(/^"|"$/g, '').replaceAll('""', '"')
}

export interface ScanOptions {
  /** `standard_conforming_strings` is off: a backslash escapes in every literal. */
  readonly backslashes?: boolean
}

interface Read {
  readonly kind: TokenKind
  readonly end: number
  readonly isClosed: boolean
}

const SPACE = /[ \t\n\r\f\v]+/y
const LINE_COMMENT = /--[^\n\r]*/y
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const PLACEHOLDER = /\$\d+/y
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y
/** A word right behind digits is a word of its own, as it is up to 14; from 15 on it is an error. */
const NUMBER = /(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y
const QUOTE = /(?:[eE]|[uU]&|[bBxXnN])?'/y
const NAME = /(?:[uU]&)?"/y
const OPERATOR = /(?:(?!--|\/\*)[~!@#^&|`?+\-*/%<>=])+/y
/** A literal goes on after white space with a line break in it (manual: String Constants). */
const CONTINUED = /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'/y

function readToken(text: string, at: number, options: ScanOptions): Read {
  const whole = (kind: TokenKind, pattern: RegExp): Read | null => {
    const end = endOf(text, at, pattern)
    return end === null ? null : { kind, end, isClosed: true }
  }
  return (
    whole('space', SPACE) ??
    whole('comment', LINE_COMMENT) ??
    blockComment(text, at) ??
    literal(text, at, options) ??
    quotedName(text, at) ??
    whole('placeholder', PLACEHOLDER) ??
    dollarQuoted(text, at) ??
    whole('number', NUMBER) ??
    whole('word', WORD) ??
    whole('operator', OPERATOR) ?? { kind: 'punctuation', end: at + 1, isClosed: true }
  )
}

function endOf(text: string, at: number, pattern: RegExp): number | null {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : null
}

/** They nest, unlike C's. */
function blockComment(text: string, at: number): Read | null {
  if (!text.startsWith('/*', at)) return null
  const marks = /\/\*|\*\//g
  marks.lastIndex = at
  let depth = 0
  for (let found = marks.exec(text); found !== null; found = marks.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return { kind: 'comment', end: marks.lastIndex, isClosed: true }
  }
  return { kind: 'comment', end: text.length, isClosed: false }
}

function literal(text: string, at: number, { backslashes = false }: ScanOptions): Read | null {
  let start = endOf(text, at, QUOTE)
  if (start === null) return null
  const first = text[at] ?? ''
  const escapes = first === 'e' || first === 'E' || (backslashes && /['nN]/.test(first))
  for (;;) {
    const end = endOfQuoted(text, start, { quote: "'", escapes })
    if (end === null) return { kind: 'string', end: text.length, isClosed: false }
    start = endOf(text, end, CONTINUED)
    if (start === null) return { kind: 'string', end, isClosed: true }
  }
}

function quotedName(text: string, at: number): Read | null {
  const start = endOf(text, at, NAME)
  if (start === null) return null
  const end = endOfQuoted(text, start, { quote: '"', escapes: false })
  return { kind: 'quoted name', end: end ?? text.length, isClosed: end !== null }
}

/** Behind the closing quote; null where the text ends before it. */
function endOfQuoted(
  text: string,
  start: number,
  { quote, escapes }: { readonly quote: string; readonly escapes: boolean },
): number | null {
  for (let at = start; at < text.length; at += 1) {
    if (escapes && text[at] === '\\') at += 1
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at + 1
      at += 1
    }
  }
  return null
}

function dollarQuoted(text: string, at: number): Read | null {
  const start = endOf(text, at, DOLLAR)
  if (start === null) return null
  const tag = text.slice(at, start)
  const end = text.indexOf(tag, start)
  return {
    kind: 'string',
    end: end === -1 ? text.length : end + tag.length,
    isClosed: end !== -1,
  }
}

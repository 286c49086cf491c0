/** Text that may reach a terminal: the only string type the view and the screens draw. */
import { UNSAFE } from './unsafe.ts'

declare const safeMark: unique symbol
/** One line of text without any control, format or invisible code point; see `toSafeText`. */
export type SafeText = string & { readonly [safeMark]: 'text' }

const PLAIN = /^[\x20-\x7e]*$/
const SUSPECT = new RegExp(`[${UNSAFE}\\p{Zs}\\p{M}]`, 'u')
const REPLACED = new RegExp(`\\r?\\n|[\\t\\p{Zs}]|[${UNSAFE}]`, 'gu')
const MARKS = /^\p{M}+|(?<=\p{M}{2})\p{M}+/gu
const ESCAPED = new RegExp(`(?!\\r?\\n|\\t)[${UNSAFE}]|^\\p{M}|\\p{M}{3}`, 'u')
const LINE_BREAK = /\r?\n/

/**
 * Makes any text safe to print on one line. What is replaced stays visible, for whoever has to see an attack:
 * a line break becomes `⏎`, a tab or a Unicode space a space, every other code point of `UNSAFE` an escape
 * such as `\x1b` or `\u{202e}`. Combining marks without a base, and the third and later ones on a base, become
 * `\m{count}` (stacks of them crashed GNU screen: CVE-2021-26937). Idempotent; the width of the result is what
 * a terminal draws.
 */
export function toSafeText(raw: string): SafeText {
  if (PLAIN.test(raw)) return raw as SafeText
  const wellFormed = raw.toWellFormed()
  if (!SUSPECT.test(wellFormed)) return wellFormed as SafeText
  return wellFormed.replace(REPLACED, replacement).replace(MARKS, countMarks) as SafeText
}

/** Template for our own words around safe parts: safe`waits for ${name} since ${12} s`. */
export function safe(
  strings: TemplateStringsArray,
  ...parts: readonly (SafeText | number | bigint)[]
): SafeText {
  return String.raw({ raw: strings }, ...parts) as SafeText
}

/**
 * The lines of a text for a pane, each safe: line breaks split, tabs become spaces up to the next multiple
 * of four, so that indented SQL keeps its shape. Never empty.
 */
export function toSafeLines(raw: string): SafeText[] {
  return raw.split(LINE_BREAK).map((line) => toSafeText(line.includes('\t') ? expandTabs(line) : line))
}

/** Whether `toSafeText(raw)` shows something as an escape: such a row is marked, its text is no plain text. */
export function hasEscapes(raw: string): boolean {
  if (PLAIN.test(raw)) return false
  return ESCAPED.test(raw)
}

/**
 * A query on one line: runs of white space become one space, the ends are trimmed, and at most `limit`
 * characters of it are kept. It is cut before it is made safe, since a text of a megabyte
 * (`track_activity_query_size`) would otherwise cost milliseconds; escapes may make the result longer.
 */
export function normaliseQuery(raw: string, limit: number): SafeText {
  const head = raw.length > limit * 4 + 1024 ? raw.slice(0, limit * 4 + 1024) : raw
  const line = head.replace(/[\t-\r\p{Zs}]+/gu, ' ').trim()
  return toSafeText(line.length > limit ? cutWellFormed(line, limit) : line)
}

function replacement(found: string): string {
  if (found === '\n' || found === '\r\n') return '⏎'
  if (found === '\t' || /\p{Zs}/u.test(found)) return ' '
  const code = found.codePointAt(0) ?? 0
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

function countMarks(marks: string): string {
  return `\\m{${[...marks].length}}`
}

function expandTabs(line: string): string {
  const [first = '', ...rest] = line.split('\t')
  return rest.reduce((before, part) => before + ' '.repeat(4 - (before.length % 4)) + part, first)
}

function cutWellFormed(text: string, limit: number): string {
  const last = text.charCodeAt(limit - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit)
}

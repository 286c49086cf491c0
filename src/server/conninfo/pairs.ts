/** `host=db1 user='a b'`: the keyword/value form (manual: Keyword/Value Connection Strings). */
import { ConninfoError, isKeyword, type KeywordName, type Settings, unknownKeyword } from './keywords.ts'

/**
 * Reads a keyword/value connection string with libpq's rules: blanks around `=` are allowed, a value is bare
 * up to the next blank or in single quotes, and a backslash takes the next character as it is.
 */
export function parsePairs(text: string): Settings {
  const settings = new Map<KeywordName, string>()
  let at = skipBlanks(text, 0)
  while (at < text.length) {
    const nameEnd = indexOf(text, at, /[=\s]/)
    const name = text.slice(at, nameEnd)
    const equals = skipBlanks(text, nameEnd)
    // The word is not repeated: it may be the second half of an unquoted password.
    if (text[equals] !== '=')
      throw new ConninfoError(
        `the connection string has a word without "=" at position ${at + 1} (a value with spaces needs quotes)`,
      )
    if (!isKeyword(name)) throw unknownKeyword(name)
    const value = readValue(text, skipBlanks(text, equals + 1))
    settings.set(name, value.text)
    at = skipBlanks(text, value.end)
  }
  return settings
}

function readValue(text: string, start: number): { readonly text: string; readonly end: number } {
  const quoted = text[start] === "'"
  let value = ''
  let at = quoted ? start + 1 : start
  for (;;) {
    const character = text[at]
    if (character === undefined) {
      if (quoted)
        throw new ConninfoError('the connection string has a quoted value without its closing quote')
      return { text: value, end: at }
    }
    if (quoted ? character === "'" : /\s/.test(character)) return { text: value, end: quoted ? at + 1 : at }
    if (character === '\\') at += 1
    value += text[at] ?? ''
    at += 1
  }
}

function skipBlanks(text: string, start: number): number {
  return indexOf(text, start, /\S/)
}

function indexOf(text: string, start: number, what: RegExp): number {
  const found = text.slice(start).search(what)
  return found === -1 ? text.length : start + found
}

/** Placeholders of a statement as pg_stat_statements keeps it: constants became `$1`, `$2`, … even where none may stand. */
import { type Edit, type Rewritten, rewrite } from './rewrite.ts'
import { isMark, isWord, type ScanOptions, significant, type Token, tokensOf } from './tokens.ts'
import { typeBefore } from './type-name.ts'

/** The numbers that stand in a text, each once, in order. */
export function placeholderNumbers(text: string, options: ScanOptions = {}): readonly number[] {
  const numbers = tokensOf(text, options)
    .filter(({ kind }) => kind === 'placeholder')
    .map((token) => Number(token.text.slice(1)))
  return [...new Set(numbers)].toSorted((a, b) => a - b)
}

/**
 * The text with typed literals as casts, where a placeholder has taken the place of the literal: `interval $1 day`
 * as `($1::interval day)`, and `extract($1 FROM x)` as a call of the function behind it. Both are syntax errors
 * otherwise. Literals, quoted names and comments stay as they are, and so does a text without such places.
 */
export function castTypedLiterals(
  text: string,
  { versionNum, ...options }: ScanOptions & { readonly versionNum: number },
): Rewritten {
  const tokens = significant(tokensOf(text, options))
  const edits = tokens.flatMap((token, at): readonly Edit[] => {
    if (token.kind !== 'placeholder') return []
    return extractField(tokens, at, versionNum) ?? typedLiteral(text, tokens, at) ?? []
  })
  return rewrite(text, edits)
}

/** EXTRACT became a function of its own name in 14, and gives numeric since then (manual: E.19, Migration). */
function extractField(tokens: readonly Token[], at: number, versionNum: number): readonly Edit[] | null {
  const [name, bracket, from] = [tokens[at - 2], tokens[at - 1], tokens[at + 1]]
  if (name === undefined || from === undefined) return null
  if (!isWord(name, 'extract') || !isMark(bracket, '(') || !isWord(from, 'from')) return null
  if (isMark(tokens[at - 3], '.')) return null
  const called = versionNum >= 140000 ? 'pg_catalog.extract' : 'pg_catalog.date_part'
  return [replace(name, called), replace(from, ',')]
}

function typedLiteral(text: string, tokens: readonly Token[], at: number): readonly Edit[] | null {
  const type = typeBefore(tokens, at)
  const [first, last] = [tokens[type.first], tokens[at - 1]]
  const placeholder = tokens[at]
  if (first === undefined || last === undefined || placeholder === undefined || type.first >= at) return null
  const behind = type.isInterval ? fieldsBehind(tokens, at) : at
  const end = endOf(tokens[behind] ?? placeholder)
  const fields = behind === at ? '' : ` ${text.slice(tokens[at + 1]?.start, end)}`
  const name = text.slice(first.start, endOf(last))
  // In brackets: what follows, a subscript for one, would belong to the type.
  return [{ start: first.start, end, text: `(${placeholder.text}::${name}${fields})` }]
}

/** The last token of `day to second (3)` behind an interval (manual: Interval Input). */
function fieldsBehind(tokens: readonly Token[], at: number): number {
  const isField = (token: Token | undefined) =>
    isWord(token, 'year', 'month', 'day', 'hour', 'minute', 'second')
  if (!isField(tokens[at + 1])) return at
  let last = at + 1
  if (isWord(tokens[last + 1], 'to') && isField(tokens[last + 2])) last += 2
  if (isMark(tokens[last + 1], '(') && tokens[last + 2]?.kind === 'number' && isMark(tokens[last + 3], ')'))
    last += 3
  return last
}

function replace(token: Token, text: string): Edit {
  return { start: token.start, end: endOf(token), text }
}

function endOf({ start, text }: Token): number {
  return start + text.length
}

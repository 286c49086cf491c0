/** What a statement is, as far as its words tell: enough to say beforehand that EXPLAIN does not take it. */
import { isMark, isWord, type ScanOptions, significant, type Token, tokensOf } from './tokens.ts'

/** The statements that can be prepared, and so explained here (manual: PREPARE). */
const EXPLAINABLE = ['select', 'insert', 'update', 'delete', 'merge', 'values', 'table', 'with']

export type Verb =
  | { readonly kind: 'empty' }
  | { readonly kind: 'explainable' }
  /** It ends within a literal, a quoted name or a comment that begins at `start`. */
  | { readonly kind: 'open'; readonly what: string; readonly start: number }
  /** `SELECT … INTO`, which makes a table though it can be prepared (15 and later). */
  | { readonly kind: 'into'; readonly start: number }
  /** It begins with EXPLAIN. */
  | { readonly kind: 'explain'; readonly start: number }
  | { readonly kind: 'other'; readonly word: string; readonly start: number }

/** Places in UTF-16 units from 0. */
export function verbOf(text: string, options: ScanOptions = {}): Verb {
  const tokens = tokensOf(text, options)
  const last = tokens.at(-1)
  if (last?.isClosed === false) return { kind: 'open', what: `a ${last.kind}`, start: last.start }
  const meaning = significant(tokens)
  const first = meaning.find((token) => !isMark(token, '(') && !isMark(token, ';'))
  if (first === undefined) return { kind: 'empty' }
  const { start } = first
  if (isWord(first, 'explain')) return { kind: 'explain', start }
  if (!isWord(first, ...EXPLAINABLE)) return { kind: 'other', word: first.text, start }
  const into = meaning.find((token, at) => isIntoOfSelect(token, meaning[at - 1]))
  return into === undefined ? { kind: 'explainable' } : { kind: 'into', start: into.start }
}

/** INTO is reserved: it stands behind INSERT or MERGE, as a label behind AS or a dot, or makes a table. */
function isIntoOfSelect(token: Token, before: Token | undefined): boolean {
  return isWord(token, 'into') && !isWord(before, 'insert', 'merge', 'as') && !isMark(before, '.')
}

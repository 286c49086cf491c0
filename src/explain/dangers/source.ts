/** What the source of a function tells: the names in it, and what it does by itself. */
import { isWord, significant, type Token, tokensOf } from '#src/plans/query/tokens.ts'
import type { Effect } from './effects.ts'
import { type Names, namesIn, together } from './names.ts'

/** What the catalogs tell of one function. */
export interface FunctionSource {
  readonly language: string
  readonly isTrusted: boolean
  readonly isVolatile: boolean
  readonly isBuiltin: boolean
  /** Its SET clauses on the first line, then its body; null for a function of machine code. */
  readonly source: string | null
  /** A body of BEGIN ATOMIC writes tables. */
  readonly writes: boolean
}

const WRITES: Effect = {
  kind: 'writes',
  says: 'tables may be written; rolled back, but dead rows and WAL stay, and rows are locked while it runs',
  isUndone: true,
}
const COPIES: Effect = {
  kind: 'writes',
  says: 'a file or a program of the server may be read or written, and that stays',
  isUndone: false,
}
const UNSEEN: Effect = {
  kind: 'writes',
  says: 'SQL may run that cannot be seen: what that does outside of the transaction stays',
  isUndone: false,
}

/** Words that begin a statement that writes; functions that are not volatile are refused to run one. */
const WRITING = [
  ...[
    'alter',
    'analyze',
    'cluster',
    'comment',
    'create',
    'delete',
    'drop',
    'grant',
    'insert',
    'lock',
    'merge',
  ],
  ...['reassign', 'refresh', 'reindex', 'revoke', 'security', 'share', 'truncate', 'update'],
]

/** The effects of a function's own statements; what it calls is not among them. */
export function ownEffects(of: FunctionSource): readonly Effect[] {
  const { source, language, isTrusted, isVolatile, isBuiltin, writes } = of
  if (language === 'internal' || language === 'c') {
    // Another name for machine code may carry any label.
    const isKnown = isBuiltin || (language === 'c' && !isVolatile)
    return isKnown ? [] : [outside(language)]
  }
  if (language !== 'sql' && language !== 'plpgsql') return isTrusted ? [UNSEEN] : [outside(language)]
  const tokens = pieces(parts(source).body).flatMap((piece) => significant(tokensOf(piece)))
  const has = (...words: readonly string[]): boolean => tokens.some((token) => isWord(token, ...words))
  const isLoad = (token: Token, at: number) => isWord(token, 'load') && tokens[at + 1]?.kind === 'string'
  const isUnseen =
    has('execute', 'search_path', 'set_config') || tokens.some(isLoad) || tokens.some(isEscaped)
  return [
    ...(isVolatile && (writes || has(...WRITING)) ? [WRITES] : []),
    ...(isVolatile && has('copy') ? [COPIES] : []),
    ...(isUnseen ? [UNSEEN] : []),
  ]
}

/** All names in the source, also in its literals: they may hold names of relations, and SQL. */
export function namesInSource(source: string | null): Names {
  const { settings, body } = parts(source)
  const names = together(pieces(body).map((piece) => namesIn(piece)))
  // `search_path=…`: where the names of the body are looked for.
  return { ...names, qualifiers: new Set([...names.qualifiers, ...namesIn(settings).words]) }
}

function parts(source: string | null): { readonly settings: string; readonly body: string } {
  const end = source?.indexOf('\n') ?? -1
  return { settings: source?.slice(0, Math.max(0, end)) ?? '', body: source?.slice(end + 1) ?? '' }
}

/** The effect of code that nothing can be told of. */
export function outside(language: string): Effect {
  return {
    kind: 'volatile function',
    says: `${language} code runs: what it does outside of the transaction stays`,
    isUndone: false,
  }
}

/** A source, and what its literals hold, and theirs. */
function pieces(source: string, depth = 3): readonly string[] {
  const within = tokensOf(source).filter(({ kind }) => kind === 'string')
  const inner = depth === 0 ? [] : within.map(({ text }) => text.replace(/^[^'$]*(?:'|\$\w*\$)/, ''))
  return [source, ...inner.flatMap((text) => (text.length < 3 ? [] : pieces(text.slice(0, -1), depth - 1)))]
}

/** A name or literal with escapes may stand for anything. */
function isEscaped({ kind, text }: Token): boolean {
  return (kind === 'quoted name' || kind === 'string') && /^[uU]&/.test(text)
}

/** The names that a piece of SQL holds: what it calls, and every word that may lead to something that runs. */
import {
  isMark,
  nameOf,
  type ScanOptions,
  significant,
  type Token,
  tokensOf,
} from '#src/plans/query/tokens.ts'

/** A call as it is written. */
export interface Call {
  readonly schema: string | null
  readonly name: string
}

export interface Names {
  /** Names that an opening bracket follows. */
  readonly calls: readonly Call[]
  /** All names: tables, types, columns, and `evil` of `(row).evil`, which may be a call too. */
  readonly words: ReadonlySet<string>
  /** Names that a dot follows: schemas, and aliases. */
  readonly qualifiers: ReadonlySet<string>
  readonly operators: ReadonlySet<string>
  /** Where a name is written with escapes (`U&"…"`), which nothing here reads; null for nowhere. */
  readonly escapedAt: number | null
}

export function namesIn(sql: string, options: ScanOptions = {}): Names {
  const tokens = significant(tokensOf(sql, options))
  const calls: Call[] = []
  const words = new Set<string>()
  const qualifiers = new Set<string>()
  const operators = new Set<string>()
  let escapedAt: number | null = null
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'operator') operators.add(token.text)
    if (token.kind === 'quoted name' && nameOf(token) === null) escapedAt ??= token.start
    const name = shortName(token)
    if (name === null) continue
    words.add(name)
    if (isMark(tokens[at + 1], '.')) qualifiers.add(name)
    if (isMark(tokens[at + 1], '(')) calls.push({ schema: schemaBefore(tokens, at), name })
  }
  return { calls, words, qualifiers, operators, escapedAt }
}

/** The names of several pieces as one. */
export function together(all: readonly Names[]): Names {
  return {
    calls: all.flatMap(({ calls }) => calls),
    words: new Set(all.flatMap(({ words }) => [...words])),
    qualifiers: new Set(all.flatMap(({ qualifiers }) => [...qualifiers])),
    operators: new Set(all.flatMap(({ operators }) => [...operators])),
    escapedAt: all.find(({ escapedAt }) => escapedAt !== null)?.escapedAt ?? null,
  }
}

function schemaBefore(tokens: readonly Token[], at: number): string | null {
  const before = tokens[at - 2]
  return isMark(tokens[at - 1], '.') && before !== undefined ? shortName(before) : null
}

/** The server cuts names at 63 bytes, within a character nowhere. */
function shortName(token: Token): string | null {
  const name = nameOf(token)
  if (name === null || Buffer.byteLength(name) <= 63) return name
  let cut = name
  while (Buffer.byteLength(cut) > 63) cut = Array.from(cut).slice(0, -1).join('')
  return cut
}

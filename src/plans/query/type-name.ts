/** The name of a type that stands before a place, as in `timestamp(3) with time zone '…'`. */
import { isMark, isWord, type Token } from './tokens.ts'

/** Keywords that an expression may follow (manual: SQL Key Words): no types, whatever follows them. */
const BEFORE_EXPRESSIONS: ReadonlySet<string> = new Set(
  `all and any as asymmetric between both by case content default distinct document else escape fetch first following
  for from groups having ilike in is key leading like limit next not offset on or passing path placing preceding range
  returning rows select similar some symmetric then to trailing uescape using value values variadic when where`.split(
    /\s+/,
  ),
)

/** Types that take arguments in brackets before a literal. */
const WITH_ARGUMENTS = [
  ...[
    'bit',
    'bpchar',
    'char',
    'character',
    'dec',
    'decimal',
    'float',
    'interval',
    'nchar',
    'numeric',
    'time',
  ],
  ...['timestamp', 'timestamptz', 'timetz', 'varbit', 'varchar', 'varying'],
]

export interface TypeBefore {
  /** The place of its first token; the place itself where no type stands before it. */
  readonly first: number
  readonly isInterval: boolean
}

/** Looks back from the token at `at`; tokens are the significant ones. */
export function typeBefore(tokens: readonly Token[], at: number): TypeBefore {
  const first = zoned(tokens, at) ?? simple(tokens, at - 1) ?? at
  return { first, isInterval: first < at && isWord(tokens[first], 'interval') }
}

/** `time (3) with time zone`; in `x AT TIME ZONE $1` no type stands before. */
function zoned(tokens: readonly Token[], at: number): number | null {
  const isZone = isWord(tokens[at - 1], 'zone') && isWord(tokens[at - 2], 'time')
  if (!isZone || !isWord(tokens[at - 3], 'with', 'without')) return null
  const first = beforeArguments(tokens, at - 4) ?? at - 4
  return isWord(tokens[first], 'time', 'timestamp') ? first : null
}

/** The first token of a type whose last one is at `last`. */
function simple(tokens: readonly Token[], last: number): number | null {
  const token = tokens[last]
  if (isMark(token, ')')) {
    const name = beforeArguments(tokens, last)
    return name === null || !isWord(tokens[name], ...WITH_ARGUMENTS) ? null : compound(tokens, name)
  }
  if (token?.kind !== 'word' && token?.kind !== 'quoted name') return null
  let first = last
  while (isMark(tokens[first - 1], '.') && isName(tokens[first - 2])) first -= 2
  if (first < last) return first
  if (isWord(token, 'zone') || BEFORE_EXPRESSIONS.has(token.text.toLowerCase())) return null
  return compound(tokens, last)
}

/** `double precision`, `character varying`, `national character`. */
function compound(tokens: readonly Token[], last: number): number {
  const token = tokens[last]
  const before = tokens[last - 1]
  if (isWord(token, 'precision') && isWord(before, 'double')) return last - 1
  if (isWord(token, 'varying') && isWord(before, 'character', 'char', 'bit', 'nchar'))
    return isWord(tokens[last - 2], 'national') ? last - 2 : last - 1
  if (isWord(token, 'character', 'char') && isWord(before, 'national')) return last - 1
  return last
}

/** The token before the brackets that close at `close`, when they hold numbers alone. */
function beforeArguments(tokens: readonly Token[], close: number): number | null {
  if (!isMark(tokens[close], ')')) return null
  let at = close - 1
  while (tokens[at]?.kind === 'number' || isMark(tokens[at], ',')) at -= 1
  return at < close - 1 && isMark(tokens[at], '(') ? at - 1 : null
}

function isName(token: Token | undefined): boolean {
  return token?.kind === 'word' || token?.kind === 'quoted name'
}

/** Takes secrets out of query texts before they are written, copied or shared. */

/** What stands where a secret was. */
const MASK = '***'

/** More literals than this after words like "password" and the rest of the text is masked unread. */
const MOST_LITERALS = 200

/**
 * `query` with passwords, tokens and keys replaced by `***`. Give it the whole text, not a cut one, or a literal's
 * end is missed; one that the server itself cut is masked to the end. It reads words and literals, not grammar,
 * and rather masks too much: every rule looks at the original text, so that a quote read the wrong way round
 * hides no secret from the next rule.
 */
export function redact(query: string): string {
  const spans = rules.flatMap((rule) => rule(query)).sort(([a], [b]) => a - b)
  let result = ''
  let end = 0
  for (const [from, to] of spans) {
    // Spans that overlap are one secret.
    if (from >= end) result += query.slice(end, from) + maskOf(query.slice(from, from + 3))
    end = Math.max(end, to)
  }
  return result + query.slice(end)
}

/** From and to, in UTF-16 units. */
type Span = readonly [number, number]
type Rule = (text: string) => readonly Span[]

// '…' with '' inside, E'…' with \' inside, $tag$…$tag$, or "…"; unclosed ones run to the end.
const literal = String.raw`(?:\b[eE]'(?:[^'\\]|\\[\s\S]?|'')*(?:'|$)|(?:\b[nN]|\b[uU]&)?'(?:[^']|'')*(?:'|$)|"[^"]*(?:"|$)|\$([A-Za-z_]*)\$[\s\S]*?(?:\$\1\$|$))`
const word =
  '(?:password|passwd|passphrase|pwd|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key)'

// Repetitions are bounded wherever a text could be made of their beginnings: a query can be a megabyte of them.
const rules: readonly Rule[] = [
  // CONNECTION of a subscription, primary_conninfo, and the first argument of dblink are connection strings.
  literalAfter(String.raw`\b(?:connection|primary_conninfo\s*(?:=|\bto\b))\s*`),
  literalAfter(String.raw`\bdblink(?:_connect(?:_u)?|_exec|_open|_send_query)?\s*\(\s*`),
  literalsWithin(String.raw`\b(?:crypt|hmac|(?:pgp_(?:sym|pub)_)?(?:en|de)crypt(?:_bytea|_iv)?)\s*\(`),
  // IDENTIFIED BY 'x', PASSWORD 'x', SET app.token = 'x', "api_key": "x", password => 'x'
  literalAfter(String.raw`(?:${word}\w{0,40}["']?|\bidentified\s+by)(?:\s|=|:|>|\bto\b)*`),
  // Without quotes, as in a connection string or on a command line: password=x, token:x
  secretIn(String.raw`${word}\w{0,40}[=:](?![\w.]{1,60}\()(?<secret>[^\s'",;&)$=>:][^\s'",;&)]*)`),
  secretIn(String.raw`[a-z][a-z0-9+.-]{0,20}://[^\s:@/'"]{0,128}:(?<secret>[^\s@/'"]{1,512})@`),
  secretIn(String.raw`(?:\bbearer|\bauthorization:\s*basic)\s+(?<secret>[\w.~+/-]+=*)`),
  secretIn(String.raw`\s(?:-u|--user)[\s=]*(?<secret>[^\s'":]{1,128}:[^\s'"]+)`),
  secretIn(String.raw`(?<secret>SCRAM-SHA-256\$[^\s'"]*)`),
  secretIn(String.raw`(?<secret>\bmd5[0-9a-f]{32}\b)`),
  secretIn(String.raw`(?<secret>\b(?:AKIA|ASIA)[0-9A-Z]{16}\b)`),
]

function secretIn(pattern: string): Rule {
  const expression = new RegExp(pattern, 'gid')
  return (text) =>
    Array.from(text.matchAll(expression), ({ indices }) => indices?.groups?.secret).filter(
      (span) => span !== undefined,
    )
}

function literalAfter(before: string): Rule {
  const head = new RegExp(before, 'gi')
  const piece = new RegExp(literal, 'iy')
  return (text) => {
    const spans: Span[] = []
    for (const { index, 0: match } of text.matchAll(head)) {
      piece.lastIndex = index + match.length
      if (!piece.test(text)) continue
      spans.push([index + match.length, spans.length < MOST_LITERALS ? piece.lastIndex : text.length])
      if (spans.length > MOST_LITERALS) break
    }
    return spans
  }
}

/** The literals between the parenthesis at the end of `call` and the one that closes it. */
function literalsWithin(call: string): Rule {
  const head = new RegExp(call, 'gi')
  const piece = new RegExp(`${literal}|[()]`, 'gi')
  return (text) => {
    const spans: Span[] = []
    let read = 0
    for (const { index, 0: match } of text.matchAll(head)) {
      // A call within one that was read already is part of it.
      if (index < read) continue
      piece.lastIndex = index + match.length
      for (let depth = 1; depth > 0; read = piece.lastIndex) {
        const found = piece.exec(text)
        if (found === null) return spans
        if (found[0] === '(') depth += 1
        else if (found[0] === ')') depth -= 1
        else spans.push([found.index, piece.lastIndex])
      }
    }
    return spans
  }
}

// Double quotes are kept, so that what was JSON or an identifier still reads as one.
function maskOf(beginning: string): string {
  if (beginning.startsWith('"')) return `"${MASK}"`
  return /^(?:[en]?'|u&'|\$)/i.test(beginning) ? `'${MASK}'` : MASK
}

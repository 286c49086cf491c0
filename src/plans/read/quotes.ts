/** Scanning of expressions and names left to right, past everything that stands in quotes. */

/** The quote that is open: of a literal, of a name, or none. */
export type Quote = "'" | '"' | null

/** The quote that is open after `text`. Doubled quotes close and open again, which comes to the same. */
export function quoteAfter(text: string, open: Quote = null): Quote {
  if (!text.includes("'") && !text.includes('"')) return open
  let quote = open
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (char !== "'" && char !== '"') continue
    if (quote === null) quote = char
    else if (quote === char) quote = null
  }
  return quote
}

/** Where the quote that ends at a text begun before `from` stands, or the end of the text. */
export function endOfQuoted(text: string, from: number, quote: '"' | "'"): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] !== quote) continue
    if (text[at + 1] !== quote) return at
    at += 1
  }
  return text.length
}

/** What may hide a comma. */
const NESTED = /['"([{]/

/** The parts between commas outside of quotes, parentheses and brackets. */
export function splitList(text: string): readonly string[] {
  if (!NESTED.test(text)) return text.split(', ')
  const parts: string[] = []
  let quote: Quote = null
  let depth = 0
  let start = 0
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? ''
    if (quote !== null) {
      if (char === quote) quote = null
    } else if (char === "'" || char === '"') quote = char
    else if ('([{'.includes(char)) depth += 1
    else if (')]}'.includes(char)) depth = Math.max(0, depth - 1)
    else if (char === ',' && depth === 0 && text[at + 1] === ' ') {
      parts.push(text.slice(start, at))
      start = at + 2
    }
  }
  parts.push(text.slice(start))
  return parts
}

/** A name at an offset, as quote_identifier prints it, and where it ends. Null where there is none. */
export function nameAt(text: string, from: number): { name: string; end: number } | null {
  if (text[from] === '"') {
    const end = endOfQuoted(text, from + 1, '"')
    if (end === text.length) return null
    return { name: text.slice(from + 1, end).replaceAll('""', '"'), end: end + 1 }
  }
  let end = from
  while (end < text.length && !' \t.()"'.includes(text[end] ?? ' ')) end += 1
  return end === from ? null : { name: text.slice(from, end), end }
}

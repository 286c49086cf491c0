/** What a person types beside a query: settings, and values for its placeholders. */

export type Typed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string }

/**
 * `work_mem=64MB enable_hashjoin=off search_path='app, public'`: names as PostgreSQL writes them, and values that hold
 * spaces in quotes. An empty text is no settings.
 */
export function parseSettings(text: string): Typed<Readonly<Record<string, string>>> {
  const settings: Record<string, string> = {}
  let rest = text.trim()
  while (rest !== '') {
    const found = /^([A-Za-z_][\w.]*)\s*=\s*(?:'((?:[^']|'')*)'|([^\s']+))(?:\s+|$)/.exec(rest)
    if (found === null) return { ok: false, problem: `expected name=value at ${rest.slice(0, 20)}` }
    const [whole, name = '', quoted, plain] = found
    settings[name.toLowerCase()] = quoted?.replaceAll("''", "'") ?? plain ?? ''
    rest = rest.slice(whole.length)
  }
  return { ok: true, value: settings }
}

/** The settings as they are typed. */
export function settingsText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${/^[^\s']+$/.test(value) ? value : quoted(value)}`)
    .join(' ')
}

/** `42, 'it''s', null`: one for each placeholder, in their order; texts with commas or spaces at their ends in quotes. */
export function parseValues(text: string): Typed<readonly (string | null)[]> {
  const values: (string | null)[] = []
  let rest = text.trim()
  while (rest !== '') {
    const found = /^(?:'((?:[^']|'')*)'|([^,']*?))\s*(?:,\s*|$)/.exec(rest)
    if (found === null) return { ok: false, problem: `expected a value and a comma at ${rest.slice(0, 20)}` }
    const [whole, inQuotes, plain = ''] = found
    if (inQuotes === undefined && plain === '')
      return { ok: false, problem: "a value is missing: write null or ''" }
    values.push(inQuotes?.replaceAll("''", "'") ?? (/^null$/i.test(plain) ? null : plain))
    if (/,\s*$/.test(whole) && rest.length === whole.length)
      return { ok: false, problem: 'a value is missing after the last comma' }
    rest = rest.slice(whole.length)
  }
  return { ok: true, value: values }
}

/** The values as they are typed. */
export function valuesText(values: readonly (string | null)[]): string {
  return values
    .map((value) =>
      value === null ? 'null' : /^[\w.+-]+$/.test(value) && !/^null$/i.test(value) ? value : quoted(value),
    )
    .join(', ')
}

/** A query without the EXPLAIN that somebody has put in front of it: that one is ours to say, and without ANALYZE. */
export function withoutExplain(text: string): string {
  return text.replace(/^\s*explain\b\s*(?:\([^()]*\)|(?:\s*\b(?:analyze|analyse|verbose)\b)*)\s*/i, '')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

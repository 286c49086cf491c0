/** What kind of value a key has, where the format itself does not tell (text, XML, empty groups of YAML). */

/** Keys whose value is a list of texts. In text they stand on one line, comma separated. */
export const TEXT_LISTS: ReadonlySet<string> = new Set([
  'Output',
  'Sort Key',
  'Presorted Key',
  'Group Key',
  'Hash Key',
  'Params Evaluated',
  'Conflict Arbiter Indexes',
  'Sampling Parameters',
  'Sort Methods Used',
])

/** Keys whose value is a list of objects or of lists. */
export const GROUP_LISTS: ReadonlySet<string> = new Set([
  'Plans',
  'Workers',
  'Triggers',
  'Target Tables',
  'Grouping Sets',
  'Group Keys',
  'Hash Keys',
])

/** Keys with a text that may look like a number or a truth value: names and expressions. */
const TEXTS: ReadonlySet<string> = new Set([
  'Alias',
  'Schema',
  'Relation',
  'Relations',
  'Window',
  'Cache Key',
  'Order By',
  'Query Text',
  'Query Parameters',
  'Repeatable Seed',
  'Run Condition',
])

const TEXT_ENDINGS = / (?:Name|Cond|Filter|Call|SQL|Text|Provider|Key|Method|File|Program)$/

/** Whether the value stays text even where it looks like a number: `Filter: false`, a table named `1`. */
export function isText(key: string): boolean {
  if (key.startsWith('Rows Removed by ')) return false
  return TEXTS.has(key) || key === 'Filter' || TEXT_ENDINGS.test(key)
}

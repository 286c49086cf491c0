/** Which of the statements that the server remembers are of this program: nobody wants those explained. */
import type { Entry, ServerFacts } from '#queries/define.ts'

/** Constants are told as $1, $2, …: a text is compared up to its first one, which must come so late. */
const LEAST_BEGINNING = 30

/** The comment that begins each of our texts; since 18 pg_stat_statements leaves it out. */
const OURS = /^\s*\/\* pgtriage:[\w-]+ \*\/\s*/

/** The name under which a statement is prepared to be explained. */
const PREPARED = 'pgtriage_explain'

/** Tells of a text whether it is one of the entries' on this server, or was sent to explain another. */
export function ownStatements(
  catalog: readonly Entry[],
  facts: ServerFacts | null,
): (query: string) => boolean {
  const texts = facts === null ? [] : catalog.map((entry) => entry.sql(facts))
  const beginnings = texts
    .filter((text) => typeof text === 'string')
    .map((text) => text.replace(OURS, '').split(/['$]|\b\d/, 1)[0] ?? '')
    .filter(({ length }) => length >= LEAST_BEGINNING)
  return (query) =>
    OURS.test(query) ||
    query.includes(PREPARED) ||
    beginnings.some((beginning) => query.trimStart().startsWith(beginning))
}

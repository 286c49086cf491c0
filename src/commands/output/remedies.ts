/** The SQL of what was found, whole, so that it can be copied: a table would have to cut it. */
import { toSafeText } from '#src/text/safe.ts'

/** A block for each, headed by a comment; empty without any SQL. Texts are raw. */
export function remedyBlocks(
  found: readonly { readonly about: string; readonly sql: readonly string[] }[],
): string {
  return found
    .filter(({ sql }) => sql.length > 0)
    .map(({ about, sql }) => `\n${[`-- ${about}`, ...sql].map((line) => `${toSafeText(line)}\n`).join('')}`)
    .join('')
}

/** The statement of the user: prepared, planned, run. Its text always stands last. */
import { literal } from '../session.ts'

const NAME = 'pgtriage_explain'

/** A message that ends with the text of the user, and how many UTF-16 units stand before that. */
export interface WithText {
  readonly text: string
  readonly prefixLength: number
}

/**
 * Prepares it, which runs nothing and takes nothing but one SELECT, INSERT, UPDATE, DELETE, MERGE or VALUES (and, since
 * 15, SELECT INTO). `types` holds the placeholders' types by number, null for one that the server finds out.
 */
export function prepare(text: string, types: readonly (string | null)[]): WithText {
  const list = types.map((type) => type ?? 'pg_catalog.unknown')
  return behind(`PREPARE ${NAME}${list.length === 0 ? '' : ` (${list.join(', ')})`} AS `, text)
}

export const deallocate = `/* pgtriage:explain */ DEALLOCATE ${NAME}`

/** Its placeholders' types as a JSON array, and whether it gives no rows (known since 16; false before). */
export function prepared(versionNum: number): string {
  return `/* pgtriage:explain */ SELECT
  pg_catalog.array_to_json(p.parameter_types::pg_catalog.text[]) AS parameter_types,
  ${versionNum >= 160000 ? 'p.result_types IS NULL' : 'false'} AS is_without_rows
FROM pg_catalog.pg_prepared_statements AS p
WHERE p.name OPERATOR(pg_catalog.=) '${NAME}'::pg_catalog.text`
}

/** EXPLAIN of the prepared statement with these values. Options in brackets: a text cannot add any. */
export function explainPrepared(options: readonly string[], values: readonly (string | null)[]): string {
  const list = values.map((value) => (value === null ? 'NULL' : literal(value)))
  return `${explain(options)}EXECUTE ${NAME}${list.length === 0 ? '' : `(${list.join(', ')})`}`
}

/** EXPLAIN of the text itself. */
export function explainText(options: readonly string[], text: string): WithText {
  return behind(explain(options), text)
}

function explain(options: readonly string[]): string {
  return `EXPLAIN (${[...options, 'FORMAT JSON'].join(', ')}) `
}

function behind(prefix: string, text: string): WithText {
  const start = `/* pgtriage:explain */ ${prefix}`
  return { text: `${start}${text}`, prefixLength: start.length }
}

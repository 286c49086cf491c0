/**
 * Hypothetical indexes of the extension HypoPG: known to the EXPLAIN of one session alone, never built, and gone with
 * the session (hypopg.readthedocs.io, Usage).
 */
import { literal } from './session.ts'

/** Makes one known to the planner; gives its number, its name in plans, and the bytes it would take. */
export function createHypothetical(schema: string, definition: string): string {
  const hypopg = identifier(schema)
  return `/* pgtriage:hypopg-create */
SELECT
  made.indexrelid AS oid,
  made.indexname AS name,
  ${hypopg}.hypopg_relation_size(made.indexrelid) AS size
FROM ${hypopg}.hypopg_create_index(${literal(definition)}) AS made`
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The transaction in which an entry is asked of another database, on a connection that nothing of ours is set for. */

export const beginReading = '/* pgtriage:other-database */ BEGIN READ ONLY'

/** Bounds and names for the rest of the transaction; ms. */
export function boundReading(statementMs: number, lockMs: number): string {
  return `/* pgtriage:other-database */
SELECT
  pg_catalog.set_config('search_path', '', true),
  pg_catalog.set_config('statement_timeout', '${Math.trunc(statementMs)}', true),
  pg_catalog.set_config('lock_timeout', '${Math.trunc(lockMs)}', true)`
}

/** What several entries ask of pg_class in the same words. */

/**
 * Relations of users, as a condition on the namespace of `alias`. By oid: the planner knows how rare a namespace is, and
 * not what a name leaves of them.
 */
export function isOfUsers(alias: string): string {
  return `${alias}.relnamespace <> ALL (
    ARRAY(
      SELECT
        own.oid
      FROM pg_catalog.pg_namespace AS own
      WHERE own.nspname = ANY (ARRAY['pg_catalog', 'information_schema', 'pg_toast']::pg_catalog.name[])
    )
  )`
}

/**
 * Rows at the last VACUUM or ANALYZE; NULL for what was never counted: up to PostgreSQL 13 that has 0 rows and 0 pages,
 * later -1 rows.
 */
export function countedRows(alias: string, versionNum: number): string {
  const never =
    versionNum >= 140_000
      ? `${alias}.reltuples < 0::pg_catalog.float4`
      : `${alias}.relpages = 0 AND ${alias}.reltuples = 0::pg_catalog.float4`
  return `CASE WHEN ${never} THEN NULL ELSE ${alias}.reltuples::pg_catalog.int8 END`
}

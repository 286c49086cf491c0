/** Names for the rows of entries that go by functions while the catalogs of names are locked. */
import type { Row, ServerFacts } from './define.ts'

/** The row with `datname` and `usename` as they were known at the connect. */
export function withNames(row: Row, { databaseNames, roleNames }: ServerFacts): Row {
  const { datid, usesysid } = row
  return {
    ...row,
    datname: typeof datid === 'number' ? (databaseNames.get(datid) ?? null) : null,
    usename: typeof usesysid === 'number' ? (roleNames.get(usesysid) ?? null) : null,
  }
}

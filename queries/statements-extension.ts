/** Where pg_stat_statements is on a server, and which of its versions. */
import { type ServerFacts, type Unavailable, unavailable } from './define.ts'

/** The extension as an entry's text needs it. */
export interface StatementsExtension {
  /** The schema it was installed in, quoted. */
  readonly schema: string
  /** 11 of version `1.11`; it stays what it was until ALTER EXTENSION … UPDATE, whatever the server's version. */
  readonly minor: number
  /** A time in execution: `total` is `total_time`, and `total_exec_time` since 1.8. */
  time(name: 'total' | 'mean' | 'min' | 'max' | 'stddev'): string
}

/** The extension in the connected database, or what is missing. */
export function statementsExtension({
  extensions,
  database,
}: ServerFacts): StatementsExtension | Unavailable {
  const extension = extensions.pg_stat_statements
  if (extension === undefined) {
    return unavailable(
      `pg_stat_statements is not installed in database ${database}`,
      'add it to shared_preload_libraries, restart, and CREATE EXTENSION pg_stat_statements',
    )
  }
  const minor = Number(extension.version.split('.')[1] ?? 0)
  return {
    schema: `"${extension.schema.replaceAll('"', '""')}"`,
    minor,
    time: (name) => (minor >= 8 ? `${name}_exec_time` : `${name}_time`),
  }
}

/** Where pg_stat_statements is on a server, and which of its versions. */
import { type Column, type ServerFacts, type Unavailable, unavailable } from './define.ts'

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

/** How often a statement ran, and for how long, as every entry over the extension tells it. */
export const executionColumns = [
  {
    id: 'toplevel',
    label: 'top level',
    kind: 'bool',
    meaning: 'Sent by a client, or run inside a function; NULL where the extension is older than 1.9.',
  },
  { id: 'calls', label: 'calls', kind: 'count', counter: true, meaning: 'Times it ran.' },
  {
    id: 'total_seconds',
    label: 'total',
    kind: 'seconds',
    counter: true,
    meaning: 'Time in execution, all calls together.',
  },
  { id: 'mean_seconds', label: 'mean', kind: 'seconds', meaning: 'Mean time in execution.' },
] as const satisfies readonly Column[]

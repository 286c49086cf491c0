/** The settings of a throw-away server: small, quick to start, with what an incident needs switched on. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** What decides the configuration of one server. */
export interface ConfigurationInput {
  readonly port: number
  readonly socketDirectory: string
  readonly binaries: string
  readonly settings: Readonly<Record<string, string>>
}

/** The lines that are appended to postgresql.conf; the last one of a name wins there. */
export function configuration(input: ConfigurationInput): string {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(input.port),
    unix_socket_directories: input.socketDirectory,
    // Nothing here outlives the process, so nothing has to survive a crash.
    fsync: 'off',
    full_page_writes: 'off',
    shared_buffers: '48MB',
    huge_pages: 'off',
    min_wal_size: '32MB',
    max_wal_size: '128MB',
    max_prepared_transactions: '10',
    track_io_timing: 'on',
    log_lock_waits: 'on',
    logging_collector: 'off',
    log_line_prefix: '%m [%p] %q%u@%d/%a ',
    lc_messages: 'C',
    ...(hasStatements(input.binaries) ? { shared_preload_libraries: 'pg_stat_statements' } : {}),
    ...input.settings,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`)
  return `\n${lines.join('\n')}\n`
}

// The server does not start when a preloaded library is missing. The package directory lies beside `bin` in
// every layout that is looked for; Debian's contrib has been part of the server package since 10.
function hasStatements(binaries: string): boolean {
  return ['lib/postgresql', 'lib', 'lib64/pgsql', 'lib64'].some((directory) =>
    ['so', 'dylib'].some((suffix) =>
      existsSync(join(binaries, '..', directory, `pg_stat_statements.${suffix}`)),
    ),
  )
}

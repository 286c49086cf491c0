/** What is asked of a server at every connect: who it is, what this role may see, and the names behind oids. */
import { defineEntry } from './define.ts'

/** One row; `sql` relies on `versionNum` alone, because the other facts are what it is asked for. */
export const serverFacts = defineEntry({
  id: 'server-facts',
  title: 'Server facts',
  about: 'Which server is this, and what may this role see and do on it?',
  reads: ['current_setting()', 'pg_has_role()', 'pg_control_system()', 'pg_control_checkpoint()'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: [],
  columns: [
    {
      id: 'version_num',
      label: 'version number',
      kind: 'count',
      meaning: '`server_version_num`: 180004 for 18.4.',
    },
    {
      id: 'version',
      label: 'version',
      kind: 'text',
      meaning: '`server_version`, with what a packager added.',
    },
    {
      id: 'system_identifier',
      label: 'system',
      kind: 'id',
      meaning:
        'The number that initdb gave this cluster and all its standbys; NULL where the role may not execute pg_control_system().',
    },
    {
      id: 'timeline',
      label: 'timeline',
      kind: 'count',
      meaning:
        'Timeline of the last checkpoint, which follows a promotion within moments; NULL where the role may not execute pg_control_checkpoint().',
    },
    { id: 'started_at', label: 'started', kind: 'time', meaning: '`pg_postmaster_start_time()`.' },
    {
      id: 'in_recovery',
      label: 'standby',
      kind: 'bool',
      meaning: 'True while it replays WAL: a standby, or a restore under way.',
    },
    { id: 'database', label: 'database', kind: 'name', meaning: 'The database that we are connected to.' },
    { id: 'role', label: 'role', kind: 'name', meaning: '`current_user`, whose rights count.' },
    { id: 'superuser', label: 'superuser', kind: 'bool', meaning: 'Whether that role is a superuser.' },
    {
      id: 'reads_all_stats',
      label: 'sees all',
      kind: 'bool',
      meaning:
        'Sees the details of all sessions: a superuser, or a member of pg_read_all_stats or pg_monitor.',
    },
    {
      id: 'signals_backends',
      label: 'may signal',
      kind: 'bool',
      meaning:
        "May cancel and terminate sessions of other roles: a superuser, or a member of pg_signal_backend (not for a superuser's).",
    },
    {
      id: 'uses_reserved_connections',
      label: 'may use reserved',
      kind: 'bool',
      meaning:
        'Gets in when ordinary roles no longer do: a superuser, or a member of pg_use_reserved_connections (16+).',
    },
    {
      id: 'max_connections',
      label: 'max connections',
      kind: 'count',
      meaning: 'Setting `max_connections`.',
    },
    {
      id: 'superuser_reserved_connections',
      label: 'for superusers',
      kind: 'count',
      meaning: 'Setting of that name: the last connections, for superusers alone.',
    },
    {
      id: 'reserved_connections',
      label: 'reserved',
      kind: 'count',
      meaning: 'Setting of that name: connections for members of pg_use_reserved_connections; 0 before 16.',
    },
    {
      id: 'track_activity_query_size',
      label: 'query size',
      kind: 'count',
      meaning: 'Bytes that the server keeps of each running query, one of them for the end mark.',
    },
    {
      id: 'server_encoding',
      label: 'encoding',
      kind: 'text',
      meaning: 'Encoding of this database; queries of sessions elsewhere are in that of theirs.',
    },
    {
      id: 'backend_pid',
      label: 'our pid',
      kind: 'pid',
      meaning:
        'Pid of the backend that answers: behind a pooler another one than the connection was told at its start.',
    },
  ],
  sql: ({ versionNum }) => `/* pgtriage:server-facts */
SELECT
  pg_catalog.current_setting('server_version_num')::pg_catalog.int8 AS version_num,
  pg_catalog.current_setting('server_version') AS version,
  ${controlData('system_identifier', 'pg_control_system()')}::pg_catalog.int8 AS system_identifier,
  ${controlData('timeline_id', 'pg_control_checkpoint()')}::pg_catalog.int8 AS timeline,
  pg_catalog.pg_postmaster_start_time() AS started_at,
  pg_catalog.pg_is_in_recovery() AS in_recovery,
  pg_catalog.current_database() AS database,
  CURRENT_USER AS role,
  pg_catalog.current_setting('is_superuser') = 'on'::pg_catalog.text AS superuser,
  pg_catalog.pg_has_role('pg_read_all_stats', '${versionNum >= 150000 ? 'USAGE' : 'MEMBER'}') AS reads_all_stats,
  pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') AS signals_backends,
  ${
    versionNum >= 160000
      ? "pg_catalog.pg_has_role('pg_use_reserved_connections', 'USAGE')"
      : "pg_catalog.current_setting('is_superuser') = 'on'::pg_catalog.text"
  } AS uses_reserved_connections,
  pg_catalog.current_setting('max_connections')::pg_catalog.int8 AS max_connections,
  pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int8 AS superuser_reserved_connections,
  ${versionNum >= 160000 ? "pg_catalog.current_setting('reserved_connections')" : "'0'"}::pg_catalog.int8 AS reserved_connections,
  ${settingInBytes('track_activity_query_size')} AS track_activity_query_size,
  pg_catalog.current_setting('server_encoding') AS server_encoding,
  pg_catalog.pg_backend_pid() AS backend_pid`,
})

/** The installed extensions of this database, by which entries choose their text. */
export const extensions = defineEntry({
  id: 'extensions',
  title: 'Extensions',
  about: 'Which extensions does this database have, in which version and schema?',
  reads: ['pg_extension', 'pg_namespace'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['name'],
  columns: [
    { id: 'name', label: 'extension', kind: 'name', meaning: 'Name of the extension.' },
    {
      id: 'version',
      label: 'version',
      kind: 'text',
      meaning: 'Installed version; it stays behind the server until ALTER EXTENSION … UPDATE.',
    },
    { id: 'schema', label: 'schema', kind: 'name', meaning: 'Schema that holds its objects.' },
  ],
  sql: () => `/* pgtriage:extensions */
SELECT
  e.extname AS name,
  e.extversion AS version,
  n.nspname AS schema
FROM pg_catalog.pg_extension AS e
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
ORDER BY e.extname
LIMIT 1000`,
})

/** Names of roles, so that they can be told while pg_authid is locked. */
export const roleNames = defineEntry({
  id: 'role-names',
  title: 'Role names',
  about: 'Which name belongs to which role oid?',
  reads: ['pg_roles'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['oid'],
  columns: [
    { id: 'oid', label: 'oid', kind: 'oid', meaning: 'Oid of the role.' },
    { id: 'name', label: 'role', kind: 'name', meaning: 'Name of the role.' },
  ],
  sql: () => `/* pgtriage:role-names */
SELECT
  r.oid AS oid,
  r.rolname AS name
FROM pg_catalog.pg_roles AS r
ORDER BY r.oid
LIMIT 20000`,
})

/** Names of databases, so that they can be told while pg_database is locked. */
export const databaseNames = defineEntry({
  id: 'database-names',
  title: 'Database names',
  about: 'Which name belongs to which database oid?',
  reads: ['pg_database'],
  pace: 'onDemand',
  waits: 'catalog locks',
  identity: ['oid'],
  columns: [
    { id: 'oid', label: 'oid', kind: 'oid', meaning: 'Oid of the database.' },
    { id: 'name', label: 'database', kind: 'name', meaning: 'Name of the database.' },
  ],
  sql: () => `/* pgtriage:database-names */
SELECT
  d.oid AS oid,
  d.datname AS name
FROM pg_catalog.pg_database AS d
ORDER BY d.oid
LIMIT 20000`,
})

/**
 * A value of the control file, NULL where EXECUTE was revoked. The executor checks the right to call a function
 * before it evaluates anything, so a CASE around the call fails all the same (measured, 13 to 18);
 * query_to_xml() looks at its text only when it is called.
 */
function controlData(column: string, call: string): string {
  return `CASE
    WHEN pg_catalog.has_function_privilege('pg_catalog.${call}', 'EXECUTE')
    THEN pg_catalog.substring(
      pg_catalog.query_to_xml('SELECT ${column} AS v FROM pg_catalog.${call}', false, false, '')::pg_catalog.text,
      '<v>([0-9]+)</v>'
    )
  END`
}

/** A setting of unit byte: current_setting() tells 1024 as `1kB` and 1500 as `1500B`. */
function settingInBytes(name: string): string {
  const value = `pg_catalog.current_setting('${name}')`
  return `pg_catalog.pg_size_bytes(pg_catalog.regexp_replace(${value}, '(?<=[0-9])B$', ''))`
}

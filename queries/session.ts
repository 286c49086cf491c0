/**
 * The statements that sessions need for themselves: their settings, and the cancelling of their own statements.
 * They are no catalog entries, as nobody asks for them and no screen shows their rows.
 */

/** The bound of a statement that names no other, ms (`statement_timeout`). */
export const STATEMENT_TIMEOUT_MS = 2000

/**
 * Settings that exist on every server from 13 to 18, sent with the startup packet: there they win over
 * ALTER ROLE … SET and ALTER DATABASE … SET (manual: Parameter Interaction via the Configuration File and SQL).
 */
export const startSettings = {
  // No function or operator of a user's schema may run as us (CVE-2018-1058).
  search_path: '',
  statement_timeout: String(STATEMENT_TIMEOUT_MS),
  // Below deadlock_timeout (1 s): never enter the deadlock check, never make autovacuum give way to us.
  lock_timeout: '500',
  idle_in_transaction_session_timeout: '5000',
  // A seat-belt: it does not stop VACUUM, COPY TO PROGRAM or ALTER SYSTEM.
  default_transaction_read_only: 'on',
  // Compiling costs more than a catalog query, and workers belong to the patient.
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
} as const satisfies Readonly<Record<string, string>>

/**
 * Settings for the startup packet of a session on which EXPLAIN runs a statement of the user's: bounds, and nothing
 * that the planner heeds, or the plan would be none that the user's own sessions get.
 */
export const dedicatedStartSettings = {
  statement_timeout: String(STATEMENT_TIMEOUT_MS),
  lock_timeout: startSettings.lock_timeout,
  idle_in_transaction_session_timeout: startSettings.idle_in_transaction_session_timeout,
  default_transaction_read_only: 'on',
  // The text of the user has to arrive as it was written, whatever the database is stored in.
  client_encoding: 'UTF8',
} as const satisfies Readonly<Record<string, string>>

/** Settings by name, as texts. */
export type Settings = Readonly<Record<string, string>>

/**
 * Settings for after the login, in one statement; one that this server does not have is left out.
 * `client_connection_check_interval` (14+): when we are killed in the middle of a statement, the server ends it.
 */
export function lateSettings(applicationName: string): string {
  return `/* pgtriage:session-settings */
SELECT
  pg_catalog.set_config(setting.name, wanted.value, false) AS value
FROM (
  VALUES
    ('application_name', ${literal(applicationName)}),
    ('client_connection_check_interval', '2000')
) AS wanted (name, value)
INNER JOIN pg_catalog.pg_settings AS setting
  ON setting.name OPERATOR(pg_catalog.=) wanted.name`
}

/**
 * Takes texts unconverted from a server that does not store UTF-8: otherwise one byte that it cannot convert,
 * in anybody's query, fails the whole answer (22021).
 */
export const unconvertedTexts = "/* pgtriage:session-settings */ SET client_encoding = 'SQL_ASCII'"

/** Bounds the statements that follow on this session. */
export function statementTimeout(ms: number): string {
  return `/* pgtriage:session-settings */ SET statement_timeout = ${Math.trunc(ms)}`
}

/** No statement at all: its answer takes one round trip and next to no work of the server. */
export const roundTrip = '/* pgtriage:round-trip */'

/** Cancels a statement of one of our own other sessions. */
export function cancelOwn(pid: number): string {
  return `/* pgtriage:cancel-own */ SELECT pg_catalog.pg_cancel_backend(${Math.trunc(pid)}) AS sent`
}

/**
 * Ends one of our own sessions that heeds no cancel (a function may catch it), so that it holds nothing any more. By
 * then another process may have its number: that is none of ours.
 */
export function terminateOwn(pid: number, applicationName: string): string {
  return `/* pgtriage:terminate-own */
SELECT
  pg_catalog.pg_terminate_backend(a.pid) AS sent
FROM pg_catalog.pg_stat_get_activity(${Math.trunc(pid)}) AS a
INNER JOIN pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS us ON us.usesysid = a.usesysid
WHERE a.application_name = ${literal(applicationName)}::pg_catalog.text`
}

/** The one message that a statement becomes behind a pooler: nothing it sets outlives its transaction. */
export function inTransaction(text: string, settings: Settings): string {
  const locals = Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = ${literal(value)};`)
  return `BEGIN READ ONLY;\n${locals.join('\n')}\n${text.trimEnd().replace(/;$/, '')}\n;\nCOMMIT`
}

/** Ends a transaction that an error left open. */
export const rollback = 'ROLLBACK'

/** Plans a statement without running it, so that the session has read every catalog that it needs. */
export function planOnly(text: string): string {
  return `EXPLAIN ${text}`
}

/** A text as a literal, whatever `standard_conforming_strings` says. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  return text.includes('\\') ? ` E${quoted}` : quoted
}

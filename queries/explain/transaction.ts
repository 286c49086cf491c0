/**
 * The transaction in which a statement is explained. Sent with the search_path of the user, so that every name and
 * every operator is told with its schema: no function of a user's schema may come between.
 */
import { literal } from '../session.ts'

/** `read only` until a person has agreed to a statement that writes. */
export function begin(access: 'read only' | 'read write'): string {
  return `/* pgtriage:explain */ BEGIN ISOLATION LEVEL READ COMMITTED, ${access.toUpperCase()}, NOT DEFERRABLE`
}

/** Bounds in ms that the server keeps for the rest of the transaction. */
export interface Bounds {
  readonly statementMs: number
  readonly lockMs: number
  readonly idleMs: number
  /** All of it together; for servers that have `transaction_timeout` (17+). */
  readonly transactionMs: number
}

export function setBounds(bounds: Bounds, versionNum: number): string {
  const settings: readonly (readonly [string, number])[] = [
    ['statement_timeout', bounds.statementMs],
    ['lock_timeout', bounds.lockMs],
    ['idle_in_transaction_session_timeout', bounds.idleMs],
    ...(versionNum >= 170000 ? ([['transaction_timeout', bounds.transactionMs]] as const) : []),
  ]
  return setLocally(settings.map(([name, ms]) => `${literal(name)}, '${Math.trunc(ms)}'`))
}

/** Settings of the person, as bind parameters: name, value, name, value, … */
export function setGiven(count: number): string {
  return setLocally(Array.from({ length: count }, (_none, at) => `$${2 * at + 1}, $${2 * at + 2}`))
}

/** One setting that a way of planning needs. */
export function setPlanCacheMode(mode: string): string {
  return setLocally([`'plan_cache_mode', ${literal(mode)}`])
}

function setLocally(pairs: readonly string[]): string {
  const calls = pairs.map((pair) => `pg_catalog.set_config(${pair}, true)`)
  return `/* pgtriage:explain */ SELECT ${calls.join(', ')}`
}

/** The schemas in which names without one are looked for, as a JSON array. */
export const searchPath =
  '/* pgtriage:explain */ SELECT pg_catalog.array_to_json(pg_catalog.current_schemas(true))'

/** A point to come back to when a text is not accepted. */
export const savepoint = '/* pgtriage:explain */ SAVEPOINT pgtriage_explain'
export const backToSavepoint = '/* pgtriage:explain */ ROLLBACK TO SAVEPOINT pgtriage_explain'

export const rollbackAll = '/* pgtriage:explain */ ROLLBACK'

/** Advisory locks of a session outlive its transactions. */
export const releaseAdvisoryLocks = '/* pgtriage:explain */ SELECT pg_catalog.pg_advisory_unlock_all()'

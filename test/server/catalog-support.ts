/** What the tests of catalog entries share: entries with parameters to ask them with, and the check of kinds. */
import type pg from 'pg'
import { expect } from 'vitest'
import { catalog } from '#queries/catalog.ts'
import type { ColumnKind, Entry, Row, Value } from '#queries/define.ts'
import type { Server } from '#src/server/contract.ts'

/** Every entry that changes nothing. */
export const asking = catalog.filter(({ acts }) => acts === undefined)

/** A session that entries about one backend are asked for. */
export interface Subject {
  readonly pid: number
  readonly backendStart: string
  readonly datid: number
  readonly usesysid: number
}

/** The subject that a client is. */
export async function subjectOf(client: pg.Client): Promise<Subject> {
  const { rows } = await client.query(
    `SELECT pid, backend_start::text AS "backendStart", datid::int4, usesysid::int4
     FROM pg_stat_get_activity(pg_backend_pid())`,
  )
  return rows[0] as Subject
}

/** Values for an entry's parameters. */
export function parametersFor({ parameters = [] }: Entry, subject: Subject): readonly Value[] {
  const values: Readonly<Record<string, Value>> = {
    pid: subject.pid,
    pids: [subject.pid],
    backend_start: subject.backendStart,
    query_id: 1n,
    datid: subject.datid,
    usesysid: subject.usesysid,
    // pg_class, one of its indexes, and no relation.
    relids: [1259, 2662, 1],
    relid: 1259,
    relations: '[{"schema": "pg_catalog", "name": "pg_class"}, {"schema": null, "name": "pg_type"}]',
    functions: '[{"text": "lower", "schema": null, "name": "lower"}]',
    constraints: '[{"name": "none", "relation": "none"}]',
  }
  return parameters.map(({ name }) => {
    const value = values[name]
    if (value === undefined) throw new Error(`no value for parameter ${name}`)
    return value
  })
}

/** The rows of an entry, or the failure as an error. */
export async function rowsOf(server: Server, entry: Entry, subject: Subject): Promise<readonly Row[]> {
  const outcome = await server.run(entry, { parameters: parametersFor(entry, subject) })
  if (!outcome.ok) throw new Error(`${entry.id}: ${outcome.failure.message}`)
  return outcome.rows as readonly Row[]
}

const whole = (value: Value) => typeof value === 'bigint' || Number.isInteger(value)
const text = (value: Value) => typeof value === 'string'

/** What a value of each kind must be, when it is not NULL. */
const kinds: Readonly<Record<ColumnKind, (value: Value) => boolean>> = {
  pid: (value) => Number.isInteger(value),
  pids: (value) => Array.isArray(value) && value.every((pid) => Number.isInteger(pid)),
  oid: (value) => Number.isInteger(value) && Number(value) >= 0,
  xid: (value) => text(value) && /^\d+$/.test(String(value)),
  name: text,
  text,
  sql: text,
  count: whole,
  bytes: whole,
  id: whole,
  seconds: (value) => typeof value === 'number' && value >= 0,
  ratio: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  time: (value) => text(value) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(String(value)),
  bool: (value) => typeof value === 'boolean',
  lsn: text,
  json: () => true,
}

/** Fails unless each row has exactly the declared columns, each of its kind. */
export function expectDeclared(entry: Entry, rows: readonly Row[]): void {
  for (const row of rows) {
    expect(Object.keys(row).toSorted()).toEqual(entry.columns.map(({ id }) => id).toSorted())
    for (const { id, kind } of entry.columns) {
      const value = row[id] ?? null
      expect(value === null || kinds[kind](value), `${entry.id}.${id} as ${kind}: ${String(value)}`).toBe(
        true,
      )
    }
  }
}

/** Who keeps VACUUM from removing dead rows, the worst first, and what would end it (manual: Routine Vacuuming). */
import type { EntryRow } from '#queries/define.ts'
import type { xminHolders } from '#queries/xmin-holders.ts'
import { quoteLiteral } from '#src/text/literals.ts'
import { duration } from '#src/text/units.ts'
import type { Remedy } from './finding.ts'

/** A row of the entry `xmin-holders`. */
export type XminHolderRow = EntryRow<typeof xminHolders>

/** One that holds the horizon; texts are raw. */
export interface XminHolder {
  readonly row: XminHolderRow
  /** Transaction ids given out since the oldest that it holds. */
  readonly age: number
  /** Whether it keeps dead rows in the tables of this database. */
  readonly holdsUserTables: boolean
  /** `pid 4711 (billing, role app)`, `prepared transaction 'order-77'`, `replication slot …`, `standby … (pid 7)`. */
  readonly label: string
  /** `idle in transaction for 14m07s`; null where nothing is known. */
  readonly doing: string | null
  /** Null for what ends by itself. */
  readonly remedy: Remedy | null
}

/** Those that hold the tables of this database come first, the oldest of each before the others. */
export function rankHolders(
  rows: readonly XminHolderRow[],
  ownPids: readonly number[] = [],
): readonly XminHolder[] {
  return rows
    .filter(({ kind, pid }) => kind !== 'session' || pid === null || !ownPids.includes(pid))
    .map(
      (row): XminHolder => ({
        row,
        age: Number(row.age ?? 0),
        holdsUserTables: row.holds_user_tables === true,
        label: labelOf(row),
        doing: doingOf(row),
        remedy: remedyOf(row),
      }),
    )
    .toSorted((a, b) => Number(b.holdsUserTables) - Number(a.holdsUserTables) || b.age - a.age)
}

function labelOf({ kind, pid, name, application_name, usename, backend_type }: XminHolderRow): string {
  switch (kind) {
    case 'prepared transaction':
      return `prepared transaction ${quoteLiteral(name ?? '')}`
    case 'replication slot':
      return `replication slot ${name}`
    case 'walsender':
      return `standby ${name === null || name === '' ? '' : `${name} `}(walsender ${pid})`
    default: {
      const isClient = backend_type === null || backend_type === 'client backend'
      const who = [
        isClient ? application_name : backend_type,
        usename === null ? null : `role ${usename}`,
      ].filter((part) => part !== null && part !== '')
      return `pid ${pid}${who.length === 0 ? '' : ` (${who.join(', ')})`}`
    }
  }
}

function doingOf(row: XminHolderRow): string | null {
  switch (row.kind) {
    case 'prepared transaction':
      return `prepared ${duration(row.since_seconds)} ago`
    case 'replication slot':
      if (row.active === true) return `in use by pid ${row.pid}`
      return row.since_seconds === null ? 'not in use' : `not in use for ${duration(row.since_seconds)}`
    case 'walsender':
      return 'with hot_standby_feedback'
    default:
      if (row.state === null) return row.since_seconds === null ? null : `for ${duration(row.since_seconds)}`
      return row.state === 'active'
        ? `in a transaction for ${duration(row.since_seconds)}`
        : `${row.state} for ${duration(row.state_seconds)}`
  }
}

function remedyOf(row: XminHolderRow): Remedy | null {
  switch (row.kind) {
    case 'prepared transaction':
      return prepared(row)
    case 'replication slot':
      return slot(row)
    case 'walsender':
      return {
        sql: ['ALTER SYSTEM SET hot_standby_feedback = off;', 'SELECT pg_catalog.pg_reload_conf();'],
        notes: [
          'Run it on that standby, or end the long query there instead.',
          'Without feedback, replay may cancel queries of the standby.',
        ],
      }
    default:
      return session(row)
  }
}

function session({ pid, backend_type, state }: XminHolderRow): Remedy | null {
  // A worker of the server is at a task of its own, and the next one would begin it anew.
  if (backend_type !== null && backend_type !== 'client backend') return null
  return {
    sql: [`SELECT pg_catalog.pg_terminate_backend(${pid});`],
    notes: [
      'It rolls back what the transaction has done.',
      ...(state === null ? ['What it is doing is hidden from this role: look first.'] : []),
    ],
  }
}

function prepared({ name, datname, usename }: XminHolderRow): Remedy {
  const gid = quoteLiteral(name ?? '')
  return {
    sql: [`ROLLBACK PREPARED ${gid};`],
    notes: [
      `Or COMMIT PREPARED ${gid}: only its transaction manager knows which.`,
      `Run it in database ${datname ?? '?'}, as ${usename ?? 'its owner'} or a superuser.`,
    ],
  }
}

function slot({ name, active, xmin_age, slot_type }: XminHolderRow): Remedy {
  if (active === true) {
    return {
      sql: [],
      notes: [
        xmin_age === null
          ? 'What reads the slot has to catch up: it holds system catalogs only.'
          : 'The standby that uses it has a long query, or lags: end that there, or set hot_standby_feedback = off there.',
      ],
    }
  }
  return {
    sql: [`SELECT pg_catalog.pg_drop_replication_slot(${quoteLiteral(name ?? '')});`],
    notes: [
      `Only if nothing will use it again: its ${slot_type === 'logical' ? 'subscriber' : 'standby'} would have to be set up anew.`,
    ],
  }
}

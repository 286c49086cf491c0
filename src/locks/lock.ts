/** One row of pg_locks, as the `locks` entry packs it. */

/** What is locked (manual: pg_locks); what a kind of thing does not have is null. */
export interface Locked {
  /** `relation`, `transactionid`, `tuple`, `advisory`, … */
  readonly locktype: string
  /** 0 for a shared thing, null for a transaction. */
  readonly database: number | null
  /** Of the database of a relation without a name; null elsewhere. */
  readonly databaseName: string | null
  readonly relation: number | null
  /** With its schema, quoted as SQL; null without a relation, and for one of another database. */
  readonly relationName: string | null
  readonly page: number | null
  readonly tuple: number | null
  readonly virtualxid: string | null
  readonly transactionid: string | null
  readonly classid: number | null
  /** The catalog of an `object`, where its name is known. */
  readonly className: string | null
  readonly objid: number | null
  readonly objsubid: number | null
}

/** A lock that is held or wanted. */
export interface Lock extends Locked {
  readonly granted: boolean
  readonly mode: string
  /** For the lock on a row: how many sessions hold RowExclusiveLock on its relation, as those who change rows do. */
  readonly writers: number
  /** For the lock on a row: how many sessions that are not in line hold RowShareLock on its relation, as lockers of rows do. */
  readonly sharers: number
}

/** The locks in the column `locks`; what is no list of locks gives none. */
export function locksIn(json: unknown): readonly Lock[] {
  return Array.isArray(json) ? json.flatMap((each) => (isRecord(each) ? [lockOf(each)] : [])) : []
}

/** The same text for locks on the same thing, and only for those. */
export function tagOf(lock: Locked): string {
  const { locktype, database, relation, page, tuple, virtualxid, transactionid, classid, objid, objsubid } =
    lock
  return [
    locktype,
    database ?? '',
    relation ?? '',
    page ?? '',
    tuple ?? '',
    virtualxid ?? '',
    transactionid ?? '',
    classid ?? '',
    objid ?? '',
    objsubid ?? '',
  ].join(' ')
}

function lockOf(json: Readonly<Record<string, unknown>>): Lock {
  return {
    granted: json.granted === true,
    mode: textOf(json.mode) ?? '',
    locktype: textOf(json.locktype) ?? '',
    database: numberOf(json.database),
    databaseName: null,
    relation: numberOf(json.relation),
    relationName: textOf(json.relation_name),
    page: numberOf(json.page),
    tuple: numberOf(json.tuple),
    virtualxid: textOf(json.virtualxid),
    transactionid: textOf(json.transactionid),
    classid: numberOf(json.classid),
    className: textOf(json.class_name),
    objid: numberOf(json.objid),
    objsubid: numberOf(json.objsubid),
    sharers: numberOf(json.sharers) ?? 0,
    writers: numberOf(json.writers) ?? 0,
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

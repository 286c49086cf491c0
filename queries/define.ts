/**
 * What a catalog entry is. An entry is one question asked of the server, as data: the columns it answers
 * with, how often it may be asked, what it can wait behind, and the SQL text for a given server.
 */

/** What a column holds; decides how it is parsed, aligned, formatted, summed and compared. */
export type ColumnKind =
  | 'pid'
  | 'pids'
  | 'oid'
  | 'xid'
  | 'name'
  | 'text'
  | 'sql'
  | 'count'
  | 'bytes'
  | 'seconds'
  | 'ratio'
  | 'time'
  | 'bool'
  | 'lsn'
  | 'id'
  | 'json'

/**
 * The JavaScript value a kind arrives as. `count`, `bytes` and `id` are a number while it is exact and a
 * bigint beyond 2^53; `time` is ISO 8601 in UTC with microseconds (`2026-01-31T23:59:59.123456Z`, or
 * `infinity`); `seconds` and `ratio` are doubles (ratio: 0 to 1); `xid` and `lsn` are PostgreSQL's own text.
 */
export type ValueOf<K extends ColumnKind> = K extends 'pid' | 'oid' | 'seconds' | 'ratio'
  ? number
  : K extends 'pids'
    ? readonly number[]
    : K extends 'count' | 'bytes' | 'id'
      ? number | bigint
      : K extends 'bool'
        ? boolean
        : K extends 'json'
          ? unknown
          : string

/** Any value a row can carry, before a column's kind is known. */
export type Value = number | bigint | string | boolean | readonly number[] | null | object

/** One column of an entry's answer. */
export interface Column {
  /** The column's name in the SQL and in JSON: PostgreSQL's own where the column is a view's. */
  readonly id: string
  /** The short heading on a screen. */
  readonly label: string
  readonly kind: ColumnKind
  /** What the value means, and what NULL means where that is not plain. One sentence. */
  readonly meaning: string
  /** Grows until a reset: the monitor derives a rate per second from it. */
  readonly counter?: true
  /** Server version (`server_version_num`) since which the column is filled; NULL on older servers. */
  readonly since?: number
}

/** A row as it leaves the server floor, keyed by column id. Every column can be NULL. */
export type RowOf<C extends readonly Column[]> = {
  readonly [K in C[number] as K['id']]: ValueOf<K['kind']> | null
}

/** A row of an entry whose columns are not known statically. */
export type Row = Readonly<Record<string, Value>>

/** What the connected role may see and do (manual: Predefined Roles). */
export interface RoleFacts {
  readonly name: string
  readonly superuser: boolean
  /** Sees all columns of other roles' backends (pg_read_all_stats, pg_monitor or superuser). */
  readonly readsAllStats: boolean
  /** May cancel and terminate other non-superusers' backends (pg_signal_backend or superuser). */
  readonly signalsBackends: boolean
  readonly usesReservedConnections: boolean
}

/** What is known of the connected server; read again at every connect. */
export interface ServerFacts {
  /** `server_version_num`: 180004 for 18.4. */
  readonly versionNum: number
  /** `server_version` as the server tells it. */
  readonly version: string
  /** `pg_control_system().system_identifier` as text; null where the role may not read it. */
  readonly systemIdentifier: string | null
  readonly timeline: number | null
  /** `pg_postmaster_start_time()`, ISO 8601 in UTC. */
  readonly startedAt: string
  readonly inRecovery: boolean
  readonly database: string
  readonly role: RoleFacts
  readonly maxConnections: number
  readonly superuserReservedConnections: number
  /** `reserved_connections` (16+), 0 before. */
  readonly reservedConnections: number
  readonly trackActivityQuerySize: number
  readonly serverEncoding: string
  readonly extensions: Readonly<Record<string, { readonly version: string; readonly schema: string }>>
  /** Behind a connection pooler: no SET outside a transaction, nothing may stay behind. */
  readonly pooled: boolean
  /** The pids of this program's own backends on this server. */
  readonly ownPids: readonly number[]
  /** Role and database names by oid, cached so that they can be told while their catalogs are locked. */
  readonly roleNames: ReadonlyMap<number, string>
  readonly databaseNames: ReadonlyMap<number, string>
}

/** Why an entry cannot be asked here, and what would make it possible (a GRANT, an extension, a setting). */
export interface Unavailable {
  readonly unavailable: string
  readonly remedy: string
}

/** The answer of `sql(facts)` where there is no SQL for this server. */
export function unavailable(reason: string, remedy: string): Unavailable {
  return { unavailable: reason, remedy }
}

/** How often an entry may be asked: up to each second, each 10 s and slower, or only when asked for. */
export type Pace = 'live' | 'steady' | 'onDemand'

/** What the statement can wait behind, at worst (see docs/catalog.md for what was proven with real locks). */
export type Waits = 'nothing' | 'catalog locks' | 'table locks'

/** A second way to the same columns, for when the first waits behind a lock on a shared catalog. */
export interface Fallback {
  readonly waits: 'nothing'
  sql(facts: ServerFacts): string
  /** Fills in what the fallback's SQL cannot ask for, from facts cached at connect. */
  complete?(row: Row, facts: ServerFacts): Row
}

/** A parameter of an on-demand or acting entry; sent as a bind parameter, never pasted into the text. */
export interface Parameter {
  readonly name: string
  /** The SQL type that the text casts it to. */
  readonly type: 'integer' | 'integer[]' | 'timestamptz' | 'text' | 'oid' | 'oid[]' | 'bigint'
  readonly meaning: string
}

/** One question to the server, or one act upon it. */
export interface Entry<C extends readonly Column[] = readonly Column[]> {
  readonly id: string
  readonly title: string
  /** The question it answers, one sentence. */
  readonly about: string
  /** Views, functions and catalogs that the text touches. */
  readonly reads: readonly string[]
  readonly pace: Pace
  readonly waits: Waits
  readonly columns: C
  /** Columns that identify a row across snapshots; empty for an entry of one row. */
  readonly identity: readonly C[number]['id'][]
  /** Bound in ms that the server is asked to keep (`statement_timeout`); 2000 unless told. */
  readonly timeoutMs?: number
  readonly parameters?: readonly Parameter[]
  /** Set on statements that change something: what they do to the server. */
  readonly acts?: string
  /** The text for this server, or why there is none. */
  sql(facts: ServerFacts): string | Unavailable
  readonly fallback?: Fallback
}

/** Declares an entry, with its row type inferred from `columns`. */
export function defineEntry<const C extends readonly Column[]>(entry: Entry<C>): Entry<C> {
  return entry
}

/** The row type of an entry: `EntryRow<typeof activity>`. */
export type EntryRow<E> = E extends Entry<infer C> ? RowOf<C> : never

/** What the server floor promises to the floors above: outcomes as values, never a throw for a server's fault. */
import type { Entry, EntryRow, ServerFacts, Value } from '#queries/define.ts'

/**
 * Why something did not work, for a reader. `message`, `detail` and `hint` may carry text of the server and
 * are hostile until sanitised. `sqlstate` is null where the fault is not the server's answer.
 */
export interface Failure {
  readonly kind:
    | 'conninfo'
    | 'network'
    | 'tls'
    | 'authentication'
    | 'refused'
    | 'statement'
    | 'timeout'
    | 'lost'
    | 'unavailable'
  readonly message: string
  readonly sqlstate: string | null
  readonly detail?: string
  readonly hint?: string
  /** The server asks for a password and none is known: ask for it and connect again. */
  readonly needsPassword?: true
}

/** What one run of an entry gave. `tookMs` is measured on our side, from send to the last row. */
export type Outcome<R> =
  | {
      readonly ok: true
      readonly rows: readonly R[]
      readonly tookMs: number
      /** Set when the rows came by the entry's fallback: why the first way was not possible. */
      readonly fallback?: Failure
    }
  | { readonly ok: false; readonly failure: Failure; readonly tookMs: number }

/** The state of the connection that polls, as the header tells it. */
export type Link =
  | { readonly status: 'connecting' }
  | { readonly status: 'up' }
  | {
      readonly status: 'down'
      readonly failure: Failure
      readonly attempts: number
      /** `performance.now()` at which the next attempt starts; null when none is planned (wrong password). */
      readonly retryAtMs: number | null
    }

/** Something the server told or became that a person should see once, in the order it happened. */
export type ServerEvent =
  | {
      readonly kind: 'notice'
      readonly severity: string
      readonly message: string
      readonly sqlstate: string
    }
  | {
      readonly kind: 'identity'
      readonly before: ServerFacts
      readonly after: ServerFacts
      readonly message: string
    }
  | { readonly kind: 'link'; readonly link: Link }
  | { readonly kind: 'facts'; readonly facts: ServerFacts }

/** `poll` carries what is watched; `control` never polls and carries actions; `task` is opened when needed. */
export type SessionName = 'poll' | 'control' | 'task'

export interface RunOptions {
  readonly session?: SessionName
  readonly parameters?: readonly Value[]
}

/** What a connection of its own is asked for. */
export interface DedicatedOptions {
  /** Null for the database that is connected. */
  readonly database: string | null
  readonly applicationName: string
  /** Ends the attempt to connect. */
  readonly signal: AbortSignal
}

/** How one message is sent on a connection of its own. */
export interface AskOptions {
  readonly values?: readonly (string | null)[]
  /**
   * `simple` runs whatever follows a semicolon: only for a text that the server took before as one statement.
   * `extended` unless told.
   */
  readonly protocol?: 'extended' | 'simple'
  /** The bound that the server was given, ms; a little later the statement is cancelled from outside. */
  readonly timeoutMs?: number
}

/** What one message gave: rows of PostgreSQL's own texts, or why there are none. */
export type Asked =
  | { readonly ok: true; readonly rows: readonly (readonly (string | null)[])[] }
  | {
      readonly ok: false
      readonly failure: Failure
      /** The code point of the sent text that the server points at, from 1. */
      readonly position: number | null
    }

/**
 * A connection of its own, with the settings that role and database give to the user's own sessions, beside short
 * bounds and a read-only default. Nothing that it does is shared with any other session; it is closed after use.
 */
export interface Dedicated {
  /** What is known of the server as this connection sees it: its database, whether a pooler is between. */
  readonly facts: ServerFacts
  /** Never rejects. */
  ask(text: string, options?: AskOptions): Promise<Asked>
  /** Runs an entry in the transaction that is open, within its bounds; never rejects. */
  run<E extends Entry>(entry: E, parameters?: readonly Value[]): Promise<Outcome<EntryRow<E>>>
  /** Cancels what runs on it, from another connection; by then the statement may not have begun, or be over. */
  cancel(): Promise<void>
  /** Cuts the connection, and ends its process on the server from another one. */
  drop(failure: Failure): Promise<void>
  close(): Promise<void>
}

export type DedicatedOutcome =
  | { readonly ok: true; readonly connection: Dedicated }
  | { readonly ok: false; readonly failure: Failure }

/** Where we are connected to, without any secret. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  /** `orders@db1:5432`, for the header; raw text. */
  readonly label: string
  readonly tls: boolean
}

/** One server, reached by up to three named sessions, reconnecting by itself, and at times by one of its own. */
export interface Server {
  readonly endpoint: Endpoint
  /** Null until the first connect has read them. */
  readonly facts: ServerFacts | null
  readonly link: Link
  /** False when only one connection was granted: actions then share the polling session. */
  readonly hasControl: boolean
  /** The shortest answer on the polling session since it connected (an empty statement, or any), ms; 0 while unknown. */
  readonly roundTripMs: number
  /** Runs an entry; never rejects. A second run of the same session waits for the first. */
  run<E extends Entry>(entry: E, options?: RunOptions): Promise<Outcome<EntryRow<E>>>
  /** Opens a connection of its own, one at a time; never rejects. */
  dedicated(options: DedicatedOptions): Promise<DedicatedOutcome>
  subscribe(listener: (event: ServerEvent) => void): () => void
  /** Tries to connect now instead of at the next planned time; nothing when the link is up. */
  reconnectNow(): void
  /** Closes every session, within 1 s even when the server does not answer. */
  close(): Promise<void>
}

/** Faults as values: what a reader is told when a server, the network or a login does not work. */
import { DatabaseError } from 'pg'
import type { Failure } from './contract.ts'

/** A fault on its way to becoming a value; thrown only inside this floor, and caught before it leaves. */
export class ServerFault extends Error {
  readonly failure: Failure

  constructor(failure: Omit<Failure, 'sqlstate'> & { readonly sqlstate?: string | null }, cause?: unknown) {
    super(failure.message, { cause })
    this.failure = { ...failure, sqlstate: failure.sqlstate ?? null }
  }
}

/** The failure that any thrown thing stands for. `kind` is used where the error does not tell by itself. */
export function failureOf(error: unknown, kind: Failure['kind']): Failure {
  if (error instanceof ServerFault) return error.failure
  if (error instanceof DatabaseError) return databaseFailure(error, kind)
  const message = error instanceof Error && error.message !== '' ? error.message : String(error)
  return { kind, message, sqlstate: null }
}

/** The code point of the sent text that the server's error points at, from 1; null where it points at none. */
export function positionOf(error: unknown): number | null {
  const position = error instanceof DatabaseError ? Number(error.position) : Number.NaN
  return Number.isInteger(position) && position > 0 ? position : null
}

/** Query canceled: by a timeout of the server, or by somebody. */
export const QUERY_CANCELED = '57014'
/** Lock not available within `lock_timeout`. */
const LOCK_NOT_AVAILABLE = '55P03'
/** No connection is left for this role, whichever limit it was (the texts differ by version). */
export const TOO_MANY_CONNECTIONS = '53300'
/** The server is starting, stopping or recovering. */
export const CANNOT_CONNECT_NOW = '57P03'
/** A startup parameter or a message that the other side does not understand: a pooler's answer. */
export const PROTOCOL_VIOLATION = '08P01'

/** Failures of a login that another attempt would only repeat (and may lock the account). */
export function isFinal(failure: Failure): boolean {
  return failure.kind === 'authentication' || failure.kind === 'conninfo' || failure.sqlstate === '3D000'
}

function databaseFailure(error: DatabaseError, kind: Failure['kind']): Failure {
  const sqlstate = error.code ?? null
  return {
    kind: sqlstate?.startsWith('28') ? 'authentication' : isTimeoutState(sqlstate) ? 'timeout' : kind,
    message: error.message,
    sqlstate,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  }
}

function isTimeoutState(sqlstate: string | null): boolean {
  return sqlstate === QUERY_CANCELED || sqlstate === LOCK_NOT_AVAILABLE
}

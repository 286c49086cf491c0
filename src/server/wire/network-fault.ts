/** Errors of the operating system and of OpenSSL, in words that say what to look at. */
import { ServerFault } from '../failure.ts'

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused (is it running, and does it listen there?)',
  ENOENT: 'there is no such socket (is it running, and is this its socket directory?)',
  EACCES: 'this user may not use the socket',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'no answer',
}

const CERTIFICATES: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed and not among the trusted ones (sslrootcert)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that is not trusted (sslrootcert)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is signed by an authority that is not trusted (sslrootcert)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is signed by an authority that is not trusted (sslrootcert)',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet (is the clock right?)',
  CERT_REVOKED: 'its certificate was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}

/** Why an address could not be reached: `no server at db1:5432: connection refused (…)`. */
export function dialFault(place: string, error: Error): ServerFault {
  const reason = REASONS[codeOf(error)] ?? describe(error)
  return new ServerFault({ kind: 'network', message: `no server at ${place}: ${reason}` }, error)
}

/** Why a name gave no address. */
export function lookupFault(host: string, error: Error): ServerFault {
  const message =
    codeOf(error) === 'EAI_AGAIN'
      ? `the name "${host}" cannot be looked up just now: the name service does not answer`
      : `the name "${host}" is not known: check its spelling`
  return new ServerFault({ kind: 'network', message }, error)
}

/** Why encryption could not be set up. */
export function tlsFault(place: string, error: Error): ServerFault {
  const reason = CERTIFICATES[codeOf(error)] ?? describe(error)
  return new ServerFault({ kind: 'tls', message: `no encrypted connection to ${place}: ${reason}` }, error)
}

/** Why a connection that stood is gone. */
export function lossFault(place: string, error: Error | null): ServerFault {
  const reason = error === null ? 'the connection was closed' : (REASONS[codeOf(error)] ?? describe(error))
  return new ServerFault({ kind: 'lost', message: `connection to ${place} lost: ${reason}` }, error)
}

/** An answer within the time did not come; `phase` says what was waited for. */
export function timeoutFault(place: string, ms: number, phase: string): ServerFault {
  return new ServerFault({ kind: 'timeout', message: `${place} did not ${phase} within ${ms / 1000} s` })
}

/** A server that cannot even start a process for us says so in an old form without a length: "E", text, zero or newline. */
export function earlyFault(place: string, answer: Buffer): ServerFault {
  const text =
    answer
      .subarray(1, 201)
      .toString('latin1')
      .split(/[\0\r\n]/)[0] ?? ''
  return new ServerFault({ kind: 'refused', message: `${place} refuses connections: ${text}` })
}

/** Something answered that does not speak PostgreSQL's protocol; shows how its answer starts. */
export function foreignFault(place: string, answer: Buffer): ServerFault {
  const start =
    answer
      .subarray(0, 40)
      .toString('latin1')
      .split(/[\r\n]/)[0] ?? ''
  const said = /^[\x20-\x7e]{4,}/.test(start) ? ` (it says "${start.trim()}")` : ''
  return new ServerFault({ kind: 'network', message: `${place} answers, but it is not PostgreSQL${said}` })
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** An AggregateError has no message of its own: its parts are told. */
function describe(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((part) => describe(part)).join('; ')
  return error.message || codeOf(error) || error.name
}

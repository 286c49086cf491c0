/** Where to connect to and how, worked out from everything the user gave, with libpq's rules. */
import { join } from 'node:path'
import type { Failure } from '#src/server/contract.ts'
import { type AuthSettings, authSettings } from './auth-settings.ts'
import { type Files, realFiles } from './files.ts'
import { givenSettings, type TargetSources } from './given-settings.ts'
import { ConninfoError, type KeywordName, refuseUnsupported } from './keywords.ts'
import { findPassword } from './password-file.ts'
import { Secret } from './secret.ts'
import { type TlsSettings, tlsSettings } from './tls-settings.ts'

export type { ConnectionFlags, TargetSources } from './given-settings.ts'

const DEFAULT_PORT = 5432
const DEFAULT_CONNECT_TIMEOUT_S = 10
/** Debian's directory and the one compiled into upstream's libpq; `localhost` in a password file means them. */
const SOCKET_DIRECTORIES = ['/var/run/postgresql', '/tmp']

/** One server and one way to be known there. Printing or inspecting it never shows a password. */
export interface Target {
  /** As given: a name, an address, or a directory of a Unix socket (`/…`, or `@…` for an abstract one). */
  readonly host: string
  /** The address to dial instead of looking `host` up; null without `hostaddr`. */
  readonly hostaddr: string | null
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: Secret | null
  /** Passphrase of the client certificate's key. */
  readonly keyPassword: Secret | null
  readonly prompt: 'whenAsked' | 'never' | 'always'
  readonly applicationName: string
  /** Command-line options for the server (`options`, `PGOPTIONS`); our own settings win over them. */
  readonly options: string
  readonly connectTimeoutMs: number
  /** Idle time before TCP probes start; null switches them off. */
  readonly keepAliveMs: number | null
  readonly tls: TlsSettings
  readonly auth: AuthSettings
  /** What was left aside and should be told: a password file that others can read. */
  readonly warnings: readonly string[]
}

/** The target, or the one sentence why there is none. */
export type ResolvedTarget =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly failure: Failure }

/** Works out the target from connection string, flags, environment, password file and defaults, in that order. */
export function resolveTarget(sources: TargetSources): ResolvedTarget {
  try {
    return { ok: true, target: targetOf(sources) }
  } catch (error) {
    if (!(error instanceof ConninfoError)) throw error
    return { ok: false, failure: { kind: 'conninfo', message: error.message, sqlstate: null } }
  }
}

function targetOf(sources: TargetSources): Target {
  const given = givenSettings(sources)
  refuseUnsupported(given)
  const value = (name: KeywordName): string => given.get(name) ?? ''
  const files = sources.files ?? realFiles

  const port = portNumber(value('port'))
  const host = value('host') || value('hostaddr') || socketDirectory(port, files)
  if (/,/.test(value('host') + value('hostaddr')))
    throw new ConninfoError('the connection string names several hosts: only one is supported yet')
  const user = value('user') || sources.osUser
  if (user === '') throw new ConninfoError('no user name is known: give one with -U or user=')
  const database = value('dbname') || user
  const typed = sources.password ?? value('password')
  const found =
    typed === ''
      ? findPassword(
          value('passfile') || join(sources.home, '.pgpass'),
          { host: SOCKET_DIRECTORIES.includes(host) ? 'localhost' : host, port, database, user },
          files,
        )
      : { password: typed, warning: null }
  const tls = tlsSettings(value, sources.home)
  if (tls.mode === 'verify-full' && value('host') === '' && value('hostaddr') !== '')
    throw new ConninfoError('sslmode verify-full needs the name of the server: give host beside hostaddr')

  return {
    host,
    hostaddr: value('hostaddr') || null,
    port,
    database,
    user,
    password: found.password === null ? null : new Secret(found.password),
    keyPassword: value('sslpassword') === '' ? null : new Secret(value('sslpassword')),
    prompt: sources.flags?.prompt ?? 'whenAsked',
    applicationName: value('application_name') || value('fallback_application_name') || 'pgtriage',
    options: value('options'),
    connectTimeoutMs: connectTimeoutMs(value('connect_timeout')),
    keepAliveMs: value('keepalives') === '0' ? null : keepAliveMs(value('keepalives_idle')),
    tls,
    auth: authSettings(value, sources.flags?.allowPlaintextPassword ?? false),
    warnings: found.warning === null ? [] : [found.warning],
  }
}

/** Where a server of this machine listens: the directory that holds a socket of this port, or the first. */
function socketDirectory(port: number, files: Files): string {
  return (
    SOCKET_DIRECTORIES.find(
      (directory) => files.facts(join(directory, `.s.PGSQL.${port}`))?.isSocket === true,
    ) ??
    SOCKET_DIRECTORIES[0] ??
    '/tmp'
  )
}

/** libpq's rules, with a bound where it has none: 0 and negative mean the default, 1 is taken as 2. */
function connectTimeoutMs(text: string): number {
  const seconds = text === '' ? 0 : wholeNumber('connect_timeout', text, Number.NEGATIVE_INFINITY, 2_147_483)
  return (seconds <= 0 ? DEFAULT_CONNECT_TIMEOUT_S : Math.max(2, seconds)) * 1000
}

function keepAliveMs(text: string): number {
  const seconds = text === '' ? 0 : wholeNumber('keepalives_idle', text, Number.NEGATIVE_INFINITY, 2_147_483)
  return (seconds <= 0 ? 10 : seconds) * 1000
}

/** In a URI with a "/" in its password, the start of the password stands in the place of the port: never repeated. */
function portNumber(text: string): number {
  const port = text === '' ? DEFAULT_PORT : readWhole(text, 1, 65_535)
  if (port !== null) return port
  throw new ConninfoError(
    'the port is not a number from 1 to 65535 (in a URI, a "/" in the password must be written %2F)',
  )
}

function wholeNumber(name: KeywordName, text: string, least: number, most: number): number {
  const number = readWhole(text, least, most)
  if (number === null) throw new ConninfoError(`${name} "${text}" is not a valid number`)
  return number
}

function readWhole(text: string, least: number, most: number): number | null {
  const trimmed = text.trim()
  const number = /^[+-]?\d+$/.test(trimmed) ? Number(trimmed) : Number.NaN
  return number >= least && number <= most ? number : null
}

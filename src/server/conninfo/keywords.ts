/** The connection keywords of libpq 13 to 18 (manual: Parameter Key Words, Environment Variables). */
import { distance } from '#src/text/nearest.ts'

/** How a keyword is treated. `only` names the values that hold here; any other is refused with `because`. */
interface Keyword {
  readonly env?: string
  /** Absent: every value is accepted. Present: other values would change the security or the target. */
  readonly only?: readonly string[]
  readonly because?: string
}

const files = 'service files are not read yet: give host, port, dbname and user instead'
const kerberos = 'Kerberos (GSSAPI) is not supported: use a role that logs in by scram or certificate'
const oneHost = 'only one host is supported yet'
const keys = 'only the password itself is supported'

/**
 * Every keyword, so that an unknown one is an error as in libpq. A keyword without `only` is either used or
 * cannot change which server is reached and how safely (keepalive counts, Kerberos names, …).
 */
export const keywords = {
  host: { env: 'PGHOST' },
  hostaddr: { env: 'PGHOSTADDR' },
  port: { env: 'PGPORT' },
  dbname: { env: 'PGDATABASE' },
  user: { env: 'PGUSER' },
  password: { env: 'PGPASSWORD' },
  passfile: { env: 'PGPASSFILE' },
  connect_timeout: { env: 'PGCONNECT_TIMEOUT' },
  options: { env: 'PGOPTIONS' },
  application_name: { env: 'PGAPPNAME' },
  fallback_application_name: {},
  sslmode: { env: 'PGSSLMODE' },
  sslnegotiation: { env: 'PGSSLNEGOTIATION' },
  sslrootcert: { env: 'PGSSLROOTCERT' },
  sslcert: { env: 'PGSSLCERT' },
  sslkey: { env: 'PGSSLKEY' },
  sslpassword: {},
  sslcrl: { env: 'PGSSLCRL' },
  sslsni: { env: 'PGSSLSNI' },
  ssl_min_protocol_version: { env: 'PGSSLMINPROTOCOLVERSION' },
  ssl_max_protocol_version: { env: 'PGSSLMAXPROTOCOLVERSION' },
  channel_binding: { env: 'PGCHANNELBINDING' },
  require_auth: { env: 'PGREQUIREAUTH' },
  keepalives: {},
  keepalives_idle: {},

  service: { env: 'PGSERVICE', only: [], because: files },
  servicefile: { env: 'PGSERVICEFILE', only: [], because: files },
  target_session_attrs: { env: 'PGTARGETSESSIONATTRS', only: ['any'], because: oneHost },
  load_balance_hosts: { env: 'PGLOADBALANCEHOSTS', only: ['disable'], because: oneHost },
  gssencmode: { env: 'PGGSSENCMODE', only: ['disable', 'prefer'], because: kerberos },
  requirepeer: { env: 'PGREQUIREPEER', only: [], because: 'the owner of a socket cannot be proven here' },
  sslcertmode: { env: 'PGSSLCERTMODE', only: ['allow', 'disable'], because: 'this cannot be proven here' },
  sslcrldir: { env: 'PGSSLCRLDIR', only: [], because: 'give the list as one file: sslcrl' },
  replication: { only: ['0', 'off', 'no', 'false'], because: 'this is not a replication client' },
  min_protocol_version: {
    env: 'PGMINPROTOCOLVERSION',
    only: ['3.0'],
    because: 'protocol 3.0 is spoken here',
  },
  scram_client_key: { only: [], because: keys },
  scram_server_key: { only: [], because: keys },

  max_protocol_version: { env: 'PGMAXPROTOCOLVERSION' },
  client_encoding: { env: 'PGCLIENTENCODING' },
  keepalives_interval: {},
  keepalives_count: {},
  tcp_user_timeout: {},
  krbsrvname: { env: 'PGKRBSRVNAME' },
  gsslib: { env: 'PGGSSLIB' },
  gssdelegation: { env: 'PGGSSDELEGATION' },
  sslcompression: { env: 'PGSSLCOMPRESSION' },
  sslkeylogfile: {},
  oauth_issuer: {},
  oauth_client_id: {},
  oauth_client_secret: {},
  oauth_scope: {},
  authtype: {},
  tty: {},
} as const satisfies Readonly<Record<string, Keyword>>

/** A connection keyword of libpq. */
export type KeywordName = keyof typeof keywords

/** Settings as they were given, before defaults; a keyword given as empty is present and empty. */
export type Settings = ReadonlyMap<KeywordName, string>

/** A connection string that cannot be used; its message never holds a value that could be a secret. */
export class ConninfoError extends Error {}

/** Tells a keyword of libpq from any other word. */
export function isKeyword(name: string): name is KeywordName {
  return Object.hasOwn(keywords, name)
}

/** The one sentence for a word that is no keyword, with the nearest keyword where one is near. */
export function unknownKeyword(name: string): ConninfoError {
  // Not `nearest`, which also takes a word for a part of a name: a piece of a password can be such a part.
  const [near] = Object.keys(keywords)
    .map((keyword) => ({ keyword, letters: distance(name.toLowerCase(), keyword) }))
    .filter(({ keyword, letters }) => letters <= Math.max(2, Math.floor(keyword.length / 3)))
    .sort((a, b) => a.letters - b.letters)
  // Without a near miss the word may be a piece of an unquoted password: it is not repeated.
  return new ConninfoError(
    near === undefined
      ? 'the connection string has a keyword that PostgreSQL does not know (a value with spaces needs quotes)'
      : `the connection string has an unknown keyword "${name}": did you mean "${near.keyword}"?`,
  )
}

/** Throws for a setting whose silent loss would change the target or its security. */
export function refuseUnsupported(settings: Settings): void {
  for (const [name, value] of settings) {
    const { only, because }: Keyword = keywords[name]
    if (value === '' || only === undefined || only.includes(value)) continue
    throw new ConninfoError(
      only.length === 0
        ? `"${name}" is not supported: ${because}`
        : `"${name}" can only be ${only.join(' or ')}: ${because}`,
    )
  }
}

/** Collects what the user gave: connection string, flags, environment. */
import type { Files } from './files.ts'
import { ConninfoError, isKeyword, type KeywordName, keywords, type Settings } from './keywords.ts'
import { parsePairs } from './pairs.ts'
import { isUri, parseUri } from './uri.ts'

/** What psql takes on its command line, and one permission of our own. */
export interface ConnectionFlags {
  readonly host?: string
  readonly port?: string
  readonly username?: string
  readonly dbname?: string
  /** `-w`: never ask for a password. `-W`: ask before connecting. */
  readonly prompt?: 'never' | 'always'
  /** `--allow-plaintext-password`. */
  readonly allowPlaintextPassword?: boolean
}

/** Everything a connection string can come from. */
export interface TargetSources {
  /** Up to two words: a connection string or database name, and a user name, as psql takes them. */
  readonly positional?: readonly string[]
  readonly flags?: ConnectionFlags
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  /** The operating system's user name: libpq's default role. */
  readonly osUser: string
  /** A password that was typed; wins over every other one. */
  readonly password?: string
  readonly files?: Files
}

/** The settings of the arguments over those of the environment. */
export function givenSettings(sources: TargetSources): Settings {
  return new Map([...environment(sources.env), ...argumentSettings(sources)])
}

/** Flags, then the connection string, which wins over flags as it does in psql. */
function argumentSettings({ flags = {}, positional = [] }: TargetSources): Settings {
  const [first, second, ...more] = flags.dbname === undefined ? positional : [flags.dbname, ...positional]
  if (more.length > 0 || (second !== undefined && flags.username !== undefined))
    throw new ConninfoError(
      'too many arguments: give one connection string or database name, and at most a user',
    )
  const settings = new Map<KeywordName, string>()
  if (flags.host !== undefined) settings.set('host', flags.host)
  if (flags.port !== undefined) settings.set('port', flags.port)
  const user = flags.username ?? second
  if (user !== undefined) settings.set('user', user)
  return first === undefined ? settings : new Map([...settings, ...readConninfo(first)])
}

/** A URI, keyword/value pairs, or a bare database name. */
function readConninfo(text: string): Settings {
  if (isUri(text)) return parseUri(text)
  // libpq would take this for a database name, and the server would log it with its password.
  if (text.includes('://'))
    throw new ConninfoError(
      'the connection string is no URI of PostgreSQL: it starts with postgresql:// or postgres://',
    )
  return text.includes('=') ? parsePairs(text) : new Map([['dbname', text]])
}

/** The settings of the environment; an empty variable counts as absent. */
function environment(env: TargetSources['env']): Settings {
  const settings = new Map<KeywordName, string>()
  // libpq still heeds this old name: ignoring it would lose the encryption that somebody asked for.
  if (env.PGREQUIRESSL?.startsWith('1')) settings.set('sslmode', 'require')
  for (const [name, keyword] of Object.entries(keywords)) {
    const variable = 'env' in keyword ? env[keyword.env] : undefined
    if (variable !== undefined && variable !== '' && isKeyword(name)) settings.set(name, variable)
  }
  return settings
}

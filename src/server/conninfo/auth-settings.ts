/** Which ways to log in are allowed (manual: require_auth, channel_binding). */
import { ConninfoError, type KeywordName } from './keywords.ts'
import { oneOf } from './tls-settings.ts'

const METHODS = ['none', 'password', 'md5', 'gss', 'sspi', 'scram-sha-256', 'oauth'] as const

/** A way for a server to know us, as `require_auth` names it. */
export type AuthMethod = (typeof METHODS)[number]

/** The limits on what may be answered to a server that asks who we are. */
export interface AuthSettings {
  readonly allowed: ReadonlySet<AuthMethod>
  readonly channelBinding: 'disable' | 'prefer' | 'require'
  /** A password may cross an unencrypted network; off unless the user says so. */
  readonly plaintextPassword: boolean
}

/** Works out the limits from a function that gives a keyword's value, empty when it was not given. */
export function authSettings(value: (name: KeywordName) => string, plaintextPassword: boolean): AuthSettings {
  return {
    allowed: allowedMethods(value('require_auth')),
    channelBinding: oneOf('channel_binding', value('channel_binding') || 'prefer', [
      'disable',
      'prefer',
      'require',
    ]),
    plaintextPassword,
  }
}

/** `require_auth` is a list of methods, or of methods that are ruled out by a leading `!`. */
function allowedMethods(list: string): ReadonlySet<AuthMethod> {
  if (list === '') return new Set(METHODS)
  const words = list.split(',').map((word) => word.trim())
  const ruledOut = words.filter((word) => word.startsWith('!'))
  if (ruledOut.length > 0 && ruledOut.length < words.length)
    throw new ConninfoError('require_auth mixes methods with and without "!"')
  const named = new Set(words.map((word) => oneOf('require_auth', word.replace(/^!/, ''), METHODS)))
  return ruledOut.length > 0 ? new Set(METHODS.filter((method) => !named.has(method))) : named
}

/** What the SSL keywords ask for (manual: SSL Support). Files are read at each connect, as they may be renewed. */
import { join } from 'node:path'
import { ConninfoError, type KeywordName } from './keywords.ts'

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const

/** libpq's `sslmode`. */
export type SslMode = (typeof MODES)[number]

/** A file to read: one that was asked for must be usable, a default one may be absent. */
export interface TlsFile {
  readonly path: string
  readonly asked: boolean
}

/** How encryption is negotiated and what is verified. */
export interface TlsSettings {
  readonly mode: SslMode
  /** TLS from the first byte (`sslnegotiation=direct`, server 17+), instead of asking for it. */
  readonly direct: boolean
  /** `system` means the certificate authorities of the operating system. */
  readonly rootCertificate: TlsFile | 'system'
  readonly revocationList: TlsFile
  readonly certificate: TlsFile | null
  readonly key: TlsFile
  readonly sendServerName: boolean
  readonly minVersion: (typeof VERSIONS)[number]
  readonly maxVersion: (typeof VERSIONS)[number] | null
}

/** Works out the TLS settings from a function that gives a keyword's value, empty when it was not given. */
export function tlsSettings(value: (name: KeywordName) => string, home: string): TlsSettings {
  const file = (name: KeywordName, standard: string): TlsFile => ({
    path: value(name) || join(home, '.postgresql', standard),
    asked: value(name) !== '',
  })
  const system = value('sslrootcert') === 'system'
  const mode = oneOf('sslmode', value('sslmode') || (system ? 'verify-full' : 'prefer'), MODES)
  // The system's authorities sign for the whole world: without the name check they prove nothing.
  if (system && mode !== 'verify-full')
    throw new ConninfoError(`sslmode ${mode} is too weak for sslrootcert=system: use verify-full`)
  const direct =
    oneOf('sslnegotiation', value('sslnegotiation') || 'postgres', ['postgres', 'direct']) === 'direct'
  if (direct && !/^(require|verify-)/.test(mode))
    throw new ConninfoError(`sslmode ${mode} is too weak for sslnegotiation=direct: use require or better`)
  return {
    mode,
    direct,
    rootCertificate: system ? 'system' : file('sslrootcert', 'root.crt'),
    revocationList: file('sslcrl', 'root.crl'),
    certificate: value('sslcertmode') === 'disable' ? null : file('sslcert', 'postgresql.crt'),
    key: file('sslkey', 'postgresql.key'),
    sendServerName: value('sslsni') !== '0',
    minVersion: oneOf('ssl_min_protocol_version', value('ssl_min_protocol_version') || 'TLSv1.2', VERSIONS),
    maxVersion:
      value('ssl_max_protocol_version') === ''
        ? null
        : oneOf('ssl_max_protocol_version', value('ssl_max_protocol_version'), VERSIONS),
  }
}

/** The value if it is one of the allowed ones; throws with the list otherwise. */
export function oneOf<const T extends string>(name: KeywordName, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate.toLowerCase() === value.toLowerCase())
  if (found === undefined) throw new ConninfoError(`${name} "${value}" is not one of ${allowed.join(', ')}`)
  return found
}

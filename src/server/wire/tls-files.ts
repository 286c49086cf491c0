/** Turns TLS settings into OpenSSL's terms: reads certificates and keys as libpq would, or says why not. */
import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import tlsModule, { type ConnectionOptions, checkServerIdentity } from 'node:tls'
import type { Target } from '../conninfo/target.ts'
import type { TlsFile } from '../conninfo/tls-settings.ts'
import { ServerFault } from '../failure.ts'

/**
 * The options for one handshake. As in libpq a root certificate that is there is always used: `require`
 * (and `prefer`) then verify the chain, and only `verify-full` verifies the name.
 */
export function tlsOptions(target: Target): ConnectionOptions {
  const { tls, host } = target
  const roots = rootCertificates(target)
  const client = clientCertificate(target)
  const revoked = optional(tls.revocationList)
  return {
    // Told outright: otherwise NODE_TLS_REJECT_UNAUTHORIZED=0 would switch verification off.
    rejectUnauthorized: roots !== null,
    ...(roots === null ? {} : { ca: roots }),
    ...(roots === null || revoked === null ? {} : { crl: revoked }),
    checkServerIdentity: (_name, certificate) =>
      tls.mode === 'verify-full' ? checkServerIdentity(host, certificate) : undefined,
    // A server name must not be an address (RFC 6066, section 3).
    servername: tls.sendServerName && isIP(host) === 0 ? host : '',
    minVersion: tls.minVersion,
    ...(tls.maxVersion === null ? {} : { maxVersion: tls.maxVersion }),
    ...(tls.direct ? { ALPNProtocols: ['postgresql'] } : {}),
    ...client,
  }
}

function rootCertificates({ tls }: Target): string[] | string | null {
  if (tls.rootCertificate === 'system') {
    // Not a named import: Node before 22.15 does not have it, and would not even start.
    if (typeof tlsModule.getCACertificates === 'function') return tlsModule.getCACertificates('system')
    throw fault('sslrootcert=system needs Node 22.15 or newer: name the file of the authorities instead')
  }
  const found = optional(tls.rootCertificate)
  if (found === null && tls.mode.startsWith('verify-'))
    throw fault(
      `sslmode ${tls.mode} needs root certificates, and "${tls.rootCertificate.path}" is not there: ` +
        'give sslrootcert (sslrootcert=system for those of the operating system)',
    )
  return found
}

function clientCertificate({ tls, keyPassword }: Target): ConnectionOptions {
  const certificate = tls.certificate === null ? null : optional(tls.certificate)
  if (certificate === null) return {}
  const key = optional(tls.key)
  if (key === null) throw fault(`the client certificate has no key: "${tls.key.path}" is not there (sslkey)`)
  const { mode, uid } = statSync(tls.key.path)
  // libpq's rule: 0600, or 0640 when root owns it.
  if ((mode & (uid === 0 ? 0o137 : 0o177)) !== 0)
    throw fault(`the key "${tls.key.path}" can be read by others: not used (chmod 0600)`)
  if (keyPassword === null && key.includes('ENCRYPTED'))
    throw fault(`the key "${tls.key.path}" is encrypted: give its passphrase (sslpassword)`)
  return { cert: certificate, key, ...(keyPassword === null ? {} : { passphrase: keyPassword.reveal() }) }
}

/** A file's text, or null when it is not there. One that is there must be readable. */
function optional(file: TlsFile): string | null {
  if (statSync(file.path, { throwIfNoEntry: false }) === undefined) return null
  try {
    return readFileSync(file.path, 'utf8')
  } catch {
    throw fault(`the file "${file.path}" cannot be read`)
  }
}

function fault(message: string): ServerFault {
  return new ServerFault({ kind: 'tls', message })
}

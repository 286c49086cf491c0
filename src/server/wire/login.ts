/** Watches a login before the driver sees it, and decides what may be answered to it. */
import type { AuthMethod } from '../conninfo/auth-settings.ts'
import type { Target } from '../conninfo/target.ts'
import { ServerFault } from '../failure.ts'
import type { Dialled } from './dial.ts'
import { cstrings, type Frame } from './frames.ts'
import { isLoopback, placeOf } from './place.ts'

/** What a server needs to be told to cancel a statement of a session (manual: Canceling Requests in Progress). */
export interface CancelKey {
  readonly pid: number
  readonly secret: Buffer
}

const GRANTED = 0
/** The middle and the end of a scram exchange; at its end the server proves that it knows the password too. */
const CHALLENGE = 11
const PROOF = 12

/** Authentication requests by their code (manual: Message Formats, Authentication…). */
const METHODS: Readonly<Record<number, AuthMethod>> = {
  3: 'password',
  5: 'md5',
  7: 'gss',
  9: 'sspi',
  10: 'scram-sha-256',
}

/**
 * Follows one login. `see` throws for a request that must not be answered: a password over an open network,
 * a method or a missing channel binding that the user ruled out, a method that the driver would die of.
 */
export class Login {
  readonly #target: Target
  readonly #dialled: Dialled
  #asked: AuthMethod = 'none'
  #bound = false
  #proven = false
  key: CancelKey | null = null
  readonly parameters = new Map<string, string>()

  constructor(target: Target, dialled: Dialled) {
    this.#target = target
    this.#dialled = dialled
  }

  /** Takes notice of a message; false when it must not reach the driver. */
  see({ type, body }: Frame): boolean {
    if (type === 'R') this.#authentication(body.readInt32BE(0), body.subarray(4))
    if (type === 'K') this.key = { pid: body.readInt32BE(0), secret: Buffer.from(body.subarray(4)) }
    if (type === 'S') {
      const [name = '', value = ''] = cstrings(body)
      this.parameters.set(name, value)
    }
    // NegotiateProtocolVersion: a proxy that knows less than 3.0's extensions; the driver does not know it.
    return type !== 'v'
  }

  #authentication(code: number, rest: Buffer): void {
    if (code === GRANTED) this.#granted()
    else if (code === PROOF) this.#proven = true
    else if (code !== CHALLENGE) this.#request(code, rest)
  }

  #request(code: number, rest: Buffer): void {
    const method = METHODS[code]
    if (method === undefined || method === 'gss' || method === 'sspi')
      throw this.#fault(
        'asks for Kerberos or another login that is not supported here',
        'use a role that logs in by scram, password or certificate',
      )
    this.#asked = method
    if (method === 'scram-sha-256') this.#mechanisms(cstrings(rest))
    this.#check()
    this.#needPassword(method)
  }

  #mechanisms(offered: readonly string[]): void {
    if (!offered.some((mechanism) => mechanism.startsWith('SCRAM-SHA-256'))) {
      if (offered.includes('OAUTHBEARER')) this.#asked = 'oauth'
      throw this.#fault(
        `only offers a login that is not supported here (${offered.join(', ').slice(0, 60)})`,
        'use a role that logs in by scram, password or certificate',
      )
    }
    this.#bound =
      this.#dialled.way === 'tls' &&
      this.#target.auth.channelBinding !== 'disable' &&
      offered.includes('SCRAM-SHA-256-PLUS')
  }

  /** "Welcome" without any question is the method `none`; scram is only done when the server proved itself. */
  #granted(): void {
    if (this.#asked === 'scram-sha-256' && !this.#proven)
      throw this.#fault('let us in without proving that it knows the password', 'is something between?')
    this.#check()
  }

  #check(): void {
    const { allowed, channelBinding } = this.#target.auth
    if (!allowed.has(this.#asked))
      throw this.#fault(`logs in by ${this.#asked}`, `require_auth rules that out`)
    if (channelBinding === 'require' && !this.#bound)
      throw this.#fault('does not bind the login to the encryption', 'channel_binding=require asks for it')
  }

  #needPassword(method: AuthMethod): void {
    const { auth, password, user } = this.#target
    if (password === null)
      throw new ServerFault({
        kind: 'authentication',
        needsPassword: true,
        message: `${placeOf(this.#target)} asks for the password of "${user}": none is known`,
        hint: 'give it in ~/.pgpass or PGPASSWORD',
      })
    const open = this.#dialled.way === 'plain' && !isLoopback(this.#dialled.address)
    if (open && method !== 'scram-sha-256' && !auth.plaintextPassword)
      throw this.#fault(
        'wants the password readable over an unencrypted network: not sent',
        'use sslmode=require, a scram password, or --allow-plaintext-password',
      )
  }

  #fault(message: string, hint: string): ServerFault {
    return new ServerFault({ kind: 'authentication', message: `${placeOf(this.#target)} ${message}`, hint })
  }
}

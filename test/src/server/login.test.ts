import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { resolveTarget } from '#src/server/conninfo/target.ts'
import type { Failure } from '#src/server/contract.ts'
import { ServerFault } from '#src/server/failure.ts'
import type { Way } from '#src/server/wire/dial.ts'
import { Login } from '#src/server/wire/login.ts'

interface Given {
  readonly conninfo?: string
  readonly ip?: string
  readonly way?: Way
  readonly allowPlaintextPassword?: boolean
}

function login({ conninfo = 'password=pw', ip = '10.0.0.1', way = 'plain', ...flags }: Given): Login {
  const resolved = resolveTarget({
    positional: [`host=db1 ${conninfo}`],
    env: {},
    home: '/',
    osUser: 'ada',
    flags,
  })
  if (!resolved.ok) throw new Error(resolved.failure.message)
  const socket = new Socket()
  const address = { kind: 'tcp', ip, port: 5432 } as const
  return new Login(resolved.target, { socket, address, way })
}

/** An authentication message: its code, then what follows. */
function asks(code: number, rest = ''): { type: string; body: Buffer; bytes: Buffer } {
  const body = Buffer.concat([Buffer.from([0, 0, 0, code]), Buffer.from(rest)])
  return { type: 'R', body, bytes: body }
}

function refusal(given: Given, ...codes: readonly (readonly [number, string?])[]): Failure | null {
  const followed = login(given)
  try {
    for (const [code, rest] of codes) followed.see(asks(code, rest))
    return null
  } catch (error) {
    if (error instanceof ServerFault) return error.failure
    throw error
  }
}

const SCRAM = 'SCRAM-SHA-256\0\0'
const BOUND = 'SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0'

describe('a password that could be read on the way', () => {
  it.each([
    ['cleartext', 3],
    ['md5', 5],
  ])('is not sent as %s over an open network', (_name, code) => {
    expect(refusal({}, [code, 'salt'])).toMatchObject({
      kind: 'authentication',
      hint: expect.stringMatching(/--allow-plaintext-password/),
    })
  })

  it('is sent over an encrypted network, on this machine, or when that is allowed', () => {
    expect(refusal({ way: 'tls' }, [3])).toBeNull()
    expect(refusal({ ip: '127.0.0.1' }, [3])).toBeNull()
    expect(refusal({ ip: '::1' }, [5, 'salt'])).toBeNull()
    expect(refusal({ allowPlaintextPassword: true }, [3])).toBeNull()
  })

  it('may be proven by scram anywhere', () => {
    expect(refusal({}, [10, SCRAM], [11], [12], [0])).toBeNull()
  })
})

describe('a server that does not prove itself', () => {
  it('is not believed when scram was begun and not ended', () => {
    expect(refusal({}, [10, SCRAM], [0])).toMatchObject({ message: expect.stringMatching(/without proving/) })
  })

  it('is refused when the login is not bound and that is required', () => {
    const given = { conninfo: 'password=pw channel_binding=require', way: 'tls' } as const
    expect(refusal(given, [10, BOUND], [12], [0])).toBeNull()
    expect(refusal(given, [10, SCRAM])).not.toBeNull()
    expect(refusal(given, [3])).not.toBeNull()
    expect(refusal(given, [0])).not.toBeNull()
    expect(refusal({ ...given, way: 'plain' }, [10, BOUND])).not.toBeNull()
  })
})

describe('logins that cannot be answered', () => {
  it('say what would work', () => {
    for (const code of [2, 6, 7, 9])
      expect(refusal({}, [code])).toMatchObject({
        hint: expect.stringMatching(/scram, password or certificate/),
      })
    expect(refusal({}, [10, 'OAUTHBEARER\0\0'])).toMatchObject({
      message: expect.stringMatching(/OAUTHBEARER/),
    })
  })

  it('ask for a password where none is known, before anything is sent', () => {
    expect(refusal({ conninfo: '' }, [10, SCRAM])).toMatchObject({ needsPassword: true })
    expect(refusal({ conninfo: '' }, [0])).toBeNull()
  })
})

it('keeps the key for cancelling whole, also a long one, and hides a message that the driver does not know', () => {
  const followed = login({})
  const secret = Buffer.alloc(32, 7)
  const body = Buffer.concat([Buffer.from([0, 0, 1, 2]), secret])
  expect(followed.see({ type: 'K', body, bytes: body })).toBe(true)
  expect(followed.key).toEqual({ pid: 258, secret })
  expect(followed.see({ type: 'v', body, bytes: body })).toBe(false)
})

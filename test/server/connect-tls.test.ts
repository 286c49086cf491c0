import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Cluster, startCluster } from '#src/demo/cluster.ts'
import type { Failure } from '#src/server/contract.ts'
import { asking, connected, failureOf, firstValue, targetOf, withControl } from './connect-support.ts'

const fixture = (name: string): string => join(import.meta.dirname, '../fixtures/tls', name)
const ca = fixture('ca.crt')
const usesTls = 'SELECT ssl::text AS v FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()'

let cluster: Cluster
/** A server that has no TLS at all. */
let plain: Cluster

beforeAll(async () => {
  plain = await startCluster()
  cluster = await startCluster({
    hba: [
      'hostnossl all onlytls all reject',
      'hostssl all onlyplain all reject',
      'hostssl all bycertificate all cert',
      'host all byword all password',
      'host all bymd5 all md5',
      'host all trusted all trust',
    ],
  })
  const { uid, gid } = statSync(cluster.dataDirectory)
  for (const name of ['server.crt', 'server.key']) {
    const copy = join(cluster.dataDirectory, name)
    copyFileSync(fixture(name), copy)
    chmodSync(copy, 0o600)
    chownSync(copy, uid, gid)
  }
  copyFileSync(ca, join(cluster.dataDirectory, 'ca.crt'))
  chmodSync(join(cluster.dataDirectory, 'ca.crt'), 0o644)
  const client = new pg.Client({ connectionString: cluster.uri })
  await client.connect()
  for (const statement of [
    "ALTER SYSTEM SET ssl = 'on'",
    "ALTER SYSTEM SET ssl_ca_file = 'ca.crt'",
    "CREATE ROLE onlytls LOGIN PASSWORD 'pw'",
    "CREATE ROLE onlyplain LOGIN PASSWORD 'pw'",
    'CREATE ROLE bycertificate LOGIN',
    "CREATE ROLE byword LOGIN PASSWORD 'pw'",
    "SET password_encryption = 'md5'",
    "CREATE ROLE bymd5 LOGIN PASSWORD 'pw'",
    'CREATE ROLE trusted LOGIN',
  ])
    await client.query(statement)
  await client.end()
  await cluster.restart()
})

afterAll(async () => await Promise.all([cluster.stop(), plain.stop()]))

function conninfo(settings: string, on: Cluster = cluster): string {
  const login = settings.includes('user=') ? '' : `user=postgres password=${on.password}`
  return `host=localhost hostaddr=127.0.0.1 port=${on.port} dbname=postgres ${login} ${settings}`
}

/** How a connection came about: encrypted, plain, or why not at all. */
async function reach(settings: string, on: Cluster = cluster): Promise<string> {
  const failure = await failureOf(conninfo(settings, on))
  if (failure !== null) return `${failure.kind}: ${failure.message}`
  const { server } = await connected(targetOf(conninfo(settings, on)), { control: false })
  expect(server.endpoint.tls).toBe((await firstValue(server, usesTls)) === 'true')
  return server.endpoint.tls ? 'encrypted' : 'plain'
}

describe('each sslmode does what libpq does', () => {
  it.each([
    ['sslmode=disable', 'plain'],
    ['sslmode=allow', 'plain'],
    ['sslmode=prefer', 'encrypted'],
    ['', 'encrypted'],
    ['sslmode=require', 'encrypted'],
    [`sslmode=verify-ca sslrootcert=${ca}`, 'encrypted'],
    [`sslmode=verify-full sslrootcert=${ca}`, 'encrypted'],
    [`sslmode=verify-ca sslrootcert=${fixture('other-ca.crt')}`, /^tls: .*authority that is not trusted/],
    // A root certificate that is there is used: `require` is then as strict as verify-ca.
    [`sslmode=require sslrootcert=${fixture('other-ca.crt')}`, /^tls: .*authority that is not trusted/],
    // In libpq a `prefer` that cannot verify goes on without encryption.
    [`sslmode=prefer sslrootcert=${fixture('other-ca.crt')}`, 'plain'],
    ['sslmode=verify-ca', /^tls: sslmode verify-ca needs root certificates/],
    ['sslmode=verify-full sslrootcert=system', /^tls: .*authority that is not trusted/],
  ])('%s', async (settings, expected) => {
    const reached = await reach(settings)
    if (typeof expected === 'string') expect(reached).toBe(expected)
    else expect(reached).toMatch(expected)
  })

  it('verifies the name with verify-full only, and the name is that of host, not of hostaddr', async () => {
    const to = (mode: string): string =>
      conninfo(`sslmode=${mode} sslrootcert=${ca}`).replace('host=localhost', 'host=db.invalid')
    expect(await failureOf(to('verify-ca'))).toBeNull()
    expect(await failureOf(to('verify-full'))).toMatchObject({
      kind: 'tls',
      message: expect.stringMatching(/its certificate is for another name$/),
    })
  })

  it('holds against NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    onTestFinished(() => {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
    })
    expect(await reach(`sslmode=verify-full sslrootcert=${fixture('other-ca.crt')}`)).toMatch(/^tls: /)
  })

  it('falls back where libpq does, on a server without TLS', async () => {
    expect(await reach('sslmode=prefer', plain)).toBe('plain')
    expect(await reach('sslmode=allow', plain)).toBe('plain')
    expect(await reach('sslmode=require', plain)).toMatch(
      /^tls: localhost:\d+ has no TLS, and sslmode require asks/,
    )
  })

  it('takes the other way when pg_hba.conf only allows that one', async () => {
    expect(await reach('user=onlytls password=pw sslmode=allow')).toBe('encrypted')
    expect(await reach('user=onlyplain password=pw sslmode=prefer')).toBe('plain')
    expect(await reach('user=onlyplain password=pw sslmode=require')).toMatch(
      /^authentication: pg_hba.conf rejects/,
    )
  })

  it('speaks TLS from the first byte where the server can (17+), and says so where it cannot', async () => {
    const reached = await reach('sslmode=require sslnegotiation=direct')
    if (cluster.versionNum >= 170_000) expect(reached).toBe('encrypted')
    else expect(reached).toMatch(/^(tls|network): /)
  })
})

describe('who we are', () => {
  const key = (mode: number): string => {
    const directory = mkdtempSync(join(tmpdir(), 'pgtriage-key-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    copyFileSync(fixture('client.key'), join(directory, 'client.key'))
    chmodSync(join(directory, 'client.key'), mode)
    return join(directory, 'client.key')
  }
  const certificate = `user=bycertificate sslcert=${fixture('client.crt')}`

  it('is proven by a client certificate', async () => {
    expect(await reach(`${certificate} sslkey=${key(0o600)}`)).toBe('encrypted')
    expect(await reach('user=bycertificate sslmode=require')).toMatch(/^authentication: /)
  })

  it('is not proven with a key that others can read', async () => {
    expect(await reach(`${certificate} sslmode=require sslkey=${key(0o644)}`)).toMatch(
      /^tls: .*can be read by others/,
    )
  })

  it('is bound to the encryption by scram where that is required', async () => {
    expect(await reach('channel_binding=require')).toBe('encrypted')
    const refused: Failure | null = await failureOf(conninfo('channel_binding=require sslmode=disable'))
    expect(refused).toMatchObject({ kind: 'authentication', hint: 'channel_binding=require asks for it' })
    expect(await failureOf(conninfo('channel_binding=require user=bymd5 password=pw'))).toMatchObject({
      kind: 'authentication',
    })
  })

  it('is told by the methods of require_auth only', async () => {
    expect(await reach('require_auth=scram-sha-256')).toBe('encrypted')
    expect(await reach('require_auth=scram-sha-256 user=byword password=pw')).toMatch(/logs in by password/)
    expect(await reach('require_auth=!md5 user=bymd5 password=pw')).toMatch(/logs in by md5/)
    expect(await reach('require_auth=scram-sha-256 user=trusted')).toMatch(/logs in by none/)
    expect(await reach('user=trusted')).toBe('encrypted')
    expect(await reach('user=bymd5 password=pw')).toBe('encrypted')
    expect(await reach('user=byword password=pw sslmode=disable')).toBe('plain')
  })
})

it('cancels over an encrypted connection when there is no second session', async () => {
  const { server } = await connected(targetOf(conninfo('')), { control: false })
  await firstValue(server, "SELECT set_config('statement_timeout', '0', false) AS v")
  expect(await server.run(asking('SELECT pg_sleep(20)::text AS v'))).toMatchObject({
    ok: false,
    failure: { message: 'no answer within 2.5 s: cancelled' },
  })
})

it('encrypts every session', async () => {
  const { server } = await withControl(targetOf(conninfo('')))
  for (const session of ['poll', 'control', 'task'] as const)
    expect(await firstValue(server, usesTls, session)).toBe('true')
})

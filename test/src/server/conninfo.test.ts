import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Files } from '#src/server/conninfo/files.ts'
import { parsePairs } from '#src/server/conninfo/pairs.ts'
import { resolveTarget, type Target, type TargetSources } from '#src/server/conninfo/target.ts'
import { parseUri } from '#src/server/conninfo/uri.ts'

const NO_FILES: Files = { facts: () => null, text: () => null }

function sources(given: Partial<TargetSources>): TargetSources {
  return { env: {}, home: '/home/ada', osUser: 'ada', files: NO_FILES, ...given }
}

function target(given: Partial<TargetSources>): Target {
  const resolved = resolveTarget(sources(given))
  if (!resolved.ok) throw new Error(resolved.failure.message)
  return resolved.target
}

function refusal(...positional: string[]): string {
  const resolved = resolveTarget(sources({ positional }))
  if (resolved.ok) throw new Error('was not refused')
  expect(resolved.failure.kind).toBe('conninfo')
  return resolved.failure.message
}

function passwordFile(text: string, mode = 0o600, isFile = true): Files {
  const facts = { isFile, isSocket: false, mode, uid: 1000 }
  return { facts: (path) => (path === '/home/ada/.pgpass' ? facts : null), text: () => text }
}

describe('the sources of a target', () => {
  it('takes a URI apart', () => {
    expect(
      target({ positional: ['postgresql://bob:s%3Acret@db1:6543/or%20ders?sslmode=require'] }),
    ).toMatchObject({
      host: 'db1',
      port: 6543,
      database: 'or ders',
      user: 'bob',
      tls: { mode: 'require' },
    })
  })

  it('takes keyword and value pairs apart, with quotes, escapes and blanks', () => {
    const found = target({ positional: ["host = db1 user='a b' password='it\\'s' dbname=o\\ rders port=1"] })
    expect(found).toMatchObject({ host: 'db1', user: 'a b', database: 'o rders', port: 1 })
    expect(found.password?.reveal()).toBe("it's")
  })

  it('takes a bare word as the database, and the user as the database when there is none', () => {
    expect(target({ positional: ['orders'] })).toMatchObject({ database: 'orders', user: 'ada' })
    expect(target({})).toMatchObject({
      database: 'ada',
      user: 'ada',
      host: '/var/run/postgresql',
      port: 5432,
    })
  })

  it('finds the socket where it is', () => {
    const socket = { isFile: false, isSocket: true, mode: 0o777, uid: 26 }
    const files: Files = {
      facts: (path) => (path === '/tmp/.s.PGSQL.5432' ? socket : null),
      text: () => null,
    }
    expect(target({ files }).host).toBe('/tmp')
  })

  it('lets the connection string win over flags, and flags over the environment, as psql does', () => {
    const env = { PGHOST: 'env', PGPORT: '1', PGUSER: 'env', PGDATABASE: 'env' }
    const flags = { host: 'flag', username: 'flag' }
    expect(target({ env, flags, positional: ['host=argument'] })).toMatchObject({
      host: 'argument',
      user: 'flag',
      port: 1,
      database: 'env',
    })
  })

  it('takes a connection string in -d, and a second word as the user', () => {
    expect(target({ flags: { dbname: 'postgres://db1/orders' } })).toMatchObject({
      host: 'db1',
      database: 'orders',
    })
    expect(target({ positional: ['orders', 'bob'] })).toMatchObject({ database: 'orders', user: 'bob' })
    expect(refusal('orders', 'bob', 'more')).toMatch(/too many arguments/)
  })

  it('ignores an empty variable, and lets an empty keyword hide a variable', () => {
    expect(target({ env: { PGHOST: '' } }).host).toBe('/var/run/postgresql')
    expect(target({ env: { PGHOST: 'db1' }, positional: ["host=''"] }).host).toBe('/var/run/postgresql')
  })

  it('keeps PGREQUIRESSL, which libpq still heeds', () => {
    expect(target({ env: { PGREQUIRESSL: '1' } }).tls.mode).toBe('require')
    expect(target({ env: { PGREQUIRESSL: '1', PGSSLMODE: 'disable' } }).tls.mode).toBe('disable')
  })

  it('bounds the connect timeout: 10 s unless told, 1 is taken as 2, 0 is no end and not granted', () => {
    expect(target({}).connectTimeoutMs).toBe(10_000)
    expect(target({ positional: ['connect_timeout=1'] }).connectTimeoutMs).toBe(2000)
    expect(target({ positional: ['connect_timeout=0'] }).connectTimeoutMs).toBe(10_000)
    expect(target({ env: { PGCONNECT_TIMEOUT: '7' } }).connectTimeoutMs).toBe(7000)
  })

  it('reads IPv6 addresses, sockets in URIs and JDBC spelling', () => {
    expect(target({ positional: ['postgres://[::1]:6000/x'] })).toMatchObject({ host: '::1', port: 6000 })
    expect(target({ positional: ['postgresql://%2Ftmp/x'] })).toMatchObject({ host: '/tmp', database: 'x' })
    expect(target({ positional: ['postgresql://db1/x?ssl=true'] }).tls.mode).toBe('require')
    expect(target({ positional: ['postgresql:///x?host=db1&port=3'] })).toMatchObject({
      host: 'db1',
      port: 3,
    })
  })
})

describe('what is refused', () => {
  it('names the nearest keyword for an unknown one', () => {
    expect(refusal('hots=db1')).toMatch(/"hots".*did you mean "host"/)
    expect(refusal('postgres://db1/x?sslmod=require')).toMatch(/did you mean "sslmode"/)
  })

  it('never repeats what may be a piece of a password', () => {
    expect(refusal('password=tr0ub4dor &3 host=db1')).not.toContain('&3')
    for (const password of ['hunter2/x', 'hunter2/'])
      expect(refusal(`postgresql://bob:${password}@db1/orders`)).toMatch(
        /^the port is not a number(?!.*hunter)/,
      )
    expect(refusal('password=a hunter2=zz')).not.toContain('hunter2')
    expect(refusal('mysql://ada:hunter2@db1/x')).not.toContain('hunter2')
    expect(refusal('postgres://ada:hunter2%zz@db1/x')).not.toContain('hunter2')
    expect(refusal("password='hunter2")).not.toContain('hunter2')
  })

  it.each([
    ['service=orders', /service files/],
    ['target_session_attrs=read-write', /one host/],
    ['load_balance_hosts=random', /one host/],
    ['gssencmode=require', /Kerberos/],
    ['requirepeer=postgres', /requirepeer/],
    ['sslcertmode=require', /sslcertmode/],
    ['replication=database', /replication/],
    ['host=db1,db2', /several hosts/],
    ['postgres://db1,db2/x', /several hosts/],
    ['sslmode=maybe', /sslmode "maybe" is not one of disable, allow/],
    ['channel_binding=perhaps', /channel_binding/],
    ['require_auth=md5,!password', /mixes/],
    ['port=70000', /port is not a number from 1 to 65535/],
    ['port=abc', /port/],
    ['connect_timeout=soon', /connect_timeout/],
    ['sslrootcert=system sslmode=require', /too weak/],
    ['sslnegotiation=direct sslmode=prefer', /too weak/],
    ['hostaddr=10.0.0.1 sslmode=verify-full', /name of the server/],
    ['min_protocol_version=3.2', /protocol 3.0/],
  ])('refuses %s in one sentence', (conninfo, message) => {
    expect(refusal(conninfo)).toMatch(message)
  })

  it('refuses PGSERVICE instead of connecting elsewhere', () => {
    const resolved = resolveTarget(sources({ env: { PGSERVICE: 'orders' } }))
    expect(resolved).toMatchObject({
      ok: false,
      failure: { message: expect.stringMatching(/service files/) },
    })
  })

  it('accepts the harmless values of the same keywords', () => {
    expect(
      target({
        positional: ['target_session_attrs=any gssencmode=prefer load_balance_hosts=disable host=db1'],
      }).host,
    ).toBe('db1')
  })
})

describe('secrets', () => {
  it('shows no password when a target is inspected or printed as JSON', () => {
    const found = target({ positional: ['password=hunter2 sslpassword=hunter3 host=db1'] })
    expect(found.password?.reveal()).toBe('hunter2')
    for (const shown of [
      JSON.stringify(found),
      inspect(found, { depth: 9, showHidden: true }),
      String(found.password),
      `${inspect([found.keyPassword])}`,
    ])
      expect(shown).not.toMatch(/hunter/)
  })

  it('lets a typed password win', () => {
    expect(target({ positional: ['password=old'], password: 'typed' }).password?.reveal()).toBe('typed')
  })
})

describe('the password file', () => {
  const of = (text: string, conninfo = 'host=db1 user=bob dbname=orders'): string | undefined =>
    target({ positional: [conninfo], files: passwordFile(text) }).password?.reveal()

  it('gives the password of the first line that matches, not of the last', () => {
    expect(of('db1:5432:orders:bob:first\n*:*:*:*:catch-all')).toBe('first')
    expect(of('*:*:*:*:catch-all\ndb1:5432:orders:bob:later')).toBe('catch-all')
    expect(of('db2:*:*:*:other\n#*:*:*:*:comment\ndb1:*:orders:*:right\r\n')).toBe('right')
  })

  it('takes escaped colons and backslashes', () => {
    expect(of('db1:5432:orders:b\\:ob:p\\:a\\\\ss', 'host=db1 user=b:ob dbname=orders')).toBe('p:a\\ss')
    expect(of('db1:5432:orders:bob\\\\:pw', "host=db1 user='bob\\\\' dbname=orders")).toBe('pw')
  })

  it('looks a default socket up as localhost', () => {
    expect(of('localhost:5432:ada:ada:local', 'port=5432')).toBe('local')
  })

  it('leaves lines with fewer fields aside', () => {
    expect(of('db1:5432:orders:bob\n')).toBeUndefined()
  })

  it('is not read when others can read it or when it is no file, and says so', () => {
    const open = target({ files: passwordFile('*:*:*:*:pw', 0o644) })
    expect(open.password).toBeNull()
    expect(open.warnings[0]).toMatch(/can be read by others/)
    expect(target({ files: passwordFile('*:*:*:*:pw', 0o700, false) }).warnings[0]).toMatch(
      /not a plain file/,
    )
  })
})

describe('parsers under any input', () => {
  const value = fc.string({ unit: 'binary' }).filter((text) => text !== '')

  it('reads back every value that is quoted as the manual says', () => {
    fc.assert(
      fc.property(value, value, (user, dbname) => {
        const quote = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`
        const settings = parsePairs(`user=${quote(user)} dbname = ${quote(dbname)}`)
        expect(settings.get('user')).toBe(user)
        expect(settings.get('dbname')).toBe(dbname)
      }),
    )
  })

  it('reads back every value that is percent-encoded', () => {
    const encodable = value.filter((text) => text.isWellFormed() && !text.includes('\0'))
    fc.assert(
      fc.property(encodable, encodable, encodable, (user, password, dbname) => {
        const [u, p, d] = [user, password, dbname].map(encodeURIComponent)
        const settings = parseUri(`postgresql://${u}:${p}@db1/${d}`)
        expect([settings.get('user'), settings.get('password'), settings.get('dbname')]).toEqual([
          user,
          password,
          dbname,
        ])
      }),
    )
  })

  it('gives a target or one sentence for any word, never an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (word) => {
        const resolved = resolveTarget(sources({ positional: [word] }))
        expect(typeof resolved.ok).toBe('boolean')
      }),
    )
  })
})

import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { whenConnected } from '#src/server/server.ts'
import { connect, eventually, sharedCluster } from '#test/support/cluster.ts'
import { asking, connected, failureOf, firstValue, open, targetOf, withControl } from './connect-support.ts'

function place(): { host: string; port: number; user: string; password: string; sock: string } {
  const { host, port, user, password, socketDirectory } = sharedCluster()
  return { host, port, user, password, sock: socketDirectory }
}

/** A server of another kind, which says or does something as soon as somebody connects. */
async function stranger(greet: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    greet(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('every kind of connection string reaches the server', () => {
  it('as a URI', async () => {
    const { server } = await connected(targetOf(sharedCluster().uri), { control: false })
    expect(await firstValue(server, 'SELECT current_database()::text AS v')).toBe('postgres')
    expect(server.facts).toMatchObject({ database: 'postgres', role: { name: 'postgres', superuser: true } })
  })

  it('as keyword and value pairs over the Unix socket', async () => {
    const { sock, port, user, password } = place()
    const target = targetOf(`host=${sock} port=${port} user=${user} password='${password}' dbname=postgres`)
    const { server } = await connected(target, { control: false })
    expect(await firstValue(server, 'SELECT (inet_client_addr() IS NULL)::text AS v')).toBe('true')
    expect(server.endpoint.label).toBe(`postgres@[local]:${port}`)
  })

  it('as a bare name with flags, environment and a password file', async () => {
    const { host, port, user, password } = place()
    const directory = mkdtempSync(join(tmpdir(), 'pgtriage-pass-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const file = join(directory, 'pgpass')
    writeFileSync(file, `other:*:*:*:wrong\n${host}:${port}:template1:*:${password}\n*:*:*:*:wrong\n`)
    chmodSync(file, 0o600)
    const target = targetOf('template1', {
      flags: { host, username: user },
      env: { PGPORT: String(port), PGPASSFILE: file },
    })
    const { server } = await connected(target, { control: false })
    expect(await firstValue(server, 'SELECT current_database()::text AS v')).toBe('template1')
  })

  it('by hostaddr beside a name that cannot be looked up', async () => {
    const { port, user, password } = place()
    const { server } = await connected(
      targetOf(
        `host=db.invalid hostaddr=127.0.0.1 port=${port} user=${user} password=${password} dbname=postgres`,
      ),
      { control: false },
    )
    expect(server.link.status).toBe('up')
  })
})

describe('our sessions', () => {
  it('have their bounds and manners, whatever the role was given', async () => {
    const { server } = await connected(targetOf(sharedCluster().uri))
    const settings = [
      ['search_path', ''],
      ['statement_timeout', '2s'],
      ['lock_timeout', '500ms'],
      ['idle_in_transaction_session_timeout', '5s'],
      ['default_transaction_read_only', 'on'],
      ['jit', 'off'],
      ['TimeZone', 'UTC'],
    ]
    for (const [name, value] of settings)
      expect([name, await firstValue(server, `SELECT current_setting('${name}') AS v`, 'control')]).toEqual([
        name,
        value,
      ])
  })

  it('can be told from each other by their application_name once they have settled', async () => {
    const { server } = await connected(targetOf(sharedCluster().uri))
    await firstValue(server, "SELECT '' AS v")
    expect(await firstValue(server, "SELECT current_setting('application_name') AS v")).toBe('pgtriage poll')
    expect(await firstValue(server, "SELECT current_setting('application_name') AS v", 'task')).toMatch(
      /^pgtriage/,
    )
  })

  it('are known by their pids', async () => {
    const { server } = await withControl(targetOf(sharedCluster().uri))
    const pids = []
    for (const session of ['poll', 'control', 'task'] as const)
      pids.push(Number(await firstValue(server, 'SELECT pg_backend_pid()::text AS v', session)))
    expect([...(server.facts?.ownPids ?? [])].sort()).toEqual(pids.sort())
  })

  it('run longer statements within their own bound, and go back to the usual one', async () => {
    const { server } = await connected(targetOf(sharedCluster().uri), { control: false })
    const long = await server.run(
      asking("SELECT current_setting('statement_timeout') AS v", { timeoutMs: 30_000 }),
    )
    expect(long.ok && long.rows[0]?.v).toBe('30s')
    expect(await firstValue(server, "SELECT current_setting('statement_timeout') AS v")).toBe('2s')
  })

  it('end within a second, also while a statement runs, and leave none behind', async () => {
    const { server } = await connected(targetOf(sharedCluster().uri))

    const running = server.run(asking("SELECT pg_sleep(1.5)::text || 'left behind' AS v"))
    const client = await connect()
    const theirs =
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE '%left behind%' AND state = 'active' AND pid <> pg_backend_pid()"
    await eventually(async () => (await client.query(theirs)).rows[0].n === 1)
    await server.close()
    expect((await running).ok).toBe(false)
    await eventually(async () => (await client.query(theirs)).rows[0].n === 0)
  })
})

describe('what cannot be reached is told in one line', () => {
  it('no server', async () => {
    const failure = await failureOf('host=127.0.0.1 port=1 user=x dbname=x')
    expect(failure).toMatchObject({
      kind: 'network',
      message: 'no server at 127.0.0.1:1: connection refused (is it running, and does it listen there?)',
    })
  })

  it('no socket', async () => {
    const failure = await failureOf('host=/nowhere user=x dbname=x')
    expect(failure?.message).toBe(
      'no server at /nowhere/.s.PGSQL.5432: there is no such socket (is it running, and is this its socket directory?)',
    )
  })

  it('an unknown name', async () => {
    const failure = await failureOf('host=db.invalid user=x dbname=x')
    expect(failure).toMatchObject({
      kind: 'network',
      message: expect.stringMatching(/^the name "db.invalid" /),
    })
  })

  it('a wrong password, which is not tried again', async () => {
    const { host, port } = place()
    const { server } = open(
      targetOf(`host=${host} port=${port} user=mistaken password=hunter2 dbname=postgres`),
    )
    const failure = await whenConnected(server)
    expect(failure).toMatchObject({ kind: 'authentication', sqlstate: '28P01' })
    expect(JSON.stringify(failure)).not.toContain('hunter2')
    expect(server.link).toMatchObject({ status: 'down', retryAtMs: null })
    // A second session with the same password would count as a second wrong login.
    const refused = readFileSync(sharedCluster().logFile, 'utf8').match(
      /password authentication failed for user "mistaken"/g,
    )
    expect(refused).toHaveLength(1)
  })

  it('no password, which can be asked for', async () => {
    const { host, port, user } = place()
    const failure = await failureOf(`host=${host} port=${port} user=${user} dbname=postgres`)
    expect(failure).toMatchObject({ kind: 'authentication', needsPassword: true })
  })

  it('a database that is not there', async () => {
    const { host, port, user, password } = place()
    const failure = await failureOf(
      `host=${host} port=${port} user=${user} password=${password} dbname=nowhere`,
    )
    expect(failure).toMatchObject({ sqlstate: '3D000', message: 'database "nowhere" does not exist' })
  })

  it.each([
    [
      'a web server',
      (socket: Socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      /not PostgreSQL \(it says "HTTP\/1.1 400 Bad Request"\)/,
    ],
    [
      'an SSH server',
      (socket: Socket) => void socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
      /not PostgreSQL \(it says "SSH-2.0-OpenSSH_9.2"\)/,
    ],
    [
      'one that hangs up',
      (socket: Socket) => void socket.once('data', () => socket.destroy()),
      /closed the connection/,
    ],
    [
      'one without room for a process',
      (socket: Socket) => void socket.once('data', () => socket.end('Ecould not fork new process\n\0')),
      /refuses connections: could not fork/,
    ],
    [
      'bytes behind the answer to SSLRequest',
      (socket: Socket) => void socket.once('data', () => socket.write('Sinjected')),
      /not PostgreSQL/,
    ],
  ])('%s', async (_what, greet, message) => {
    const port = await stranger(greet)
    for (const mode of ['prefer', 'disable']) {
      const failure = await failureOf(`host=127.0.0.1 port=${port} user=x dbname=x sslmode=${mode}`)
      expect([mode, failure?.message]).toEqual([mode, expect.stringMatching(message)])
      expect(failure?.kind).not.toBe('timeout')
    }
  })

  it('silence, after the connect timeout', async () => {
    const port = await stranger(() => {})
    const failure = await failureOf(`host=127.0.0.1 port=${port} user=x dbname=x connect_timeout=1`)
    expect(failure).toMatchObject({
      kind: 'timeout',
      message: expect.stringMatching(/did not finish a login within 2 s/),
    })
  })

  it('a login that the driver does not know, without ending this process', async () => {
    const gss = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 7])
    const port = await stranger((socket) => void socket.once('data', () => socket.write(gss)))
    const failure = await failureOf(`host=127.0.0.1 port=${port} user=x dbname=x sslmode=disable`)
    expect(failure).toMatchObject({ kind: 'authentication', message: expect.stringMatching(/Kerberos/) })
  })
})

it('writes nothing of its own to standard error', async () => {
  const script = `
    const { openServer, whenConnected } = await import('#src/server/server.ts')
    const { resolveTarget } = await import('#src/server/conninfo/target.ts')
    const resolved = resolveTarget({ positional: [process.argv[1]], env: process.env, home: '/', osUser: 'x' })
    const server = openServer(resolved.target)
    const failure = await whenConnected(server)
    await server.close()
    console.log(failure === null ? 'up' : failure.message)`
  const env = { ...process.env, PGSSLMODE: 'prefer', PGSSLNEGOTIATION: 'postgres', PGOPTIONS: '-c geqo=off' }
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script, sharedCluster().uri],
    { env },
  )
  expect([stdout, stderr]).toEqual(['up\n', ''])
})

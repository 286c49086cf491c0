import { createServer, connect as dial, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { defineEntry } from '#queries/define.ts'
import type { Server } from '#src/server/contract.ts'
import { eventually, sharedCluster } from '#test/support/cluster.ts'
import { asking, connected, firstValue, targetOf, withControl } from './connect-support.ts'

/** A stand-in for a pooler in front of the real server, and every statement that went through it. */
interface Pooler {
  readonly uri: string
  readonly statements: string[]
}

/**
 * Like a pooler it answers the login with a process number of its own. It `refuses` settings in the startup
 * packet as pgbouncer does by default, or `drops` them as with ignore_startup_parameters.
 */
async function pooler(settings: 'refuses' | 'drops'): Promise<Pooler> {
  const { port, uri } = sharedCluster()
  const statements: string[] = []
  const server = createServer((client) => {
    const upstream = dial(port, '127.0.0.1')
    for (const socket of [client, upstream]) socket.on('error', () => {})
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    client.once('data', (startup) => onStartup(client, upstream, startup, settings, statements))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const own = new URL(uri)
  own.port = String(typeof address === 'object' ? address?.port : 0)
  return { uri: `${own.href}?sslmode=disable`, statements }
}

function onStartup(
  client: Socket,
  upstream: Socket,
  startup: Buffer,
  settings: 'refuses' | 'drops',
  statements: string[],
): void {
  // A CancelRequest (code 1234.5678) goes to the process that this stand-in made up: to nobody.
  if (startup.readInt32BE(4) === 80_877_102) return void client.end()
  const words = startup.subarray(8).toString('latin1').split('\0')
  if (settings === 'refuses' && words.includes('statement_timeout')) {
    const text = 'SERROR\0C08P01\0Munsupported startup parameter: search_path\0\0'
    const head = Buffer.from([0x45, 0, 0, 0, text.length + 4])
    return void client.end(Buffer.concat([head, Buffer.from(text)]))
  }
  const kept = ['user', 'database', 'application_name'].flatMap((name) => [
    name,
    words[words.indexOf(name) + 1] ?? '',
  ])
  const body = Buffer.from(`${kept.join('\0')}\0\0`)
  const head = Buffer.alloc(8)
  head.writeInt32BE(body.length + 8, 0)
  head.writeInt32BE(196_608, 4)
  upstream.write(Buffer.concat([head, body]))
  client.on('data', (bytes) => {
    if (bytes[0] === 0x51) statements.push(bytes.subarray(5, -1).toString())
    else if (bytes[0] !== 0x70 && bytes[0] !== 0x58)
      statements.push(`message ${String.fromCharCode(bytes[0] ?? 0)}`)
    upstream.write(bytes)
  })
  upstream.on('data', (bytes) => {
    const key = bytes.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]))
    if (key !== -1) bytes.writeInt32BE(-1_765_040_564, key + 5)
    client.write(bytes)
  })
}

/** The statements that would leave something behind on a connection that others use next. */
function leaving(statements: readonly string[]): readonly string[] {
  return statements.filter((text) => !/^BEGIN READ ONLY;\n(SET LOCAL [^;]*;\n)+[\s\S]*\nCOMMIT$/.test(text))
}

const parameterised = defineEntry({
  ...asking("SELECT ($1::integer + 1)::text || ', $2' AS v -- $1\nWHERE $2::timestamptz > 'epoch'"),
  parameters: [
    { name: 'n', type: 'integer', meaning: 'A number.' },
    { name: 'at', type: 'timestamptz', meaning: 'A time.' },
  ],
})

async function ask(server: Server): Promise<void> {
  expect(await firstValue(server, "SELECT current_setting('search_path') AS v")).toBe('""')
  expect(await firstValue(server, "SELECT current_setting('statement_timeout') AS v", 'control')).toBe('2s')
  expect(await firstValue(server, "SELECT current_setting('transaction_read_only') AS v", 'task')).toBe('on')
  expect(
    await server.run(parameterised, { parameters: [41, "2026-01-01 00:00:00+00'; SELECT 1"] }),
  ).toMatchObject({
    ok: false,
    failure: { sqlstate: '22007' },
  })
  expect(await server.run(parameterised, { parameters: [41, '2026-01-01 00:00:00+00'] })).toMatchObject({
    ok: true,
    rows: [{ v: '42, $2' }],
  })
  const long = await server.run(
    asking("SELECT current_setting('statement_timeout') AS v", { timeoutMs: 9000 }),
  )
  expect(long).toMatchObject({ ok: true, rows: [{ v: '9s' }] })
  expect(await server.run(asking('SELECT 1/0 AS v'))).toMatchObject({
    ok: false,
    failure: { sqlstate: '22012' },
  })
  expect(await firstValue(server, "SELECT 'after an error' AS v")).toBe('after an error')
  expect(await server.run(asking('SELECT pg_sleep(9)::text AS v', { timeoutMs: 100 }))).toMatchObject({
    ok: false,
    failure: { sqlstate: '57014' },
  })
}

describe('behind a pooler', () => {
  it('that refuses settings, nothing is ever set outside a transaction', async () => {
    const { uri, statements } = await pooler('refuses')
    const { server } = await withControl(targetOf(uri), { warm: [asking("SELECT 'warm' AS v")] })
    expect(server.facts).toMatchObject({ pooled: true, ownPids: [], database: 'postgres' })
    await ask(server)
    await eventually(async () => statements.some((text) => text.includes("SELECT 'warm' AS v")))
    expect(leaving(statements).filter((text) => text !== 'ROLLBACK')).toEqual([])
    expect(statements.filter((text) => text === 'ROLLBACK')).toHaveLength(3)
  })

  it('that drops settings, it is known by the process that answers, before anything is set', async () => {
    const { uri, statements } = await pooler('drops')
    const { server } = await withControl(targetOf(uri))
    expect(server.facts?.pooled).toBe(true)
    await ask(server)
    const first = leaving(statements).filter((text) => text !== 'ROLLBACK')
    // Each of the three sessions asks its facts first, plainly: that is how it finds out.
    expect(first).toHaveLength(3)
    for (const text of first) expect(text).toMatch(/^\/\* pgtriage:server-facts \*\//)
    expect(first.join('\n')).not.toMatch(/\bSET\b|set_config/)
  })

  it('a statement that hangs costs the connection, as there is nobody to cancel it', async () => {
    const { uri } = await pooler('refuses')
    const { server } = await connected(targetOf(uri), { control: false })
    const hangs = 'SET LOCAL statement_timeout = 0; SELECT pg_sleep(30)::text AS v'
    const outcome = await server.run(asking(hangs))
    expect(outcome).toMatchObject({ ok: false, failure: { kind: 'timeout' } })
    await eventually(async () => server.link.status === 'up')
  })
})

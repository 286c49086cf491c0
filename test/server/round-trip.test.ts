import { createServer, connect as dial, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import type { Server } from '#src/server/contract.ts'
import { connect, eventually, sharedCluster } from '#test/support/cluster.ts'
import { asking, connected, firstValue, nextEvent, targetOf } from './connect-support.ts'

/** A way to the server that takes a connection at once, like a tunnel, and then delays every byte both ways. */
async function tunnel(delayMs: () => number): Promise<string> {
  const { port, uri } = sharedCluster()
  const forward = (from: Socket, to: Socket): void => {
    from.on('data', (bytes) => setTimeout(() => to.write(bytes), delayMs()))
    from.on('error', () => {}).on('close', () => to.destroy())
  }
  const server = createServer((client) => {
    const upstream = dial(port, '127.0.0.1')
    forward(client, upstream)
    forward(upstream, client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const own = new URL(uri)
  own.port = String(typeof address === 'object' ? address?.port : 0)
  return `${own.href}?sslmode=disable`
}

// A timer may be a millisecond early.
const DELAY_MS = 60
const BOTH_WAYS_MS = 2 * DELAY_MS - 4

it('tells the way to the server from its work, although the tunnel takes the connection at once', async () => {
  const { server } = await connected(targetOf(await tunnel(() => DELAY_MS)), { control: false })
  const outcome = await server.run(asking('SELECT pg_sleep(1.5)::text AS v'))
  expect(outcome.ok).toBe(true)
  await eventually(async () => server.roundTripMs < outcome.tookMs - 500)
  expect(server.roundTripMs).toBeGreaterThanOrEqual(BOTH_WAYS_MS)
})

it('begins anew with each connection, since the way may have become longer', async () => {
  let delayMs = 0
  const { server } = await connected(targetOf(await tunnel(() => delayMs)), { control: false })
  const pid = await firstValue(server, 'SELECT pg_backend_pid()::text AS v')
  await measured(server)
  delayMs = DELAY_MS
  const up = nextEvent(server, (event) => event.kind === 'link' && event.link.status === 'up')
  const admin = await connect()
  await admin.query('SELECT pg_terminate_backend($1)', [pid])
  await up
  await firstValue(server, 'SELECT 1::text AS v')
  expect(await measured(server)).toBeGreaterThanOrEqual(BOTH_WAYS_MS)
})

/** Waits for a run after the first one, by which the session has been settled. */
async function measured(server: Server): Promise<number> {
  await firstValue(server, 'SELECT 1::text AS v')
  return server.roundTripMs
}

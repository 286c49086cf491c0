/**
 * A process that keeps many sessions open on a server: `node crowd-process.ts`, told over IPC what to be. It
 * speaks just enough of the protocol to be cheap (a session costs a socket): the machine that is measured on
 * also has to run it. It ends when its parent does.
 */
import { createConnection, type Socket } from 'node:net'
import type { CrowdOrder, CrowdReport, Member } from './crowd.ts'

/** Logins under way at once: more would only queue inside the postmaster. */
const LOGINS = 24

/** What a session does once it is logged in. */
interface Role {
  readonly tag: string
  /** Statements to run first, one after the other. */
  readonly opening: readonly string[]
  /** Then, if there is something, one statement after the other for ever; the session is settled with the first. */
  readonly endless?: () => string
}

process.once('message', (order: CrowdOrder) => void gather(order))
process.once('disconnect', () => process.exit(0))

async function gather(order: CrowdOrder): Promise<void> {
  const members: Member[] = []
  try {
    const roles = ROLES[order.kind](order.count)
    // Whoever is to block others has to have its lock before they come.
    const alone = order.kind === 'chain' ? roles.length : order.kind === 'mixed' ? 0 : 1
    for (const role of roles.splice(0, alone)) members.push(await enter(order, role))
    const queue = roles.values()
    await Promise.all(
      Array.from({ length: LOGINS }, async () => {
        for (const role of queue) members.push(await enter(order, role))
      }),
    )
    tell({ kind: 'ready', members })
  } catch (error) {
    tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })
  }
}

function tell(report: CrowdReport): void {
  process.send?.(report)
}

/** Logs one session in; gives its pid when it has settled: idle, or in a statement that lasts. */
function enter({ socketPath }: CrowdOrder, role: Role): Promise<Member> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath)
    const opening = role.opening.values()
    let pid = 0
    const proceed = () => {
      const text = opening.next().value ?? role.endless?.()
      if (text !== undefined) socket.write(query(text))
      if (text === undefined || !role.opening.includes(text)) resolve({ pid, tag: role.tag })
    }
    socket.once('connect', () => socket.write(startup(role.tag)))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`session ${role.tag} was closed by the server`)))
    readMessages(socket, (type, body) => {
      if (type === 'K') pid = body.readInt32BE(0)
      else if (type === 'Z') proceed()
      else if (type === 'E') reject(new Error(body.toString('latin1').replaceAll('\0', ' ')))
    })
  })
}

/** Most are idle in transaction, some idle, one in ten runs statements of some tenths to some seconds. */
function mixedRoles(count: number): Role[] {
  return Array.from({ length: count }, (_, index): Role => {
    const tag = `b${String(index).padStart(4, '0')}`
    const text = `SELECT '${tag}' AS tag, customer_id, sum(amount) FROM bench.orders WHERE customer_id = ${index} GROUP BY 1, 2`
    const kind = index % 10
    if (kind === 0) return { tag, opening: [], endless: statements(tag, index) }
    return { tag, opening: kind < 3 ? [text] : ['BEGIN', text] }
  })
}

/** The first session's first statement never ends, so that there is always one to be found. */
function statements(tag: string, index: number): () => string {
  const random = generator(index + 1)
  let step = 0
  return () => {
    step += 1
    const seconds = index === 0 ? 86_400 : 0.3 + random() * 4
    return `SELECT '${tag}' AS tag, ${step} AS step, pg_sleep(${seconds.toFixed(2)}), count(*) FROM bench.orders`
  }
}

/** One session changed a row and went idle; all others want to change the same row. */
function waiterRoles(count: number): Role[] {
  const update = (tag: string) =>
    `UPDATE bench.stock SET quantity = quantity - 1, reason = '${tag}' WHERE item = 1`
  const waiters = Array.from({ length: count }, (_, index): Role => {
    const tag = `w${String(index).padStart(4, '0')}`
    return { tag, opening: [], endless: () => update(tag) }
  })
  return [{ tag: 'root', opening: ['BEGIN', update('root')] }, ...waiters]
}

/** Each session has changed a row of its own and wants to change that of the one before it. */
function chainRoles(count: number): Role[] {
  const update = (row: number, tag: string) =>
    `UPDATE bench.links SET changed_by = '${tag}' WHERE id = ${row}`
  const links = Array.from({ length: count }, (_, index): Role => {
    const tag = `c${String(index).padStart(4, '0')}`
    return { tag, opening: ['BEGIN', update(index + 1, tag)], endless: () => update(index, tag) }
  })
  return [{ tag: 'root', opening: ['BEGIN', update(0, 'root')] }, ...links]
}

const ROLES = { mixed: mixedRoles, waiters: waiterRoles, chain: chainRoles } as const

function readMessages(socket: Socket, heed: (type: string, body: Buffer) => void): void {
  let rest = Buffer.alloc(0)
  socket.on('data', (data) => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data])
    while (rest.length >= 5) {
      const end = 1 + rest.readInt32BE(1)
      if (rest.length < end) break
      heed(String.fromCharCode(rest[0] ?? 0), rest.subarray(5, end))
      rest = rest.subarray(end)
    }
  })
}

function startup(applicationName: string): Buffer {
  const parameters = { user: 'bench_crowd', database: 'postgres', application_name: applicationName }
  const text = Object.entries(parameters).flat().join('\0')
  const body = Buffer.concat([Buffer.from([0, 3, 0, 0]), Buffer.from(`${text}\0\0`)])
  return Buffer.concat([length(body.length + 4), body])
}

function query(text: string): Buffer {
  const body = Buffer.from(`${text}\0`)
  return Buffer.concat([Buffer.from('Q'), length(body.length + 4), body])
}

function length(bytes: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(bytes)
  return buffer
}

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

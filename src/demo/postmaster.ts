/** One `postgres` process: start it, wait until it takes connections, end it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { versionNum } from '#queries/demo/start.ts'
import { demoClient } from './client.ts'
import { ClusterFault } from './cluster-fault.ts'
import type { Place } from './place.ts'
import { asUser, type ServerUser } from './server-user.ts'

/** How long a start may take before it counts as failed: recovery after an immediate stop is part of it. */
const START_LIMIT_MS = 60_000

/** A server process that has been started. It does not keep our process alive, unless its end is waited for. */
export interface Postmaster {
  readonly pid: number
  readonly running: () => boolean
  /** Calls back when it is gone, for whatever reason. */
  readonly onExit: (listener: () => void) => void
  /** Waits until it is gone, `limitMs` at most. */
  readonly ended: (limitMs: number) => Promise<void>
}

/** Environment of PostgreSQL's programs: nothing of ours, UTC, messages in English. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })
  return { ...Object.fromEntries(kept), TZ: 'UTC', LC_ALL: 'C' }
}

/** Starts the server on its data directory. Detached: the terminal's Ctrl-C is for us, not for it. */
export function startPostmaster(binaries: string, place: Place, user: ServerUser | null): Postmaster {
  const log = openSync(place.log, 'a')
  const child = spawn(join(binaries, 'postgres'), ['-D', place.data], {
    cwd: place.root,
    detached: true,
    env: serverEnvironment(),
    stdio: ['ignore', log, log],
    ...asUser(user),
  })
  closeSync(log)
  child.unref()
  child.on('error', () => undefined)
  const { pid } = child
  if (pid === undefined) throw new ClusterFault(`${join(binaries, 'postgres')} cannot be started`)
  return {
    pid,
    running: () => isAlive(child),
    onExit: (listener) => child.once('exit', listener),
    ended: (limitMs) => whenEnded(child, limitMs),
  }
}

/** How to reach the server that is being waited for. */
export interface Door {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** Connects until it works; gives `server_version_num`. Fails with the server's own words when it ends. */
export async function whenAccepting(
  postmaster: Postmaster,
  door: Door,
  options: { readonly log: string; readonly signal?: AbortSignal | undefined },
): Promise<number> {
  const deadline = performance.now() + START_LIMIT_MS
  for (;;) {
    options.signal?.throwIfAborted()
    const version = await tryVersion(door)
    if (typeof version === 'number') return version
    if (!postmaster.running()) throw new ClusterFault(`the server did not start: ${lastWords(options.log)}`)
    if (performance.now() > deadline) {
      throw new ClusterFault(`the server does not answer: ${version.message || lastWords(options.log)}`)
    }
    await delay(15)
  }
}

/** Ends the server and waits until it is gone; SIGKILL when it does not follow in ten seconds. */
export async function endPostmaster(postmaster: Postmaster, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  for (const next of [signal, 'SIGQUIT', 'SIGKILL'] as const) {
    if (!postmaster.running()) return
    kill(postmaster.pid, next)
    await postmaster.ended(10_000)
  }
}

async function tryVersion(door: Door): Promise<number | Error> {
  const client = demoClient({ ...door, application: 'demo setup' }, 5_000)
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ version_num: number }>(versionNum)
    return rows[0]?.version_num ?? new Error('the server does not tell its version')
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** The fault the server ended with and the line before it, which tells the cause of a general one. */
function lastWords(log: string): string {
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  const last = lines.findLastIndex((line) => /FATAL|PANIC|error while loading/.test(line))
  const told = last === -1 ? lines.slice(-1) : lines.slice(Math.max(0, last - 1), last + 1)
  return told.map((line) => line.replace(/^.*?(LOG|FATAL|PANIC): +/, '')).join('; ')
}

async function whenEnded(child: ChildProcess, limitMs: number): Promise<void> {
  if (!isAlive(child)) return
  child.ref()
  await once(child, 'exit', { signal: AbortSignal.timeout(limitMs) }).catch(() => undefined)
  child.unref()
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone between the look and the signal.
  }
}

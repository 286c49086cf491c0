/** The temporary directory that a throw-away server lives in, and the removal of those left behind. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ServerUser } from './server-user.ts'

const PREFIX = 'pgtriage-server-'
// sockaddr_un.sun_path holds 104 bytes on macOS and 108 on Linux, the final zero included.
const LONGEST_SOCKET_PATH = 103

/** The directory of one server: all it writes is inside `root`. */
export interface Place {
  readonly root: string
  readonly data: string
  /** Where the Unix socket lies; its full path fits the system's limit. */
  readonly socket: string
  readonly log: string
}

/** Makes the directory, passable for the server's account, its data directory private to it. */
export function makePlace(user: ServerUser | null): Place {
  const root = mkdtempSync(join(chooseBase(user), PREFIX))
  chmodSync(root, 0o711)
  writeFileSync(join(root, 'owner'), `${process.pid} ${pidNamespace()}`)
  const place = { root, data: join(root, 'data'), socket: join(root, 'run'), log: join(root, 'log') }
  mkdirSync(place.data, { mode: 0o700 })
  mkdirSync(place.socket)
  chmodSync(place.socket, 0o755)
  writeFileSync(place.log, '', { mode: 0o600 })
  if (user !== null) for (const path of [place.data, place.socket]) chownSync(path, user.uid, user.gid)
  return place
}

/** Removes the directory and all in it. A server that is still writing makes it try again for a second. */
export async function removePlace(root: string): Promise<void> {
  await rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
}

/**
 * Removes what a killed pgtriage left behind on a machine that also lost its guard (a reboot, an OOM kill of
 * both): our own directories whose owner is gone, with the server that may still run in them.
 */
export async function removeStalePlaces(bases: readonly string[] = [tmpdir(), '/tmp']): Promise<void> {
  for (const base of new Set(bases)) {
    for (const name of listing(base)) {
      const root = join(base, name)
      if (!name.startsWith(PREFIX) || !isOurs(root) || isOwned(root)) continue
      killServerIn(root)
      await removePlace(root).catch(() => undefined)
    }
  }
}

function chooseBase(user: ServerUser | null): string {
  const fits = (base: string) =>
    Buffer.byteLength(join(base, `${PREFIX}XXXXXX`, 'run', '.s.PGSQL.65535')) <= LONGEST_SOCKET_PATH
  const passable = (base: string) => user === null || isPassableByOthers(base)
  return [tmpdir(), '/tmp', '/var/tmp'].find((base) => fits(base) && passable(base)) ?? '/tmp'
}

function isPassableByOthers(path: string): boolean {
  try {
    if ((statSync(path).mode & 0o001) === 0) return false
  } catch {
    return false
  }
  return dirname(path) === path || isPassableByOthers(dirname(path))
}

function listing(base: string): string[] {
  try {
    return readdirSync(base)
  } catch {
    return []
  }
}

// Anyone can make a directory of this name in /tmp: only a real directory of our own account counts.
function isOurs(root: string): boolean {
  try {
    const found = lstatSync(root)
    return found.isDirectory() && found.uid === process.getuid?.()
  } catch {
    return false
  }
}

function isOwned(root: string): boolean {
  try {
    // A directory that has no owner file yet is being made at this moment, unless it is old.
    const age = Date.now() - lstatSync(root).mtimeMs
    const [pid = '', namespace = ''] = readIfAny(join(root, 'owner'))?.split(' ') ?? []
    if (!/^\d+$/.test(pid)) return age < 60_000
    return namespace !== pidNamespace() || isRunning(Number(pid))
  } catch {
    return true
  }
}

// Containers that share /tmp do not see each other's processes: a directory of another one is never stale.
function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return 'only'
  }
}

function killServerIn(root: string): void {
  const pid = Number(readIfAny(join(root, 'data', 'postmaster.pid'))?.split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 1 || !commandOf(pid).includes(join(root, 'data'))) return
  try {
    process.kill(pid, 'SIGQUIT')
  } catch {
    // Gone between the two looks.
  }
}

// The number may belong to another process by now, so a server is known by its command line.
function commandOf(pid: number): string {
  const fromProc = readIfAny(`/proc/${pid}/cmdline`)
  if (fromProc !== null) return fromProc
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function readIfAny(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

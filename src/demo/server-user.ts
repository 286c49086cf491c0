/** Who owns the throw-away server's processes: PostgreSQL refuses to run as root. */
import { readFileSync } from 'node:fs'

/** The account that a child process is started under. */
export interface ServerUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** The unprivileged account to use when we are root; null when we are not and the server can be ours. */
export function chooseServerUser(): ServerUser | null {
  if (process.getuid?.() !== 0) return null
  const accounts = readAccounts()
  return accounts.get('postgres') ?? accounts.get('_postgres') ?? accounts.get('nobody') ?? null
}

/** The part of `spawn`'s options that changes to that account; nothing when there is none to change to. */
export function asUser(user: ServerUser | null): { uid?: number; gid?: number } {
  return user === null ? {} : { uid: user.uid, gid: user.gid }
}

// initdb looks its own uid up and stops when it has no name, so only an account that is listed will do.
function readAccounts(): Map<string, ServerUser> {
  const accounts = new Map<string, ServerUser>()
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name = '', , uid = '', gid = ''] = line.split(':')
    // macOS writes `nobody` as -2; the kernel wants it unsigned.
    if (/^-?\d+$/.test(uid)) accounts.set(name, { name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 })
  }
  return accounts
}

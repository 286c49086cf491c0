/** Makes the data directory: `initdb`, then our settings and authentication rules. */
import { spawn } from 'node:child_process'
import { appendFileSync, chownSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClusterFault } from './cluster-fault.ts'
import type { Guard } from './guard.ts'
import type { Place } from './place.ts'
import { serverEnvironment } from './postmaster.ts'
import { asUser, type ServerUser } from './server-user.ts'

/** What initdb has to know, and who is told that it runs. */
export interface Initialisation {
  readonly binaries: string
  readonly place: Place
  readonly user: ServerUser | null
  readonly password: string
  readonly guard: Guard
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs initdb for a superuser `postgres` with this password (SCRAM everywhere, no trust). Locale C: it exists
 * on every machine and makes the bootstrap quickest; the encoding is UTF-8 all the same.
 */
export async function initialise(how: Initialisation): Promise<void> {
  const secret = join(how.place.root, 'secret')
  writeFileSync(secret, how.password, { mode: 0o600 })
  if (how.user !== null) chownSync(secret, how.user.uid, how.user.gid)
  const child = spawn(
    join(how.binaries, 'initdb'),
    [
      ...['-D', how.place.data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${secret}`],
      ...['-E', 'UTF8', '--locale=C', '--no-sync'],
    ],
    {
      cwd: how.place.root,
      detached: true,
      env: serverEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
      ...asUser(how.user),
    },
  )
  const { pid } = child
  if (pid !== undefined) how.guard.watch({ kind: 'initdb', pid })
  const stop = () => pid !== undefined && killGroup(pid)
  how.signal?.addEventListener('abort', stop, { once: true })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve)
    child.once('error', (error) => {
      complaint = error.message
      resolve(-1)
    })
  })
  how.guard.watch(null)
  how.signal?.removeEventListener('abort', stop)
  rmSync(secret, { force: true })
  how.signal?.throwIfAborted()
  if (code !== 0) throw new ClusterFault(`initdb failed: ${firstFault(complaint)}`)
}

/** Writes settings at the end of postgresql.conf and rules at the start of pg_hba.conf, where they win. */
export function configure(place: Place, settings: string, rules: readonly string[]): void {
  appendFileSync(join(place.data, 'postgresql.conf'), settings)
  if (rules.length === 0) return
  const path = join(place.data, 'pg_hba.conf')
  writeFileSync(path, `${rules.join('\n')}\n${readFileSync(path, 'utf8')}`)
}

// initdb's children (bootstrap and single-user servers) are in its group, since it was started detached.
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Already gone.
  }
}

function firstFault(complaint: string): string {
  const lines = complaint.trim().split('\n')
  return lines.find((line) => /error|fatal|could not/i.test(line)) ?? lines[0] ?? 'no reason given'
}

/** A real PostgreSQL of its own on demand: made in a temporary directory, gone without a trace at the end. */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { findBinaries } from './binaries.ts'
import { ClusterFault } from './cluster-fault.ts'
import { configuration } from './configuration.ts'
import { type Guard, startGuard } from './guard.ts'
import { configure, initialise } from './initialise.ts'
import { makePlace, type Place, removePlace, removeStalePlaces } from './place.ts'
import { endPostmaster, type Postmaster, startPostmaster, whenAccepting } from './postmaster.ts'
import { chooseServerUser, type ServerUser } from './server-user.ts'

/** A running server of our own, listening on 127.0.0.1 and a Unix socket only. */
export interface Cluster {
  readonly host: string
  readonly port: number
  readonly socketDirectory: string
  readonly user: 'postgres'
  /** Random for each cluster; every way in asks for it (SCRAM). */
  readonly password: string
  readonly database: string
  /** `postgresql://postgres:<password>@127.0.0.1:<port>/postgres` */
  readonly uri: string
  readonly versionNum: number
  readonly dataDirectory: string
  /** The bin directory its programs run from. */
  readonly binaries: string
  /** What the server wrote: start, errors, lock waits. */
  readonly logFile: string
  /** The postmaster's process id now; another one after a restart. */
  pid(): number
  /** Stops (`fast` as a DBA would, `immediate` as a crash) and starts again on the same port. */
  restart(mode?: 'fast' | 'immediate'): Promise<void>
  /** Ends the server and removes its directory. Safe to call twice. */
  stop(): Promise<void>
}

/** What a caller may choose. */
export interface ClusterOptions {
  /** A bin directory; otherwise PGTRIAGE_PG_BINARIES, the npm package, the machine. */
  readonly binaries?: string
  /** Lines for postgresql.conf, over our own. */
  readonly settings?: Readonly<Record<string, string>>
  /** Lines for pg_hba.conf, before those of initdb. */
  readonly hba?: readonly string[]
  /** Told each step as it begins, in words for a person. */
  readonly onProgress?: (step: string) => void
  /** Ends the start at once; what was made so far is removed. */
  readonly signal?: AbortSignal
}

/**
 * Starts a server, in about a second. As root its processes belong to another account, since PostgreSQL refuses
 * to run as root. However our process ends, server and directory go too. Throws a `ClusterFault` with the
 * reason when there can be none.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const told = options.onProgress ?? (() => undefined)
  if (process.platform === 'win32') throw new ClusterFault('a server on demand needs Linux or macOS')
  await removeStalePlaces()
  options.signal?.throwIfAborted()
  const user = chooseServerUser()
  const place = makePlace(user)
  const guard = startGuard(place.root)
  try {
    told('looking for PostgreSQL')
    const copyTo = join(place.root, 'postgresql')
    const binaries = await findBinaries({ chosen: options.binaries, user, copyTo })
    told('making a data directory')
    const password = randomBytes(18).toString('base64url')
    await initialise({ binaries, place, user, password, guard, signal: options.signal })
    const port = await freePort()
    const settings = { settings: options.settings ?? {}, binaries, port, socketDirectory: place.socket }
    configure(place, configuration(settings), options.hba ?? [])
    told('starting the server')
    return await runCluster({ binaries, place, user, guard, password, port, signal: options.signal })
  } catch (error) {
    await giveUp(place, guard)
    throw error
  }
}

interface Making {
  readonly binaries: string
  readonly place: Place
  readonly user: ServerUser | null
  readonly guard: Guard
  readonly password: string
  readonly port: number
  readonly signal: AbortSignal | undefined
}

async function runCluster(making: Making): Promise<Cluster> {
  const { place, guard, password, port } = making
  const door = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres', password } as const
  const launch = async (): Promise<{ postmaster: Postmaster; versionNum: number }> => {
    const started = startPostmaster(making.binaries, place, making.user)
    guard.watch({ kind: 'postgres', pid: started.pid })
    started.onExit(() => started === current && guard.watch(null))
    current = started
    try {
      const versionNum = await whenAccepting(started, door, { log: place.log, signal: making.signal })
      return { postmaster: started, versionNum }
    } catch (error) {
      await endPostmaster(started, 'SIGQUIT')
      throw error
    }
  }
  let current: Postmaster | null = null
  let { postmaster, versionNum } = await launch()
  let stopped: Promise<void> | null = null
  return {
    ...door,
    socketDirectory: place.socket,
    uri: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    versionNum,
    dataDirectory: place.data,
    binaries: making.binaries,
    logFile: place.log,
    pid: () => postmaster.pid,
    async restart(mode = 'fast') {
      await endPostmaster(postmaster, mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
      postmaster = (await launch()).postmaster
    },
    stop() {
      stopped ??= endPostmaster(postmaster, 'SIGQUIT').then(() => giveUp(place, guard))
      return stopped
    },
  }
}

// What cannot be removed now is left to the guard, which tries again when we are gone.
async function giveUp(place: Place, guard: Guard): Promise<void> {
  await removePlace(place.root).then(
    () => guard.release(),
    () => undefined,
  )
}

// The number is free at this moment; a server that finds it taken after all says so when it starts.
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port)
        else reject(new ClusterFault('no free port on 127.0.0.1'))
      })
    })
  })
}

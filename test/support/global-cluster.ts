/** Vitest global setup: one server for the whole run, whichever projects take part in it. */
import type { TestProject } from 'vitest/node'
import { type Cluster, startCluster } from '#src/demo/cluster.ts'

/** What a test file is given to reach the shared server; plain data, since it crosses to a worker. */
export interface SharedCluster {
  readonly host: string
  readonly port: number
  readonly socketDirectory: string
  readonly user: 'postgres'
  readonly password: string
  readonly database: string
  readonly uri: string
  readonly versionNum: number
  readonly binaries: string
  readonly logFile: string
  readonly pid: number
}

declare module 'vitest' {
  export interface ProvidedContext {
    cluster: SharedCluster
  }
}

// The projects of one run each call this setup, in one process; the last one to leave ends the server.
const running = Symbol.for('pgtriage.test.cluster')
const shared = globalThis as { [running]?: { users: number; cluster: Promise<Cluster> } }

/** Starts the server (PGTRIAGE_PG_BINARIES decides its version) and tells every test file where it is. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared[running] ??= { users: 0, cluster: startCluster() }
  const mine = shared[running]
  mine.users += 1
  const cluster = await mine.cluster
  const { host, port, socketDirectory, user, password, database, uri, versionNum, binaries, logFile } =
    cluster
  const where = { host, port, socketDirectory, user, password, database, uri, versionNum, binaries, logFile }
  project.provide('cluster', { ...where, pid: cluster.pid() })
  return async () => {
    mine.users -= 1
    if (mine.users > 0) return
    delete shared[running]
    await cluster.stop()
  }
}

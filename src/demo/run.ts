/** One run of the demo: a server, its shop, its traffic, and an incident upon it. */
import { type Cluster, startCluster } from './cluster.ts'
import type { Incident } from './incident.ts'
import { openStage } from './scene.ts'
import { buildShop, openForBusiness } from './shop.ts'

/** A demo that is running. */
export interface DemoRun {
  readonly cluster: Cluster
  /** The superuser's way into the shop's database, by TCP on 127.0.0.1, with the password. */
  readonly uri: string
  /** Mistakes of the incident itself; empty in a good run. */
  readonly faults: ReadonlySet<string>
  /** Ends sessions and server and removes its directory. */
  end(): Promise<void>
}

/** How a run is started. */
export interface DemoOptions {
  readonly onProgress?: (step: string) => void
  /** Ends the start wherever it is; nothing stays. */
  readonly signal?: AbortSignal
}

/** Starts the server and makes the incident happen, in a few seconds; resolves once it has. */
export async function startDemo(incident: Incident, options: DemoOptions = {}): Promise<DemoRun> {
  const told = options.onProgress ?? (() => undefined)
  const cluster = await startCluster({ ...options, settings: incident.settings ?? {} })
  const stage = openStage(cluster)
  const end = async () => {
    await stage.end()
    await cluster.stop()
  }
  // An abort ends the sessions, and with them whatever the start is waiting for.
  const stop = () => void end().catch(() => undefined)
  options.signal?.addEventListener('abort', stop, { once: true })
  try {
    told('building a shop with 120 000 orders')
    const uri = await buildShop(cluster)
    options.signal?.throwIfAborted()
    told(`making it happen: ${incident.title}`)
    openForBusiness(stage)
    await incident.start(stage)
    options.signal?.throwIfAborted()
    return { cluster, uri, faults: stage.faults, end }
  } catch (error) {
    await end()
    throw options.signal?.aborted ? options.signal.reason : error
  } finally {
    options.signal?.removeEventListener('abort', stop)
  }
}

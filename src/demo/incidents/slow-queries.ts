/** Reports that spill to temporary files, one of them with parallel workers. */
import { slowQueries } from '#queries/demo/incidents.ts'
import type { Incident } from '../incident.ts'
import type { Scene } from '../scene.ts'

export const slowQueriesIncident: Incident = {
  id: 'slow-queries',
  title: 'reports spill gigabytes to temporary files',
  story:
    'Three sessions of the role reporting sort and hash with a work_mem of 64 kB: watch the temp rate, the IO waits ' +
    'and the parallel workers under their leader. Cancel a report and it does not come back.',
  async start(scene) {
    await Promise.all([
      report(scene, { application: 'monthly-report', text: slowQueries.pairs, serial: true }),
      report(scene, { application: 'basket-analysis', text: slowQueries.baskets, serial: false }),
      report(scene, { application: 'cohort-dashboard', text: slowQueries.cohort, serial: true }),
    ])
  },
}

interface Report {
  readonly application: string
  readonly text: string
  /** Without parallel workers. */
  readonly serial: boolean
}

/** Resolves when the report runs for the first time. */
function report(scene: Scene, { application, text, serial }: Report): Promise<void> {
  const started = Promise.withResolvers<void>()
  scene.signal.addEventListener('abort', () => started.reject(scene.signal.reason), { once: true })
  scene.keepDoing({ role: 'reporting', application, pauseMs: [500, 1_500], once: true }, async (client) => {
    await client.query(slowQueries.smallMemory)
    if (serial) await client.query(slowQueries.noParallel)
    const running = client.query(text)
    started.resolve()
    await running
  })
  return started.promise
}

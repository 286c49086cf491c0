/** Reports that spill to temporary files, one of them with parallel workers. */
import { slowQueries } from '#queries/demo/incidents.ts'
import type { Incident } from '../incident.ts'

const REPORTS = [
  { application: 'monthly-report', text: slowQueries.triples, workers: slowQueries.serial },
  { application: 'basket-analysis', text: slowQueries.baskets, workers: slowQueries.parallel },
  { application: 'cohort-dashboard', text: slowQueries.cohort, workers: slowQueries.serial },
] as const

export const slowQueriesIncident: Incident = {
  id: 'slow-queries',
  title: 'reports spill to temporary files without end',
  story:
    'Three sessions of the role reporting sort and hash with a work_mem of 64 kB: watch the temp rate, the IO waits ' +
    'and the parallel workers under their leader. Cancel a report and it does not come back.',
  async start(scene) {
    const started = new Set<string>()
    for (const report of REPORTS) {
      scene.keepDoing(
        { role: 'reporting', application: report.application, pauseMs: [1_000, 3_000], once: true },
        async (client) => {
          for (const setting of [slowQueries.smallMemory, ...report.workers]) await client.query(setting)
          started.add(report.application)
          await client.query(report.text)
        },
      )
    }
    await scene.until(async () => started.size === REPORTS.length)
  },
}

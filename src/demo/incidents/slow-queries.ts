/** Reports that spill to temporary files: one has parallel workers, one takes its time where an index is missing. */
import { slowQueries } from '#queries/demo/incidents.ts'
import type { Incident } from '../incident.ts'

const REPORTS = [
  {
    application: 'returns-export',
    text: slowQueries.returns,
    workers: slowQueries.serial,
    pauseMs: [200, 600],
  },
  {
    application: 'monthly-report',
    text: slowQueries.triples,
    workers: slowQueries.serial,
    pauseMs: [1_000, 3_000],
  },
  {
    application: 'basket-analysis',
    text: slowQueries.baskets,
    workers: slowQueries.parallel,
    pauseMs: [1_000, 3_000],
  },
  {
    application: 'cohort-dashboard',
    text: slowQueries.cohort,
    workers: slowQueries.serial,
    pauseMs: [1_000, 3_000],
  },
] as const

export const slowQueriesIncident: Incident = {
  id: 'slow-queries',
  title: 'reports spill to temporary files without end',
  story:
    'Four sessions of the role reporting sort and hash with a work_mem of 64 kB: watch the temp rate, the IO waits ' +
    'and the parallel workers under their leader. Cancel a report and it does not come back. The returns-export runs ' +
    'again and again and takes its time: its plan tells why, and an index on page_views (customer_id) cures it.',
  async start(scene) {
    const started = new Set<string>()
    for (const report of REPORTS) {
      scene.keepDoing(
        { role: 'reporting', application: report.application, pauseMs: report.pauseMs, once: true },
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

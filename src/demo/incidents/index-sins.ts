/** Indexes that are too many, broken or missing. */
import { randomInt } from 'node:crypto'
import type pg from 'pg'
import { indexSins } from '#queries/demo/incidents.ts'
import type { Incident } from '../incident.ts'

export const indexSinsIncident: Incident = {
  id: 'index-sins',
  title: 'duplicate, unused, invalid and missing indexes',
  story:
    'orders has an index twice, one that another covers, and one that nobody reads; a unique index on customers ' +
    'failed to build and stayed behind INVALID; shipments has no index on its foreign key, so each deleted order ' +
    'reads the whole table.',
  screen: 'indexes',
  async start(scene) {
    const client = await scene.open({ role: 'deploy', application: 'migrate 2041_indexes' })
    for (const step of ['duplicate', 'redundant', 'unused', 'missing', 'twins'] as const) {
      await client.query(indexSins[step])
    }
    await failToBuild(client)
    await client.query(indexSins.analyse)
    await client.end()
    scene.keepDoing({ role: 'web', application: 'retention-job', pauseMs: [300, 900] }, async (session) => {
      const order = [randomInt(1, 20_000)]
      await session.query(indexSins.forget, order)
      await session.query(indexSins.purge, order)
    })
  },
}

// 23505: the build finds the twins, fails, and leaves the index INVALID.
async function failToBuild(client: pg.Client): Promise<void> {
  try {
    await client.query(indexSins.invalid)
  } catch (error) {
    if ((error as { code?: string }).code === '23505') return
    throw error
  }
  throw new Error('the unique index was built although there are duplicates')
}

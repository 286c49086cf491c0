/** A CREATE INDEX CONCURRENTLY that takes its time. */
import { indexBuild } from '#queries/demo/incidents.ts'
import type { Incident } from '../incident.ts'
import { openObserver } from '../observe.ts'

export const indexBuildIncident: Incident = {
  id: 'index-build',
  title: 'an index is being built for ten minutes',
  story:
    'A migration builds an index concurrently over a slow expression: its progress can be watched. Cancel it and it ' +
    'leaves an INVALID index behind, as a cancelled CREATE INDEX CONCURRENTLY does.',
  async start(scene) {
    const observer = await openObserver(scene)
    const client = await scene.open({ role: 'deploy', application: 'migrate 2043_slug_index' })
    await client.query(indexBuild.slugFunction)
    scene.attempt(client.query(indexBuild.build).finally(() => client.end()))
    await scene.until(async () => (await observer.builds()) === 1)
    await observer.close()
  },
}

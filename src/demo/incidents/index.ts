/** The list of incidents. A new one is a file and a line here. */
import type { Incident } from '../incident.ts'
import { connectionsIncident } from './connections.ts'
import { indexBuildIncident } from './index-build.ts'
import { indexSinsIncident } from './index-sins.ts'
import { lockStormIncident } from './lock-storm.ts'
import { preparedTransactionIncident } from './prepared-transaction.ts'
import { slowQueriesIncident } from './slow-queries.ts'

const SINGLE = [
  lockStormIncident,
  preparedTransactionIncident,
  slowQueriesIncident,
  indexBuildIncident,
  indexSinsIncident,
  connectionsIncident,
] as const satisfies readonly Incident[]

// Indexes first: their DDL would queue behind the storm. Not the connections, which need a server of few.
const TOGETHER = [
  indexSinsIncident,
  indexBuildIncident,
  preparedTransactionIncident,
  slowQueriesIncident,
  lockStormIncident,
]

const allIncident: Incident = {
  id: 'all',
  title: 'everything at once',
  story: TOGETHER.map((incident) => incident.title).join('; '),
  settings: Object.assign({}, ...TOGETHER.map((incident) => incident.settings)),
  async start(scene) {
    for (const incident of TOGETHER) await incident.start(scene)
  },
}

/** Every incident that can be asked for, the default one first. */
export const INCIDENTS: readonly Incident[] = [...SINGLE, allIncident]

/** The catalog: every question that the program can ask of a server, and everything it can do to one. */
import { activity } from './activity.ts'
import { autovacuumSettings } from './autovacuum-settings.ts'
import { backend } from './backend.ts'
import { backendLocks } from './backend-locks.ts'
import { backendProgress } from './backend-progress.ts'
import { backendState } from './backend-state.ts'
import { blocking } from './blocking.ts'
import { columnStatistics } from './column-statistics.ts'
import type { Entry } from './define.ts'
import { foreignKeys } from './foreign-keys.ts'
import { indexBuilds } from './index-builds.ts'
import { indexDefinition } from './index-definition.ts'
import { indexes } from './indexes.ts'
import { largestIndexes } from './largest-indexes.ts'
import { largestTables } from './largest-tables.ts'
import { lockWaiters } from './lock-waiters.ts'
import { locks } from './locks.ts'
import { indexPgstattuple, tablePgstattuple } from './pgstattuple.ts'
import { planForeignKeys } from './plan-foreign-keys.ts'
import { planFunctions } from './plan-functions.ts'
import { planRelations } from './plan-relations.ts'
import { preparedTransactions } from './prepared-transactions.ts'
import { relationLocks } from './relation-locks.ts'
import { relationSizes } from './relation-sizes.ts'
import { sequences } from './sequences.ts'
import { databaseNames, extensions, roleNames, serverFacts } from './server-facts.ts'
import { cancel, cancelUnseen, terminate, terminateUnseen } from './signals.ts'
import { statementHistory } from './statement-history.ts'
import { statementList } from './statement-list.ts'
import { statisticsSince } from './statistics-since.ts'
import { tableDetail } from './table-detail.ts'
import { tables } from './tables.ts'
import { unattachedPartitions } from './unattached-partitions.ts'
import { vacuumProgress } from './vacuum-progress.ts'
import { counters, vitals } from './vitals.ts'
import { xminHolders } from './xmin-holders.ts'

/** All entries, in the order of the documentation. */
export const catalog: readonly Entry[] = [
  serverFacts,
  extensions,
  roleNames,
  databaseNames,
  vitals,
  counters,
  activity,
  locks,
  blocking,
  lockWaiters,
  backend,
  backendLocks,
  backendProgress,
  statementHistory,
  statementList,
  preparedTransactions,
  indexes,
  largestIndexes,
  indexBuilds,
  unattachedPartitions,
  statisticsSince,
  foreignKeys,
  tables,
  largestTables,
  autovacuumSettings,
  sequences,
  xminHolders,
  vacuumProgress,
  relationLocks,
  relationSizes,
  indexDefinition,
  tableDetail,
  columnStatistics,
  indexPgstattuple,
  tablePgstattuple,
  planRelations,
  planFunctions,
  planForeignKeys,
  backendState,
  cancel,
  terminate,
  cancelUnseen,
  terminateUnseen,
]

/** The entry of that id, if there is one. */
export function entryById(id: string): Entry | undefined {
  return catalog.find((entry) => entry.id === id)
}

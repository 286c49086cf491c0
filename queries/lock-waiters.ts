/** Who waits for a lock, and nothing else: cheap enough to be asked several times a second after an action. */
import { defineEntry } from './define.ts'

/** PostgreSQL's own limit of backends (MAX_BACKENDS): a cut list would call a waiter free. */
const MOST_BACKENDS = 262_143

/** Asks no waiter for its blockers, unlike `blocking`, whose cost grows with the square of the waiters. */
export const lockWaiters = defineEntry({
  id: 'lock-waiters',
  title: 'Waiters for locks',
  about: 'Which processes wait for a lock?',
  reads: ['pg_lock_status()'],
  pace: 'onDemand',
  waits: 'nothing',
  identity: ['pid'],
  columns: [{ id: 'pid', label: 'pid', kind: 'pid', meaning: 'Process id of the waiter.' }],
  sql: () => `/* pgtriage:lock-waiters */
SELECT DISTINCT
  l.pid AS pid
FROM pg_catalog.pg_lock_status() AS l
WHERE NOT l.granted
LIMIT ${MOST_BACKENDS}`,
})

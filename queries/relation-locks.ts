/** Which relations somebody rebuilds, alters or drops: what makes a size function or a definition wait. */
import { defineEntry } from './define.ts'

const MOST_LOCKS = 100_000

/** Asks the lock table, and who we are. */
export const relationLocks = defineEntry({
  id: 'relation-locks',
  title: 'Locks of DDL and maintenance',
  about: 'Which relations of this database does somebody hold or want a strong lock on?',
  reads: ['pg_lock_status()', 'pg_stat_get_activity()'],
  pace: 'live',
  waits: 'nothing',
  identity: ['relation', 'pid', 'mode', 'granted'],
  columns: [
    { id: 'relation', label: 'relation', kind: 'oid', meaning: 'The oid of the table or index.' },
    {
      id: 'pid',
      label: 'pid',
      kind: 'pid',
      meaning: 'Who holds it or waits for it; NULL for a prepared transaction.',
    },
    {
      id: 'mode',
      label: 'mode',
      kind: 'text',
      meaning:
        '`AccessExclusiveLock` (sizes and definitions wait behind it), `ShareLock` (CREATE INDEX) or `ShareUpdateExclusiveLock` (VACUUM, ANALYZE, CREATE INDEX CONCURRENTLY).',
    },
    {
      id: 'granted',
      label: 'granted',
      kind: 'bool',
      meaning: 'False while it is only wanted: what comes later waits behind it all the same.',
    },
  ],
  sql: () => `/* pgtriage:relation-locks */
SELECT DISTINCT
  l.relation AS relation,
  l.pid AS pid,
  l.mode AS mode,
  l.granted AS granted
FROM pg_catalog.pg_lock_status() AS l
WHERE l.locktype = 'relation'::pg_catalog.text
  -- The oid of our own database, without a look at pg_database, which may be locked.
  AND l.database = (
    SELECT own.datid FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS own
  )
  AND l.mode = ANY (ARRAY['AccessExclusiveLock', 'ShareLock', 'ShareUpdateExclusiveLock']::pg_catalog.text[])
LIMIT ${MOST_LOCKS}`,
})

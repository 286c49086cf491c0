/** What entries that open a relation look at first, so that they do not wait behind somebody's DDL. */

/** More relations than fit on any screen; longer lists are asked for in parts. */
export const MOST_RELATIONS = 500

/**
 * `strong`: relations of this database under an ACCESS EXCLUSIVE lock, held or only wanted (both make a newcomer wait),
 * with the holder before those that queue. A prepared transaction has no pid. Evaluated once, before anything is opened.
 */
export const strongLocks = `strong AS MATERIALIZED (
  SELECT
    l.relation AS relation,
    (pg_catalog.array_agg(l.pid ORDER BY l.granted DESC, l.pid ASC))[1] AS pid
  FROM pg_catalog.pg_lock_status() AS l
  WHERE l.locktype = 'relation'::pg_catalog.text
    AND l.mode = 'AccessExclusiveLock'::pg_catalog.text
    -- The oid of our own database, without a look at pg_database, which may be locked.
    AND l.database = (
      SELECT own.datid FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS own
    )
  GROUP BY l.relation
)`

/** The columns that say so, for entries that answer without figures then. */
export const lockedColumns = [
  {
    id: 'locked',
    label: 'locked',
    kind: 'bool',
    meaning:
      'Somebody holds or waits for an ACCESS EXCLUSIVE lock on it or on what belongs to it: nothing was opened, and the figures are NULL.',
  },
  {
    id: 'locked_by',
    label: 'locked by',
    kind: 'pid',
    meaning: 'Who that is, the holder before one that waits; NULL for a prepared transaction.',
  },
] as const

/** What builds indexes in the connected database now: CREATE INDEX and REINDEX, with and without CONCURRENTLY. */
import { type Column, defineEntry } from './define.ts'

/** More than any server has sessions. */
const ROWS = 1000

const columns = [
  { id: 'pid', label: 'pid', kind: 'pid', meaning: 'Process id of the backend.' },
  {
    id: 'relid',
    label: 'table oid',
    kind: 'oid',
    meaning: 'The table that the index is on; NULL where hidden, as are all the following.',
  },
  {
    id: 'index_relid',
    label: 'index oid',
    kind: 'oid',
    meaning: 'The index being built; NULL for a CREATE INDEX without CONCURRENTLY too.',
  },
  {
    id: 'command',
    label: 'command',
    kind: 'text',
    meaning: '`CREATE INDEX` or `REINDEX`, each perhaps with `CONCURRENTLY`.',
  },
  { id: 'phase', label: 'phase', kind: 'text', meaning: 'What it does now.' },
  {
    id: 'blocks_done',
    label: 'blocks done',
    kind: 'count',
    meaning: 'Blocks that this phase has read; a phase that reads none shows those of one before.',
  },
  { id: 'blocks_total', label: 'blocks', kind: 'count', meaning: 'Blocks that it has to read.' },
  {
    id: 'tuples_done',
    label: 'entries done',
    kind: 'count',
    meaning: 'Entries that this phase has dealt with.',
  },
  { id: 'tuples_total', label: 'entries', kind: 'count', meaning: 'Entries that it has to deal with.' },
  {
    id: 'lockers_done',
    label: 'waited for',
    kind: 'count',
    meaning: 'Transactions of others whose end it has awaited in this phase.',
  },
  {
    id: 'lockers_total',
    label: 'to wait for',
    kind: 'count',
    meaning: 'Transactions of others whose end it has to await in this phase.',
  },
  {
    id: 'current_locker_pid',
    label: 'waits for',
    kind: 'pid',
    meaning: 'Whose transaction it waits for; NULL for none now.',
  },
  {
    id: 'partitions_done',
    label: 'partitions done',
    kind: 'count',
    meaning: 'Partitions whose index is built.',
  },
  {
    id: 'partitions_total',
    label: 'partitions',
    kind: 'count',
    meaning: 'Partitions that get an index; 0 where the table is not partitioned.',
  },
] as const satisfies readonly Column[]

/**
 * Asks the function under pg_stat_progress_create_index, with the meaning that the view gives its numbers: the view
 * opens pg_database, which may be locked. A role without pg_read_all_stats sees the pids of others' builds, no more.
 */
export const indexBuilds = defineEntry({
  id: 'index-builds',
  title: 'Indexes being built',
  about: 'Which indexes of this database are built now, and how far is that?',
  reads: ['pg_stat_get_progress_info()', 'pg_stat_get_activity()'],
  pace: 'live',
  waits: 'nothing',
  identity: ['pid'],
  columns,
  sql: () => `/* pgtriage:index-builds */
SELECT
  p.pid AS pid,
  p.relid AS relid,
  nullif(p.param7, 0::pg_catalog.int8)::pg_catalog.oid AS index_relid,
  CASE p.param1
    WHEN 1 THEN 'CREATE INDEX'
    WHEN 2 THEN 'CREATE INDEX CONCURRENTLY'
    WHEN 3 THEN 'REINDEX'
    WHEN 4 THEN 'REINDEX CONCURRENTLY'
  END AS command,
  CASE p.param10
    WHEN 0 THEN 'initializing'
    WHEN 1 THEN 'waiting for writers before build'
    WHEN 2 THEN 'building index'
      || coalesce(': ' || pg_catalog.pg_indexam_progress_phasename(p.param9::pg_catalog.oid, p.param11), '')
    WHEN 3 THEN 'waiting for writers before validation'
    WHEN 4 THEN 'index validation: scanning index'
    WHEN 5 THEN 'index validation: sorting tuples'
    WHEN 6 THEN 'index validation: scanning table'
    WHEN 7 THEN 'waiting for old snapshots'
    WHEN 8 THEN 'waiting for readers before marking dead'
    WHEN 9 THEN 'waiting for readers before dropping'
  END AS phase,
  p.param17 AS blocks_done,
  p.param16 AS blocks_total,
  p.param13 AS tuples_done,
  p.param12 AS tuples_total,
  p.param5 AS lockers_done,
  p.param4 AS lockers_total,
  nullif(p.param6, 0::pg_catalog.int8)::pg_catalog.int4 AS current_locker_pid,
  p.param15 AS partitions_done,
  p.param14 AS partitions_total
FROM pg_catalog.pg_stat_get_progress_info('CREATE INDEX') AS p
WHERE p.datid = (
    -- The oid of our own database, without a look at pg_database, which may be locked.
    SELECT own.datid FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS own
  )
LIMIT ${ROWS}`,
})

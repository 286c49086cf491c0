/** Since when the server has counted: without it a count of zero means nothing. */
import { defineEntry } from './define.ts'

/**
 * Asks functions only, so that it answers behind a locked pg_database too. From 15 on the time of the background writer
 * is the only one that a crash moves (measured, 13 to 18). GREATEST passes over NULL.
 */
export const statisticsSince = defineEntry({
  id: 'statistics-since',
  title: 'Statistics since',
  about: 'Since when have the scans and writes of this database been counted?',
  reads: [
    'pg_stat_get_db_stat_reset_time()',
    'pg_stat_get_bgwriter_stat_reset_time()',
    'pg_postmaster_start_time()',
    'pg_stat_get_activity()',
    'pg_stat_get_wal_senders()',
    'pg_get_replication_slots()',
  ],
  pace: 'steady',
  waits: 'nothing',
  identity: [],
  columns: [
    {
      id: 'since',
      label: 'since',
      kind: 'time',
      meaning:
        'When the counters of this database last began at zero, by a reset, a crash, or (standbys up to 14) a restart; NULL where the server does not know.',
    },
    { id: 'age_seconds', label: 'age', kind: 'seconds', meaning: 'How long ago that was.' },
    {
      id: 'database_reset',
      label: 'database reset',
      kind: 'time',
      meaning: '`stats_reset` of this database: from 15 on NULL until somebody resets, whatever crashed.',
    },
    {
      id: 'shared_reset',
      label: 'shared reset',
      kind: 'time',
      meaning: '`stats_reset` of the background writer, which a crash moves on every version.',
    },
    {
      id: 'started_at',
      label: 'started',
      kind: 'time',
      meaning: '`pg_postmaster_start_time()`, which a crash of a backend does not move.',
    },
    { id: 'now', label: 'server time', kind: 'time', meaning: "The server's clock." },
    {
      id: 'in_recovery',
      label: 'standby',
      kind: 'bool',
      meaning: 'True on a standby, whose counters are its own.',
    },
    {
      id: 'track_counts',
      label: 'counting',
      kind: 'bool',
      meaning: 'Setting `track_counts`: off, nothing is counted.',
    },
    {
      id: 'attached_standbys',
      label: 'standbys',
      kind: 'count',
      meaning:
        'Receivers of the WAL that may be standbys with counters of their own: all but base backups and logical ones.',
    },
  ],
  sql: ({ versionNum }) => `/* pgtriage:statistics-since */
SELECT
  s.since AS since,
  greatest(0, pg_catalog.date_part('epoch', s.now - s.since)) AS age_seconds,
  s.database_reset AS database_reset,
  s.shared_reset AS shared_reset,
  s.started_at AS started_at,
  s.now AS now,
  s.in_recovery AS in_recovery,
  pg_catalog.current_setting('track_counts')::pg_catalog.bool AS track_counts,
  (
    SELECT pg_catalog.count(*)
    FROM pg_catalog.pg_stat_get_wal_senders() AS w
    -- A role that may not see the state sees the row all the same.
    WHERE w.state IS DISTINCT FROM 'backup'::pg_catalog.text
      AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_get_replication_slots() AS r
        WHERE r.active_pid = w.pid
          AND r.slot_type = 'logical'::pg_catalog.text
      )
  ) AS attached_standbys
FROM (
  SELECT
    greatest(r.database_reset, r.shared_reset${versionNum < 150_000 ? LOST_BY_RESTART : ''}) AS since,
    r.database_reset AS database_reset,
    r.shared_reset AS shared_reset,
    r.started_at AS started_at,
    r.now AS now,
    r.in_recovery AS in_recovery
  FROM (
    SELECT
      pg_catalog.pg_stat_get_db_stat_reset_time(own.datid) AS database_reset,
      pg_catalog.pg_stat_get_bgwriter_stat_reset_time() AS shared_reset,
      pg_catalog.pg_postmaster_start_time() AS started_at,
      pg_catalog.clock_timestamp() AS now,
      pg_catalog.pg_is_in_recovery() AS in_recovery
    FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) AS own
  ) AS r
) AS s`,
})

/** Up to 14 a standby begins at zero at every start. */
const LOST_BY_RESTART = ', CASE WHEN r.in_recovery THEN r.started_at END'
